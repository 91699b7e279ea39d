// Package control is nile's side of the control socket: it finds a place to listen,
// lets in who may, reads requests and has them answered. The protocol is that of
// package client; what the verbs do is said by those who register them.
//
// All of it happens beside the event loop. A client that is slow, dead or hostile costs
// one of a bounded number of connections, with bounded memory each, and nobody's time.
package control
