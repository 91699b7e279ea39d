package manifest

import (
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/nile-init/nile/supervisor"
)

// apiFields are the fields of the Pod API of Kubernetes 1.35
// (k8s.io/api/core/v1 types.go), by the Go struct that stands for them here.
func apiFields() map[reflect.Type]string {
	return map[reflect.Type]string{
		reflect.TypeFor[podDocument](): "apiVersion kind metadata spec status",
		reflect.TypeFor[metadata](): "annotations creationTimestamp deletionGracePeriodSeconds deletionTimestamp finalizers generateName " +
			"generation labels managedFields name namespace ownerReferences resourceVersion selfLink uid",
		reflect.TypeFor[podSpec](): "activeDeadlineSeconds affinity automountServiceAccountToken containers dnsConfig dnsPolicy " +
			"enableServiceLinks ephemeralContainers hostAliases hostIPC hostNetwork hostPID hostUsers hostname hostnameOverride " +
			"imagePullSecrets initContainers nodeName nodeSelector os overhead preemptionPolicy priority priorityClassName " +
			"readinessGates resourceClaims resources restartPolicy runtimeClassName schedulerName schedulingGates securityContext " +
			"serviceAccount serviceAccountName setHostnameAsFQDN shareProcessNamespace subdomain terminationGracePeriodSeconds " +
			"tolerations topologySpreadConstraints volumes workloadRef",
		reflect.TypeFor[container](): "args command env envFrom image imagePullPolicy lifecycle livenessProbe name ports readinessProbe " +
			"resizePolicy resources restartPolicy restartPolicyRules securityContext startupProbe stdin stdinOnce " +
			"terminationMessagePath terminationMessagePolicy tty volumeDevices volumeMounts workingDir",
		reflect.TypeFor[podSecurity](): "appArmorProfile fsGroup fsGroupChangePolicy runAsGroup runAsNonRoot runAsUser seLinuxChangePolicy " +
			"seLinuxOptions seccompProfile supplementalGroups supplementalGroupsPolicy sysctls windowsOptions",
		reflect.TypeFor[containerSecurity](): "allowPrivilegeEscalation appArmorProfile capabilities privileged procMount " +
			"readOnlyRootFilesystem runAsGroup runAsNonRoot runAsUser seLinuxOptions seccompProfile windowsOptions",
		reflect.TypeFor[capabilities]():     "add drop",
		reflect.TypeFor[envVar]():           "name value valueFrom",
		reflect.TypeFor[envSource]():        "configMapKeyRef fieldRef fileKeyRef resourceFieldRef secretKeyRef",
		reflect.TypeFor[fieldRef]():         "apiVersion fieldPath",
		reflect.TypeFor[fileKeyRef]():       "key optional path volumeName",
		reflect.TypeFor[resourceFieldRef](): "containerName divisor resource",
		reflect.TypeFor[keyRef]():           "key name optional",
		reflect.TypeFor[envFromSource]():    "configMapRef prefix secretRef",
		reflect.TypeFor[sourceRef]():        "name optional",
		reflect.TypeFor[restartRule]():      "action exitCodes",
		reflect.TypeFor[exitCodes]():        "operator values",
		reflect.TypeFor[containerPort]():    "containerPort hostIP hostPort name protocol",
		reflect.TypeFor[volumeMount]():      "mountPath mountPropagation name readOnly recursiveReadOnly subPath subPathExpr",
		reflect.TypeFor[probe](): "exec failureThreshold grpc httpGet initialDelaySeconds periodSeconds successThreshold tcpSocket " +
			"terminationGracePeriodSeconds timeoutSeconds",
		reflect.TypeFor[lifecycle]():        "postStart preStop stopSignal",
		reflect.TypeFor[lifecycleHandler](): "exec httpGet sleep tcpSocket",
		reflect.TypeFor[execAction]():       "command",
		reflect.TypeFor[httpAction]():       "host httpHeaders path port scheme",
		reflect.TypeFor[httpHeader]():       "name value",
		reflect.TypeFor[tcpAction]():        "host port",
		reflect.TypeFor[grpcAction]():       "port service",
		reflect.TypeFor[sleepAction]():      "seconds",
		reflect.TypeFor[podOS]():            "name",
	}
}

// allStructs visits every struct that a manifest can be decoded into.
func allStructs(visit func(reflect.Type)) {
	seen := make(map[reflect.Type]bool)
	var walk func(reflect.Type)
	walk = func(t reflect.Type) {
		for t.Kind() == reflect.Pointer || t.Kind() == reflect.Slice || t.Kind() == reflect.Map {
			t = t.Elem()
		}
		_, notation := reflect.New(t).Interface().(custom)
		if t.Kind() != reflect.Struct || notation || seen[t] {
			return
		}
		seen[t] = true
		visit(t)
		for i := 1; i < t.NumField(); i++ {
			walk(t.Field(i).Type)
		}
	}
	walk(reflect.TypeFor[podDocument]())
	walk(reflect.TypeFor[workloadDocument]())
	walk(reflect.TypeFor[cronJobDocument]())
}

