package toolbox

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strconv"
	"strings"
	"sync"

	"golang.org/x/sys/unix"
	"golang.org/x/term"
)

// Shell is the toolbox's own small shell.
type Shell struct {
	Prompt   string // what stands before the working directory, such as a name
	In       *os.File
	Out, Err *os.File
	code     int // of the last pipeline
}

// Run reads lines and runs them until the input ends or somebody types exit, and
// returns the exit code: that of exit, or of the last line. On a terminal it edits
// lines, with a history and with completion of tools, files and variables by Tab.
func (s *Shell) Run() int {
	interrupts := make(chan os.Signal, 1)
	signal.Notify(interrupts, unix.SIGINT)
	defer signal.Stop(interrupts)
	read := s.lines()
	for {
		line, err := read()
		if err != nil {
			if !errors.Is(err, io.EOF) {
				fmt.Fprintf(s.Err, "nile: cannot read the next line: %v\n", err)
				return exitFail
			}
			return s.code
		}
		select { // one that came while nothing ran
		case <-interrupts:
		default:
		}
		if done := s.line(line, interrupts); done {
			return s.code
		}
	}
}

// line runs one line; done says that it was the last.
func (s *Shell) line(line string, interrupts <-chan os.Signal) (done bool) {
	commands, err := parseLine(line)
	if err != nil {
		fmt.Fprintf(s.Err, "nile: %v\n", err)
		s.code = exitUsage
		return false
	}
	if len(commands) == 0 {
		return false
	}
	words := commands[0]
	if len(commands) == 1 {
		switch words[0] {
		case "exit":
			if len(words) > 1 {
				n, _ := strconv.Atoi(words[1])
				s.code = n & 0xff
			}
			return true
		case "cd":
			s.code = s.changeDirectory(words[1:])
			return false
		case "help":
			s.help()
			return false
		}
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() {
		select {
		case <-interrupts:
			cancel()
		case <-ended:
		}
	}()
	s.code = s.pipeline(ctx, commands)
	close(ended)
	cancel()
	return false
}

// pipeline runs the commands beside each other, each reading what the one before it
// prints, and returns the code of the last.
func (s *Shell) pipeline(ctx context.Context, commands [][]string) int {
	var group sync.WaitGroup
	var in io.Reader = s.In
	if term.IsTerminal(int(s.In.Fd())) {
		in = strings.NewReader("") // the terminal is the shell's
	}
	code := 0
	for i, words := range commands {
		streams := Streams{In: in, Out: s.Out, Err: s.Err, Terminal: term.IsTerminal(int(s.Out.Fd()))}
		last := i == len(commands)-1
		var read *io.PipeReader
		var write *io.PipeWriter
		if !last {
			read, write = io.Pipe()
			streams.Out, streams.Terminal = write, false
		}
		previous, _ := in.(*io.PipeReader)
		group.Go(func() {
			result := Run(ctx, streams, words)
			if last {
				code = result
			}
			if write != nil {
				write.Close()
			}
			if previous != nil {
				previous.Close()
			}
		})
		in = read
	}
	group.Wait()
	return code
}

func (s *Shell) changeDirectory(words []string) int {
	directory := os.Getenv("HOME")
	if len(words) > 0 {
		directory = words[0]
	}
	if directory == "" {
		directory = "/"
	}
	previous, _ := os.Getwd()
	if directory == "-" {
		directory = os.Getenv("OLDPWD")
	}
	if err := os.Chdir(directory); err != nil {
		fmt.Fprintf(s.Err, "cd: %s: %v\n", printable(directory), cause(err))
		return exitFail
	}
	_ = os.Setenv("OLDPWD", previous)
	return exitOK
}

func cause(err error) error {
	if path := new(os.PathError); errors.As(err, &path) {
		return path.Err
	}
	return err
}

func (s *Shell) help() {
	const row = "%-13s%s\n" // as wide as the longest name needs
	for _, t := range tools() {
		fmt.Fprintf(s.Out, row, t.name, t.summary)
	}
	fmt.Fprintf(s.Out, row+row, "cd [DIR]", "go to another directory", "exit [CODE]", "leave")
	fmt.Fprintln(s.Out, "\nTools can be joined by |; quotes, $NAME and * ? [ ] are those of a shell.\nNothing here writes: there is no redirection. A wrong option prints how a tool is called.")
}

// lines returns the function that reads the next line.
func (s *Shell) lines() func() (string, error) {
	if !term.IsTerminal(int(s.In.Fd())) {
		reader := bufio.NewReader(s.In)
		return func() (string, error) {
			line, err := reader.ReadString('\n')
			if line != "" {
				err = nil
			}
			return line, err
		}
	}
	editor := newEditor(s.In, s.Out)
	return func() (string, error) {
		directory, err := os.Getwd()
		if err != nil {
			directory = "?"
		}
		return editor.read(s.Prompt + ":" + printable(directory) + "> ")
	}
}
