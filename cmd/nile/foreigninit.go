package main

import (
	"github.com/nile-init/nile/internal/procs"
	"github.com/nile-init/nile/supervisor"
)

// tellForeignInit says what nile can and cannot do where PID 1 is another container's:
// in a pod whose containers share their processes.
func (s *service) tellForeignInit() {
	if init, foreign := procs.ForeignInit(""); foreign {
		s.handle.Note(supervisor.Note{Level: supervisor.LevelWarn, Why: aboutForeignInit(init)})
	}
}

// aboutForeignInit is one line: whose PID 1 is, what is nile's, and what is not.
func aboutForeignInit(init procs.Init) string {
	of := "outside of this container"
	if init.Container != "" {
		of = "of container " + procs.ShortID(init.Container)
	}
	return "this container shares its processes: PID 1 is " + printable(init.Name) + " " + of +
		". nile reaps, signals and ends what it starts and all that comes of that, and nothing else;" +
		" orphans of other containers and of exec go to PID 1. See nile tree"
}
