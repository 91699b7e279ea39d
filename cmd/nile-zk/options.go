package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/go-zookeeper/zk"
)

// options is what the flags and the environment say.
type options struct {
	servers     []string // host:port
	chroot      string   // without a slash at its end; empty where there is none
	path        string   // of the service, within the chroot
	marks       string   // of the marks, within the chroot; empty where there are none
	name        string
	sequential  bool
	container   string // empty for the whole pod
	host        string // empty for the address that ZooKeeper is reached from
	ports       []port
	version     string // of the service
	data        map[string]string
	instance    string
	control     string
	acl         []zk.ACL
	credentials []credential

	sessionTimeout, connectTimeout, stopTimeout time.Duration

	showVersion bool
}

// texts are the flags that have to be understood further.
type texts struct {
	servers, path, marks, acl, authFile string
	ports, data                         list
}

// list is a flag that may be given more than once; each value may be a list with commas.
type list []string

func (l *list) String() string { return strings.Join(*l, ",") }

func (l *list) Set(value string) error {
	*l = append(*l, strings.Split(value, ",")...)
	return nil
}

// authVariable holds credentials as a line of --auth-file does. There is no flag for
// them: command lines are for all to read.
const authVariable = "NILE_ZK_AUTH"

// readOptions reads flags, and the environment for those that are not given. Help is
// written to out, and is then the error flag.ErrHelp.
func readOptions(arguments []string, getenv func(string) string, out io.Writer) (*options, error) {
	o, t := &options{}, &texts{}
	flags := define(o, t)
	err := parse(flags, arguments, getenv)
	switch {
	case errors.Is(err, flag.ErrHelp):
		printHelp(flags, out)
		return nil, err
	case err != nil || o.showVersion:
		return o, err
	}
	if flags.NArg() > 0 {
		return nil, fmt.Errorf("cannot use the argument %q: nile-zk takes flags only: see nile-zk --help", flags.Arg(0))
	}
	return o, complete(o, t, getenv)
}

// define has all flags but --help, which package flag knows by itself.
func define(o *options, t *texts) *flag.FlagSet {
	o.sessionTimeout, o.connectTimeout, o.stopTimeout = 10*time.Second, 3*time.Second, 5*time.Second
	flags := flag.NewFlagSet("nile-zk", flag.ContinueOnError)
	flags.SetOutput(io.Discard) // errors are returned
	flags.Usage = func() {}
	flags.StringVar(&t.servers, "servers", "", "`LIST` of ZooKeeper's servers, HOST[:PORT] with commas between, and the chroot path after the last one (required)")
	flags.StringVar(&t.path, "path", "", "`PATH` whose children are the live instances of the service (required)")
	flags.StringVar(&t.marks, "marks", "", "`PATH` whose children are the instances that are held or have crashed; off for none (default /nile and the path)")
	flags.StringVar(&o.name, "name", "", "`NAME` of the node (default the host name)")
	flags.BoolVar(&o.sequential, "sequential", false, "let ZooKeeper add a number to the name")
	flags.StringVar(&o.container, "container", "", "`NAME` of the container that is the app (default the whole pod)")
	flags.StringVar(&o.host, "host", "", "`HOST` in the data (default the address that ZooKeeper is reached from)")
	flags.Var(&t.ports, "port", "`[NAME=]PORT` in the data; may be repeated")
	flags.StringVar(&o.version, "service-version", "", "`VERSION` of the service, in the data")
	flags.Var(&t.data, "data", "`KEY=VALUE`, more for the data; may be repeated")
	flags.StringVar(&o.instance, "instance", "", "`ID` by which nile-zk knows a node that it made in an earlier life (default the host name)")
	flags.StringVar(&o.control, "control", "", "`SOCKET` of nile (default as NILE_CONTROL says, or where it is found)")
	flags.StringVar(&t.acl, "acl", "", "`ACL` of the nodes, as SCHEME:ID:PERMISSIONS with commas between (default world:anyone:cdrwa; with credentials auth::cdrwa,world:anyone:r)")
	flags.StringVar(&t.authFile, "auth-file", "", "`FILE` with credentials, a line each, as digest:USER:PASSWORD; "+authVariable+" may have one instead")
	flags.Var((*span)(&o.sessionTimeout), "session-timeout", "`TIME` without a sign of life after which ZooKeeper removes the nodes; the servers bound it")
	flags.Var((*span)(&o.connectTimeout), "connect-timeout", "`TIME` that a server has to accept a connection, and then to answer")
	flags.Var((*span)(&o.stopTimeout), "stop-timeout", "`TIME` that the removal of the nodes may take at the end")
	flags.BoolVar(&o.showVersion, "version", false, "print the version and end")
	return flags
}

