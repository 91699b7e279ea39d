package main

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"strconv"
	"sync"
)

// mark begins each line that a container prints.
const mark = "soak-line"

// lineHead is as much of a line as tells which one it is.
const lineHead = 200

// key is a stream of a life.
type key struct {
	name   string
	life   int
	stderr bool
}

// lines takes what nile passes on, and counts it. It is safe for use by several
// goroutines.
type lines struct {
	mu    sync.Mutex
	seen  map[key]int
	total int
	troubles
}

// troubles are what went wrong, the first few of them in words.
type troubles struct {
	count int
	first []string
}

func (t *troubles) add(format string, args ...any) {
	if t.count++; len(t.first) < 10 {
		t.first = append(t.first, fmt.Sprintf(format, args...))
	}
}

// read takes a stream of nile's until its end.
func (l *lines) read(from io.Reader) {
	reader := bufio.NewReaderSize(from, 1<<20)
	for {
		line, err := reader.ReadSlice('\n')
		line = bytes.Clone(line[:min(len(line), lineHead)])
		for err == bufio.ErrBufferFull { // the rest is padding
			_, err = reader.ReadSlice('\n')
		}
		if at := bytes.Index(line, []byte(mark+" ")); at > 0 && line[0] != '{' {
			l.take(bytes.Fields(line[at:]))
		}
		if err != nil {
			return
		}
	}
}

// take counts one line: the words mark, name, life, stream, number.
func (l *lines) take(words [][]byte) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.total++
	if len(words) < 5 {
		l.add("a line is cut short: %q", bytes.Join(words, []byte(" ")))
		return
	}
	life, _ := strconv.Atoi(string(words[2]))
	number, _ := strconv.Atoi(string(words[4]))
	k := key{string(words[1]), life, string(words[3]) == "e"}
	if number != l.seen[k] {
		l.add("%s, life %d, stderr %v: line %d where %d should be", k.name, k.life, k.stderr, number, l.seen[k])
	}
	if l.seen[k] == 0 && l.seen[key{k.name, life + 1, k.stderr}] > 0 {
		l.add("%s: a line of life %d after one of the next", k.name, life)
	}
	l.seen[k] = number + 1
}

// check compares what was seen with what the container says that it printed. It may have
// been killed between a write and its count.
func (l *lines) check(name string, number int, led life) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, stream := range []struct {
		stderr  bool
		printed uint64
	}{{false, led.Stdout}, {true, led.Stderr}} {
		seen := l.seen[key{name, number, stream.stderr}]
		if uint64(seen) < stream.printed || uint64(seen) > stream.printed+1 {
			l.add("%s, life %d, stderr %v: %d lines arrived of %d", name, number, stream.stderr, seen, stream.printed)
		}
	}
}
