/*
 * life FILE   lives for a little more than a second, then ends with code 1
 *
 * A second, because s6-supervise and supervisord make what ends earlier wait. How much
 * more differs from life to life, so that the lives of several programs do not keep step.
 *
 * Cells: 0 counts the lives; life N, from 0, has 1+2×N for when main began and 2+2×N for
 * right before the end. Lives that have no cells are not told.
 */
#include "board.h"

enum { LIVES = 100 };

int main(int argc, char **argv)
{
	int64_t began = now(), life;
	struct timespec rest = { .tv_sec = 1 };

	if (argc != 2)
		return 2;
	open_board(argv[1]);
	life = atomic_fetch_add(&cells[0], 1);
	rest.tv_nsec = 50000000 + getpid() * 7919L % 97 * 1000000;
	if (life < LIVES)
		atomic_store(&cells[1 + 2 * life], began);
	nanosleep(&rest, NULL);
	if (life < LIVES)
		atomic_store(&cells[2 + 2 * life], now());
	return 1;
}