// Without the blocks named nile, a manifest that Load accepts has no field that
// the API server does not know, and none that it knows is missing here.
func TestFieldsAreThoseOfTheAPI(t *testing.T) {
	known := apiFields()
	allStructs(func(s reflect.Type) {
		fields := fieldsOf(s)
		nileOnly := strings.Contains(" podNile backoff reloadOption holdAnswer eventHook containerNile fileSource watch outputOption dependency ", " "+s.Name()+" ")
		want, isAPI := known[s]
		if fields.open || strings.HasPrefix(s.Name(), "workload") || strings.HasPrefix(s.Name(), "cronJob") || s == reflect.TypeFor[jobTemplate]() ||
			s == reflect.TypeFor[podTemplate]() || nileOnly {
			return
		}
		if !isAPI {
			t.Errorf("%s is in no list", s.Name())
			return
		}
		names := slices.DeleteFunc(fields.names(), func(name string) bool { return name == "nile" })
		slices.Sort(names)
		if got := strings.Join(names, " "); got != want {
			t.Errorf("%s has\n%s, want\n%s", s.Name(), got, want)
		}
	})
}

// The tags of every field are complete and mean something to the decoder.
func TestTags(t *testing.T) {
	allowed := []string{"yaml", "doc", "need", "enum", "min", "max", "by", "plain"}
	allStructs(func(s reflect.Type) {
		first := s.Field(0).Type
		if first != reflect.TypeFor[object]() && first != reflect.TypeFor[openObject]() {
			t.Errorf("%s does not begin with an object", s.Name())
		}
		for i := 1; i < s.NumField(); i++ {
			field := s.Field(i)
			where := s.Name() + "." + field.Name
			if doc := field.Tag.Get("doc"); !strings.HasSuffix(doc, ".") || doc[0] < 'A' {
				t.Errorf("%s is described as %q: want sentences", where, doc)
			}
			if field.Tag.Get("yaml") == "" {
				t.Errorf("%s has no key", where)
			}
			for _, key := range tagKeys(string(field.Tag)) {
				if !slices.Contains(allowed, key) {
					t.Errorf("%s has the unknown tag %q", where, key)
				}
			}
			if by := field.Tag.Get("by"); by != "" && by != "kubernetes" && by != "later" {
				t.Errorf("%s is carried out by %q", where, by)
			}
		}
	})
}

func tagKeys(tag string) []string {
	var keys []string
	for tag = strings.TrimSpace(tag); tag != ""; tag = strings.TrimSpace(tag) {
		key, rest, _ := strings.Cut(tag, `:"`)
		keys = append(keys, key)
		_, tag, _ = strings.Cut(rest, `"`)
	}
	return keys
}

func TestSuggest(t *testing.T) {
	fields := []string{"command", "args", "env", "envFrom", "livenessProbe", "terminationMessagePath"}
	for word, want := range map[string]string{
		"comand": "command", "Command": "command", "cmomand": "command", "arg": "args", "enf": "env", "env_from": "envFrom",
		"livenesProbe": "livenessProbe", "liveness": "", "x": "", "": "", "terminationMessagepath": "terminationMessagePath",
		"something": "", strings.Repeat("command", 20): "",
	} {
		if got := suggest(word, fields); got != want {
			t.Errorf("suggest(%q) = %q, want %q", word, got, want)
		}
	}
}

func TestParseSignal(t *testing.T) {
	for text, want := range map[string]int{
		"TERM": 15, "SIGTERM": 15, "sigterm": 15, "15": 15, "1": 1, "64": 64, "KILL": 9, "STKFLT": 16, "POLL": 29, "IO": 29, "CLD": 17,
		"IOT": 6, "RTMIN": 34, "SIGRTMIN+3": 37, "RTMAX": 64, "RTMAX-1": 63, "RTMIN+30": 64, "RTMAX-30": 34,
		"0": 0, "65": 0, "-1": 0, "": 0, "SIG": 0, "FOO": 0, "SIGSIGTERM": 0, "RTMIN+31": 0, "RTMAX+1": 0, "RTMIN-1": 0, "RTMIN+": 0, "RTMINx": 0,
	} {
		if got := parseSignal(text); got != want {
			t.Errorf("parseSignal(%q) = %d, want %d", text, got, want)
		}
	}
	for number := 1; number <= 64; number++ {
		if number == 32 || number == 33 {
			continue // the C library's own have no names
		}
		if name := supervisor.SignalName(number); parseSignal(name) != number {
			t.Errorf("signal %d is called %q, which is read as %d", number, name, parseSignal(name))
		}
	}
	if names := stopSignalNames(); len(names) != 65 || slices.ContainsFunc(names, func(name string) bool { return parseSignal(name) == 0 }) {
		t.Errorf("%d names of stop signals, of which some are not read; the API has 65", len(names))
	}
}
