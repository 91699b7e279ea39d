package main

import (
	"fmt"
	"strings"

	"github.com/nile-init/nile/internal/web"
	"github.com/nile-init/nile/supervisor"
)

// healthPage is the answer to /livez or /readyz, in the form that Kubernetes' own
// programs have: "ok", or with ?verbose, and where something is wrong, a line for each
// container (https://kubernetes.io/docs/reference/using-api/health-checks/).
func healthPage(snapshot *supervisor.Snapshot, what string, verbose bool) web.Response {
	pod := checkPod(snapshot, what)
	status, last := web.StatusOK, "ok\n"
	if !pod.OK {
		status, last = web.StatusUnavailable, "not "+what+": "+pod.Message+"\n"
	}
	if pod.OK && !verbose {
		return web.Text(status, last)
	}
	var page strings.Builder
	for i := range snapshot.Containers {
		one := checkContainer(&snapshot.Containers[i], what)
		sign := "[+]"
		if !one.OK {
			sign = "[-]"
		}
		fmt.Fprintf(&page, "%s%s\n", sign, one.Message)
	}
	if verbose {
		fmt.Fprintf(&page, "the pod is %s\n", snapshot.State)
	}
	return web.Text(status, page.String()+last)
}
