// Package http1 reads HTTP/1.1 messages (RFC 9112): the responses that probes and hooks
// wait for, and the requests for metrics and health. It is no client and no server: it
// opens nothing, sends nothing, starts no goroutine and keeps nothing between messages.
//
// It stands in for net/http, which is a twelfth of the program and of the memory that an
// idle nile has, for its proxies, cookies, redirects, HTTP/2 and connection pools, none
// of which one request on one connection needs.
//
// How much of a message is read is the caller's to limit: by the reader that he gives,
// for the header, and by how much he reads, for the body. A body ends with io.EOF where
// it is complete, and with io.ErrUnexpectedEOF where the connection ends before that.
package http1
