// SPDX-License-Identifier: GPL-2.0
/*
 * fork_cow - after fork(), what one process writes the other does not see
 *
 * fork() write-protects the pages of the parent, in a lazy MMU section. A child writes
 * to all of its pages while the parent, once the child runs, writes to all of its own;
 * then both look. With a page that stayed writable one of them sees the other's value.
 * Also shows what the pages held before. Passes on any machine with an MMU.
 */
#include "guest.h"
#include <sys/mman.h>

#define PAGES	2048UL

static char *map;
static size_t page;

static void fill(char value)
{
	for (size_t i = 0; i < PAGES; i++)
		map[i * page] = value;
}

static size_t wrong(char value, size_t offset)
{
	size_t n = 0;

	for (size_t i = 0; i < PAGES; i++)
		n += map[i * page + offset] != value;
	return n;
}

int main(void)
{
	int ready[2], go[2], status;
	size_t bad;
	pid_t pid;
	char c;

	page = sysconf(_SC_PAGESIZE);
	map = mmap(NULL, PAGES * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	need(map != MAP_FAILED, "mmap");
	madvise(map, PAGES * page, MADV_NOHUGEPAGE);
	for (size_t i = 0; i < PAGES; i++)
		map[i * page] = map[i * page + 1] = 'a';
	need(!pipe(ready) && !pipe(go), "pipe");

	pid = fork();
	need(pid >= 0, "fork");
	if (!pid) {
		need(read(go[0], &c, 1) == 1, "read");
		bad = wrong('a', 0);	/* the parent has written since */
		fill('c');
		need(write(ready[1], "", 1) == 1, "write");
		need(read(go[0], &c, 1) == 1, "read");
		bad += wrong('c', 0) + wrong('a', 1);
		_exit(bad ? FAIL : PASS);
	}
	fill('p');
	need(write(go[1], "", 1) == 1, "write");
	need(read(ready[0], &c, 1) == 1, "read");
	bad = wrong('p', 0) + wrong('a', 1);	/* and now the child */
	fill('q');
	need(write(go[1], "", 1) == 1, "write");
	need(waitpid(pid, &status, 0) == pid, "waitpid");
	if (bad)
		fail("the parent sees %zu wrong pages", bad);
	if (!WIFEXITED(status) || WEXITSTATUS(status) != PASS)
		fail("the child sees wrong pages");
	return PASS;
}
