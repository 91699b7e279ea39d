/*
 * The cells that a benchmark and its programs share, see package board. A program
 * gets the path of their file as its first argument.
 */
#include <fcntl.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static _Atomic int64_t *cells;

/* now is CLOCK_MONOTONIC in nanoseconds. It may be called in a signal handler. */
static inline int64_t now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

/* open_board maps the cells. Where it cannot, the program ends with code 9. */
static inline void open_board(const char *path)
{
	struct stat info;
	int fd = open(path, O_RDWR | O_CLOEXEC);

	if (fd < 0 || fstat(fd, &info) < 0)
		_exit(9);
	cells = mmap(NULL, info.st_size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (cells == MAP_FAILED)
		_exit(9);
	close(fd);
}
