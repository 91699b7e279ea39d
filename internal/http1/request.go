package http1

import (
	"bufio"
	"errors"
	"fmt"
	"net/textproto"
	"strings"
)

// ErrVersion says that a client speaks another version of HTTP.
var ErrVersion = errors.New("another version of HTTP than 1.x")

// Request is what a client asks for. A body that it may have is not read.
type Request struct {
	Method string
	Path   string // begins with a slash; escapes are as they came
	Query  string // after the question mark
	Header textproto.MIMEHeader
}

// ReadRequest reads the header of a request in origin-form or absolute-form (RFC 9112,
// section 3.2).
func ReadRequest(r *bufio.Reader) (*Request, error) {
	text := textproto.NewReader(r)
	line, err := text.ReadLine()
	if err != nil {
		return nil, unexpected(err)
	}
	request, err := parseRequestLine(line)
	if err != nil {
		return nil, err
	}
	request.Header, err = text.ReadMIMEHeader()
	if err != nil {
		return nil, unexpected(err)
	}
	return request, nil
}

// parseRequestLine reads "GET /metrics HTTP/1.1".
func parseRequestLine(line string) (*Request, error) {
	method, rest, _ := strings.Cut(line, " ")
	target, version, found := strings.Cut(rest, " ")
	if _, ok := parseVersion(version); !ok && strings.HasPrefix(version, "HTTP/") {
		return nil, fmt.Errorf("malformed HTTP request %q: %w", line, ErrVersion)
	} else if !found || !ok || method == "" {
		return nil, fmt.Errorf("malformed HTTP request %q", line)
	}
	if _, rest, absolute := strings.Cut(target, "://"); absolute && target[0] != '/' {
		_, path, _ := strings.Cut(rest, "/")
		target = "/" + path
	}
	request := &Request{Method: method}
	request.Path, request.Query, _ = strings.Cut(target, "?")
	if request.Path == "" || request.Path[0] != '/' {
		return nil, fmt.Errorf("malformed HTTP request %q: its target is no path", line)
	}
	return request, nil
}
