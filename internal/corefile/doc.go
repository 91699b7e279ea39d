// Package corefile writes the memory of a stopped process as an ELF core file, which
// gdb, and the tools of language runtimes, open: what core(5) describes, made from
// outside, from /proc and the registers that the caller has read by ptrace(2). The
// layout is that of the kernel (fs/binfmt_elf.c, fs/coredump.c).
//
// It has the threads that stand still with the process. Pages that were never touched,
// and pages of zeroes, are holes in the file; the contents of mappings that are only read
// come from the program's files, which a debugger reads itself.
package corefile
