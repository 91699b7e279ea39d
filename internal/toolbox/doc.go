// Package toolbox is a handful of small tools for looking around in a container whose
// image has none, and a small shell for them.
//
// They read and never write: no tool opens a file for writing, and the shell has no
// redirection. Each reads in pieces of bounded size, follows no symbolic link on its own
// while it walks a tree, and never waits for a FIFO or a device to have something. What
// comes from file names is printed so that it can do a terminal no harm.
//
// The tools are the usual ones with their usual short options
// (https://pubs.opengroup.org/onlinepubs/9799919799/utilities/); docs/reference/toolbox.md
// lists what each of them takes.
package toolbox
