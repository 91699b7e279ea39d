package main

import (
	"fmt"
	"strings"
	"testing"
)

func TestPersonalityCommandLines(t *testing.T) {
	short := optionTable{program: "p", shorts: "ab:"}
	permuting := optionTable{program: "p", shorts: "ab:", permute: true}
	long := optionTable{program: "p", shorts: "ab:", longs: []longOption{{"all", 'a', false}, {"alles", 'A', false}, {"bind", 'b', true}}}
	for _, test := range []struct {
		table *optionTable
		line  string
		want  string
	}{
		{&short, "", "[] []"},
		{&short, "-a cmd -b", "[a] [cmd -b]"},
		{&short, "-ab x cmd", "[a b=x] [cmd]"},
		{&short, "-abx cmd", "[a b=x] [cmd]"},
		{&short, "-b -a cmd", "[b=-a] [cmd]"},
		{&short, "-b -- cmd", "[b=--] [cmd]"},
		{&short, "-a -- -b x", "[a] [-b x]"},
		{&short, "- -a", "[] [- -a]"},
		{&short, "-ac cmd", "[a] p: invalid option -- 'c'"},
		{&short, "-a:", "[a] p: invalid option -- ':'"},
		{&short, "-a -b", "[a] p: option requires an argument -- 'b'"},
		{&short, "--all", "[] p: invalid option -- '-'"},
		{&permuting, "cmd -a x -b y", "[a b=y] [cmd x]"},
		{&permuting, "cmd -a -- -b y", "[a] [cmd -b y]"},
		{&permuting, "-- cmd -a", "[] [cmd -a]"},
		{&permuting, "cmd -c", "[] p: invalid option -- 'c'"},
		{&long, "--bind x --bind=y cmd --all", "[b=x b=y] [cmd --all]"},
		{&long, "--bi x", "[b=x] []"},
		{&long, "--all --alles", "[a A] []"},
		{&long, "--al", "[] p: option '--al' is ambiguous; possibilities: '--all' '--alles'"},
		{&long, "--all=x", "[] p: option '--all' doesn't allow an argument"},
		{&long, "--bind", "[] p: option '--bind' requires an argument"},
		{&long, "--bind=", "[b=] []"},
		{&long, "-a --nothing=x", "[a] p: unrecognized option '--nothing=x'"},
	} {
		options, rest, err := test.table.parse(strings.Fields(test.line))
		var given []string
		for _, o := range options {
			text := string(o.letter)
			if o.value != "" || o.letter == 'b' {
				text += "=" + o.value
			}
			given = append(given, text)
		}
		got := fmt.Sprint(given, " ", rest)
		if err != nil {
			got = fmt.Sprint(given, " ", err)
		}
		if got != test.want {
			t.Errorf("%q gives\n  %s\nwant\n  %s", test.line, got, test.want)
		}
	}
}

// The name decides, whatever the directory; a name that only resembles one does not.
func TestPersonalityHangsOnTheName(t *testing.T) {
	for name, is := range map[string]bool{
		"tini": true, "/sbin/docker-init": true, "./dumb-init": true, "/run/podman-init": true, "tini-static": true,
		"nile": false, "tini.old": false, "/tini/nile": false, "": false, "init": false,
	} {
		if _, ok := personalityOf(name); ok != is {
			t.Errorf("%q: taken for another init: %v, want %v", name, ok, is)
		}
	}
}
