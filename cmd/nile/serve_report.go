package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/nile-init/nile/client"
	"github.com/nile-init/nile/internal/control"
	"github.com/nile-init/nile/internal/jsonvalue"
	"github.com/nile-init/nile/internal/postmortem"
)

// serveReport registers the verb report.
func (s *service) serveReport(server *control.Server) {
	server.Handle("report", func(_ context.Context, r *control.Request, _ func(any) error) (any, error) {
		var o client.ReportOptions
		if err := r.Decode(&o); err != nil {
			return nil, err
		}
		if o.Name != "" && !s.has(o.Name) {
			return nil, s.unknownContainer(o.Name)
		}
		if s.crashes == nil {
			return nil, &client.Error{Code: client.CodeState, Message: "no crash reports are made here: start nile with --hold or --state-dir"}
		}
		return s.crashes.answer(&o)
	})
}

// reportWait is how long an answer waits for a report under way: a hold is told before
// its report is written, and who hears of it asks at once.
const reportWait = time.Second

// answer finds the report that is asked for.
func (c *crashes) answer(o *client.ReportOptions) (*client.ReportResult, error) {
	c.collector.Wait(reportWait)
	store := c.collector.Store()
	result := &client.ReportResult{}
	result.StateDir, result.Why = store.Dir()
	if o.List {
		list, err := store.List(o.Name)
		for _, one := range list {
			result.List = append(result.List, client.ReportSummary(one))
		}
		return result, err
	}
	report, err := pickReport(store, o)
	if err != nil {
		return nil, err
	}
	if o.Unmasked {
		bare, ok := c.collector.Unmasked(report.ID)
		if !ok {
			return nil, &client.Error{Code: client.CodeRefused, Message: fmt.Sprintf(
				"cannot show the secrets of %s: nile keeps those of the latest report only, and never on disk", report.ID)}
		}
		report = bare
	}
	result.Report, err = jsonvalue.Marshal(report)
	return result, err
}

// pickReport reads the report that is asked for.
func pickReport(store *postmortem.Store, o *client.ReportOptions) (*postmortem.Report, error) {
	id := o.ID
	if id == "" {
		list, err := store.List(o.Name)
		if err != nil {
			return nil, err
		}
		switch at := max(o.Last, 1); {
		case len(list) == 0 && o.Name != "":
			return nil, &client.Error{Code: client.CodeState, Message: fmt.Sprintf("there is no crash report of %s: it has not failed, or its reports were removed", o.Name)}
		case len(list) == 0:
			return nil, &client.Error{Code: client.CodeState, Message: "there is no crash report: nothing has failed here"}
		case at > len(list):
			return nil, &client.Error{Code: client.CodeState, Message: fmt.Sprintf("there is no crash report number %d: %d kept: see nile report --list", at, len(list))}
		default:
			id = list[at-1].ID
		}
	}
	report, err := store.Read(id)
	if errors.Is(err, postmortem.ErrNoReport) {
		return nil, &client.Error{Code: client.CodeState, Message: fmt.Sprintf("there is no crash report %q: see nile report --list", id)}
	}
	return report, err
}
