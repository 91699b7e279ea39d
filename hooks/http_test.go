package hooks

import (
	"context"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"
)

// quiet is for servers whose complaints are part of the test.
var quiet = log.New(io.Discard, "", 0)

func TestHTTPStatusDecides(t *testing.T) {
	for status, want := range map[int]Outcome{
		200: {Success, "fine"}, 201: {Success, "fine"}, 204: {Success, ""}, 299: {Success, "fine"},
		300: {Warning, "Probe terminated redirects, Response body: fine"}, 304: {Warning, "Probe terminated redirects, Response body: "},
		399: {Warning, "Probe terminated redirects, Response body: fine"},
		400: {Failure, "HTTP probe failed with statuscode: 400"}, 404: {Failure, "HTTP probe failed with statuscode: 404"},
		500: {Failure, "HTTP probe failed with statuscode: 500"}, 503: {Failure, "HTTP probe failed with statuscode: 503"},
		199: {Failure, "timed out"}, // interim: the answer proper never comes
		600: {Failure, "HTTP probe failed with statuscode: 600"},
	} {
		t.Run(fmt.Sprint(status), func(t *testing.T) {
			body := "Content-Length: 5\r\n\r\nfine\n"
			if status < 200 || status == 204 || status == 304 {
				body = "\r\n"
			}
			port := rawServer(t, answeringAndStaying(fmt.Sprintf("HTTP/1.1 %d Whatever\r\n%s", status, body)))
			limit := patient
			if status < 200 {
				limit = 100 * time.Millisecond
			}
			got := Probe(within(t, limit), &Handler{HTTPGet: &HTTPGet{Port: port}})
			expect(t, got, want.Result, want.Message)
		})
	}
}

