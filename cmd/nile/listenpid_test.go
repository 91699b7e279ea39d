package main

import "testing"

// TestListenPID passes a socket's descriptor, by sd_listen_fds(3).
func TestListenPID(t *testing.T) {
	const whose = `[ "$LISTEN_PID" = $$ ] && echo "the command's"; [ "$LISTEN_PID" = $PPID ] && echo "nile's"
		echo "$LISTEN_FDS, $LISTEN_FDNAMES, $BEFORE, $AFTER"; cat <&3`
	for _, test := range []struct {
		name, launch string
		flags        []string
		stdout       string
	}{
		{"nile's", `LISTEN_PID=$$ exec "$@" 3<passed`, nil, "the command's\n1, web, a, b\npassed\n"},
		{"nile's, with a flag", `LISTEN_PID=$$ exec "$@" 3<passed`, []string{"--no-tree"}, "the command's\n1, web, a, b\npassed\n"},
		{"another's", `LISTEN_PID=1$$ exec "$@" 3<passed`, nil, "1, web, a, b\npassed\n"},
		{"nobody's", `exec "$@" 3<passed`, nil, "1, web, a, b\npassed\n"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			o := nileScenario(t, scenario{launch: "BEFORE=a; LISTEN_FDS=1; LISTEN_FDNAMES=web; AFTER=b; export BEFORE LISTEN_FDS LISTEN_FDNAMES AFTER; " + test.launch,
				args: append(test.flags, sh(whose)...), files: map[string]string{"passed": "passed\n"}})
			if o.stdout != test.stdout || o.code != 0 {
				t.Errorf("exit code %d, want 0; the command says:\n%swant:\n%s%s", o.code, o.stdout, test.stdout, o.stderr)
			}
		})
	}
}
