package toolbox_test

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/nile-init/nile/internal/toolbox"
)

// here makes a directory with a few files and goes there.
func here(t *testing.T) {
	t.Helper()
	t.Chdir(t.TempDir())
	for name, text := range map[string]string{
		"numbers":       "1\n2\n3\n4\n5\n6\n7\n8\n9\n10\n11\n12\n",
		"words":         "Good day\nbad night\nno end",
		"empty":         "",
		".hidden":       "x",
		"sub/deep/file": "deep\n",
		"bytes":         "\x00\x01good\xff",
		"evil\x1b[2J":   "x",
	} {
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(text), 0o640); err != nil {
			t.Fatal(err)
		}
	}
	old := time.Date(2001, 2, 3, 4, 5, 6, 0, time.Local)
	if err := os.Chtimes("numbers", old, old); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("numbers", "link"); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Mkfifo("pipe", 0o600); err != nil {
		t.Fatal(err)
	}
}

func run(t *testing.T, in string, words ...string) (code int, out, errors string) {
	t.Helper()
	var stdout, stderr bytes.Buffer
	code = toolbox.Run(context.Background(), toolbox.Streams{In: strings.NewReader(in), Out: &stdout, Err: &stderr}, words)
	return code, stdout.String(), stderr.String()
}

func TestTools(t *testing.T) {
	here(t)
	for _, test := range []struct {
		line string
		code int
		want string // the whole output, or with … at an end a part of it
	}{
		{"cat words", 0, "Good day\nbad night\nno end"},
		{"cat -n words", 0, "     1\tGood day\n     2\tbad night\n     3\tno end"},
		{"cat pipe", 0, ""}, // nobody writes to it, and nobody waits
		{"cat sub", 1, ""},
		{"cat none words", 1, "Good day\nbad night\nno end"},
		{"head -n 2 numbers", 0, "1\n2\n"},
		{"head -2 numbers", 0, "1\n2\n"},
		{"head -c 3 numbers", 0, "1\n2"},
		{"head numbers", 0, "1\n2\n3\n4\n5\n6\n7\n8\n9\n10\n"},
		{"head -n 1 numbers words", 0, "==> numbers <==\n1\n\n==> words <==\nGood day\n"},
		{"tail -n 2 numbers", 0, "11\n12\n"},
		{"tail -n 1 words", 0, "no end"},
		{"tail -n 99 words", 0, "Good day\nbad night\nno end"},
		{"tail -n 0 words", 0, ""},
		{"tail -c 3 words", 0, "end"},
		{"tail empty", 0, ""},
		{"wc words", 0, "       2       6      25 words\n"},
		{"wc -l words numbers", 0, "       2 words\n      12 numbers\n      14 total\n"},
		{"grep -n day words", 0, "1:Good day\n"},
		{"grep -iv GOOD words", 0, "bad night\nno end\n"},
		{"grep -c 1 numbers", 0, "4\n"},
		{"grep -l day words numbers", 0, "words\n"},
		{"grep ^[nb] words", 0, "bad night\nno end\n"},
		{"grep -F .d words", 1, ""},
		{"grep -q day words", 0, ""},
		{"grep good bytes", 0, "binary data matches\n"},
		{"grep -r deep sub", 0, "sub/deep/file:deep\n"},
		{"grep -e day words", 0, "Good day\n"},
		{"ls", 0, "bytes\nempty\nevil\\x1b[2J\nlink\nnumbers\npipe\nsub\nwords\n"},
		{"ls -a sub", 0, ".\n..\ndeep\n"},
		{"ls -R sub", 0, "sub:\ndeep\n\nsub/deep:\nfile\n"},
		{"ls -d sub", 0, "sub\n"},
		{"ls -t numbers words", 0, "words\nnumbers\n"},
		{"ls -Sr words numbers", 0, "words\nnumbers\n"},
		{"ls -ln numbers", 0, "-rw-r----- 1 …"},
		{"ls -l numbers", 0, "…27 2001-02-03 04:05 numbers\n"},
		{"ls -l link", 0, "… link -> numbers\n"},
		{"ls none", 1, ""},
		{"stat numbers", 0, "  File: numbers\n  Size: 27\t…"},
		{"stat link", 0, "  File: link -> numbers\n  Size: 7\t…"},
		{"stat -L link", 0, "  File: link\n  Size: 27\t…"},
		{"find . -name file", 0, "./sub/deep/file\n"},
		{"find sub -type d", 0, "sub\nsub/deep\n"},
		{"find . -maxdepth 1 -type l", 0, "./link\n"},
		{"find . -type f -mtime +365", 0, "./numbers\n"},
		{"find . -size +20c -size -26c", 0, "./words\n"},
		{"find . -newer numbers -iname WORDS", 0, "./words\n"},
		{"hexdump -s 1 -n 6 bytes", 0, "00000001  01 67 6f 6f 64 ff                                 |.good.|\n"},
		{"du -s empty", 0, "0\tempty\n"},
		{"du sub", 0, "…\tsub/deep\n…"},
		{"echo a  b", 0, "a b\n"},
		{"id", 0, "uid=…"},
		{"df -h .", 0, "FILESYSTEM …"},
		{"ps", 0, "…PID…"},
		{"rm words", 2, ""},
		{"head -x words", 2, ""},
		{"head -n x words", 2, ""},
		{"head -n", 2, ""},
		{"grep", 2, ""},
		{"grep ( words", 2, ""},
		{"find -delete", 2, ""},
		{"find . -type x", 2, ""},
		{"stat", 2, ""},
	} {
		code, out, errors := run(t, "", strings.Fields(test.line)...)
		begin, end, isPart := strings.Cut(test.want, "…")
		fits := out == test.want
		if isPart {
			end, _, _ = strings.Cut(end, "…")
			fits = strings.HasPrefix(out, begin) && strings.Contains(out, end)
		}
		if code != test.code || !fits {
			t.Errorf("%s: code %d, want %d; printed\n%q\nwant\n%q; %s", test.line, code, test.code, out, test.want, errors)
		}
		if (code != 0 && test.line[:4] != "grep" || code == 2) && errors == "" {
			t.Errorf("%s: fails without a word", test.line)
		}
	}
}