func TestHTTPAnswers(t *testing.T) {
	long := strings.Repeat("x", 3*maxMessage)
	for name, c := range map[string]struct {
		answer string
		want   Outcome
	}{
		"until the connection is closed": {"HTTP/1.0 200 OK\r\n\r\nfine", Outcome{Success, "fine"}},
		"chunked":                        {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nfi\r\n2\r\nne\r\n0\r\n\r\n", Outcome{Success, "fine"}},
		"after interim answers":          {"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nfine", Outcome{Success, "fine"}},
		"switching protocols":            {"HTTP/1.1 101 Switching Protocols\r\n\r\n", Outcome{Failure, "statuscode: 101"}},
		"no reason phrase":               {"HTTP/1.1 200\r\nContent-Length: 4\r\n\r\nfine", Outcome{Success, "fine"}},
		"a long header line":             {"HTTP/1.1 200 OK\r\nX: " + long + "\r\nContent-Length: 4\r\n\r\nfine", Outcome{Success, "fine"}},
		"a long body":                    {"HTTP/1.1 200 OK\r\n\r\n" + long, Outcome{Success, long[:maxMessage]}},
		"no UTF-8":                       {"HTTP/1.1 200 OK\r\n\r\n\xff\xfe", Outcome{Success, "\uFFFD"}},
		"nothing":                        {"", Outcome{Failure, "the server closed the connection without a complete answer"}},
		"half a header":                  {"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n", Outcome{Failure, "the server closed the connection without a complete answer"}},
		"another protocol":               {"SSH-2.0-OpenSSH_9.9\r\n", Outcome{Failure, "malformed HTTP"}},
		// The kubelet's rule: neither a success nor a failure, whatever the status.
		"a body cut short":         {"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\nfine", Outcome{Unknown, "HTTP status 200, but the body is incomplete: unexpected EOF"}},
		"a failure's cut short":    {"HTTP/1.1 500 No\r\nContent-Length: 99\r\n\r\nfine", Outcome{Unknown, "HTTP status 500, but the body is incomplete"}},
		"a chunk that is no chunk": {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nfine\r\n", Outcome{Unknown, "invalid byte in chunk length"}},
	} {
		t.Run(name, func(t *testing.T) {
			port := rawServer(t, answering(c.answer))
			got := Probe(within(t, patient), &Handler{HTTPGet: &HTTPGet{Port: port}})
			expect(t, got, c.want.Result, c.want.Message)
			if len(got.Message) > maxMessage+100 {
				t.Errorf("a message of %d bytes", len(got.Message))
			}
		})
	}
}

func TestHTTPRequest(t *testing.T) {
	usual := []string{"Accept: */*", "Connection: close", "User-Agent: kube-probe/1.35"}
	for name, c := range map[string]struct {
		headers []Header
		want    []string
	}{
		"by default":           {nil, usual},
		"a field":              {[]Header{{"x-my-Field", " a\tb "}}, append([]string{"X-My-Field: a\tb"}, usual...)},
		"a field twice":        {[]Header{{"A", "1"}, {"a", "2"}}, append([]string{"A: 1", "A: 2"}, usual...)},
		"Accept":               {[]Header{{"accept", "text/plain"}}, []string{"Accept: text/plain", "Connection: close", "User-Agent: kube-probe/1.35"}},
		"no Accept":            {[]Header{{"Accept", ""}}, []string{"Connection: close", "User-Agent: kube-probe/1.35"}},
		"no Accept, then one":  {[]Header{{"Accept", ""}, {"Accept", "x/y"}}, []string{"Connection: close", "User-Agent: kube-probe/1.35"}},
		"User-Agent":           {[]Header{{"user-agent", "me"}, {"User-Agent", "you"}}, []string{"Accept: */*", "Connection: close", "User-Agent: me"}},
		"no User-Agent":        {[]Header{{"User-Agent", ""}}, []string{"Accept: */*", "Connection: close"}},
		"what a GET lacks":     {[]Header{{"Content-Length", "5"}, {"Transfer-Encoding", "chunked"}, {"Trailer", "x"}}, usual},
		"another Connection":   {[]Header{{"Connection", "keep-alive"}}, usual},
		"Host, the first":      {[]Header{{"host", "example.com"}, {"Host", "example.org"}}, append([]string{"Host: example.com"}, usual...)},
		"an empty Host is not": {[]Header{{"Host", ""}}, usual},
	} {
		t.Run(name, func(t *testing.T) {
			asked := make(chan []string, 1)
			port := rawServer(t, func(c net.Conn) {
				asked <- readHeader(c)
				_, _ = io.WriteString(c, "HTTP/1.1 200 OK\r\n\r\n")
			})
			expect(t, Probe(within(t, patient), &Handler{HTTPGet: &HTTPGet{Port: port, Path: "/x?y=z", Headers: c.headers}}), Success, "")
			got, want := <-asked, slices.Clone(c.want)
			if !slices.ContainsFunc(want, func(line string) bool { return strings.HasPrefix(line, "Host: ") }) {
				want = append(want, fmt.Sprintf("Host: 127.0.0.1:%d", port))
			}
			slices.Sort(got)
			want = append(want, "GET /x?y=z HTTP/1.1")
			slices.Sort(want)
			if !slices.Equal(got, want) {
				t.Errorf("asked\n%q, want\n%q", got, want)
			}
		})
	}
}

func TestHTTPPath(t *testing.T) {
	server := record(t, (*httptest.Server).Start, ok)
	for path, want := range map[string]string{
		"": "/", "/": "/", "/healthz": "/healthz", "healthz": "/healthz", "?q=1": "/?q=1", "/a?b=c&d=%20": "/a?b=c&d=%20",
		"/a b": "/a%20b", "/a%2Fb": "/a%2Fb", "a%2Fb": "/a%2Fb", "/%zz": "/%25zz", "/x#part": "/x", "/ü": "/%C3%BC",
		"//elsewhere/x": "/x", "http://elsewhere:1/x": "/x", "//who:secret@elsewhere/x": "/x", "/\r\nX: y": "/%0D%0AX:%20y",
	} {
		expect(t, Probe(within(t, patient), &Handler{HTTPGet: &HTTPGet{Port: server.port(), Path: path}}), Success, "fine")
		requests := server.requests()
		last := requests[len(requests)-1]
		if last.RequestURI != want || last.Header.Get("Authorization") != "" {
			t.Errorf("path %q asked for %q, want %q", path, last.RequestURI, want)
		}
	}
}

func TestHTTPBadRequests(t *testing.T) {
	for name, c := range map[string]struct {
		get  HTTPGet
		want Outcome
	}{
		"port 0":             {HTTPGet{Port: 0}, Outcome{Unknown, "invalid port number: 0"}},
		"port 65536":         {HTTPGet{Port: 65536}, Outcome{Unknown, "invalid port number: 65536"}},
		"a scheme":           {HTTPGet{Port: 1, Scheme: "gopher"}, Outcome{Unknown, `unsupported scheme "gopher": use HTTP or HTTPS`}},
		"a path":             {HTTPGet{Port: 1, Path: "mailto:x"}, Outcome{Unknown, `bad path "mailto:x"`}},
		"a host":             {HTTPGet{Port: 1, Host: "a b"}, Outcome{Unknown, `bad host "a b"`}},
		"a host with a path": {HTTPGet{Port: 1, Host: "a/b"}, Outcome{Unknown, `bad host "a/b"`}},
		// These the kubelet's HTTP client refuses, which it takes for a failure.
		"a header's name":  {HTTPGet{Port: 1, Headers: []Header{{"a b", "c"}}}, Outcome{Failure, `invalid header field name "a b"`}},
		"no header's name": {HTTPGet{Port: 1, Headers: []Header{{"", "c"}}}, Outcome{Failure, `invalid header field name ""`}},
		"a header's value": {HTTPGet{Port: 1, Headers: []Header{{"A", "b\r\nC: d"}}}, Outcome{Failure, `invalid header field value for "A"`}},
		"a Host header":    {HTTPGet{Port: 1, Headers: []Header{{"Host", "a\nb"}}}, Outcome{Failure, `invalid Host header "a\nb"`}},
	} {
		t.Run(name, func(t *testing.T) {
			expect(t, Probe(within(t, patient), &Handler{HTTPGet: &c.get}), c.want.Result, c.want.Message)
		})
	}
}

func TestHTTPRedirects(t *testing.T) {
	other := record(t, (*httptest.Server).Start, ok)
	secured := record(t, (*httptest.Server).StartTLS, ok)
	redirects := map[string]string{
		"/relative": "end", "/absolute": "/end", "/port": other.URL + "/end", "/https": secured.URL + "/end",
		"/name": fmt.Sprintf("http://localhost:%d/end", other.port()), "/elsewhere": "http://203.0.113.1/", "/schemeless": "//203.0.113.1/",
		"/self": "/self", "/none": "", "/broken": "http://[", "/ftp": "ftp://127.0.0.1/", "/to-failure": "/failure",
	}
	server := record(t, (*httptest.Server).Start, func(w http.ResponseWriter, r *http.Request) {
		where, redirected := redirects[r.URL.Path]
		switch {
		case r.URL.Path == "/failure":
			w.WriteHeader(http.StatusInternalServerError)
		case redirected:
			if where != "" {
				w.Header().Set("Location", where)
			}
			w.WriteHeader(http.StatusFound)
			_, _ = w.Write([]byte("go away"))
		default:
			ok(w, r)
		}
	})
	for path, want := range map[string]Outcome{
		"/relative": {Success, "fine"}, "/absolute": {Success, "fine"}, "/port": {Success, "fine"}, "/https": {Success, "fine"},
		"/name": {Warning, "Probe terminated redirects, Response body: go away"}, "/elsewhere": {Warning, "go away"},
		"/schemeless": {Warning, "go away"}, "/none": {Warning, "go away"}, "/broken": {Failure, "bad redirect"},
		"/ftp": {Failure, `unsupported scheme: "ftp"`}, "/to-failure": {Failure, "statuscode: 500"},
		"/self": {Failure, "stopped after 10 redirects"},
	} {
		t.Run(path, func(t *testing.T) {
			before := len(server.requests())
			expect(t, Probe(within(t, patient), &Handler{HTTPGet: &HTTPGet{Port: server.port(), Path: path}}), want.Result, want.Message)
			if asked := len(server.requests()) - before; path == "/self" && asked != 10 {
				t.Errorf("asked %d times, want 10", asked)
			}
		})
	}
	for _, status := range []int{301, 302, 303, 307, 308} {
		port := rawServer(t, func(c net.Conn) {
			answer := "HTTP/1.1 404 Not Found\r\n\r\n"
			if strings.HasPrefix(readHeader(c)[0], "GET / ") {
				answer = fmt.Sprintf("HTTP/1.1 %d Moved\r\nLocation: /end\r\n\r\n", status)
			}
			_, _ = io.WriteString(c, answer)
		})
		expect(t, Probe(within(t, patient), &Handler{HTTPGet: &HTTPGet{Port: port}}), Failure, "statuscode: 404")
	}
}

// A virtual host goes with a redirect that names no host, and only with that.
func TestHTTPRedirectAndHostHeader(t *testing.T) {
	server := record(t, (*httptest.Server).Start, func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/relative":
			http.Redirect(w, r, "/end", http.StatusFound)
		case "/absolute":
			w.Header().Set("Location", "http://"+r.Context().Value(http.LocalAddrContextKey).(net.Addr).String()+"/end")
			w.WriteHeader(http.StatusFound)
		}
	})
	for path, want := range map[string]string{"/relative": "example.com", "/absolute": server.Listener.Addr().String()} {
		get := &HTTPGet{Port: server.port(), Path: path, Headers: []Header{{"Host", "example.com"}, {"X", "y"}}}
		expect(t, Probe(within(t, patient), &Handler{HTTPGet: get}), Success, "")
		requests := server.requests()
		if last := requests[len(requests)-1]; last.URL.Path != "/end" || last.Host != want || last.Header.Get("X") != "y" {
			t.Errorf("%s: asked %s of %s with %v", path, last.URL, last.Host, last.Header)
		}
	}
}

