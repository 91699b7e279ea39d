package main

import (
	"fmt"
	"os"
	"os/exec"
	"time"
)

// orphans has a shell make processes that end as orphans, a batch at a time: it ends before
// them.
func orphans(n, batch int) {
	const lives = 100 * time.Millisecond // none of them lives longer
	for left := n; left > 0; left -= batch {
		script := fmt.Sprintf("i=0; while [ $i -lt %d ]; do (exec sleep 0.0$((i %% 10))) & i=$((i+1)); done", min(left, batch))
		command := exec.Command("sh", "-c", script)
		command.Stderr = os.Stderr
		if err := command.Run(); err != nil {
			fail(err.Error())
		}
		time.Sleep(lives)
	}
	fmt.Println("all orphans are made")
	stay()
}
