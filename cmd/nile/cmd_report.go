package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/nile-init/nile/client"
	"github.com/nile-init/nile/internal/jsonvalue"
	"github.com/nile-init/nile/internal/postmortem"
)

// reportVerb is `nile report`.
type reportVerb struct {
	control  controlValue
	stateDir directoryValue
	format   formatValue
	options  client.ReportOptions
	tar      string
	html     string
}

func newReportCommand() *cobra.Command {
	var v reportVerb
	cmd := &cobra.Command{
		Use:   "report [NAME]",
		Short: "Show why a container failed, and the evidence",
		Long: `Shows the report of a crash on one screen: the cause in the first line, then
how it ended, what it was, what was collected, and its last output. NAME is a
container, or the name of a report; without it the latest report of any
container is shown.

Reports come from the nile that runs here; where none answers, from the state
directory that it has left, so that they can be read after a restart.

Secrets are masked, by name (DB_PASSWORD) and by shape (URLs with passwords,
private keys). --no-mask shows those of the latest report, which only the
running nile has in its memory, and only on a terminal.`,
		Example: `  nile report tomcat
  nile report --last 2 -o json
  nile report --tar crash.tar
  nile report --html report.html`,
		ValidArgsFunction: completeContainers(&v.control),
		Args:              oneAtMost,
		RunE: func(cmd *cobra.Command, args []string) error {
			v.options.Name = strings.Join(args, "")
			return v.run(cmd.OutOrStdout())
		},
	}
	cmd.Flags().IntVar(&v.options.Last, "last", 1, "which report, counted from the latest, which is 1")
	cmd.Flags().BoolVar(&v.options.List, "list", false, "list the reports that are kept")
	cmd.Flags().BoolVar(&v.options.Unmasked, "no-mask", false, "show secrets; on a terminal only")
	cmd.Flags().StringVar(&v.tar, "tar", "", "write the report with all its files to a tar archive, - for standard output")
	cmd.Flags().StringVar(&v.html, "html", "", "write a page with the report and the pod's timeline to a file, - for standard output; of a pod in which nothing has failed, too")
	cmd.Flags().Var(&v.stateDir, "state-dir", "the state directory to read where no nile answers")
	v.format.flag(cmd, formatTable, formatJSON, formatYAML)
	v.control.target(cmd.Flags())
	return cmd
}

func (v *reportVerb) run(w io.Writer) error {
	if v.options.Last < 1 {
		return &exitError{code: exitUsage, err: fmt.Errorf("cannot show report number %d: the latest is 1", v.options.Last)}
	}
	if v.options.Unmasked && (!isTerminal(w) || v.tar != "" || v.html != "") {
		return &exitError{code: exitUsage, err: errors.New("cannot show secrets here: --no-mask is for a terminal only, so that they end in no file or pipe")}
	}
	if given := v.kinds(); len(given) > 1 {
		return usageErrorf("cannot do %s at once: give one of them", strings.Join(given, " and "))
	}
	if looksLikeID(v.options.Name) {
		v.options.ID, v.options.Name = v.options.Name, ""
	}
	if v.html != "" {
		return v.writePage(w)
	}
	result, store, err := v.ask()
	if err != nil {
		return err
	}
	if v.options.List {
		return v.list(w, result)
	}
	report, err := postmortem.Decode(result.Report)
	if err != nil {
		return failed(fmt.Errorf("cannot read the report: %w", err))
	}
	switch {
	case v.tar != "":
		return v.writeTar(w, report, store)
	case v.format.structured():
		return v.format.write(w, report)
	}
	return failed(postmortem.WriteText(w, report, screenOf(w)))
}

// kinds are the flags given that say what becomes of the report, of which each leaves no
// room for another; the list has formats of its own.
func (v *reportVerb) kinds() (given []string) {
	for _, kind := range []struct {
		flag string
		is   bool
	}{
		{"--list", v.options.List}, {"--html", v.html != ""}, {"--tar", v.tar != ""}, {"--output", v.format.structured() && !v.options.List},
	} {
		if kind.is {
			given = append(given, kind.flag)
		}
	}
	return given
}

// looksLikeID tells whether a name is that of a report: 20261127T041039.123Z-tomcat-2.
func looksLikeID(name string) bool {
	return len(name) > 20 && name[8] == 'T' && name[15] == '.' && name[19] == 'Z'
}

