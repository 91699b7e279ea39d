package notify

import (
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/nile-init/nile/supervisor"
)

func text(s string) *string                 { return &s }
func length(d time.Duration) *time.Duration { return &d }

func TestParse(t *testing.T) {
	said := func(n supervisor.Notified) Message { return Message{Notified: n} }
	for _, test := range []struct {
		datagram string
		want     Message
		problem  string
	}{
		{"READY=1", said(supervisor.Notified{Ready: true}), ""},
		{"READY=1\n", said(supervisor.Notified{Ready: true}), ""},
		{"READY=1\x00", said(supervisor.Notified{Ready: true}), ""},
		{"READY=0", Message{}, ""},
		{"ready=1", Message{}, ""},
		{"READY", Message{}, ""},
		{"", Message{}, ""},
		{"\n\n=\n==\n", Message{}, ""},
		{"READY=1\nSTATUS=Serving\nMAINPID=12\nX_VENDOR=y", Message{Notified: supervisor.Notified{Ready: true, Status: text("Serving")}, MainPID: 12}, ""},
		{"STATUS=", said(supervisor.Notified{Status: text("")}), ""},
		{"STATUS=a=b", said(supervisor.Notified{Status: text("a=b")}), ""},
		{"STATUS=one\nSTATUS=two", said(supervisor.Notified{Status: text("two")}), ""},
		{"RELOADING=1\nMONOTONIC_USEC=12345", said(supervisor.Notified{Reloading: true}), ""},
		{"READY=1\nRELOADING=1", said(supervisor.Notified{Reloading: true}), ""},
		{"READY=1\nSTOPPING=1\nRELOADING=1", said(supervisor.Notified{Stopping: true}), ""},
		{"WATCHDOG=1", said(supervisor.Notified{Alive: true}), ""},
		{"WATCHDOG=trigger", said(supervisor.Notified{Trigger: true}), ""},
		{"WATCHDOG_USEC=20000000", said(supervisor.Notified{Watchdog: length(20 * time.Second)}), ""},
		{"WATCHDOG_USEC=18446744073709551615", said(supervisor.Notified{Watchdog: length(0)}), ""},
		{"WATCHDOG_USEC=soon\nREADY=1", said(supervisor.Notified{Ready: true}), "cannot read the value of WATCHDOG_USEC"},
		{"EXTEND_TIMEOUT_USEC=5000000", said(supervisor.Notified{Extend: 5 * time.Second}), ""},
		{"EXTEND_TIMEOUT_USEC=99999999999999", said(supervisor.Notified{Extend: MaxExtension}), ""},
		{"EXTEND_TIMEOUT_USEC=-5", Message{}, "cannot read the value of EXTEND_TIMEOUT_USEC"},
		{"ERRNO=2", said(supervisor.Notified{Errno: "2 (no such file or directory)"}), ""},
		{"ERRNO=0", Message{}, ""},
		{"ERRNO=99999", Message{}, "cannot read the value of ERRNO"},
		{"MAINPID=0", Message{}, "cannot read the value of MAINPID"},
		{"MAINPID=99999999999", Message{MainPID: 1<<31 - 1}, "cannot read the value of MAINPID"},
		{"FDSTORE=1\nFDNAME=x", Message{Stores: true}, ""},
		{"FDSTOREREMOVE=1\nFDNAME=x", Message{Stores: true}, ""},
		{"BARRIER=1", Message{Barrier: true}, ""},
		{"READY=1\nBARRIER=1", Message{Barrier: true}, ""},
		{"READY=1\x00\nSTATUS=x", Message{}, "it has a NUL byte"},
		{"STATUS=" + strings.Repeat("x", MaxDatagram), Message{}, "it has more than 4096 bytes"},
	} {
		got, err := Parse([]byte(test.datagram))
		problem := ""
		if err != nil {
			problem = err.Error()
		}
		if problem != test.problem {
			t.Errorf("%.60q: the error is %q, should be %q", test.datagram, problem, test.problem)
		}
		if test.want.MainPID == 1<<31-1 {
			continue // whatever it is, it is an error
		}
		if diff := cmp.Diff(test.want, got); diff != "" {
			t.Errorf("%.60q: %s", test.datagram, diff)
		}
	}
}

func TestAStatusIsMadeHarmless(t *testing.T) {
	for given, want := range map[string]string{
		"  three of\tfour ":        "three of four",
		"\x1b[31mred\x1b[0m":       "[31mred [0m",
		"caf\xe9":                  "caf\uFFFD",
		"\u202Egnp.exe":            "gnp.exe",
		"a\u2028b\u0085c":          "ab c",
		strings.Repeat("ä", 200):   strings.Repeat("ä", 126) + "…",
		strings.Repeat("x", 256):   strings.Repeat("x", 256),
		strings.Repeat("\xff", 99): "\uFFFD",
	} {
		if got := clean(given); got != want {
			t.Errorf("%q becomes %q, should be %q", given, got, want)
		}
	}
}

// FuzzParse: whatever a process sends, there is no panic, what it says of its state is one
// thing at most, and what people see of it is a short clean line.
func FuzzParse(f *testing.F) {
	for _, seed := range []string{
		"READY=1\nSTATUS=Serving \xff\x1b[2J\nMAINPID=4711", "WATCHDOG=trigger\nWATCHDOG_USEC=1\nEXTEND_TIMEOUT_USEC=18446744073709551615",
		"STOPPING=1\nRELOADING=1\nREADY=1\nERRNO=4095", "BARRIER=1\x00", "FDSTORE=1\nFDNAME=x\n\n=\nMONOTONIC_USEC=1",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, datagram []byte) {
		m, err := Parse(datagram)
		states := 0
		for _, said := range []bool{m.Ready, m.Reloading, m.Stopping} {
			if said {
				states++
			}
		}
		switch {
		case states > 1:
			t.Errorf("%+v says several things at once", m)
		case m.Extend < 0 || m.Extend > MaxExtension, m.Watchdog != nil && *m.Watchdog < 0:
			t.Errorf("%+v has a length of time that is none", m)
		case m.Barrier && (m != Message{Barrier: true} || err != nil):
			t.Errorf("%+v is a barrier and says more", m)
		case len(datagram) > MaxDatagram && err == nil:
			t.Error("it is too long and no error")
		}
		if m.Status == nil {
			return
		}
		if s := *m.Status; len(s) > MaxStatus || !utf8.ValidString(s) || strings.ContainsFunc(s, func(r rune) bool {
			return unicode.IsControl(r) || unicode.Is(unicode.Cf, r)
		}) {
			t.Errorf("the status is %q", s)
		}
	})
}