// variable is the environment variable of a flag.
func variable(name string) string {
	return "NILE_ZK_" + strings.ToUpper(strings.ReplaceAll(name, "-", "_"))
}

// parse reads the arguments and gives the flags that are not among them the values of
// their variables.
func parse(flags *flag.FlagSet, arguments []string, getenv func(string) string) error {
	for _, argument := range arguments {
		if name, _, _ := strings.Cut(argument, "="); name == "--auth" || name == "-auth" {
			return fmt.Errorf("cannot take credentials from the command line, which everybody may read: put them into a file for --auth-file, or into %s", authVariable)
		}
	}
	if err := flags.Parse(arguments); err != nil {
		return fmt.Errorf("cannot read the flags: %w: see nile-zk --help", err)
	}
	given := map[string]bool{}
	flags.Visit(func(f *flag.Flag) { given[f.Name] = true })
	var failed error
	flags.VisitAll(func(f *flag.Flag) {
		value := getenv(variable(f.Name))
		if value == "" || given[f.Name] || f.Name == "version" || failed != nil {
			return
		}
		if err := f.Value.Set(value); err != nil {
			failed = fmt.Errorf("cannot use %s=%q: %w", variable(f.Name), value, err)
		}
	})
	return failed
}

// complete checks what was given and adds what was not.
func complete(o *options, t *texts, getenv func(string) string) (err error) {
	if o.servers, o.chroot, err = parseServers(t.servers); err != nil {
		return err
	}
	host, err := os.Hostname()
	if err != nil {
		host = "localhost"
	}
	for _, unset := range []*string{&o.name, &o.instance} {
		if *unset == "" {
			*unset = host
		}
	}
	if err := o.checkPaths(t); err != nil {
		return err
	}
	if o.ports, err = parsePorts(t.ports); err != nil {
		return err
	}
	if o.data, err = parseData(t.data); err != nil {
		return err
	}
	if o.credentials, err = readCredentials(t.authFile, getenv(authVariable)); err != nil {
		return err
	}
	if o.acl, err = parseACL(t.acl, len(o.credentials) > 0); err != nil {
		return err
	}
	return nil
}

// span is a flag's time: zero and less would be refused by ZooKeeper, or never end.
type span time.Duration

func (s *span) String() string { return time.Duration(*s).String() }

func (s *span) Set(value string) error {
	d, err := time.ParseDuration(value)
	if err != nil || d < time.Millisecond || d > 24*time.Hour {
		return errors.New("it must be a time such as 10s, from 1ms to 24h")
	}
	*s = span(d)
	return nil
}

func printHelp(flags *flag.FlagSet, out io.Writer) {
	fmt.Fprint(out, "nile-zk keeps an ephemeral node in ZooKeeper while an app under nile is ready.\n\nusage: nile-zk --servers LIST --path PATH [flags]\n\n")
	flags.VisitAll(func(f *flag.Flag) {
		value, text := flag.UnquoteUsage(f)
		fmt.Fprintf(out, "  --%s %s\n        %s", f.Name, value, text)
		if f.DefValue != "" && f.DefValue != "false" {
			fmt.Fprintf(out, " (default %s)", f.DefValue)
		}
		if f.Name != "version" {
			fmt.Fprintf(out, " [%s]", variable(f.Name))
		}
		fmt.Fprintln(out)
	})
}
