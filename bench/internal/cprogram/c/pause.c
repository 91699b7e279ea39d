/*
 * pause   the least that a pause container does, in C: it ends on SIGINT and SIGTERM
 *         with code 0, reaps, and sleeps
 *
 * Nothing is to be done against other signals: as PID 1 it gets none for which it has
 * no handler, pid_namespaces(7).
 */
#include <signal.h>
#include <stddef.h>
#include <sys/wait.h>
#include <unistd.h>

static void end(int signal)
{
	(void)signal;
	_exit(0);
}

static void reap(int signal)
{
	(void)signal;
	while (waitpid(-1, NULL, WNOHANG) > 0)
		;
}

int main(void)
{
	struct sigaction ending = {.sa_handler = end};
	struct sigaction reaping = {.sa_handler = reap, .sa_flags = SA_NOCLDSTOP};

	if (sigaction(SIGINT, &ending, NULL) < 0 || sigaction(SIGTERM, &ending, NULL) < 0 || sigaction(SIGCHLD, &reaping, NULL) < 0)
		return 1;
	for (;;)
		pause();
}
