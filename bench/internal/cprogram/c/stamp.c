/*
 * stamp -- CMD [ARG...]   writes the time to the FIFO and becomes CMD
 * stamp [ARG...]          writes the time to the FIFO and waits to be killed
 *
 * The time is CLOCK_MONOTONIC at the first line of main, or just before the exec
 * of CMD. The FIFO is $BENCH_STAMPS: arguments would not do, since s6 has some of
 * its own for a program. Linked statically, so that no dynamic linker's work
 * counts as that of the program that starts it.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

struct record {
	int64_t nanoseconds;
	int32_t pid;
	int32_t launches; /* 1 if CMD follows */
};

int main(int argc, char **argv)
{
	struct timespec now;
	struct record record;
	const char *path;
	int fifo;

	clock_gettime(CLOCK_MONOTONIC, &now);
	path = getenv("BENCH_STAMPS");
	if (path == NULL)
		return 2;
	/* O_NONBLOCK: where nobody reads any more, end rather than hang. */
	fifo = open(path, O_WRONLY | O_NONBLOCK | O_CLOEXEC);
	if (fifo < 0)
		return 3;
	record.pid = getpid();
	record.launches = argc > 2 && strcmp(argv[1], "--") == 0;
	if (record.launches)
		clock_gettime(CLOCK_MONOTONIC, &now);
	record.nanoseconds = (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
	/* Less than PIPE_BUF: written whole or not at all. */
	if (write(fifo, &record, sizeof record) != sizeof record)
		return 4;
	close(fifo);
	if (record.launches) {
		execv(argv[2], argv + 2);
		return errno == ENOENT ? 127 : 126;
	}
	for (;;)
		pause();
}
