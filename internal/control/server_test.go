package control

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"net"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/nile-init/nile/client"
)

// serving is a server with a few verbs, at a socket of its own.
func serving(t *testing.T, prepare func(*Server)) (path string, s *Server) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "control.sock")
	s = New(Options{Path: path})
	s.Handle("echo", func(_ context.Context, r *Request, _ func(any) error) (any, error) {
		var arguments struct{ Text string }
		err := r.Decode(&arguments)
		return arguments.Text, err
	})
	s.Handle("count", func(_ context.Context, _ *Request, send func(any) error) (any, error) {
		for i := range 3 {
			if err := send(i); err != nil {
				return nil, err
			}
		}
		return nil, nil
	})
	if prepare != nil {
		prepare(s)
	}
	got, problems, err := s.Open()
	if err != nil || got != path || len(problems) > 0 {
		t.Fatalf("opened %q: problems %v, error %v", got, problems, err)
	}
	served := make(chan struct{})
	go func() {
		defer close(served)
		s.Serve()
	}()
	t.Cleanup(func() {
		s.Close()
		<-served
	})
	return path, s
}

func dial(t *testing.T, path string) *client.Client {
	t.Helper()
	c, err := client.Dial(context.Background(), client.Options{Path: path})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return c
}

// raw is a connection for what no client would send.
func raw(t *testing.T, path string) net.Conn {
	t.Helper()
	conn, err := net.Dial("unix", path)
	for errors.Is(err, syscall.EAGAIN) { // the queue of those who wait to be let in is full
		time.Sleep(time.Millisecond)
		conn, err = net.Dial("unix", path)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	_ = conn.SetDeadline(time.Now().Add(20 * time.Second))
	return conn
}

func answer(t *testing.T, lines *bufio.Reader) client.Answer {
	t.Helper()
	line, err := lines.ReadBytes('\n')
	if err != nil {
		t.Fatalf("no answer: %v", err)
	}
	var a client.Answer
	if err := json.Unmarshal(line, &a); err != nil {
		t.Fatal(err)
	}
	return a
}

func expectCode(t *testing.T, err error, code client.Code, text string) {
	t.Helper()
	var refusal *client.Error
	if !errors.As(err, &refusal) || refusal.Code != code || !strings.Contains(refusal.Message, text) {
		t.Errorf("error %v, want code %s with %q", err, code, text)
	}
}

func TestCallsAndStreams(t *testing.T) {
	path, _ := serving(t, nil)
	c := dial(t, path)
	ctx := context.Background()
	for _, text := range []string{"one", strings.Repeat("long ", 100_000)} {
		var got string
		if err := c.Call(ctx, "echo", map[string]string{"text": text}, &got); err != nil || got != text {
			t.Errorf("the echo of %d bytes has %d, error %v", len(text), len(got), err)
		}
	}
	var items []string
	err := c.Stream(ctx, "count", nil, func(item json.RawMessage) error {
		items = append(items, string(item))
		return nil
	})
	if err != nil || strings.Join(items, " ") != "0 1 2" {
		t.Errorf("items %q, error %v", items, err)
	}
	expectCode(t, c.Call(ctx, "no-such-verb", nil, nil), client.CodeInvalid, `unknown verb "no-such-verb"`)
	expectCode(t, c.Call(ctx, "echo", map[string]string{"txet": "x"}, nil), client.CodeInvalid, `unknown field "txet"`)
}

func TestBadMessagesAreRefusedAndTheNextOneIsAnswered(t *testing.T) {
	path, _ := serving(t, nil)
	conn := raw(t, path)
	lines := bufio.NewReader(conn)
	for _, bad := range []string{
		"garbage\n", "\x00\xff\xfe\n", "[]\n", "\n", `{"version":2,"id":7,"verb":"echo"}` + "\n", `{"version":1,"id":8,"verb":"echo","arguments":[]}` + "\n",
		strings.Repeat("[", 100_000) + "\n",
	} {
		if _, err := conn.Write([]byte(bad)); err != nil {
			t.Fatal(err)
		}
		if a := answer(t, lines); a.Error == nil || a.Error.Code != client.CodeInvalid {
			t.Errorf("%.20q is answered by %+v", bad, a)
		}
	}
	// Two in one packet, and one in pieces.
	for _, part := range []string{`{"version":1,"id":1,"verb":"echo"}` + "\n" + `{"version":1,"id":2,"ve`, `rb":"echo","arguments":{"text":"two"}}`, "\n"} {
		if _, err := conn.Write([]byte(part)); err != nil {
			t.Fatal(err)
		}
	}
	if one, two := answer(t, lines), answer(t, lines); one.ID != 1 || two.ID != 2 || string(two.Result) != `"two"` {
		t.Errorf("the answers are %+v and %+v", one, two)
	}
}

func TestEndlessAndHalfMessagesEndTheConnection(t *testing.T) {
	path, s := serving(t, func(s *Server) { s.patience.half = time.Second })
	endless := raw(t, path)
	go func() { _, _ = endless.Write([]byte(strings.Repeat("x", 10<<20))) }()
	if a := answer(t, bufio.NewReader(endless)); a.Error == nil || !strings.Contains(a.Error.Message, "longer than 1 MiB") {
		t.Errorf("the answer to 10 MiB without an end is %+v", a)
	}
	half := raw(t, path)
	if _, err := half.Write([]byte(`{"version":1,`)); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewReader(half)
	if a := answer(t, lines); a.Error == nil || !strings.Contains(a.Error.Message, "only half a request") {
		t.Errorf("the answer to half a message is %+v", a)
	}
	if _, err := lines.ReadByte(); err == nil {
		t.Error("the connection goes on after half a message")
	}
	waitForClients(t, s, 0)
}

// waitForClients waits until a server has so many.
func waitForClients(t *testing.T, s *Server, want int) {
	t.Helper()
	for end := time.Now().Add(20 * time.Second); time.Now().Before(end); time.Sleep(time.Millisecond) {
		s.mu.Lock()
		have := len(s.clients)
		s.mu.Unlock()
		if have == want {
			return
		}
	}
	t.Fatalf("there are not %d clients", want)
}

func TestIdleClientsMakeRoom(t *testing.T) {
	path, s := serving(t, func(s *Server) { s.patience.idle = time.Millisecond })
	raw(t, path)
	waitForClients(t, s, 0)
}

func TestAThousandConnections(t *testing.T) {
	path, s := serving(t, nil)
	var served, refused int
	for range 1000 {
		conn := raw(t, path)
		_, _ = conn.Write([]byte(`{"version":1,"id":1,"verb":"echo"}` + "\n"))
		switch a := answer(t, bufio.NewReader(conn)); {
		case a.Error == nil:
			served++
		case a.Error.Code == client.CodeRefused:
			refused++
		default:
			t.Fatalf("answer %+v", a)
		}
	}
	if served != maxClients || refused != 1000-maxClients {
		t.Errorf("%d served, %d refused; at most %d are to be served", served, refused, maxClients)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.clients) != maxClients {
		t.Errorf("%d clients are kept", len(s.clients))
	}
}

func TestHandlersEndWithTheirClient(t *testing.T) {
	begun, ended := make(chan struct{}), make(chan struct{})
	path, s := serving(t, func(s *Server) {
		s.Handle("wait", func(ctx context.Context, _ *Request, _ func(any) error) (any, error) {
			close(begun)
			<-ctx.Done()
			close(ended)
			return nil, ctx.Err()
		})
	})
	conn := raw(t, path)
	_, _ = conn.Write([]byte(`{"version":1,"id":1,"verb":"wait"}` + "\n"))
	<-begun
	_ = conn.Close()
	<-ended
	waitForClients(t, s, 0)
}

func TestAPanicIsAnAnswer(t *testing.T) {
	var told sync.Map
	path, _ := serving(t, func(s *Server) {
		s.options.Panicked = func(verb string, cause any) { told.Store(verb, cause) }
		s.Handle("panic", func(context.Context, *Request, func(any) error) (any, error) { panic("oh no") })
	})
	c := dial(t, path)
	expectCode(t, c.Call(context.Background(), "panic", nil, nil), client.CodeInternal, "oh no")
	if _, ok := told.Load("panic"); !ok {
		t.Error("nobody was told of the panic")
	}
	if err := c.Call(context.Background(), "echo", nil, nil); err != nil {
		t.Errorf("after a panic: %v", err)
	}
}

func TestClosingLetsAnswersEndAndNobodyElseWait(t *testing.T) {
	release := make(chan struct{})
	begun := make(chan struct{}, 2)
	path, s := serving(t, func(s *Server) {
		s.Handle("last", func(context.Context, *Request, func(any) error) (any, error) {
			begun <- struct{}{}
			<-release
			return "words", nil
		})
		s.Handle("forever", func(ctx context.Context, _ *Request, _ func(any) error) (any, error) {
			begun <- struct{}{}
			<-ctx.Done()
			return nil, ctx.Err()
		})
	})
	idle, last, forever := dial(t, path), dial(t, path), dial(t, path)
	result := make(chan error, 2)
	go func() {
		var words string
		err := last.Call(context.Background(), "last", nil, &words)
		if err == nil && words != "words" {
			err = errors.New("got " + words)
		}
		result <- err
	}()
	go func() {
		if err := forever.Call(context.Background(), "forever", nil, nil); err == nil {
			result <- errors.New("what never ends has ended")
		}
		result <- nil
	}()
	<-begun
	<-begun
	go close(release)
	s.Close()
	for range 2 {
		if err := <-result; err != nil {
			t.Error(err)
		}
	}
	if err := idle.Call(context.Background(), "echo", nil, nil); err == nil {
		t.Error("a closed server answers")
	}
	if _, err := client.Dial(context.Background(), client.Options{Path: path}); err == nil {
		t.Error("a closed server lets clients in")
	}
}
