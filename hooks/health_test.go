package hooks

import (
	"bytes"
	"encoding/hex"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/nile-init/nile/internal/testkit"
)

func TestCheckRequest(t *testing.T) {
	for service, want := range map[string]string{
		"":    "0000000000",
		"a.B": "00000000050a03612e42",
	} {
		if got := hex.EncodeToString(encodeCheckRequest(service)); got != want {
			t.Errorf("%q: got %s, want %s", service, got, want)
		}
	}
	long := encodeCheckRequest(strings.Repeat("x", 300))
	if !bytes.HasPrefix(long, []byte{0, 0, 0, 1, 47, 0x0a, 0xac, 0x02, 'x'}) || len(long) != 308 {
		t.Errorf("a long name: %d bytes, %x", len(long), long[:9])
	}
}

func TestCheckResponse(t *testing.T) {
	for body, want := range map[string]any{
		"00000000020801":     serving,
		"0000000000":         servingStatus(0), // a field that has its default is not sent
		"00000000020802":     servingStatus(2),
		"000000000408010803": servingStatus(3), // the last one counts
		"00000000151001 1900000000000000ff 2d000000ff 3201ff 0801": serving, // after fields nobody knows
		"000000000b08ffffffffffffffffff01":                         servingStatus(-1),
		"":                                                         "the answer is empty", "000000": "less than a gRPC frame", "01000000020801": "compressed",
		"00000000030801": "2 bytes where its frame says 3", "000000000108 01": "2 bytes where its frame says 1",
		"000000000108": "no protocol buffer message", "00000000020880": "no protocol buffer message",
		"00000000020001": "no protocol buffer message", "00000000020b01": "no protocol buffer message",
		"00000000031205ff": "no protocol buffer message", "0000000001ff": "no protocol buffer message",
		"000000000a12ffffffffffffffff7f": "no protocol buffer message",
	} {
		raw, err := hex.DecodeString(strings.ReplaceAll(body, " ", ""))
		if err != nil {
			t.Fatal(err)
		}
		got, err := decodeCheckResponse(raw)
		switch want := want.(type) {
		case servingStatus:
			if err != nil || got != want {
				t.Errorf("%s: got %v, %v, want %v", body, got, err, want)
			}
		case string:
			if err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("%s: got %v, %v, want %q", body, got, err, want)
			}
		}
	}
}

func FuzzCheckResponse(f *testing.F) {
	for _, seed := range []string{"00000000020801", "0000000000", "000000001510011900000000000000ff2d000000ff3201ff0801", "01", "0000000003120101"} {
		raw, err := hex.DecodeString(seed)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(raw)
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		status, err := decodeCheckResponse(body)
		if err != nil {
			return
		}
		// What can be read can be read again with a status after it, and that counts.
		more := append(bytes.Clone(body), 1<<3, 2)
		more[4] += 2
		if more[4] < 2 {
			return // the length has another digit then
		}
		if again, err := decodeCheckResponse(more); err != nil || again != 2 {
			t.Errorf("%x is %v, but %x is %v, %v", body, status, more, again, err)
		}
	})
}

func TestGRPC(t *testing.T) {
	server := newHealthServer(map[string]servingStatus{"": serving, "up": serving, "down": 2, "unsure": 0, "who": 3, "new": 9})
	defer server.Close()
	for service, want := range map[string]Outcome{
		"": {Success, "service healthy"}, "up": {Success, "service healthy"},
		"down":   {Failure, `service unhealthy (responded with "NOT_SERVING")`},
		"unsure": {Failure, `service unhealthy (responded with "UNKNOWN")`},
		"who":    {Failure, `service unhealthy (responded with "SERVICE_UNKNOWN")`},
		"new":    {Failure, `service unhealthy (responded with "9")`},
		"nobody": {Failure, "error: health rpc probe failed: rpc error: code = NotFound desc = unknown service"},
	} {
		expect(t, Probe(within(t, patient), &Handler{GRPC: &GRPC{Port: portOfURL(server.URL), Service: service}}), want.Result, want.Message)
	}
}

