package hooks

import (
	"bytes"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"golang.org/x/net/http2/hpack"
)

const goodMessage = "\x00\x00\x00\x00\x02\x08\x01" // SERVING

// The frames of servers. Each begins with its settings.
var (
	settings = string(appendFrame(nil, frameSettings, 0, 0, nil))
	good     = headers(flagEndHeaders, ":status", "200") + data(0, goodMessage) +
		headers(flagEndHeaders|flagEndStream, "grpc-status", "0")
)

func block(fields ...string) string {
	var b strings.Builder
	encoder := hpack.NewEncoder(&b)
	for i := 0; i < len(fields); i += 2 {
		_ = encoder.WriteField(hpack.HeaderField{Name: fields[i], Value: fields[i+1]})
	}
	return b.String()
}

func headers(flags byte, fields ...string) string {
	return string(appendFrame(nil, frameHeaders, flags, onlyStream, []byte(block(fields...))))
}

func data(flags byte, payload string) string {
	return string(appendFrame(nil, frameData, flags, onlyStream, []byte(payload)))
}

func any2(kind, flags byte, stream uint32, payload string) string {
	return string(appendFrame(nil, kind, flags, stream, []byte(payload)))
}

// What servers may do that hardly any does, and what they may not.
func TestHTTP2Frames(t *testing.T) {
	status := block(":status", "200")
	for name, c := range map[string]struct{ frames, message string }{
		"as usual":                  {settings + good, "service healthy"},
		"other frames between":      {settings + any2(frameSettings, flagAck, 0, "") + any2(framePing, 0, 0, "12345678") + any2(2, 0, 1, "12345") + any2(8, 0, 0, "\x00\x00\x00\x01") + any2(0xbe, 0xff, 9, "?") + good, "service healthy"},
		"an interim answer":         {settings + headers(flagEndHeaders, ":status", "103", "link", "x") + good, "service healthy"},
		"a header in pieces":        {settings + any2(frameHeaders, 0, 1, status[:0]) + any2(frameContinuation, 0, 1, status) + any2(frameContinuation, flagEndHeaders, 1, "") + good[len(headers(flagEndHeaders, ":status", "200")):], "service healthy"},
		"padding and priority":      {settings + any2(frameHeaders, flagEndHeaders|flagPadded|flagPriority, 1, "\x02\x00\x00\x00\x00\x10"+status+"\x00\x00") + data(flagPadded, "\x03"+goodMessage+"xyz") + headers(flagEndHeaders|flagEndStream, "grpc-status", "0"), "service healthy"},
		"going away after this":     {settings + any2(frameGoAway, 0, 0, "\x00\x00\x00\x01\x00\x00\x00\x00") + good, "service healthy"},
		"going away before this":    {settings + any2(frameGoAway, 0, 0, "\x00\x00\x00\x00\x00\x00\x00\x0b"), "the server ended the connection with HTTP/2 error 11"},
		"a reset":                   {settings + any2(frameReset, 0, 1, "\x00\x00\x00\x07"), "the server ended the request with HTTP/2 error 7"},
		"a push":                    {settings + any2(framePush, flagEndHeaders, 1, "\x00\x00\x00\x02"+status), "a frame of type 5, which it may not"},
		"a piece without a header":  {settings + any2(frameContinuation, flagEndHeaders, 1, status), "a frame of type 9, which it may not"},
		"a body without a header":   {settings + data(0, goodMessage), "a body before a header"},
		"another stream":            {settings + any2(frameHeaders, flagEndHeaders, 3, status), "answers on stream 3"},
		"no status":                 {settings + headers(flagEndHeaders, "x", "y"), "the answer's header is malformed"},
		"a bad status":              {settings + headers(flagEndHeaders, ":status", "+20"), "the answer's header is malformed"},
		"an interim end":            {settings + headers(flagEndHeaders|flagEndStream, ":status", "100"), "the answer's header is malformed"},
		"no end in the trailer":     {settings + headers(flagEndHeaders, ":status", "200") + headers(flagEndHeaders, "grpc-status", "0"), "the answer's header is malformed"},
		"an interrupted header":     {settings + any2(frameHeaders, 0, 1, status) + data(0, ""), "the answer's header is malformed"},
		"no HPACK":                  {settings + any2(frameHeaders, flagEndHeaders, 1, "\xff\xff\xff\xff\xff\xff"), "decoding error"},
		"half a field":              {settings + any2(frameHeaders, flagEndHeaders, 1, "\x00\x05ab"), "decoding error"},
		"padding over the end":      {settings + any2(frameHeaders, flagEndHeaders|flagPadded, 1, "\x09"+status), "more padding than frame"},
		"a priority cut off":        {settings + any2(frameHeaders, flagEndHeaders|flagPriority, 1, "\x00"), "the answer's header is malformed"},
		"no settings":               {good, "the server doesn't speak HTTP/2"},
		"a huge frame":              {settings + "\x00\x40\x01\x00\x00\x00\x00\x00\x01", "the server doesn't speak HTTP/2"},
		"HTTP/1":                    {"HTTP/1.1 400 Bad Request\r\n\r\n", "the server speaks HTTP/1, not HTTP/2"},
		"a header that is too long": {settings + any2(frameHeaders, 0, 1, status) + strings.Repeat(any2(frameContinuation, 0, 1, strings.Repeat(block("x", "y"), 400)), 20), "the answer's header is over 64 KiB"},
		"frames without end":        {settings + strings.Repeat(any2(8, 0, 0, "\x00\x00\x00\x01"), maxFrames), "the answer has over 10000 frames"},
		"shorter than it says":      {settings + headers(flagEndHeaders, ":status", "200", "content-length", "9") + data(flagEndStream, "x"), "the server closed the connection"},
		"longer than it says":       {settings + headers(flagEndHeaders, ":status", "200", "content-length", "2") + data(0, goodMessage), "the answer is longer than its header says"},
		"cut off":                   {settings + good[:len(good)-3], "closed the connection without a complete answer"},
		"cut off between frames":    {settings + headers(flagEndHeaders, ":status", "200") + data(0, goodMessage), "closed the connection without a complete answer"},
		"cut off before the header": {settings, "the server closed the connection; does it speak gRPC"},
	} {
		t.Run(name, func(t *testing.T) {
			port := rawServer(t, func(connection net.Conn) {
				_, _ = io.WriteString(connection, c.frames)
				_ = connection.(*net.TCPConn).CloseWrite()
				silent(connection) // what comes of the request must not reset the connection
			})
			want := Failure
			if c.message == "service healthy" {
				want = Success
			}
			expect(t, Probe(within(t, patient), &Handler{GRPC: &GRPC{Port: port}}), want, c.message)
		})
	}
}

