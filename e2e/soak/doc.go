// Command soak lets one nile run for long with a hundred containers that crash, hang,
// fork and talk at random, and with an operator who never stops asking and meddling. At
// the end nothing of nile has grown, every exit is accounted for, every line that a
// container printed has arrived, and no two runs of a container have overlapped.
//
//	go run ./e2e/soak -nile build/nile -for 5m
//
// The containers run this same program. Each keeps count of what it does in a file that it
// has mapped, so that the count outlives a SIGKILL: see [ledger].
package main
