package toolbox_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/nile-init/nile/internal/toolbox"
)

// shell runs lines in the toolbox's shell and returns its code and all that it prints.
func shell(t *testing.T, lines string) (int, string) {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "in"), []byte(lines), 0o600); err != nil {
		t.Fatal(err)
	}
	in, err := os.Open(filepath.Join(dir, "in"))
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	out, err := os.Create(filepath.Join(dir, "out"))
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	s := toolbox.Shell{Prompt: "test", In: in, Out: out, Err: out}
	code := s.Run()
	text, err := os.ReadFile(out.Name())
	if err != nil {
		t.Fatal(err)
	}
	return code, string(text)
}

func TestTheShell(t *testing.T) {
	here(t)
	t.Setenv("GREETING", "good  day")
	t.Setenv("HOME", "/")
	t.Setenv("OLDPWD", "")
	for _, test := range []struct {
		lines string
		code  int
		want  string
	}{
		{"cat numbers | grep 1 | wc -l\n", 0, "       4\n"},
		{"cat /dev/zero | head -c 3 | wc -c", 0, "       3\n"},
		{"echo 'a  b' \"c $GREETING\" $GREETING ${GREETING}s \\$GREETING '$GREETING' # comment", 0, "a  b c good  day good  day good  days $GREETING $GREETING\n"},
		{"echo w* n?mbers [we]* x* '*' \"*\" \\*", 0, "words numbers empty evil\x1b[2J words x* * * *\n"},
		{"echo .h* */deep ~ ~/x x~", 0, ".hidden sub/deep / //x x~\n"},
		{"cd sub/deep\npwd | grep -c deep\ncat file\ncd -\ncat file", 1, "1\ndeep\ncat: file: no such file or directory\n"},
		{"cd nowhere", 1, "cd: nowhere: no such file or directory\n"},
		{"exit 7\necho no", 7, ""},
		{"\n   \n# nothing\n", 0, ""},
		{"grep day words\ngrep none words", 1, "Good day\n"},
		{"echo $", 0, "$\n"},
		{"echo ${x", 0, "${x\n"},
		{"echo ''", 0, "\n"},
		{"echo a > words", 2, "nile: the toolbox only reads: it has no redirection\n"},
		{"cat < words", 2, "nile: the toolbox only reads: it has no redirection\n"},
		{"echo a; echo b", 2, "nile: the toolbox's shell runs one pipeline a line: ; must be quoted\n"},
		{"echo `id`", 2, "nile: the toolbox's shell runs one pipeline a line: ` must be quoted\n"},
		{"echo 'a", 2, "nile: a quote is left open\n"},
		{"echo \"a", 2, "nile: a quote is left open\n"},
		{"echo a |", 2, "nile: nothing stands after the last |\n"},
		{"| cat", 2, "nile: nothing stands before a |\n"},
		{"echo a || echo b", 2, "nile: nothing stands before a |\n"},
		{"echo \\", 2, "nile: a backslash stands at the end of the line\n"},
	} {
		code, out := shell(t, test.lines)
		if code != test.code || out != test.want {
			t.Errorf("%q: code %d, want %d; printed\n%q\nwant\n%q", test.lines, code, test.code, out, test.want)
		}
	}
	if code, out := shell(t, "help"); code != 0 || !strings.Contains(out, "grep") {
		t.Errorf("help: code %d, %q", code, out)
	}
	if code, out := shell(t, "rm words"); code != 2 || !strings.Contains(out, "the toolbox has no rm; it has cat, df") {
		t.Errorf("rm: code %d, %q", code, out)
	}
	if _, err := os.Stat("words"); err != nil {
		t.Error(err)
	}
}