func TestHTTPS(t *testing.T) {
	for name, configure := range map[string]func(*httptest.Server){
		"HTTP/1.1": (*httptest.Server).StartTLS,
		"HTTP/2.0": func(s *httptest.Server) { s.EnableHTTP2 = true; s.StartTLS() },
	} {
		t.Run(name, func(t *testing.T) {
			server := record(t, configure, ok) // its certificate is signed by nobody
			get := &HTTPGet{Scheme: "HTTPS", Port: server.port(), Path: "/a?b", Headers: []Header{{"Host", "example.com"}, {"X", "y"}}}
			expect(t, Probe(within(t, patient), &Handler{HTTPGet: get}), Success, "fine")
			got := server.requests()[0]
			if got.Proto != name || got.RequestURI != "/a?b" || got.Host != "example.com" {
				t.Errorf("asked %s %s of %s", got.Proto, got.RequestURI, got.Host)
			}
			if got.UserAgent() != "kube-probe/1.35" || got.Header.Get("Accept") != "*/*" || got.Header.Get("X") != "y" || got.Header.Get("Accept-Encoding") != "" {
				t.Errorf("asked with %v", got.Header)
			}
			get.Headers = []Header{{"User-Agent", ""}, {"Accept", ""}}
			expect(t, Probe(within(t, patient), &Handler{HTTPGet: get}), Success, "fine")
			if got := server.requests()[1].Header; got["User-Agent"] != nil || got["Accept"] != nil {
				t.Errorf("asked with %v", got)
			}
		})
	}
	t.Run("of a plain server", func(t *testing.T) {
		server := record(t, (*httptest.Server).Start, ok)
		got := Probe(within(t, patient), &Handler{HTTPGet: &HTTPGet{Scheme: "https", Port: server.port()}})
		expect(t, got, Failure, "server gave HTTP response to HTTPS client")
	})
	t.Run("of a silent server", func(t *testing.T) {
		port := rawServer(t, silent)
		got := Probe(within(t, 100*time.Millisecond), &Handler{HTTPGet: &HTTPGet{Scheme: "https", Port: port}})
		expect(t, got, Failure, "timed out while agreeing on TLS")
	})
}

