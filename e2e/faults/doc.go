// Package faults has tests only: each lets something fail around a real nile, which is PID 1
// of a PID namespace of its own, and shows that nile goes on. What has to hold after each
// fault is in [pod.holds]: what dies is reaped and started again, no zombie stays, questions
// are answered, and SIGTERM ends the pod with the code that it should have.
//
// They need root, for the namespaces and what is broken in them, and are skipped without.
package faults
