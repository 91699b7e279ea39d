/*
 * reap FILE ORPHANS BATCH   makes orphans and waits until the init has reaped them
 *
 * Each batch is made by a process that forks that many children and ends; they end
 * right after it, as orphans. The next batch does not wait for the init.
 *
 * Cells: 0 set by the benchmark to begin, 1 when this program was ready, 2 when it
 * began, 3 when the last orphan had been reaped, 4 how many waited to be reaped at
 * most, 5 what has gone wrong (an errno).
 */
#include <errno.h>
#include <signal.h>
#include <sys/wait.h>

#include "board.h"

enum { BEGIN, READY, BEGAN, REAPED, WAITING, WRONG };

struct orphan {
	_Atomic int pid;
	_Atomic int ended;
};

static struct orphan *orphans;
static int *left, n_left; /* those that have not been reaped */

static void sleep_microseconds(long n)
{
	struct timespec t = { .tv_nsec = n * 1000 };

	nanosleep(&t, NULL);
}

static void wrong(void)
{
	atomic_store(&cells[WRONG], errno ? errno : EIO);
	for (;;)
		pause();
}

/* wait_for_end returns when the last other process that holds the pipe has ended. */
static void wait_for_end(int hold[2])
{
	char c;

	close(hold[1]);
	while (read(hold[0], &c, 1) < 0 && errno == EINTR)
		;
}

static void make(int first, int n)
{
	int hold[2], status, i;
	pid_t middle, pid;

	if (pipe(hold) < 0)
		wrong();
	middle = fork();
	if (middle < 0)
		wrong();
	if (middle == 0) {
		for (i = first; i < first + n; i++) {
			pid = fork();
			if (pid < 0)
				_exit(errno);
			if (pid == 0) {
				wait_for_end(hold);
				atomic_store(&orphans[i].ended, 1);
				_exit(0);
			}
			atomic_store(&orphans[i].pid, pid);
		}
		_exit(0);
	}
	close(hold[0]);
	close(hold[1]);
	if (waitpid(middle, &status, 0) < 0)
		wrong();
	if (status != 0) {
		errno = WIFEXITED(status) ? WEXITSTATUS(status) : EINTR;
		wrong();
	}
	for (i = first; i < first + n; i++)
		left[n_left++] = i;
}

/* look counts the orphans that have ended and are still there. */
static void look(void)
{
	int i, kept = 0, waiting = 0;

	for (i = 0; i < n_left; i++) {
		struct orphan *o = &orphans[left[i]];
		int ended = atomic_load(&o->ended);

		if (kill(atomic_load(&o->pid), 0) < 0 && errno == ESRCH)
			continue;
		waiting += ended;
		left[kept++] = left[i];
	}
	n_left = kept;
	if (waiting > atomic_load(&cells[WAITING]))
		atomic_store(&cells[WAITING], waiting);
}

int main(int argc, char **argv)
{
	int count, batch, made;

	if (argc != 4)
		return 2;
	open_board(argv[1]);
	count = atoi(argv[2]);
	batch = atoi(argv[3]);
	left = calloc(count, sizeof *left);
	orphans = mmap(NULL, count * sizeof *orphans, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (left == NULL || orphans == MAP_FAILED)
		wrong();
	atomic_store(&cells[READY], now());
	while (atomic_load(&cells[BEGIN]) == 0)
		sleep_microseconds(500);
	atomic_store(&cells[BEGAN], now());
	for (made = 0; made < count; made += batch) {
		make(made, batch < count - made ? batch : count - made);
		look();
	}
	while (n_left > 0) {
		sleep_microseconds(50);
		look();
	}
	atomic_store(&cells[REAPED], now());
	for (;;)
		pause();
}