// A request whose header is larger than a frame goes out in several.
func TestHTTP2LongRequest(t *testing.T) {
	server := record(t, func(s *httptest.Server) { s.EnableHTTP2 = true; s.StartTLS() }, ok)
	long := strings.Repeat("0123456789", 5000)
	get := &HTTPGet{Scheme: "HTTPS", Port: server.port(), Headers: []Header{{"Long", long}, {"Connection", "close"}, {"Cookie", "a=b; c=d"}}}
	expect(t, Probe(within(t, patient), &Handler{HTTPGet: get}), Success, "fine")
	if got := server.requests()[0]; got.Header.Get("Long") != long || got.Header.Get("Cookie") != "a=b; c=d" || got.Header["Connection"] != nil {
		t.Errorf("asked with %d bytes, cookie %q, %q", len(got.Header.Get("Long")), got.Header.Get("Cookie"), got.Header["Connection"])
	}
	for _, header := range []Header{{"Upgrade", "h3"}, {"Connection", "Upgrade"}} {
		get.Headers = []Header{header}
		expect(t, Probe(within(t, patient), &Handler{HTTPGet: get}), Failure, "invalid "+header.Name+" request header")
	}
}

// A service whose name needs several DATA frames arrives whole; one that no window
// lets through is refused.
func TestHTTP2LongMessage(t *testing.T) {
	name := strings.Repeat("s", 40_000)
	server := record(t, func(s *httptest.Server) {
		s.Config.Protocols = new(http.Protocols)
		s.Config.Protocols.SetUnencryptedHTTP2(true)
		s.Start()
	}, func(w http.ResponseWriter, r *http.Request) {
		if body, err := io.ReadAll(r.Body); err != nil || !bytes.Equal(body, encodeCheckRequest(name)) {
			t.Errorf("asked with %d bytes, %v", len(body), err)
		}
		_, _ = io.WriteString(w, goodMessage)
		w.Header().Set(http.TrailerPrefix+"Grpc-Status", "0")
	})
	expect(t, Probe(within(t, patient), &Handler{GRPC: &GRPC{Port: server.port(), Service: name}}), Success, "service healthy")
	name = strings.Repeat(name, 2)
	expect(t, Probe(within(t, patient), &Handler{GRPC: &GRPC{Port: server.port(), Service: name}}), Failure, "more than the 65535")
}

// answered is a connection on which all that comes has come.
type answered struct {
	net.Conn
	io.Reader
}

func (a answered) Read(p []byte) (int, error)  { return a.Reader.Read(p) }
func (a answered) Write(p []byte) (int, error) { return len(p), nil }

// Whatever a server sends, it is read to an end, and no more is kept than may be.
func FuzzHTTP2(f *testing.F) {
	f.Add([]byte(settings + good))
	f.Add([]byte(settings + headers(flagEndHeaders, ":status", "103") + any2(frameHeaders, flagPadded, 1, "\x00") + any2(frameContinuation, flagEndHeaders, 1, block(":status", "200", "a", "b"))))
	f.Add([]byte(settings + any2(framePing, 0, 0, "12345678") + headers(flagEndHeaders, ":status", "200", "content-length", "3") + data(flagPadded, "\x01abcx")))
	f.Fuzz(func(t *testing.T, sent []byte) {
		request := &request2{method: "GET", url: &url.URL{Scheme: "http", Host: "a", Path: "/"}}
		response, err := askHTTP2(answered{Reader: bytes.NewReader(sent)}, request, nil)
		if err != nil {
			return
		}
		body, err := io.ReadAll(response.body)
		if len(body) > len(sent) {
			t.Errorf("%d bytes of body in %d", len(body), len(sent))
		}
		if length := lengthOf(response.header); length >= 0 && err == nil && int64(len(body)) != length {
			t.Errorf("%d bytes of body, said to be %d", len(body), length)
		}
		size := 0
		for name, values := range response.header {
			size += len(name) + len(strings.Join(values, ""))
		}
		if size > maxHeader {
			t.Errorf("%d bytes of header", size)
		}
	})
}