func TestToolsReadTheirInput(t *testing.T) {
	for line, want := range map[string]string{"cat": "a\nb\n", "head -n 1": "a\n", "tail -n 1 -": "b\n", "wc -l": "       2\n", "grep b": "b\n"} {
		if _, out, _ := run(t, "a\nb\n", strings.Fields(line)...); out != want {
			t.Errorf("%s: %q, want %q", line, out, want)
		}
	}
}

// A line of 100 MB must not be held in memory, nor a tail of it.
func TestLongInputsAreReadInPieces(t *testing.T) {
	t.Chdir(t.TempDir())
	file, err := os.Create("long")
	if err != nil {
		t.Fatal(err)
	}
	if err := file.Truncate(100 << 20); err != nil {
		t.Fatal(err)
	}
	if _, err := file.WriteAt([]byte("end"), 100<<20-3); err != nil {
		t.Fatal(err)
	}
	file.Close()
	for _, line := range []string{"tail -c 3 long", "wc -c long", "grep -c end long"} {
		if code, _, errors := run(t, "", strings.Fields(line)...); code != 0 {
			t.Errorf("%s: code %d: %s", line, code, errors)
		}
	}
	if _, out, _ := run(t, "", "tail", "-c", "3", "long"); out != "end" {
		t.Errorf("the tail is %q", out)
	}
}

func TestAnInterruptEndsATool(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	out := writer(func(text []byte) (int, error) { cancel(); return len(text), nil })
	code := toolbox.Run(ctx, toolbox.Streams{In: strings.NewReader(""), Out: out, Err: out}, []string{"cat", "/dev/zero"})
	if code != 130 {
		t.Errorf("the code is %d, want 130 of SIGINT", code)
	}
}

type writer func([]byte) (int, error)

func (w writer) Write(text []byte) (int, error) { return w(text) }
