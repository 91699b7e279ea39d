/*
 * pod FILE INDEX exit   is an init container that succeeds at once
 * pod FILE INDEX MS     is a container that ends MS milliseconds after a SIGTERM
 *
 * Cells: 2×INDEX when main began, 2×INDEX+1 when the container was about to end.
 */
#include <signal.h>
#include <string.h>

#include "board.h"

int main(int argc, char **argv)
{
	int64_t began = now();
	struct timespec rest;
	sigset_t terminate;
	int index, number, milliseconds;

	if (argc != 4)
		return 2;
	open_board(argv[1]);
	index = atoi(argv[2]);
	sigemptyset(&terminate);
	sigaddset(&terminate, SIGTERM);
	sigprocmask(SIG_BLOCK, &terminate, NULL);
	atomic_store(&cells[2 * index], began);
	if (strcmp(argv[3], "exit") != 0) {
		sigwait(&terminate, &number);
		milliseconds = atoi(argv[3]);
		rest.tv_sec = milliseconds / 1000;
		rest.tv_nsec = milliseconds % 1000 * 1000000L;
		while (nanosleep(&rest, &rest) < 0)
			;
	}
	atomic_store(&cells[2 * index + 1], now());
	return 0;
}
