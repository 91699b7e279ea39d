package http1

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/iotest"
)

func TestResponses(t *testing.T) {
	for name, test := range map[string]struct {
		text   string
		status int
		body   string
		err    string // of the header or the body
	}{
		"a length":              {"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello, and the next", 200, "hello", ""},
		"until the end":         {"HTTP/1.1 503 Service Unavailable\r\n\r\nsorry", 503, "sorry", ""},
		"chunks":                {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\nA;x=y\r\n0123456789\r\n0\r\nX: y\r\n\r\n", 200, "abc0123456789", ""},
		"no body":               {"HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\nhello", 204, "", ""},
		"an interim answer":     {"HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n", 103, "", ""},
		"no reason":             {"HTTP/1.1 200\r\n\r\n", 200, "", ""},
		"line feeds alone":      {"HTTP/1.0 200 OK\nContent-Length: 2\n\nok", 200, "ok", ""},
		"chunks of HTTP/1.0":    {"HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nraw", 200, "raw", ""},
		"the same length twice": {"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 2\r\n\r\nok", 200, "ok", ""},

		"cut off in the header":   {"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n", 0, "", "unexpected EOF"},
		"nothing":                 {"", 0, "", "unexpected EOF"},
		"cut off in the body":     {"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nhello", 200, "hello", "unexpected EOF"},
		"cut off in a chunk":      {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nff\r\nhello", 200, "hello", "unexpected EOF"},
		"cut off after a chunk":   {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n", 200, "hello", "unexpected EOF"},
		"a chunk without its end": {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello!\r\n0\r\n\r\n", 200, "hello", "malformed chunked encoding"},
		"a length that is none":   {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n-5\r\nhello\r\n", 200, "", "invalid byte in chunk length"},
		"a chunk of 2^64 bytes":   {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n10000000000000000\r\n", 200, "", "invalid byte in chunk length"},
		"a long chunk header":     {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1;" + strings.Repeat("x", 5000) + "\r\n", 200, "", "malformed chunked encoding"},
		"an endless trailer":      {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n" + strings.Repeat("x: y\r\n", 200), 200, "", "malformed chunked encoding"},
		"two lengths":             {"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nok", 0, "", "several Content-Length"},
		"a negative length":       {"HTTP/1.1 200 OK\r\nContent-Length: -2\r\n\r\nok", 0, "", "bad Content-Length"},
		"another coding":          {"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n", 0, "", "unsupported transfer encoding"},
		"another protocol":        {"SSH-2.0-OpenSSH_9.9\r\n", 0, "", "malformed HTTP response"},
		"another version":         {"HTTP/2.0 200 OK\r\n\r\n", 0, "", "malformed HTTP version"},
		"no status":               {"HTTP/1.1 OK\r\n\r\n", 0, "", "malformed HTTP status code"},
		"a header without colon":  {"HTTP/1.1 200 OK\r\nhello\r\n\r\n", 0, "", "malformed MIME header"},
	} {
		t.Run(name, func(t *testing.T) {
			// One byte at a time: no answer hangs on how it is cut.
			response, err := ReadResponse(bufio.NewReaderSize(iotest.OneByteReader(strings.NewReader(test.text)), 1<<10))
			var text []byte
			status := 0
			if err == nil {
				status = response.Status
				text, err = io.ReadAll(response.Body)
			}
			if status != test.status || string(text) != test.body {
				t.Errorf("status %d and body %q, want %d and %q", status, text, test.status, test.body)
			}
			if test.err == "" && err != nil || test.err != "" && (err == nil || !strings.Contains(err.Error(), test.err)) {
				t.Errorf("error %v, want %q", err, test.err)
			}
		})
	}
}

func TestRequests(t *testing.T) {
	for text, want := range map[string]*Request{
		"GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n":               {Method: "GET", Path: "/metrics"},
		"HEAD /readyz?verbose HTTP/1.0\r\n\r\n":                  {Method: "HEAD", Path: "/readyz", Query: "verbose"},
		"GET http://host:80/a/b?c=d HTTP/1.1\r\nHost: y\r\n\r\n": {Method: "GET", Path: "/a/b", Query: "c=d"},
		"GET http://host HTTP/1.1\r\n\r\n":                       {Method: "GET", Path: "/"},
		"GET /a?u=http://x/ HTTP/1.1\r\n\r\n":                    {Method: "GET", Path: "/a", Query: "u=http://x/"},
		"GET metrics HTTP/1.1\r\n\r\n":                           nil,
		"GET /metrics\r\n\r\n":                                   nil,
		"GET /metrics HTTP/2.0\r\n\r\n":                          nil,
		"\r\n\r\n":                                               nil,
		"GET /metrics HTTP/1.1\r\nHost":                          nil,
	} {
		got, err := ReadRequest(bufio.NewReader(strings.NewReader(text)))
		if want == nil {
			if err == nil {
				t.Errorf("%q gave %+v", text, got)
			}
			continue
		}
		if err != nil || got.Method != want.Method || got.Path != want.Path || got.Query != want.Query {
			t.Errorf("%q gave %+v and %v, want %+v", text, got, err, want)
		}
	}
}

// FuzzResponse holds the reader against net/http's: what both take, they read the same.
func FuzzResponse(f *testing.F) {
	f.Add([]byte("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"))
	f.Add([]byte("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n"))
	f.Add([]byte("HTTP/1.0 404 Not Found\r\n\r\nsorry"))
	f.Fuzz(func(t *testing.T, text []byte) {
		ours, err := ReadResponse(bufio.NewReader(bytes.NewReader(text)))
		if err != nil {
			return
		}
		read, err := io.ReadAll(ours.Body)
		if len(read) > len(text) {
			t.Fatalf("%d bytes came of %d", len(read), len(text))
		}
		theirs, theirError := http.ReadResponse(bufio.NewReader(bytes.NewReader(text)), nil)
		if theirError != nil || err != nil {
			return
		}
		theirRead, theirError := io.ReadAll(theirs.Body)
		if theirError != nil && !errors.Is(theirError, io.ErrUnexpectedEOF) {
			return
		}
		if theirs.StatusCode != ours.Status || theirError == nil && !bytes.Equal(theirRead, read) {
			t.Errorf("of %q net/http reads %d and %q, http1 %d and %q", text, theirs.StatusCode, theirRead, ours.Status, read)
		}
	})
}
