package manifest

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"
)

// Files that are made to hurt are refused soon and with little memory.
func TestHostileFiles(t *testing.T) {
	fill := func(head, repeat, tail string) string {
		return head + strings.Repeat(repeat, (MaxSize-len(head)-len(tail))/len(repeat)) + tail
	}
	spec := "apiVersion: v1\nkind: Pod\nmetadata: {name: p}\nspec:\n  containers:\n  - name: app\n    command: [app]\n"
	for name, test := range map[string]struct{ text, want string }{
		"10 MB":              {strings.Repeat("# padding\n", 1<<20), "larger than 1048576 bytes"},
		"a million items":    {fill(spec+"    args: [", "1,", "1]\n"), "want a string, got the number 1"},
		"a list of nothing":  {fill(spec+"    args:\n", "    -\n", ""), "the list item is empty"},
		"unknown fields":     {unknownFields(80_000), `unknown field "k1"`},
		"the same key":       {fill(spec, "    x: 1\n", ""), "stands here a second time"},
		"open brackets":      {fill("", "[", ""), "nested more than 64 levels deep"},
		"open braces":        {fill("", "{a: ", ""), "nested more than 64 levels deep"},
		"dashes":             {fill("", "- ", "\n"), "nested more than 64 levels deep"},
		"question marks":     {fill("", "? ", "\n"), "nested more than 64 levels deep"},
		"one long line":      {fill(spec+"    workingDir: ", "x", "\n"), `want an absolute path, got "xxx`},
		"one long word":      {fill("", "x", ""), "want a manifest with"},
		"anchors":            {fill("", "- &a x\n", ""), "want a manifest with"},
		"aliases":            {fill(spec+"    env:\n    - &v {name: A}\n", "    - *v\n", ""), "aliases stand for more than 20000 values"},
		"many documents":     {fill("", "---\n- 1\n", ""), "want a manifest with"},
		"comments":           {fill("", "#\n", "a: 1\n"), `the field "kind" is missing`},
		"tags":               {fill("", "!a ", "x\n"), "not valid YAML"},
		"quotes":             {fill("", "''", ""), "want a manifest with"},
		"escapes":            {fill("a: \"", `\x41`, "\"\n"), `the field "kind" is missing`},
		"a long key":         {fill("", "k", ": 1\n"), `the field "kind" is missing`},
		"containers":         {fill(spec, "  - {name: app, command: [a]}\n", ""), "stands here a second time"},
		"values of one rule": {fill(spec+"    restartPolicy: Never\n    restartPolicyRules: [{action: Restart, exitCodes: {operator: In, values: [", "7,", "7]}}]\n"), "want at most 255 exit codes"},
		"dependencies":       {fill(spec+"    nile:\n      dependsOn:\n", "      - {name: b}\n", ""), `the pod has no container "b"`},
		"mounts":             {fill(spec+"    volumeMounts:\n", "    - {name: b, mountPath: /b}\n", ""), `the pod has no volume "b"`},
		"ports":              {fill(spec+"    ports:\n", "    - {name: b, containerPort: 1}\n", ""), "stands here a second time"},
	} {
		t.Run(name, func(t *testing.T) {
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			start := time.Now()
			_, err := Load("f", []byte(test.text), Options{})
			took := time.Since(start)
			runtime.ReadMemStats(&after)
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("error %.200s, want %s", fmt.Sprint(err), test.want)
			}
			if len(Errors(err)) > maxProblems+1 {
				t.Errorf("%d errors", len(Errors(err)))
			}
			if took > 30*time.Second { // a guard against quadratic work only
				t.Errorf("it took %v", took)
			}
			if grown := (after.TotalAlloc - before.TotalAlloc) >> 20; grown > 2000 {
				t.Errorf("it took %d MiB", grown)
			}
			t.Logf("%v, %d MiB allocated", took, (after.TotalAlloc-before.TotalAlloc)>>20)
		})
	}
}

func unknownFields(count int) string {
	var text strings.Builder
	text.WriteString("apiVersion: v1\nkind: Pod\nmetadata: {name: p}\nspec:\n")
	for i := range count {
		fmt.Fprintf(&text, "  k%d: 1\n", i)
	}
	return text.String()
}

// FuzzLoad: Load never panics, and says either a pod or what is wrong.
func FuzzLoad(f *testing.F) {
	for _, dir := range []string{"good", "bad"} {
		files, err := filepath.Glob(filepath.Join(examples, dir, "*.[yj]*"))
		if err != nil {
			f.Fatal(err)
		}
		for _, file := range files {
			text, err := os.ReadFile(file)
			if err != nil {
				f.Fatal(err)
			}
			f.Add(text)
		}
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		for _, opt := range []Options{{CheckOnly: true}, {Environ: []string{"A=1"}, PasswdPath: "testdata/passwd", GroupPath: "testdata/group"}} {
			pod, err := Load("f", text, opt)
			switch {
			case (pod == nil) == (err == nil):
				t.Fatalf("pod %v with error %v", pod, err)
			case err != nil:
				for _, one := range Errors(err) {
					if one.Message == "" || strings.ContainsAny(one.Error(), "\n\x00\x1b") || one.Line < 0 || one.Line > 0 && one.Column < 1 {
						t.Fatalf("%+v", one)
					}
				}
			case pod.Name == "" || len(pod.Spec.Main) == 0 || pod.Spec.Grace < 0:
				t.Fatalf("%+v", pod)
			case len(pod.Spec.Main[0].Process.Argv) == 0:
				t.Fatal("no command")
			}
		}
	})
}
