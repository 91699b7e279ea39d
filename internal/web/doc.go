// Package web is a small HTTP/1.1 server for answers that fit into memory: metrics, health,
// and what stands in for a program that is held. It answers one GET or HEAD request on a
// connection and closes it.
//
// It is no net/http.Server, which would take 700 KB of the binary. What clients can cost is bounded: the number of connections, the bytes of
// a request, and the time for it and for the answer. Where there are too many
// connections, the one that has kept its request back for longest makes room, so that
// nobody can shut a probe out by opening connections and saying nothing.
package web
