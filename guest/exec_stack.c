// SPDX-License-Identifier: GPL-2.0
/*
 * exec_stack - exec() moves the stack with its arguments, and none is lost
 *
 * Executes itself again and again with 1 MiB of arguments, and looks at each byte of them.
 * exec() moves the pages that have them. With a kernel that moves them by less than their
 * size (lazy_mmu_hazards=1, with tests/mutants.patch), each page moves to where another one
 * was before. page_table_check stops the kernel if it takes that one for mapped then.
 */
#include "guest.h"

#define ARGS	16
#define LENGTH	65536
#define ROUNDS	20

int main(int argc, char **argv)
{
	static char text[ARGS][LENGTH], round[16];
	char *args[ARGS + 3] = { argv[0], round };
	int n = argc > 1 ? atoi(argv[1]) : ROUNDS;

	for (int i = 0; i < ARGS; i++) {
		memset(text[i], 'a' + i, LENGTH - 1);
		args[i + 2] = text[i];
		if (argc == ARGS + 2 && strcmp(argv[i + 2], text[i]))
			fail("argument %d is not as it was", i);
	}
	if (!n)
		return argc == ARGS + 2 ? PASS : FAIL;
	snprintf(round, sizeof(round), "%d", n - 1);
	execv("/proc/self/exe", args);
	fail("exec: %s", strerror(errno));
}
