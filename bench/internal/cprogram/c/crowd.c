/*
 * crowd N PROGRAM [ARG...]   starts N times PROGRAM, and ends when all have ended
 *
 * It is how a container with several processes looks from an init for one: the children
 * are in its process group, and SIGTERM ends them. Itself it only takes note of that.
 */
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

static void heard(int signal)
{
	(void)signal;
}

int main(int argc, char **argv)
{
	int i, n = argc > 2 ? atoi(argv[1]) : 0;

	for (i = 0; i < n; i++) {
		pid_t pid = fork();

		if (pid < 0)
			return 9;
		if (pid == 0) {
			execv(argv[2], argv + 2);
			_exit(9);
		}
	}
	signal(SIGTERM, heard);
	while (n > 0)
		if (wait(NULL) > 0)
			n--;
	return 0;
}
