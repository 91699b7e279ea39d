/*
 * signal FILE   takes down when its handler of SIGUSR1 runs, until it is killed
 *
 * Cells: 0 how many signals have come, 1 when the last one came, 2 the process id,
 * once the handler is there.
 */
#include <signal.h>

#include "board.h"

static void handle(int number)
{
	int64_t at = now();

	(void)number;
	atomic_store(&cells[1], at);
	atomic_fetch_add(&cells[0], 1);
}

int main(int argc, char **argv)
{
	struct sigaction action = { .sa_handler = handle };

	if (argc != 2)
		return 2;
	open_board(argv[1]);
	if (sigaction(SIGUSR1, &action, NULL) < 0)
		return 3;
	atomic_store(&cells[2], getpid());
	for (;;)
		pause();
}
