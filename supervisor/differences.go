package supervisor

import (
	"slices"
	"strings"
)

// differences names what differs between two specs of a container: what a process is
// started with, so that only a new one has it; what can be taken on while it runs; and
// what can be too, but shows only at its next start. All fields are compared but for Name
// and Sidecar, which say who it is and where it stands (a test goes through them).
func differences(a, b *Container) (restart, update, later []string) {
	note := func(list *[]string, same bool, field string) {
		if !same {
			*list = append(*list, field)
		}
	}
	note(&restart, slices.Equal(a.Process.Argv, b.Process.Argv), "command")
	restart = append(restart, environmentDifferences(a.Process.Env, b.Process.Env)...)
	note(&restart, a.Process.Dir == b.Process.Dir, "workingDir")
	note(&restart, sameSecurity(&a.Process, &b.Process), "securityContext")
	note(&restart, same(a.Process.Umask, b.Process.Umask), "nile.umask")
	note(&restart, slices.Equal(a.Process.Rlimits, b.Process.Rlimits), "nile.rlimits")
	note(&restart, same(a.Process.OOMScoreAdj, b.Process.OOMScoreAdj), "nile.oomScoreAdj")
	note(&restart, a.Output == b.Output, "nile.output")
	note(&update, a.Every == b.Every, "nile.every")
	note(&restart, a.Notify == b.Notify, "nile.notify")
	note(&restart, a.MessagePath == b.MessagePath, "terminationMessagePath")

	note(&update, a.RestartPolicy == b.RestartPolicy, "restartPolicy")
	note(&update, slices.EqualFunc(a.Rules, b.Rules, sameRule), "restartPolicyRules")
	note(&update, a.StopSignal == b.StopSignal, "lifecycle.stopSignal")
	note(&update, a.KillMode == b.KillMode, "nile.killMode")
	note(&update, sameProbe(a.Startup, b.Startup), "startupProbe")
	note(&update, sameProbe(a.Liveness, b.Liveness), "livenessProbe")
	note(&update, sameProbe(a.Readiness, b.Readiness), "readinessProbe")
	note(&update, sameHandler(a.PreStop, b.PreStop), "lifecycle.preStop")
	note(&update, a.OnFailure == b.OnFailure, "nile.onFailure")
	note(&update, a.Dump == b.Dump, "nile.preset")
	note(&update, a.MessagePolicy == b.MessagePolicy, "terminationMessagePolicy")
	note(&update, slices.Equal(a.Collect, b.Collect), "nile.collect")
	note(&update, sameWatches(a, b), "nile.watch")
	note(&update, slices.Equal(a.DependsOn, b.DependsOn), "nile.dependsOn")

	note(&later, sameHandler(a.PostStart, b.PostStart), "lifecycle.postStart")
	note(&later, a.Freeze == b.Freeze, "nile.freeze")
	return restart, update, later
}

// same compares what two pointers point to, which may be nothing.
func same[T comparable](a, b *T) bool {
	if a == nil || b == nil {
		return a == b
	}
	return *a == *b
}

// environmentDifferences names the variables that differ. Their order means nothing, and
// of two with the same name the last one counts.
func environmentDifferences(a, b []string) (fields []string) {
	if slices.Equal(a, b) {
		return nil
	}
	before, after := map[string]string{}, map[string]string{}
	var names []string
	for _, side := range []struct {
		list []string
		into map[string]string
	}{{a, before}, {b, after}} {
		for _, entry := range side.list {
			name, value, _ := strings.Cut(entry, "=")
			side.into[name] = value
			names = append(names, name)
		}
	}
	slices.Sort(names)
	for _, name := range slices.Compact(names) {
		was, had := before[name]
		is, has := after[name]
		if had != has || was != is {
			fields = append(fields, "env "+name)
		}
	}
	return fields
}

// sameSecurity compares what a securityContext says.
func sameSecurity(a, b *Process) bool {
	return a.NoNewPrivileges == b.NoNewPrivileges && sameUser(a.User, b.User) && sameCapabilities(a.Capabilities, b.Capabilities)
}

// sameUser compares users. A list of no groups is not the same as no list.
func sameUser(a, b *User) bool {
	if a == nil || b == nil {
		return a == b
	}
	return same(a.UID, b.UID) && same(a.GID, b.GID) && slices.Equal(a.Groups, b.Groups) && (a.Groups == nil) == (b.Groups == nil)
}

func sameCapabilities(a, b *Capabilities) bool {
	if a == nil || b == nil {
		return a == b
	}
	return slices.Equal(a.Add, b.Add) && slices.Equal(a.Drop, b.Drop)
}

func sameWatches(a, b *Container) bool { return slices.EqualFunc(a.Watch, b.Watch, sameWatch) }

func sameWatch(a, b Watch) bool {
	return slices.Equal(a.Paths, b.Paths) && a.Recursive == b.Recursive && a.Debounce == b.Debounce && a.Poll == b.Poll &&
		a.Action == b.Action && a.Signal == b.Signal && sameHandler(a.Exec, b.Exec) && a.Timeout == b.Timeout
}

func sameRule(a, b RestartRule) bool {
	return a.Action == b.Action && a.NotIn == b.NotIn && slices.Equal(a.Codes, b.Codes)
}

func sameProbe(a, b *Probe) bool {
	if a == nil || b == nil {
		return a == b
	}
	return sameHandler(&a.Handler, &b.Handler) && a.InitialDelay == b.InitialDelay && a.Period == b.Period && a.Timeout == b.Timeout &&
		a.SuccessThreshold == b.SuccessThreshold && a.FailureThreshold == b.FailureThreshold && same(a.Grace, b.Grace)
}

func sameHandler(a, b *Handler) bool {
	if a == nil || b == nil {
		return a == b
	}
	return slices.Equal(a.Exec, b.Exec) && sameHTTPGet(a.HTTPGet, b.HTTPGet) && same(a.TCPSocket, b.TCPSocket) &&
		same(a.GRPC, b.GRPC) && same(a.Sleep, b.Sleep)
}

func sameHTTPGet(a, b *HTTPGet) bool {
	if a == nil || b == nil {
		return a == b
	}
	return a.Scheme == b.Scheme && a.Host == b.Host && a.Port == b.Port && a.Path == b.Path && slices.Equal(a.Headers, b.Headers)
}
