package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"
)

// The words by which this program plays a part in its own pod.
const (
	partChild = "child" // a container: soak child ROLE NAME LEDGER
	partStray = "stray" // a process that a container leaves behind: soak stray AGE
)

func main() {
	if len(os.Args) == 5 && os.Args[1] == partChild {
		play(os.Args[2], os.Args[3], os.Args[4])
		return
	}
	if len(os.Args) == 3 && os.Args[1] == partStray {
		if age, err := time.ParseDuration(os.Args[2]); err == nil {
			time.Sleep(age)
		}
		return
	}
	var plan plan
	flag.StringVar(&plan.nile, "nile", "build/nile", "the `file` that is nile's program")
	flag.DurationVar(&plan.length, "for", 5*time.Minute, "how long, from the first container's start to SIGTERM")
	flag.IntVar(&plan.containers, "containers", 100, "how many containers")
	flag.Int64Var(&plan.seed, "seed", time.Now().UnixNano(), "what the operator's choices follow from")
	flag.DurationVar(&plan.reload, "reload", 10*time.Second, "how often another manifest is taken on; 0 for never")
	keep := flag.Bool("keep", false, "leave the directory of the run where it is, and say where")
	flag.Parse()
	failed, err := soak(&plan, *keep)
	if err != nil {
		fmt.Fprintf(os.Stderr, "soak: %v\n", err)
		os.Exit(1)
	}
	if failed > 0 {
		fmt.Printf("FAIL: %d of the promises above are broken\n", failed)
		os.Exit(1)
	}
	fmt.Println("ok: all promises are kept")
}

// plan is what one soak is to be.
type plan struct {
	nile       string
	length     time.Duration
	containers int
	seed       int64
	reload     time.Duration
}

// soak runs one and prints what came of it. It returns how many promises are broken.
func soak(p *plan, keep bool) (int, error) {
	var err error
	if p.nile, err = filepath.Abs(p.nile); err != nil {
		return 0, err
	}
	if p.containers < 1 || p.length < time.Second {
		return 0, fmt.Errorf("cannot soak %d containers for %v: it takes 1 container and 1s at least", p.containers, p.length)
	}
	dir, err := os.MkdirTemp("", "nile-soak-")
	if err != nil {
		return 0, err
	}
	if keep {
		fmt.Printf("the directory is %s\n", dir)
	} else {
		defer os.RemoveAll(dir)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	fmt.Printf("%d containers for %v, seed %d\n", p.containers, p.length, p.seed)
	run, err := start(p, dir)
	if err != nil {
		return 0, err
	}
	defer run.kill()
	if err := run.watch(ctx); err != nil {
		return 0, err
	}
	if err := run.end(); err != nil {
		return 0, err
	}
	return run.verdict(os.Stdout)
}
