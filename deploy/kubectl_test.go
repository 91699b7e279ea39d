package deploy_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"text/template"
)

// kubectl is a stand-in for kubectl, as far as kubectl-nile uses it: this test program, under that name. Its cluster is a
// directory: NAMESPACE/TYPE/NAME.json are objects, and NAMESPACE/pods/NAME/root the files of a pod, or NAME.CONTAINER/root
// those of one of its containers, in which commands run as processes of the machine, with the variables that the
// container's nile has.
func kubectl(arguments []string) int {
	if arguments[0] == "nile" { // a plugin
		return refuse("error: %v", syscall.Exec(os.Getenv("TEST_PLUGIN"), arguments, os.Environ()))
	}
	namespace, container := "default", ""
	var words []string
	for i := 0; i < len(arguments); i++ {
		switch name, value, _ := strings.Cut(arguments[i], "="); name {
		case "--namespace":
			namespace = value
		case "--context":
			if value != "test" {
				return refuse("error: context %q does not exist", value)
			}
		case "--container":
			container = value
		case "-c":
			i++
			container = arguments[i]
		case "--":
			words, i = append(words, arguments[i:]...), len(arguments)
		default:
			words = append(words, arguments[i])
		}
	}
	cluster := filepath.Join(os.Getenv("TEST_CLUSTER"), namespace)
	switch {
	case words[0] == "exec":
		return execInPod(cluster, container, slices.DeleteFunc(words[1:], func(w string) bool { return w == "-i" || w == "-it" }))
	case words[0] == "get" && words[1] == "pods":
		return getPods(cluster, words[2:])
	case words[0] == "get":
		return getByTemplate(cluster, words[1], words[2:])
	}
	return refuse("error: unknown command %q", words)
}

func refuse(format string, values ...any) int {
	fmt.Fprintf(os.Stderr, format+"\n", values...)
	return 1
}

func execInPod(cluster, container string, words []string) int {
	pod := filepath.Join(cluster, "pods", words[0])
	if _, err := os.Stat(pod + "." + container); container != "" && err == nil {
		pod += "." + container
	} else if _, err := os.Stat(pod); err != nil {
		return refuse("Error from server (NotFound): pods %q not found", words[0])
	} else if container != "" && container != "app" {
		return refuse("Error from server (BadRequest): container %s is not valid for pod %s", container, words[0])
	}
	program := words[2]
	if !strings.HasPrefix(program, "/") {
		program = "/usr/bin/" + program
	}
	cmd := exec.Command(filepath.Join(pod, "root", program), words[3:]...)
	cmd.Env = podEnvironment(pod)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	err := cmd.Run()
	if exit, ok := errors.AsType[*exec.ExitError](err); ok {
		fmt.Fprintf(os.Stderr, "command terminated with exit code %d\n", exit.ExitCode())
		return exit.ExitCode()
	}
	if err != nil {
		refuse("OCI runtime exec failed: exec: %q: executable file not found in $PATH: unknown", words[2])
		return 127
	}
	return 0
}

// podEnvironment are the variables of a pod's nile.
func podEnvironment(pod string) []string {
	return []string{"PATH=/usr/bin:/bin", "NILE_CONTROL=" + filepath.Join(pod, "nile.sock"), "NILE_STATE_DIR=" + filepath.Join(pod, "state")}
}

func getByTemplate(cluster, object string, words []string) int {
	source, found := strings.CutPrefix(words[1], "go-template=")
	if words[0] != "-o" || !found {
		return refuse("error: unknown output %q", words)
	}
	text, err := os.ReadFile(filepath.Join(cluster, object+".json"))
	if err != nil {
		return refuse("Error from server (NotFound): %s not found", object)
	}
	var content any
	if err := json.Unmarshal(text, &content); err != nil {
		return refuse("error: %v", err)
	}
	parsed, err := template.New("output").Parse(source)
	if err == nil {
		err = parsed.Execute(os.Stdout, content)
	}
	if err != nil {
		return refuse("error: error executing template: %v", err)
	}
	return 0
}

func getPods(cluster string, words []string) int {
	if want := []string{"--field-selector", "status.phase!=Succeeded,status.phase!=Failed", "-o", "name"}; !slices.Equal(words[2:], want) {
		return refuse("error: unknown arguments %q", words)
	}
	pods, _ := filepath.Glob(filepath.Join(cluster, "pods", "*.json"))
	for _, file := range pods {
		var labels map[string]string
		text, err := os.ReadFile(file)
		if err == nil {
			err = json.Unmarshal(text, &labels)
		}
		if err != nil {
			return refuse("error: %v", err)
		}
		if selected(labels, words[1]) {
			fmt.Println("pod/" + strings.TrimSuffix(filepath.Base(file), ".json"))
		}
	}
	return 0
}

// requirement is one of the comma-separated conditions of a label selector, in kubectl's syntax.
var requirement = regexp.MustCompile(`(!?)([\w./-]+)(?:=([\w.-]*)| (in|notin) \(([^)]*)\))?(?:,|$)`)

func selected(labels map[string]string, selector string) bool {
	for _, part := range requirement.FindAllStringSubmatch(selector, -1) {
		value, has := labels[part[2]]
		among := slices.Contains(strings.Split(part[5], ","), value)
		switch {
		case part[1] == "!" && has,
			part[1] == "" && part[4] != "notin" && !has,
			strings.Contains(part[0], "=") && value != part[3],
			part[4] == "in" && !among,
			part[4] == "notin" && among:
			return false
		}
	}
	return true
}
