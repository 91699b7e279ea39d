package toolbox

import (
	"bytes"
	"io"
	"os"
	"slices"
	"testing"
)

func TestTabCompletesToolsFilesAndVariables(t *testing.T) {
	t.Chdir(t.TempDir())
	for _, name := range []string{"app.jar", "app.log", "with blank", ".hidden", "data/one"} {
		if err := os.MkdirAll("data", 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, nil, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	t.Setenv("NILE_TEST_VARIABLE", "x")
	for _, test := range []struct {
		line, added string
		choices     []string
	}{
		{"gr", "ep ", []string{"grep"}},
		{"h", "e", []string{"head", "help", "hexdump"}},
		{"cat numbers | wc", " ", []string{"wc"}},
		{"cat a", "pp.", []string{"app.jar", "app.log"}},
		{"cat app.", "", []string{"app.jar", "app.log"}},
		{"cat app.j", "ar ", []string{"app.jar"}},
		{"cat d", "ata/", []string{"data"}},
		{"cat data/", "one ", []string{"one"}},
		{"cat .h", "idden ", []string{".hidden"}},
		{"cat with", "", nil},
		{"echo $NILE_TEST_V", "ARIABLE ", []string{"$NILE_TEST_VARIABLE"}},
		{"cat /nowhere/x", "", nil},
		{"xyz", "", nil},
	} {
		added, choices := completion(test.line)
		if added != test.added || !slices.Equal(choices, test.choices) {
			t.Errorf("%q: added %q of %q, want %q of %q", test.line, added, choices, test.added, test.choices)
		}
	}
}

// ^C gives the line up; the library would take it for the end of the input.
func TestInterruptGivesTheLineUp(t *testing.T) {
	in := &interruptedLine{in: bytes.NewReader([]byte("ab\x03cd\r"))}
	got, err := io.ReadAll(in)
	if err != nil || string(got) != "ab\x05\x15cd\r" {
		t.Errorf("got %q, %v", got, err)
	}
}

func FuzzParseLine(f *testing.F) {
	f.Add("cat 'a b' | grep $HOME \"x\\\"y\"")
	f.Fuzz(func(t *testing.T, line string) {
		commands, err := parseLine(line)
		for _, words := range commands {
			if err != nil || len(words) == 0 {
				t.Errorf("%q gives %q, %v", line, commands, err)
			}
		}
	})
}
