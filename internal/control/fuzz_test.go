package control

import (
	"encoding/json"
	"testing"

	"github.com/nile-init/nile/client"
)

// FuzzDecode reads whatever may come as a request: it is refused with a message, or
// means the same when it is written again.
func FuzzDecode(f *testing.F) {
	for _, seed := range []string{
		`{"version":1,"id":1,"verb":"status"}`,
		`{"version":1,"id":18446744073709551615,"verb":"signal","arguments":{"name":"tomcat","signal":"HUP"}}`,
		`{"version":2,"id":1,"verb":"status"}`,
		`{"version":1,"verb":"\u0000\ud800"}`,
		`{"version":1e0,"id":-1}`,
		`[]`, `null`, `{`, "\xff", `{"arguments":{"a":[[[[]]]]},"version":1}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, line []byte) {
		request, problem := decode(line)
		if problem != nil {
			if problem.Code != client.CodeInvalid || problem.Message == "" {
				t.Fatalf("refused by %+v", problem)
			}
			return
		}
		again, err := json.Marshal(request)
		if err != nil {
			t.Fatalf("cannot be written again: %v", err)
		}
		if second, problem := decode(again); problem != nil || second.Verb != request.Verb || second.ID != request.ID {
			t.Fatalf("%s is read as %+v, %v", again, second, problem)
		}
		var arguments struct{ Name string }
		_ = (&Request{Verb: request.Verb, Arguments: request.Arguments}).Decode(&arguments)
	})
}
