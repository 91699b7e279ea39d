// Package client asks a running nile for its state and tells it what to do, through
// its control socket. It is what the verbs of the nile program use, and needs nothing
// but the standard library and golang.org/x/sys.
//
//	nile, err := client.Dial(ctx, client.Options{})
//	if err != nil {
//		return err // says what to check
//	}
//	defer nile.Close()
//	status, err := nile.Status(ctx)
//
// The protocol, its verbs and what they answer are written down in
// docs/reference/control.md. Verbs without a method of their own are called by
// [Client.Call] and [Client.Stream].
//
// # Who may connect
//
// nile answers root and the user that it runs as itself, from within its own PID
// namespace. In turn Dial only talks to a nile of root, of the caller's own user or,
// where the caller is root, to that of another user; what such a one says must not be
// trusted with more than that user's rights ([Client.Peer]).
package client
