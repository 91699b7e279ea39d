package standin

import (
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"
)

// freePort is a port that nobody listens on.
func freePort(t *testing.T) int {
	t.Helper()
	listener, err := net.Listen("tcp", ":0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	return listener.Addr().(*net.TCPAddr).Port
}

func get(port int, path string) (int, string) {
	client := http.Client{Transport: &http.Transport{DisableKeepAlives: true}, Timeout: 10 * time.Second}
	response, err := client.Get("http://127.0.0.1:" + strconv.Itoa(port) + path)
	if err != nil {
		return 0, err.Error()
	}
	defer response.Body.Close()
	body, _ := io.ReadAll(response.Body)
	return response.StatusCode, string(body)
}

// await waits until a path has a status.
func await(t *testing.T, port int, path string, want int) {
	t.Helper()
	status, body := 0, ""
	for end := time.Now().Add(20 * time.Second); time.Now().Before(end); time.Sleep(10 * time.Millisecond) {
		if status, body = get(port, path); status == want {
			return
		}
	}
	t.Fatalf("%s of port %d has status %d: %s", path, port, status, body)
}

func TestPortIsTakenAndGivenBack(t *testing.T) {
	one, two := freePort(t), freePort(t)
	s := New(Options{
		Answers: []Answer{{one, "/healthz"}, {one, "/live"}, {two, ""}},
		State:   func() State { return State{Held: true, Why: "because"} },
		Tell:    func(why string) { t.Error(why) },
	})
	s.Take() // before anybody may be asked
	if status, _ := get(one, "/healthz"); status != 0 {
		t.Errorf("before Start the status is %d", status)
	}
	s.Start()
	for range 20 {
		await(t, one, "/healthz", 200)
		await(t, one, "/live", 200)
		await(t, one, "/", 503)
		await(t, two, "/", 503)
		s.Yield()
		for _, port := range []int{one, two} {
			listener, err := net.Listen("tcp", ":"+strconv.Itoa(port))
			if err != nil {
				t.Fatalf("after Yield: %v", err)
			}
			listener.Close()
		}
		s.Take()
	}
	await(t, one, "/healthz", 200)
	s.End()
	if status, _ := get(one, "/healthz"); status != 0 {
		t.Errorf("after End the status is %d", status)
	}
	s.Yield()
	s.Take()
	await(t, two, "/x", 503)
	s.End()
}

// What was started meanwhile and is not what is held gives the port back after a while;
// what is being retried has it for as long as it likes.
func TestPortIsTakenAgainUnlessItIsRetried(t *testing.T) {
	port := freePort(t)
	states := make(chan State)
	s := New(Options{
		Answers: []Answer{{port, "/healthz"}}, State: func() State { return <-states }, Tell: func(why string) { t.Error(why) },
		Courtesy: time.Millisecond,
	})
	s.Start()
	s.Take()
	s.Yield()
	states <- State{Held: true, Retried: true} // asked for after the courtesy
	if status, _ := get(port, "/healthz"); status != 0 {
		t.Errorf("while it is retried the status is %d", status)
	}
	states <- State{Held: true}
	go func() {
		for {
			states <- State{Held: true}
		}
	}()
	await(t, port, "/healthz", 200)
	s.End()
}

func TestForeignPortIsToldOnce(t *testing.T) {
	listener, err := net.Listen("tcp", ":0")
	if err != nil {
		t.Fatal(err)
	}
	port := listener.Addr().(*net.TCPAddr).Port
	told := make(chan string, 100)
	s := New(Options{Answers: []Answer{{port, "/healthz"}}, State: func() State { return State{Held: true} }, Tell: func(why string) { told <- why }})
	s.Start()
	s.Take()
	if why := <-told; !strings.Contains(why, "address already in use") {
		t.Errorf("it tells %q", why)
	}
	listener.Close()
	await(t, port, "/healthz", 200)
	s.End()
	if len(told) > 0 {
		t.Errorf("it tells %q too", <-told)
	}
}

func TestNothingToAnswer(t *testing.T) {
	s := New(Options{})
	s.Start()
	s.Take()
	s.Yield()
	s.End()
	if s != nil {
		t.Error("there is a StandIn")
	}
}
