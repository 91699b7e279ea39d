package hooks

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/textproto"
	"net/url"
	"strconv"
	"strings"

	"golang.org/x/net/http2/hpack"
)

// What is said here of HTTP/2 is RFC 9113. It is written out because net/http's
// client of it is 0.7 MB of the program, starts two goroutines for each
// connection, and does far more than one request.

// request2 is a request over HTTP/2.
type request2 struct {
	method string
	url    *url.URL
	host   string // the Host field, where it is not the URL's
	header textproto.MIMEHeader
}

// response2 is the answer to one. The trailer is there once the body has been read.
type response2 struct {
	status          int
	header, trailer textproto.MIMEHeader
	body            io.Reader
}

// errHeader is an answer's header that HTTP/2 doesn't allow.
var errHeader = errors.New("the answer's header is malformed")

// askHTTP2 makes the one request of a connection whose other end is known to speak
// HTTP/2, be it encrypted or not. message is the request's body. The answer's body
// reads from the connection.
func askHTTP2(c net.Conn, request *request2, message []byte) (*response2, error) {
	if err := checkConnectionFields(request.header); err != nil {
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
		if response.status >= 100 && response.status < 200 { // an interim answer
			if f.ended {
				return nil, errHeader
			}
			continue
		}
		response.body = &body2{frames: f, response: response, left: lengthOf(response.header)}
		return response, nil
	}
}

// checkConnectionFields refuses what net/http refuses, which the kubelet uses:
// there are no such fields in HTTP/2.
func checkConnectionFields(header textproto.MIMEHeader) error {
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
func encodeFields(request *request2, message []byte) []byte {
	var block strings.Builder
	encoder := hpack.NewEncoder(&block)
	add := func(name, value string) { _ = encoder.WriteField(hpack.HeaderField{Name: name, Value: value}) }
	host := request.host
	if host == "" {
		host = request.url.Host
	}
	add(":authority", host)
	add(":method", request.method)
	add(":path", request.url.RequestURI())
	add(":scheme", request.url.Scheme)
	for name, values := range request.header {
		switch name {
		case "Host", "Content-Length", "Connection", "Proxy-Connection", "Transfer-Encoding", "Upgrade", "Keep-Alive":
			continue
		}
		for _, value := range values {
			add(strings.ToLower(name), strings.Trim(value, " \t"))
		}
	}
	if message != nil {
		add("content-length", strconv.Itoa(len(message)))
	}
	return []byte(block.String())
}

// decodeFields makes an answer of its header.
func decodeFields(fields []hpack.HeaderField) (*response2, error) {
	response := &response2{header: headerOf(fields)}
	for _, field := range fields {
		if field.Name != ":status" {
			continue
		}
		status, err := strconv.Atoi(field.Value)
		if err != nil || len(field.Value) != 3 || status < 100 {
			return nil, errHeader
		}
		response.status = status
	}
	if response.status == 0 {
		return nil, errHeader
	}
	return response, nil
}

// lengthOf is the length that a header says of the body; -1 where it says none.
func lengthOf(header textproto.MIMEHeader) int64 {
	length, err := strconv.ParseUint(header.Get("Content-Length"), 10, 63)
	if err != nil {
		return -1
	}
	return int64(length)
}

// headerOf leaves out the pseudo-header fields.
func headerOf(fields []hpack.HeaderField) textproto.MIMEHeader {
	header := textproto.MIMEHeader{}
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
	response *response2
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
		b.response.trailer = headerOf(b.frames.trailer)
		if b.left > 0 {
			err = io.ErrUnexpectedEOF
		}
	}
	return n, err
}

// overHTTP2 asks on a connection that has agreed on HTTP/2.
func (t *target) overHTTP2(ctx context.Context, c net.Conn, u *url.URL, virtualHost string) (answer, error) {
	request := &request2{method: "GET", url: u, host: virtualHost, header: t.header()}
	response, err := askHTTP2(c, request, nil)
	if err != nil {
		return answer{}, explain(ctx, "waiting for the answer", unanswered(err))
	}
	w := workspaces.Get().(*workspace)
	defer workspaces.Put(w)
	return w.read(ctx, response.status, response.header, response.body), nil
}
