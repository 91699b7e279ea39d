package client_test

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/nile-init/nile/client"
	"github.com/nile-init/nile/internal/testkit"
)

// nileProgram is the real nile, and socket where the one that the tests talk to listens.
var nileProgram, socket string

func TestMain(m *testing.M) {
	os.Exit(func() int {
		dir, err := os.MkdirTemp("", "nile-client-")
		if err != nil {
			panic(err)
		}
		defer os.RemoveAll(dir)
		nileProgram, socket = filepath.Join(dir, "nile"), filepath.Join(dir, "control.sock")
		if err := testkit.Build("-trimpath", "-o", nileProgram, "../cmd/nile"); err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
		pod := exec.Command(nileProgram, "--control="+socket, "--log-level=off", "--", "sleep", "600")
		if err := pod.Start(); err != nil {
			panic(err)
		}
		defer func() {
			_ = pod.Process.Signal(os.Interrupt)
			_ = pod.Wait()
		}()
		for end := time.Now().Add(20 * time.Second); time.Now().Before(end); time.Sleep(10 * time.Millisecond) {
			if c, err := client.Dial(context.Background(), client.Options{Path: socket}); err == nil {
				c.Close()
				break
			}
		}
		return m.Run()
	}())
}

func Example() {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	nile, err := client.Dial(ctx, client.Options{Path: socket}) // without Path it is looked for
	if err != nil {
		fmt.Println(err)
		return
	}
	defer nile.Close()
	status, err := nile.Status(ctx)
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, c := range status.Nile.Containers {
		fmt.Println(c.Name, "is", c.State)
	}
	// Output: sleep is Running
}

func ExampleClient_Call() {
	ctx := context.Background()
	nile, err := client.Dial(ctx, client.Options{Path: socket})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer nile.Close()
	arguments := map[string]any{"name": "slep", "signal": "USR1"}
	err = nile.Call(ctx, "signal", arguments, nil)
	fmt.Println(err)
	// Output: no container named "slep"; did you mean "sleep"?
}

func ExampleClient_Stream() {
	ctx := context.Background()
	nile, err := client.Dial(ctx, client.Options{Path: socket})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer nile.Close()
	err = nile.Stream(ctx, "events", map[string]any{"name": "sleep"}, func(item json.RawMessage) error {
		var event struct{ To, Message string }
		if err := json.Unmarshal(item, &event); err != nil {
			return err
		}
		fmt.Println(event.To+":", event.Message)
		return nil
	})
	if err != nil {
		fmt.Println(err)
	}
	// Output:
	// Starting: its turn has come
	// Running: started
}
