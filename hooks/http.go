package hooks

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"math"
	"net"
	"net/textproto"
	"net/url"
	"strings"
	"sync"

	"github.com/nile-init/nile/internal/http1"
)

const (
	maxHeader   = 64 << 10 // of an answer, and of all interim ones before it
	maxRequests = 10       // one, and the redirects after it

	switchingProtocols = 101 // a final answer, though its number says interim
)

// errPlainHTTP has net/http's words.
var errPlainHTTP = errors.New("server gave HTTP response to HTTPS client")

// probeHTTP judges the answer as DoHTTPProbe in the kubelet's
// pkg/probe/http/http.go does, and has its words.
func probeHTTP(ctx context.Context, h *HTTPGet) Outcome {
	t, err := newTarget(h, probeAgent)
	if err != nil {
		return Outcome{Unknown, err.Error()}
	}
	a, err := t.get(ctx)
	if err != nil {
		return failed(err)
	}
	switch {
	case a.broken != nil:
		// An odd rule, but the kubelet's: an answer that begins and never ends is an
		// error of the probe, which counts for nothing, whatever its status.
		return Outcome{Unknown, fmt.Sprintf("HTTP status %d, but the body is incomplete: %v", a.status, a.broken)}
	case a.status >= 300 && a.status < 400:
		return Outcome{Warning, "Probe terminated redirects, Response body: " + a.body}
	case a.status >= 200 && a.status < 300:
		return Outcome{Success, a.body}
	}
	return Outcome{Failure, fmt.Sprintf("HTTP probe failed with statuscode: %d", a.status)}
}

// runHTTP is runHTTPHandler in the kubelet's pkg/kubelet/lifecycle/handlers.go.
func runHTTP(ctx context.Context, h *HTTPGet) error {
	t, err := newTarget(h, hookAgent)
	if err != nil {
		return err
	}
	_, err = t.get(ctx)
	if !errors.Is(err, errPlainHTTP) {
		return err
	}
	plain := *h
	plain.Scheme, plain.Headers = "HTTP", nil
	for _, header := range h.Headers {
		if !strings.EqualFold(header.Name, "Authorization") { // it was meant for an encrypted connection
			plain.Headers = append(plain.Headers, header)
		}
	}
	if t, err = newTarget(&plain, hookAgent); err != nil {
		return err
	}
	_, err = t.get(ctx)
	return err
}

// answer is what is left of a response.
type answer struct {
	status   int
	location string
	body     string // at most 10 KiB of it
	broken   error  // why the body ended early
}

// get asks, and follows redirects as long as they stay on the host
// (RedirectChecker in pkg/probe/http/http.go).
func (t *target) get(ctx context.Context) (answer, error) {
	if err := t.check(); err != nil {
		return answer{}, fmt.Errorf("cannot get %s: %w", t.url, err)
	}
	u, virtualHost := t.url, t.virtualHost
	for requests := 1; ; requests++ {
		a, err := t.exchange(ctx, u, virtualHost)
		if err != nil {
			return answer{}, fmt.Errorf("cannot get %s: %w", u.Redacted(), err)
		}
		next, err := a.next(u)
		if err != nil {
			return answer{}, fmt.Errorf("cannot get %s: %w", u.Redacted(), err)
		}
		if next == nil || next.Hostname() != t.url.Hostname() {
			return a, nil
		}
		if requests == maxRequests {
			return answer{}, fmt.Errorf("cannot get %s: stopped after 10 redirects", t.url)
		}
		if location, err := url.Parse(a.location); err != nil || location.IsAbs() {
			virtualHost = "" // a whole URL says itself which host it means
		}
		u = next
	}
}

// exchange is one request and its answer, on a connection of its own.
func (t *target) exchange(ctx context.Context, u *url.URL, virtualHost string) (answer, error) {
	port, err := portOf(u)
	if err != nil {
		return answer{}, err
	}
	c, err := connect(ctx, t.dialHost, port)
	if err != nil {
		return answer{}, err
	}
	defer discard(c)
	if u.Scheme != "https" {
		a, err := t.overHTTP1(ctx, c, u, virtualHost)
		if plain, ok := c.stream.(*socket); ok && err == nil {
			plain.finish()
		}
		return a, err
	}
	secured := tls.Client(c, &tls.Config{
		InsecureSkipVerify: true, // as the kubelet: a probe asks whether it works, not who it is
		ServerName:         u.Hostname(),
		NextProtos:         t.protocols(),
		// Without the post-quantum exchange, a third of what the whole probe costs.
		CurvePreferences: []tls.CurveID{tls.X25519, tls.CurveP256, tls.CurveP384, tls.CurveP521},
	})
	if err := secured.Handshake(); err != nil {
		if record, ok := errors.AsType[tls.RecordHeaderError](err); ok && string(record.RecordHeader[:]) == "HTTP/" {
			return answer{}, errPlainHTTP
		}
		return answer{}, explain(ctx, "agreeing on TLS", err)
	}
	ask := t.overHTTP1
	if secured.ConnectionState().NegotiatedProtocol == "h2" {
		ask = t.overHTTP2
	}
	a, err := ask(ctx, secured, u, virtualHost)
	if ctx.Err() == nil {
		_ = secured.CloseWrite() // tells the server that nothing was cut off
	}
	return a, err
}

// workspace is the memory that an exchange needs for a moment.
type workspace struct {
	request []byte
	limit   io.LimitedReader
	reader  *bufio.Reader
	body    bytes.Buffer
}

var workspaces = sync.Pool{New: func() any {
	return &workspace{reader: bufio.NewReaderSize(nil, 1<<10)} // most answers fit
}}

// overHTTP1 asks on an open connection. It is written out because an
// http.Transport without keep-alive starts two goroutines and allocates 15 KiB for
// each request, which doubles the cost of a probe (BenchmarkNetHTTP).
func (t *target) overHTTP1(ctx context.Context, c net.Conn, u *url.URL, virtualHost string) (answer, error) {
	w := workspaces.Get().(*workspace)
	defer workspaces.Put(w)
	w.request = t.appendRequest(w.request[:0], u, virtualHost)
	if _, err := c.Write(w.request); err != nil {
		return answer{}, explain(ctx, "sending the request", err)
	}
	w.limit = io.LimitedReader{R: c, N: maxHeader}
	defer func() { w.limit.R = nil }()
	w.reader.Reset(&w.limit)
	for {
		response, err := http1.ReadResponse(w.reader)
		switch {
		case err != nil && w.limit.N <= 0:
			return answer{}, fmt.Errorf("the answer's header is over %d KiB", maxHeader>>10)
		case err != nil:
			return answer{}, explain(ctx, "waiting for the answer", unanswered(err))
		case response.Status >= 100 && response.Status < 200 && response.Status != switchingProtocols:
			continue // an interim answer
		}
		w.limit.N = math.MaxInt64 // read limits what it keeps of the body
		return w.read(ctx, response.Status, response.Header, response.Body), nil
	}
}

// unanswered gives the end of a connection in place of an answer plain words.
func unanswered(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return errors.New("the server closed the connection without a complete answer")
	}
	return err
}

// read takes what is wanted of a response.
func (w *workspace) read(ctx context.Context, status int, header textproto.MIMEHeader, body io.Reader) answer {
	a := answer{status: status, location: header.Get("Location")}
	w.body.Reset()
	_, err := w.body.ReadFrom(io.LimitReader(body, maxMessage))
	if err != nil {
		a.broken = explain(ctx, "reading the body", err)
	}
	a.body = text(w.body.Bytes())
	return a
}
