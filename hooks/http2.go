package hooks

import (
	"context"
	"net"
	"net/http"
	"net/url"
	"sync"
)

// connKey is the context key under which a connection is handed to the transport.
type connKey struct{}

// speaker turns a connection into an HTTP/2 one. It keeps no connection itself.
var speaker = sync.OnceValue(func() *http.Transport {
	var only http.Protocols
	only.SetUnencryptedHTTP2(true)
	return &http.Transport{
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return ctx.Value(connKey{}).(net.Conn), nil
		},
		Protocols:              &only,
		DisableCompression:     true,
		MaxResponseHeaderBytes: maxHeader,
		// What a server may send before it is read: little more than is kept.
		HTTP2: &http.HTTP2Config{MaxReceiveBufferPerConnection: 64 << 10, MaxReceiveBufferPerStream: 64 << 10},
	}
})

// speakHTTP2 begins HTTP/2 on a connection whose other end is known to speak it,
// be it encrypted or not. To close what it returns closes the connection.
func speakHTTP2(ctx context.Context, c net.Conn) (*http.ClientConn, error) {
	// "http" is about the dialling, which has been done; a request's own scheme is
	// what its server sees.
	return speaker().NewClientConn(context.WithValue(ctx, connKey{}, c), "http", c.RemoteAddr().String())
}

// overHTTP2 asks on a connection that has agreed on HTTP/2.
func (t *target) overHTTP2(ctx context.Context, c net.Conn, u *url.URL, virtualHost string) (answer, error) {
	client, err := speakHTTP2(ctx, c)
	if err != nil {
		return answer{}, explain(ctx, "sending the request", err)
	}
	defer discard(client)
	request := (&http.Request{Method: http.MethodGet, URL: u, Host: virtualHost, Header: t.header()}).WithContext(ctx)
	response, err := client.RoundTrip(request)
	if err != nil {
		return answer{}, explain(ctx, "waiting for the answer", unanswered(err))
	}
	defer discard(response.Body)
	w := workspaces.Get().(*workspace)
	defer workspaces.Put(w)
	return w.read(ctx, response), nil
}