// Servers of HTTP/2 that are none of gRPC, or poor ones.
func TestGRPCOddServers(t *testing.T) {
	trailer := func(code, message string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set(http.TrailerPrefix+"Grpc-Status", code)
			w.Header().Set(http.TrailerPrefix+"Grpc-Message", message)
		}
	}
	for name, c := range map[string]struct {
		handle  http.HandlerFunc
		message string
	}{
		"a web server":          {ok, `code = Unknown desc = the server doesn't speak gRPC: HTTP status 200, content type "text/plain`},
		"not found":             {http.NotFound, "error: this server does not implement the grpc health protocol (grpc.health.v1.Health): the server doesn't speak gRPC: HTTP status 404"},
		"unavailable":           {func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(503) }, "code = Unavailable"},
		"unimplemented":         {trailer("12", "unknown service grpc.health.v1.Health"), "error: this server does not implement the grpc health protocol (grpc.health.v1.Health): unknown service grpc.health.v1.Health"},
		"a message, escaped":    {trailer("7", "go%20away%3A %C3%BC"), "code = PermissionDenied desc = go away: ü"},
		"one badly escaped":     {trailer("7", "100%"), "code = PermissionDenied desc = 100%"},
		"a status of one's own": {trailer("99", "x"), "code = Code(99) desc = x"},
		"no number":             {trailer("fine", ""), `the status of the call is no number: "fine"`},
		"no answer":             {trailer("0", ""), "the answer is empty"},
		"status in the header": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Grpc-Status", "14")
			w.Header().Set("Grpc-Message", "later")
		}, "code = Unavailable desc = later"},
		"too long an answer": {func(w http.ResponseWriter, _ *http.Request) {
			_, _ = w.Write(make([]byte, maxMessage+1))
		}, "the answer is over 10 KiB"},
		"silence": {func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }, "timed out while waiting for the answer"},
		"silence in the answer": {func(w http.ResponseWriter, r *http.Request) {
			_ = http.NewResponseController(w).Flush()
			<-r.Context().Done()
		}, "timed out while reading the answer"},
	} {
		t.Run(name, func(t *testing.T) {
			server := record(t, func(s *httptest.Server) {
				s.Config.Protocols = new(http.Protocols)
				s.Config.Protocols.SetUnencryptedHTTP2(true)
				s.Start()
			}, c.handle)
			limit := patient
			if strings.HasPrefix(c.message, "timed out") {
				limit = 200 * time.Millisecond
			}
			expect(t, Probe(within(t, limit), &Handler{GRPC: &GRPC{Port: server.port()}}), Failure, c.message)
			request := server.requests()[0]
			timeout := request.Header.Get("Grpc-Timeout")
			if request.UserAgent() != "kube-probe/1.35" || !strings.HasSuffix(timeout, "m") || len(timeout) > 9 {
				t.Errorf("asked with %v", request.Header)
			}
		})
	}
	expect(t, Probe(within(t, patient), &Handler{GRPC: &GRPC{Port: 0}}), Unknown, "invalid port number: 0")
	free := testkit.FreePort(t)
	expect(t, Probe(within(t, patient), &Handler{GRPC: &GRPC{Port: free}}), Failure, "error: failed to connect service at \"127.0.0.1:")
	closing := rawServer(t, answering(""))
	expect(t, Probe(within(t, patient), &Handler{GRPC: &GRPC{Port: closing}}), Failure, "error: health rpc probe failed: ")
}

func TestHTTPStatusInPlaceOfGRPC(t *testing.T) {
	for status, want := range map[int]string{
		400: "Internal", 401: "Unauthenticated", 403: "PermissionDenied", 404: "Unimplemented", 429: "Unavailable",
		502: "Unavailable", 503: "Unavailable", 504: "Unavailable", 200: "Unknown", 500: "Unknown", 302: "Unknown",
	} {
		if got := codeName(codeOfHTTP(status)); got != want {
			t.Errorf("%d: got %s, want %s", status, got, want)
		}
	}
}
