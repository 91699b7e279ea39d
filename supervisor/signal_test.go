package supervisor_test

import (
	"strconv"
	"strings"
	"testing"

	"github.com/nile-init/nile/supervisor"
)

// Every signal that has a name is found by it, with and without SIG, in any case,
// and by its number.
func TestSignalNamesRoundTrip(t *testing.T) {
	named := 0
	for num := 1; num <= 64; num++ {
		name := supervisor.SignalName(num)
		texts := []string{strconv.Itoa(num)}
		if strings.HasPrefix(name, "SIG") {
			named++
			short := strings.TrimPrefix(name, "SIG")
			texts = append(texts, name, short, strings.ToLower(name), strings.ToLower(short))
		}
		for _, text := range texts {
			if got, ok := supervisor.ParseSignal(text); got != num || !ok {
				t.Errorf("ParseSignal(%q) is %d, %v, should be %d", text, got, ok, num)
			}
		}
	}
	// 32 and 33 belong to the C library's threads and have no names.
	if named != 62 {
		t.Errorf("%d signals have names, should be 62", named)
	}
}

func TestParseSignal(t *testing.T) {
	for text, want := range map[string]int{
		"HUP": 1, "SIGKILL": 9, "term": 15, "SIGCHLD": 17, "WINCH": 28, "SIGPOLL": 29, "SYS": 31,
		"RTMIN": 34, "SIGRTMIN+3": 37, "rtmin+30": 64, "RTMAX": 64, "RTMAX-1": 63, "SIGRTMAX-30": 34, "64": 64,
	} {
		if got, ok := supervisor.ParseSignal(text); got != want || !ok {
			t.Errorf("ParseSignal(%q) is %d, %v, should be %d", text, got, ok, want)
		}
	}
	for _, text := range []string{
		"", "SIG", "0", "-1", "65", "TERMINATE", "SIGSIGTERM", "RTMIN+31", "RTMIN+-1", "RTMIN+x", "RTMAX-31", "RTMAX+1", "9 ", "KILL9",
	} {
		if got, ok := supervisor.ParseSignal(text); ok {
			t.Errorf("ParseSignal(%q) is %d, should be no signal", text, got)
		}
	}
}

func TestSignalNameOfNoSignal(t *testing.T) {
	for num, want := range map[int]string{0: "signal 0", 32: "signal 32", 33: "signal 33", 65: "signal 65", -1: "signal -1"} {
		if got := supervisor.SignalName(num); got != want {
			t.Errorf("SignalName(%d) is %q, should be %q", num, got, want)
		}
	}
}

func TestStatus(t *testing.T) {
	for _, c := range []struct {
		status supervisor.Status
		code   int
		text   string
	}{
		{supervisor.Status{}, 0, "exited with code 0"},
		{supervisor.Status{Code: 255}, 255, "exited with code 255"},
		{supervisor.Status{Signal: 15}, 143, "was ended by SIGTERM"},
		{supervisor.Status{Signal: 11, Core: true}, 139, "was ended by SIGSEGV (core dumped)"},
		{supervisor.Status{Signal: 64}, 192, "was ended by SIGRTMIN+30"},
	} {
		if got := c.status.ExitCode(); got != c.code {
			t.Errorf("%+v has exit code %d, should be %d", c.status, got, c.code)
		}
		if got := c.status.String(); got != c.text {
			t.Errorf("%+v reads %q, should be %q", c.status, got, c.text)
		}
	}
}

// FuzzParseSignal: what is taken for a signal is one, and is found again by its name.
func FuzzParseSignal(f *testing.F) {
	for _, text := range []string{"TERM", "SIGUSR1", "sigpoll", "RTMIN+3", "RTMAX-30", "15", "0", "65", "-1", "RTMIN+-1", "SIGSIGTERM", "+9", "\u017fIGTERM"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		num, ok := supervisor.ParseSignal(text)
		if !ok {
			return
		}
		if num < 1 || num > 64 {
			t.Fatalf("%q is signal %d", text, num)
		}
		name := supervisor.SignalName(num)
		if again, ok := supervisor.ParseSignal(strings.TrimPrefix(name, "signal ")); !ok || again != num {
			t.Fatalf("%q is signal %d, whose name %q is signal %d, %v", text, num, name, again, ok)
		}
	})
}
