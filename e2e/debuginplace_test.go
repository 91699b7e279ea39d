//go:build e2e

package e2e

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

// example is a command that a page shows after a dollar sign, with the lines below it.
type example struct {
	command string
	output  []string
}

// examples are those of a page.
func examples(page string) (list []example) {
	inside := false
	for line := range strings.SplitSeq(page, "\n") {
		text, indented := strings.CutPrefix(line, "    ")
		switch {
		case indented && strings.HasPrefix(text, "$ "):
			list, inside = append(list, example{command: text[2:]}), true
		case indented && inside:
			last := &list[len(list)-1]
			last.output = append(last.output, text)
		case line != "":
			inside = false
		}
	}
	return list
}

// TestDebugInPlace types what the page says, and compares what is shown, but for numbers.
func TestDebugInPlace(t *testing.T) {
	shows(t, "the page from a broken jar to the running app, typed and compared")
	page := read(t, "../docs/how-to/debug-in-place.md")
	shopImage(t)
	directory := t.TempDir()
	program, err := os.ReadFile(nile)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(directory, "nile"), program, 0o755); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = command("docker", "rm", "--force", "shop").Run() })
	all := examples(page)
	if len(all) < 7 || len(all) > 9 {
		t.Fatalf("%d commands on the page, want fewer than ten", len(all))
	}
	for _, one := range all {
		var shown []string
		same := func() bool {
			shown = strings.Split(typed(t, directory, one), "\n")
			return slices.Equal(withoutNumbers(shown), withoutNumbers(one.output))
		}
		within := time.Duration(0)
		if reads.MatchString(one.command) { // the page's reader takes a moment as well
			within = 30 * time.Second
		}
		for end := time.Now().Add(within); !same(); time.Sleep(100 * time.Millisecond) {
			if time.Now().After(end) {
				t.Fatalf("$ %s\n%s\nthe page shows\n%s", one.command, strings.Join(shown, "\n"), strings.Join(one.output, "\n"))
			}
		}
	}
}

// reads tells of commands that change nothing.
var reads = regexp.MustCompile(`docker logs|nile (report|status)`)

// typed runs a command of the page and returns what it shows.
func typed(t *testing.T, directory string, one example) string {
	t.Helper()
	if strings.Contains(one.command, " -it ") {
		return typedOnTerminal(t, one)
	}
	cmd := command("sh", "-c", one.command)
	cmd.Dir = directory
	output, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("$ %s\n%v\n%s", one.command, err, output)
	}
	return string(output)
}

const shellPrompt = "java:/> "

// typedOnTerminal runs a command on a terminal and types what the page has behind the prompts.
func typedOnTerminal(t *testing.T, one example) string {
	t.Helper()
	words := strings.Fields(one.command)
	tty := onTerminal(t, words[0], words[1:]...)
	prompts := 0
	for _, line := range one.output {
		if line, ok := strings.CutPrefix(line, shellPrompt); ok {
			prompts++
			tty.waitFor(shellPrompt, prompts)
			tty.types(line + "\r")
		}
	}
	if code := tty.end(); code != 0 || prompts == 0 {
		t.Errorf("$ %s: exit code %d after %d lines were typed", one.command, code, prompts)
	}
	return tty.text()
}

var numbers = []struct {
	pattern *regexp.Regexp
	text    string
}{
	{regexp.MustCompile(`^WARNING: .*`), ""}, // Docker's, of the machine's network
	{regexp.MustCompile(`\b[0-9a-f]{64}\b|\b[0-9a-f]{12}\b`), "ID"},
	{regexp.MustCompile(`under 1 ?ms|\d[\d.:TZ-]*( ?(ms|s|m\d+s))?\b`), "N"},
	{regexp.MustCompile(`N[TZ]?\b-?`), "N"},
	{regexp.MustCompile(` +`), " "},
}

// withoutNumbers are lines without what differs each time, in an order of their own: Docker's log takes two streams as they
// come.
func withoutNumbers(shown []string) (lines []string) {
	for _, line := range shown {
		for _, number := range numbers {
			line = number.pattern.ReplaceAllString(line, number.text)
		}
		if line = strings.TrimSpace(line); line != "" {
			lines = append(lines, line)
		}
	}
	slices.Sort(lines)
	return lines
}

// shopImage makes the image shop:1.0: a Java runtime, its libraries, and a jar; no shell and no other program.
func shopImage(t *testing.T) {
	t.Helper()
	directory := t.TempDir()
	runtime, jar := filepath.Join(directory, "java"), filepath.Join(directory, "shop.jar")
	for _, build := range [][]string{
		{"jlink", "--add-modules", "java.base,jdk.httpserver", "--strip-debug", "--no-header-files", "--no-man-pages", "--output", runtime},
		{"javac", "-d", filepath.Join(directory, "classes"), "postmortem/java/Shop.java"},
		{"jar", "--create", "--file", jar, "--main-class", "Shop", "-C", filepath.Join(directory, "classes"), "."},
	} {
		if output, err := command(build[0], build[1:]...).CombinedOutput(); err != nil {
			t.Fatalf("%v: %v\n%s", build, err, output)
		}
	}
	i := newImage(t).directory("tmp", 0o1777).file("app/shop.jar", jar)
	err := filepath.WalkDir(runtime, func(path string, entry os.DirEntry, err error) error {
		if err == nil && entry.Type().IsRegular() {
			relative, _ := filepath.Rel(runtime, path)
			i.file("opt/java/"+relative, path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	libraries, err := command("ldd", runtime+"/bin/java", runtime+"/lib/server/libjvm.so", runtime+"/lib/libjimage.so", runtime+"/lib/libzip.so").Output()
	if err != nil {
		t.Fatalf("ldd: %v", err)
	}
	found := regexp.MustCompile(`(?m)\s/lib\S*`).FindAllString(string(libraries), -1)
	slices.Sort(found)
	for _, library := range slices.Compact(found) {
		library = strings.TrimSpace(library)
		i.file(library[1:], library)
	}
	id := i.load("--change", "ENV PATH=/opt/java/bin", "--change", `CMD ["java","-jar","/app/shop.jar"]`)
	docker(t, "tag", id, "shop:1.0")
}