// ask gets the report from the nile that runs here, or from what one has left. The
// store, where it is not nil, has its files.
func (v *reportVerb) ask() (*client.ReportResult, *postmortem.Store, error) {
	result := &client.ReportResult{}
	nile, err := v.control.dial(context.Background())
	var missing *client.NotFoundError
	switch {
	case err == nil:
		defer nile.Close()
		ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
		defer cancel()
		if err := nile.Call(ctx, "report", v.options, result); err != nil {
			return nil, nil, asVerbError(err)
		}
		store, err := postmortem.OpenExisting(result.StateDir)
		if err != nil {
			store = nil
		}
		return result, store, nil
	case !errors.As(err, &missing):
		return nil, nil, err
	}
	return v.readLeft(err)
}

// readLeft reads what a nile that runs no more has left. nobody is the error to return
// where there is nothing.
func (v *reportVerb) readLeft(nobody error) (*client.ReportResult, *postmortem.Store, error) {
	var stores []*postmortem.Store
	if v.stateDir != "" {
		store, err := postmortem.OpenExisting(string(v.stateDir))
		if err != nil {
			return nil, nil, failed(fmt.Errorf("cannot read reports from %s: %w", v.stateDir, err))
		}
		stores = append(stores, store)
	} else {
		stores = postmortem.FindExisting()
	}
	if len(stores) == 0 {
		return nil, nil, nobody
	}
	if v.options.Unmasked {
		return nil, nil, &exitError{code: exitFailed, err: errors.New("cannot show secrets: no nile runs here, and they are never on disk")}
	}
	result := &client.ReportResult{}
	var firstErr error
	for _, store := range stores {
		if v.options.List {
			list, err := store.List(v.options.Name)
			firstErr = firstError(firstErr, err)
			for _, one := range list {
				result.List = append(result.List, client.ReportSummary(one))
			}
			continue
		}
		report, err := pickReport(store, &v.options)
		if err != nil {
			firstErr = firstError(firstErr, err)
			continue
		}
		result.Report, err = jsonvalue.Marshal(report)
		return result, store, failed(err)
	}
	if v.options.List && len(result.List) > 0 {
		return result, nil, nil
	}
	return result, nil, asVerbError(firstErr)
}

func (v *reportVerb) list(w io.Writer, result *client.ReportResult) error {
	if v.format.structured() {
		list := result.List
		if list == nil {
			list = []client.ReportSummary{}
		}
		return v.format.write(w, list)
	}
	t := newTable("REPORT", "CONTAINER", "FILES", "CAUSE")
	for _, one := range result.List {
		t.add(one.ID, one.Container, fmt.Sprint(one.Artefacts), one.Cause)
	}
	return failed(t.write(w, false))
}

// writeTar writes the archive.
func (v *reportVerb) writeTar(w io.Writer, r *postmortem.Report, store *postmortem.Store) error {
	return intoFile(v.tar, w, func(w io.Writer) error { return postmortem.WriteTar(w, r, store) })
}

// writePage writes the page: what the running nile tells, or a report that one has left.
func (v *reportVerb) writePage(w io.Writer) error {
	page := &postmortem.Page{Made: time.Now()}
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	err := v.control.call(ctx, "page", v.options, page)
	var missing *client.NotFoundError
	if errors.As(err, &missing) {
		result, _, leftErr := v.readLeft(err)
		if leftErr != nil {
			return leftErr
		}
		if page.Report, err = postmortem.Decode(result.Report); err == nil {
			page.Pod, page.Host, page.Nile = page.Report.Pod, page.Report.Host, page.Report.Nile
		}
	}
	if err != nil {
		return asVerbError(err)
	}
	return intoFile(v.html, w, func(w io.Writer) error { return postmortem.WriteHTML(w, page) })
}

// intoFile writes a new file, whole or not at all; - is standard output.
func intoFile(name string, stdout io.Writer, write func(io.Writer) error) error {
	if name == "-" {
		return failed(write(stdout))
	}
	file, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return failed(fmt.Errorf("cannot write %s: %w: name a file that is not there yet", name, cause(err)))
	}
	if err := firstError(write(file), file.Close()); err != nil {
		_ = os.Remove(name)
		return failed(fmt.Errorf("cannot write %s: %w", name, err))
	}
	fmt.Fprintln(os.Stderr, "nile: wrote "+name)
	return nil
}

// screenOf is how a report fits where it is shown.
func screenOf(w io.Writer) postmortem.TextOptions {
	o := postmortem.TextOptions{Colour: coloured(w)}
	if file, ok := w.(*os.File); ok {
		if width, height, err := term.GetSize(int(file.Fd())); err == nil && width >= 40 {
			o.Width, o.Height = width, max(height-1, 24)
		}
	}
	return o
}
