package main

import (
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"strings"
	"syscall"
	"time"
)

// notify says something of itself, word by word: an assignment, or several with a comma
// between, goes to NOTIFY_SOCKET; child:WORD says it in a process below this one, and
// stranger:WORD in one that has left its tree, forged:PID:WORD in the name of another process; fd:N writes a newline to a descriptor;
// close:N closes one; wait:TIME waits, until:FILE
// for a file; flood:N sends so many statuses; exit:CODE ends. Then it
// waits for SIGTERM.
func notify(words []string) {
	asked := make(chan os.Signal, 1)
	signal.Notify(asked, syscall.SIGTERM)
	for _, word := range words {
		key, value, _ := strings.Cut(word, ":")
		switch key {
		case "child":
			below(value, false)
		case "stranger":
			below(value, true)
		case "forged":
			pid, word, _ := strings.Cut(value, ":")
			forge(number(pid), word)
		case "fd":
			_, err := os.NewFile(uintptr(number(value)), "fd").WriteString("\n")
			check(err)
		case "close":
			check(syscall.Close(number(value)))
		case "wait":
			time.Sleep(duration(value))
		case "until":
			for _, err := os.Stat(value); err != nil; _, err = os.Stat(value) {
				select {
				case <-asked:
					return
				case <-time.After(20 * time.Millisecond):
				}
			}
		case "exit":
			os.Exit(number(value))
		case "flood":
			for i := range number(value) {
				sendNotice(fmt.Sprintf("STATUS=%d", i))
			}
		default:
			sendNotice(strings.ReplaceAll(word, ",", "\n"))
		}
	}
	<-asked
}

func check(err error) {
	if err != nil {
		fail("testprogram: " + err.Error())
	}
}

func sendNotice(text string) {
	fd, err := syscall.Socket(syscall.AF_UNIX, syscall.SOCK_DGRAM|syscall.SOCK_CLOEXEC, 0)
	check(err)
	defer syscall.Close(fd)
	check(syscall.Sendto(fd, []byte(text), 0, &syscall.SockaddrUnix{Name: os.Getenv("NOTIFY_SOCKET")}))
}

// forge says a word as if it were another process, which takes CAP_SYS_ADMIN, unix(7), and prints what becomes of it.
func forge(pid int, word string) {
	fd, err := syscall.Socket(syscall.AF_UNIX, syscall.SOCK_DGRAM|syscall.SOCK_CLOEXEC, 0)
	check(err)
	defer syscall.Close(fd)
	rights := syscall.UnixCredentials(&syscall.Ucred{Pid: int32(pid), Uid: uint32(os.Getuid()), Gid: uint32(os.Getgid())})
	err = syscall.Sendmsg(fd, []byte(word), rights, &syscall.SockaddrUnix{Name: os.Getenv("NOTIFY_SOCKET")}, 0)
	fmt.Println("forged:", err)
}

// below has another process say a word, and stay until this one ends. A stranger has a
// session of its own and has lost its parent.
func below(word string, stranger bool) {
	self, err := os.Executable()
	check(err)
	cmd := exec.Command(self, "notify", word)
	if stranger {
		cmd = exec.Command("sh", "-c", `setsid "$0" notify "$1" >/dev/null 2>&1 &`, self, word)
	}
	if stranger {
		check(cmd.Run())
		return
	}
	check(cmd.Start())
}

// notified prints what is sent to a socket, line by line, until a line has the last word.
func notified(path, last string) {
	fd, err := syscall.Socket(syscall.AF_UNIX, syscall.SOCK_DGRAM|syscall.SOCK_CLOEXEC, 0)
	check(err)
	check(syscall.Bind(fd, &syscall.SockaddrUnix{Name: path}))
	buffer := make([]byte, 4096)
	for text := ""; !strings.Contains(text, last); {
		n, _, err := syscall.Recvfrom(fd, buffer, 0)
		check(err)
		text = string(buffer[:n])
		fmt.Println(text)
	}
}
