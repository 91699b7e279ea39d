package hooks

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"golang.org/x/net/http2/hpack"
)

// What is said here of HTTP/2 is RFC 9113. It is written out because net/http's
// client of it is 0.7 MB of the program, starts two goroutines for each
// connection, and does far more than one request.

// errHeader is an answer's header that HTTP/2 doesn't allow.
var errHeader = errors.New("the answer's header is malformed")

// askHTTP2 makes the one request of a connection whose other end is known to speak
// HTTP/2, be it encrypted or not. Of the request its method, URL, Host, Header and
// ContentLength are used; message is its body. The answer's body reads from the
// connection, and its Trailer is there once the body has ended.
func askHTTP2(c net.Conn, request *http.Request, message []byte) (*http.Response, error) {
	if err := checkConnectionFields(request.Header); err != nil {
		return nil, err
	}
	f := newFrames(c)
	if err := f.send(encodeFields(request, message), message); err != nil {
		return nil, err
	}
	for {
		fields, err := f.header()
		if err != nil {
			return nil, err
		}
		response, err := decodeFields(fields)
		if err != nil {
			return nil, err
		}
		if response.StatusCode >= 100 && response.StatusCode < 200 { // an interim answer
			if f.ended {
				return nil, errHeader
			}
			continue
		}
		response.Body = &body2{frames: f, response: response, left: response.ContentLength}
		return response, nil
	}
}

// checkConnectionFields refuses what net/http refuses, which the kubelet uses:
// there are no such fields in HTTP/2.
func checkConnectionFields(header http.Header) error {
	if upgrade := header["Upgrade"]; len(upgrade) > 0 && upgrade[0] != "" && upgrade[0] != "chunked" {
		return fmt.Errorf("invalid Upgrade request header: %q", upgrade)
	}
	connection := header["Connection"]
	if len(connection) == 0 || len(connection) == 1 &&
		(connection[0] == "" || strings.EqualFold(connection[0], "close") || strings.EqualFold(connection[0], "keep-alive")) {
		return nil
	}
	return fmt.Errorf("invalid Connection request header: %q", connection)
}

// encodeFields is a request's header as HPACK has it (RFC 7541).
func encodeFields(request *http.Request, message []byte) []byte {
	var block strings.Builder
	encoder := hpack.NewEncoder(&block)
	add := func(name, value string) { _ = encoder.WriteField(hpack.HeaderField{Name: name, Value: value}) }
	host := request.Host
	if host == "" {
		host = request.URL.Host
	}
	add(":authority", host)
	add(":method", request.Method)
	add(":path", request.URL.RequestURI())
	add(":scheme", request.URL.Scheme)
	for name, values := range request.Header {
		switch name {
		case "Host", "Content-Length", "Connection", "Proxy-Connection", "Transfer-Encoding", "Upgrade", "Keep-Alive":
			continue
		}
		for _, value := range values {
			if name != "User-Agent" || value != "" {
				add(strings.ToLower(name), strings.Trim(value, " \t"))
			}
		}
	}
	if message != nil {
		add("content-length", strconv.Itoa(len(message)))
	}
	return []byte(block.String())
}

// decodeFields makes an answer of its header.
func decodeFields(fields []hpack.HeaderField) (*http.Response, error) {
	response := &http.Response{Header: headerOf(fields), Trailer: http.Header{}, ContentLength: -1}
	for _, field := range fields {
		if field.Name != ":status" {
			continue
		}
		status, err := strconv.Atoi(field.Value)
		if err != nil || len(field.Value) != 3 || status < 100 {
			return nil, errHeader
		}
		response.StatusCode = status
	}
	if response.StatusCode == 0 {
		return nil, errHeader
	}
	if length, err := strconv.ParseUint(response.Header.Get("Content-Length"), 10, 63); err == nil {
		response.ContentLength = int64(length)
	}
	return response, nil
}

// headerOf leaves out the pseudo-header fields.
func headerOf(fields []hpack.HeaderField) http.Header {
	header := http.Header{}
	for _, field := range fields {
		if !field.IsPseudo() {
			header.Add(field.Name, field.Value)
		}
	}
	return header
}

// body2 is the body of an answer.
type body2 struct {
	frames   *frames
	response *http.Response
	left     int64 // of the length that the header says, or -1
}

// Read gives what has come of the body.
func (b *body2) Read(p []byte) (int, error) {
	n, err := b.frames.data(p)
	if b.left >= 0 {
		if b.left -= int64(n); b.left < 0 {
			return 0, errors.New("the answer is longer than its header says")
		}
	}
	if err == io.EOF {
		b.response.Trailer = headerOf(b.frames.trailer)
		if b.left > 0 {
			err = io.ErrUnexpectedEOF
		}
	}
	return n, err
}

// Close does nothing: whoever opened the connection closes it.
func (b *body2) Close() error { return nil }

// overHTTP2 asks on a connection that has agreed on HTTP/2.
func (t *target) overHTTP2(ctx context.Context, c net.Conn, u *url.URL, virtualHost string) (answer, error) {
	request := &http.Request{Method: http.MethodGet, URL: u, Host: virtualHost, Header: t.header()}
	response, err := askHTTP2(c, request, nil) //nolint:bodyclose // the connection is closed instead
	if err != nil {
		return answer{}, explain(ctx, "waiting for the answer", unanswered(err))
	}
	w := workspaces.Get().(*workspace)
	defer workspaces.Put(w)
	return w.read(ctx, response), nil
}
