// SPDX-License-Identifier: GPL-2.0
/*
 * page_table_check - the kernel's own count of mappings is right, whatever is done to them
 *
 * With page_table_check=on the kernel counts how often each page is mapped for a user, in
 * each function that changes an entry of a page table, and has a BUG when a count falls
 * below zero, or a page is freed that is still counted. A forked child writes to a few
 * pages and does three more things to them, each of which is one of six: it writes, takes away
 * all access with mprotect(), gives back the right to read, moves with mremap(), drops with
 * MADV_DONTNEED, and forks, after which both do the rest. Then it unmaps them. It does so
 * with anonymous memory and with a private and a shared mapping of a file in memory.
 *
 * Fails if one way to change an entry does not count, or counts twice what is held back
 * in lazy MMU mode: under Xen PV these ways are not those of the bare machine.
 *
 * Needs CONFIG_PAGE_TABLE_CHECK and the kernel parameter page_table_check=on, without
 * which a pass would say nothing.
 */
#include "guest.h"
#include <sys/mman.h>

#define PAGES	16
#define STEPS	3	/* in a row, after a first write */
#define LIMIT	80	/* seconds */

enum step { WRITE, NONE, READ, MOVE, DROP, FORK, STEPS_KNOWN };

static const char * const names[] = { "write", "none", "read", "move", "drop", "fork" };

static const struct kind {
	const char *name;
	bool file;
	int flags;
} kinds[] = {
	{ "anonymous", false, MAP_PRIVATE | MAP_ANONYMOUS },
	{ "private of a file", true, MAP_PRIVATE },
	{ "shared of a file", true, MAP_SHARED },
};

/* what the child is at, for the parent to tell */
static struct {
	const struct kind *kind;
	enum step order[STEPS];
} *now;

static size_t page, size;
static char *mem, *other;

static void access_all(int prot)
{
	need(!mprotect(mem, size, prot), "mprotect");
	for (volatile char *p = mem; p < mem + size; p += page) {
		if (prot & PROT_WRITE)
			*p = 1;
		else
			(void)*p;
	}
}

static void move(void)
{
	char *from = mem;

	need(mremap(from, size, size, MREMAP_MAYMOVE | MREMAP_FIXED, other) == other, "mremap");
	mem = other;
	other = from;
}

/* a child goes on from here, and when it is done the parent does as well */
static void fork_here(void)
{
	pid_t pid = fork();
	int status;

	need(pid >= 0, "fork");
	if (!pid)
		return;
	need(waitpid(pid, &status, 0) == pid, "waitpid");
	if (WIFSIGNALED(status))
		fail("a child died of signal %d", WTERMSIG(status));
	if (WEXITSTATUS(status))
		exit(FAIL);
}

static void take(enum step step)
{
	switch (step) {
	case WRITE:
		access_all(PROT_READ | PROT_WRITE);
		break;
	case NONE:
		need(!mprotect(mem, size, PROT_NONE), "mprotect");
		break;
	case READ:
		access_all(PROT_READ);
		break;
	case MOVE:
		move();
		break;
	case DROP:
		need(!madvise(mem, size, MADV_DONTNEED), "MADV_DONTNEED");
		break;
	default:
		fork_here();
	}
}

static void all_steps(int file)
{
	pid_t self = getpid();

	need(mmap(mem, size, PROT_READ | PROT_WRITE, now->kind->flags | MAP_FIXED, file, 0) == mem,
	     "mmap");
	madvise(mem, size, MADV_NOHUGEPAGE);
	take(WRITE);
	for (int i = 0; i < STEPS; i++)
		take(now->order[i]);
	need(!munmap(mem, size), "munmap");
	if (getpid() != self)
		exit(PASS);
}

/* the next order, of as many steps; false after the last */
static bool next_order(enum step *order)
{
	for (int i = STEPS - 1; i >= 0; i--) {
		if (++order[i] < STEPS_KNOWN)
			return true;
		order[i] = 0;
	}
	return false;
}

static int child(void)
{
	for (size_t k = 0; k < sizeof(kinds) / sizeof(kinds[0]); k++) {
		now->kind = &kinds[k];
		do {
			int file = kinds[k].file ? memfd_create("page_table_check", 0) : -1;

			if (kinds[k].file)
				need(file >= 0 && !ftruncate(file, size), "memfd_create");
			all_steps(file);
			close(file);
		} while (next_order(now->order));
	}
	return PASS;
}

static __noreturn void fail_at(const char *why)
{
	char text[100] = "";

	for (int i = 0; i < STEPS; i++) {
		strcat(text, " ");
		strcat(text, names[now->order[i]]);
	}
	fail("%s: memory %s, write%s", why, now->kind->name, text);
}

int main(void)
{
	const char *arg = cmdline("page_table_check");
	double end = seconds() + LIMIT;
	int log = kmsg_open(), status;
	pid_t pid;

	/* what the kernel does not know itself is in the environment of init */
	if (!arg || strcmp(arg, "on") || getenv("page_table_check"))
		fail("the kernel does not count: CONFIG_PAGE_TABLE_CHECK and page_table_check=on are needed");
	need(log >= 0, "/dev/kmsg");

	page = sysconf(_SC_PAGESIZE);
	size = PAGES * page;
	now = mmap(NULL, page, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	/* room for the pages, and for where they move to */
	mem = mmap(NULL, 2 * size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	need(now != MAP_FAILED && mem != MAP_FAILED, "mmap");
	other = mem + size;
	now->kind = kinds;

	pid = fork();
	need(pid >= 0, "fork");
	if (!pid)
		exit(child());
	/* a child of which the kernel died in munmap() does not end */
	while (!waitpid(pid, &status, WNOHANG)) {
		if (kmsg_splats(log))
			fail_at("the kernel complained");
		if (seconds() > end)
			fail_at("not done in time");
		usleep(20000);
	}
	if (kmsg_splats(log) || !WIFEXITED(status) || WEXITSTATUS(status))
		fail_at("the child failed");
	return PASS;
}
