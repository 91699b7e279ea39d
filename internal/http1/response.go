package http1

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net/textproto"
	"strconv"
	"strings"
)

// Response is the answer to a request. Its body is to be read before the next message is.
type Response struct {
	Status int
	Header textproto.MIMEHeader
	Body   io.Reader
}

// ReadResponse reads the header of an answer to any request but HEAD and CONNECT. Its
// errors have the words of net/http; a connection that ends within the header gives
// io.ErrUnexpectedEOF. Interim answers, of status 1xx, come one by one like all others.
func ReadResponse(r *bufio.Reader) (*Response, error) {
	text := textproto.NewReader(r)
	line, err := text.ReadLine()
	if err != nil {
		return nil, unexpected(err)
	}
	minor, status, err := parseStatusLine(line)
	if err != nil {
		return nil, err
	}
	header, err := text.ReadMIMEHeader()
	if err != nil {
		return nil, unexpected(err)
	}
	response := &Response{Status: status, Header: header}
	response.Body, err = body(r, header, minor, status/100 == 1 || status == 204 || status == 304)
	if err != nil {
		return nil, err
	}
	return response, nil
}

// parseStatusLine reads "HTTP/1.1 200 OK" (RFC 9112, section 4).
func parseStatusLine(line string) (minor, status int, err error) {
	version, rest, found := strings.Cut(line, " ")
	if !found {
		return 0, 0, fmt.Errorf("malformed HTTP response %q", line)
	}
	code, _, _ := strings.Cut(strings.TrimLeft(rest, " "), " ")
	status, err = strconv.Atoi(code)
	if err != nil || len(code) != 3 || status < 0 {
		return 0, 0, fmt.Errorf("malformed HTTP status code %q", code)
	}
	minor, ok := parseVersion(version)
	if !ok {
		return 0, 0, fmt.Errorf("malformed HTTP version %q", version)
	}
	return minor, status, nil
}

// parseVersion reads "HTTP/1.1" (section 2.3). Later minor versions are no different to
// those who don't know them.
func parseVersion(version string) (minor int, ok bool) {
	digits, ok := strings.CutPrefix(version, "HTTP/1.")
	if !ok || len(digits) != 1 || digits[0] < '0' || digits[0] > '9' {
		return 0, false
	}
	return int(digits[0] - '0'), true
}

// body finds out where the body of a response ends (section 6.3).
func body(r *bufio.Reader, header textproto.MIMEHeader, minor int, none bool) (io.Reader, error) {
	codings := header["Transfer-Encoding"]
	switch {
	case none:
		return strings.NewReader(""), nil
	case len(codings) > 0 && minor > 0:
		if len(codings) != 1 || !strings.EqualFold(codings[0], "chunked") {
			return nil, fmt.Errorf("unsupported transfer encoding: %q", codings)
		}
		return &chunked{r: r}, nil
	}
	lengths := header["Content-Length"]
	if len(lengths) == 0 {
		return r, nil // all that comes
	}
	for _, other := range lengths[1:] {
		if strings.TrimSpace(other) != strings.TrimSpace(lengths[0]) {
			return nil, fmt.Errorf("several Content-Length fields that differ: %q", lengths)
		}
	}
	length, err := strconv.ParseUint(strings.TrimSpace(lengths[0]), 10, 63)
	if err != nil {
		return nil, fmt.Errorf("bad Content-Length %q", lengths[0])
	}
	return &sized{r: r, left: int64(length)}, nil
}

// sized is a body of a length that is known.
type sized struct {
	r    *bufio.Reader
	left int64
}

// Read reads what is left of the body.
func (s *sized) Read(p []byte) (int, error) {
	if s.left == 0 {
		return 0, io.EOF
	}
	if int64(len(p)) > s.left {
		p = p[:s.left]
	}
	n, err := s.r.Read(p)
	s.left -= int64(n)
	if s.left > 0 {
		err = unexpected(err)
	} else if errors.Is(err, io.EOF) {
		err = nil // said at the next call
	}
	return n, err
}

// unexpected makes the end of a connection one that comes too early.
func unexpected(err error) error {
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}
