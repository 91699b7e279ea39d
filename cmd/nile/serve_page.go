package main

import (
	"context"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/nile-init/nile/client"
	"github.com/nile-init/nile/internal/control"
	"github.com/nile-init/nile/internal/postmortem"
	"github.com/nile-init/nile/supervisor"
)

// servePage registers the verb page: what `nile report --html` shows.
func (s *service) servePage(server *control.Server) {
	server.Handle("page", func(ctx context.Context, r *control.Request, _ func(any) error) (any, error) {
		var o client.ReportOptions
		if err := r.Decode(&o); err != nil {
			return nil, err
		}
		if o.Name != "" && !s.has(o.Name) {
			return nil, s.unknownContainer(o.Name)
		}
		return s.page(ctx, &o)
	})
}

// page is the pod as it is now, with a crash report where there is one.
func (s *service) page(ctx context.Context, o *client.ReportOptions) (*postmortem.Page, error) {
	snapshot, err := s.handle.Snapshot(ctx)
	if err != nil {
		return nil, err
	}
	host, _ := os.Hostname()
	masker := s.mask()
	p := &postmortem.Page{
		Made: time.Now(), Nile: ownBuild().Version, Host: host, Pod: snapshot.Name, State: string(snapshot.State),
		Timeline: timeline(&s.events, s.events.Last()), Processes: postmortem.TakeScene(nil).Processes,
	}
	for i := range p.Timeline {
		p.Timeline[i].Why = masker.Text(p.Timeline[i].Why)
	}
	for i := range p.Processes {
		words := strings.Split(p.Processes[i].Command, " ")
		p.Processes[i].Command = strings.Join(masker.Arguments(words), " ")
	}
	for i := range snapshot.Containers {
		p.Containers = append(p.Containers, conditionOf(&snapshot.Containers[i]))
	}
	p.Usage = s.samples.take(s.names())
	if now := s.now(); now.pod != nil && s.crashes != nil {
		// A copy: planning sets what the loop reads.
		pod := *now.pod
		pod.Spec.Init, pod.Spec.Main = slices.Clone(pod.Spec.Init), slices.Clone(pod.Spec.Main)
		var plan strings.Builder
		if err := writePlan(&plan, &pod, s.crashes.options); err == nil {
			p.Manifest = masker.Text(plan.String())
		}
	}
	return p, s.addReports(p, o)
}

// addReports adds the crash that is asked for; that there is none is no error unless one
// was named.
func (s *service) addReports(p *postmortem.Page, o *client.ReportOptions) error {
	if s.crashes == nil {
		return nil
	}
	store := s.crashes.collector.Store()
	list, err := store.List(o.Name)
	if err != nil {
		return err
	}
	p.Reports = list
	if len(list) == 0 && o.ID == "" {
		return nil
	}
	p.Report, err = pickReport(store, o)
	return err
}

func conditionOf(c *supervisor.ContainerSnapshot) postmortem.Condition {
	one := postmortem.Condition{
		Name: c.Name, Role: string(c.Role), State: string(c.State), Ready: c.Ready, Restarts: c.Restarts, PID: c.PID,
	}
	if c.PID > 0 && !c.StartedAt.IsZero() {
		one.Since = shortTime(time.Since(c.StartedAt))
	}
	if c.Last != nil {
		one.Last = c.Last.Status.String()
	}
	return one
}
