/* Dies in the way that its first argument names. */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void store_price(volatile int *price) { *price = 1; }

int main(int argc, char **argv) {
	const char *death = argc > 1 ? argv[1] : "";
	printf("starting %s\n", death);
	fflush(stdout);
	if (!strcmp(death, "segv")) {
		store_price(NULL);
	} else if (!strcmp(death, "assert")) {
		assert(argc == 0 && "the order has a customer");
	} else if (!strcmp(death, "free")) {
		char *order = malloc(64);
		free(order);
		free(order);
	} else if (!strcmp(death, "divide")) {
		volatile int total = 100, orders = argc - 2;
		return total / orders;
	} else if (!strcmp(death, "message")) {
		fprintf(stderr, "deaths: cannot open /etc/shop.conf: No such file or directory\n");
		return 78;
	} else if (!strcmp(death, "abort")) {
		abort();
	}
	return 0;
}