func TestHTTPS2KeepsTenKiB(t *testing.T) {
	server := record(t, func(s *httptest.Server) { s.EnableHTTP2 = true; s.StartTLS() }, func(w http.ResponseWriter, _ *http.Request) {
		for piece := []byte(strings.Repeat("x", 1<<10)); ; {
			if _, err := w.Write(piece); err != nil {
				return
			}
		}
	})
	got := Probe(within(t, patient), &Handler{HTTPGet: &HTTPGet{Scheme: "HTTPS", Port: server.port()}})
	if got.Result != Success || len(got.Message) != maxMessage {
		t.Errorf("got %v with %d bytes", got.Result, len(got.Message))
	}
}

func TestCancelledProbeCountsForNothing(t *testing.T) {
	port := rawServer(t, silent)
	for name, h := range map[string]*Handler{
		"httpGet": {HTTPGet: &HTTPGet{Port: port}},
		"grpc":    {GRPC: &GRPC{Port: port}},
	} {
		t.Run(name, func(t *testing.T) {
			ctx, cancel := context.WithCancel(context.Background())
			time.AfterFunc(50*time.Millisecond, cancel)
			expect(t, Probe(ctx, h), Unknown, "cancelled while waiting for the answer")
			expect(t, Probe(ctx, h), Unknown, "cancelled while connecting")
		})
	}
}

func TestPortOfURL(t *testing.T) {
	for address, want := range map[string]int{
		"http://a": 80, "https://a/": 443, "http://a:8080": 8080, "https://a:1": 1, "http://a:": 80, "http://a:0": 0, "http://a:65536": 0,
		"http://a:99999999999999999999": 0,
	} {
		u, err := url.Parse(address)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := portOf(u); (err != nil) != (want == 0) || err == nil && got != want {
			t.Errorf("%s: got %d, %v, want %d", address, got, err, want)
		}
	}
}
