// Package output reads what the processes of containers print, keeps the end of
// it for those who ask why a process died, and sends it on.
//
// # Where it goes
//
// [Inherit] puts nothing between: the process has nile's own standard output and
// error, and nile sees none of it, unless [Config].Keep asks for it. [Prefix] puts the container's name before each
// line, [JSON] makes it an object. Standard output goes to nile's standard output,
// and standard error to nile's standard error; with [Config].File both go to that
// file, in the mode's form or, with [Inherit], as they are. Bytes are never changed:
// escape sequences too pass as they are, or, within JSON, as its escapes of them.
//
// # Lines
//
// Lines of different streams never mix. A line of up to 4 MiB arrives in one
// piece. Longer ones, and the longest when all unfinished lines together exceed
// 8 MiB, go out in pieces: a prefixed piece that continues a line has the mark
// "name + " instead of "name | ", and a JSON piece that its line continues after
// has "partial":true. So does a last line that the process has not ended with a
// newline; prefixed, it is given one.
//
// # Order
//
// Within a stream the order is that of printing. Between the two streams of a
// process it is the order in which one goroutine finds them readable: the same,
// unless a process prints to both faster than nile is woken. Two pipes cannot tell
// more. Where nobody has to tell the streams apart, for a file that is not JSON, or
// with prefixes when nile's standard output and error are the same file, they share
// one pipe, and the order is exact.
//
// # The end of a process
//
// All that a process wrote is in its pipes before it can be waited for.
// [Manager.Ended] reads what they hold at that time and not until they are closed,
// so the last byte before a crash arrives, and a grandchild that keeps a pipe open
// delays nothing. What such a one prints later is passed on all the same.
//
// # When nobody reads
//
// nile never waits for a destination. Up to 256 KiB, and what one read adds, wait
// for each; then the streams that lead there are no longer read, their pipes (64
// KiB) fill, and the processes that print wait, as they would without nile. Nothing
// is lost by that, and all of it goes on when somebody reads again. A process that
// has ended can't wait: what it left in its pipes is read at once, and up to 4 MiB
// of that, and all unfinished lines, wait as well; what is beyond is dropped for the
// destination, but not for [Manager.Tail].
//
// A destination that fails (no reader any more, a full disk, no permission) never
// holds up a process: the output is dropped for as long as it fails, and
// [Options].Report is told when that begins and when, and after how many bytes, it
// is over.
//
// # Files
//
// A file is set aside as FILE.1 before a line would make it larger than MaxSize;
// FILE.1 becomes FILE.2 and so on, and no more than MaxFiles are kept. Lines are
// never split between files; one that is larger than MaxSize gets a file of its
// own. Symbolic links in the last place of the path, further hard links and
// anything that is no regular file are refused, since who may write to the
// directory could lead nile astray by them. The directory must exist.
//
// # What it costs
//
// One goroutine reads all pipes, through one buffer, and writes to pipes without
// blocking; writes that may block, to files and terminals, happen in goroutines that
// live as long as there is something to write. A container that prints nothing costs
// two descriptors and about one KiB; the kept end of a stream grows with what was
// printed.
package output
