// Package confined is linked into a nile that is to be tested under a seccomp profile. Its entry point confined_start takes
// the filter on and goes on with nile's own, so that nothing runs before nile that could change what it finds: no
// descriptor, no signal, no name. The tests put the filter of a profile in the place of the one of filter.go.
package confined

// instructions is the length of the filter, for the entry point.
//
//lint:ignore U1000 assembler reads it
var instructions = uint16(len(filter))
