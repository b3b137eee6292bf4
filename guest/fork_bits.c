// SPDX-License-Identifier: GPL-2.0
/*
 * fork_bits - fork() loses no accessed or dirty bit
 *
 * fork() write-protects the pages of the parent. Under Xen PV the updates wait for the
 * end of a lazy MMU section, and the bits that a CPU sets in the meantime must stay.
 *
 * bits: pages that are dirty and accessed, dirty only, accessed only, and neither, each
 * kind in a mapping of its own. /proc/self/smaps says how many of them there are, of the
 * parent before and after fork(), and of the child, which starts with none accessed.
 *
 * race: what a dirty bit is for. A page that MADV_FREE has been told of may be taken
 * away as long as it is clean. One thread forks while another, on another CPU, writes to
 * such pages in an order by chance, one in a few microseconds. MADV_PAGEOUT then takes
 * the clean ones away, and each page that was written to must have its value. In a page
 * of which the bit was lost there is 0. The pages are those of one page table, so that
 * all of them are read before the first is write-protected. There are forks until there
 * were enough writes in the time of one, which are some hundreds a fork.
 *
 * Passes on any machine with hardware that sets the bits, and two CPUs.
 */
#include "guest.h"
#include <pthread.h>
#include <stdatomic.h>
#include <sys/mman.h>

#define PAGES		512	/* of one page table */
#define WRITTEN		448	/* of these: the others show that clean pages go */
#define ENOUGH		8000	/* writes in the time of a fork() */
#define ROUNDS		40	/* or up to MAX_ROUNDS, until there are enough */
#define MAX_ROUNDS	400

#ifndef MADV_PAGEOUT
#define MADV_COLD	20
#define MADV_PAGEOUT	21
#endif

static size_t page;

struct bits {
	unsigned int accessed, dirty;
};

/* bits - how many pages of the mapping at addr have them */
static struct bits bits(void *addr)
{
	FILE *smaps = fopen("/proc/self/smaps", "r");
	struct bits b = { };
	bool here = false;
	unsigned long start, kb;
	char line[512];

	need(smaps, "/proc/self/smaps");
	while (fgets(line, sizeof(line), smaps)) {
		if (sscanf(line, "%lx-%*x ", &start) == 1)
			here = start == (unsigned long)addr;
		if (!here)
			continue;
		if (sscanf(line, "Referenced: %lu", &kb) == 1)
			b.accessed += kb * 1024 / page;
		if (sscanf(line, "Shared_Dirty: %lu", &kb) == 1 ||
		    sscanf(line, "Private_Dirty: %lu", &kb) == 1)
			b.dirty += kb * 1024 / page;
	}
	fclose(smaps);
	return b;
}

/* map_table - memory of a page table of its own, and so a mapping of its own */
static char *map_table(void)
{
	size_t size = PAGES * page;
	char *p = mmap(NULL, 3 * size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	need(p != MAP_FAILED, "mmap");
	p += size + -(unsigned long)p % size;
	need(!mprotect(p, size, PROT_READ | PROT_WRITE), "mprotect");
	madvise(p, size, MADV_NOHUGEPAGE);
	return p;
}

static void write_all(char *p)
{
	for (size_t i = 0; i < PAGES; i++)
		p[i * page] = 1;
}

static void make_clean(char *p)
{
	write_all(p);
	need(!madvise(p, PAGES * page, MADV_FREE), "MADV_FREE");
}

static struct {
	const char *name;
	struct bits want;
	char *map;
} kinds[] = {
	{ "neither", { 0, 0 }, NULL },
	{ "accessed", { PAGES, 0 }, NULL },
	{ "dirty", { 0, PAGES }, NULL },
	{ "dirty and accessed", { PAGES, PAGES }, NULL },
};

#define NR_KINDS	(sizeof(kinds) / sizeof(kinds[0]))

/* wrong_bits - how many kinds are not as they should be */
static int wrong_bits(const char *where, bool child)
{
	int wrong = 0;

	for (size_t i = 0; i < NR_KINDS; i++) {
		struct bits got = bits(kinds[i].map), want = kinds[i].want;

		if (child)
			want.accessed = 0;
		if (got.accessed == want.accessed && got.dirty == want.dirty)
			continue;
		note("%s, pages %s: %u accessed, %u dirty, not %u and %u", where, kinds[i].name,
		     got.accessed, got.dirty, want.accessed, want.dirty);
		wrong++;
	}
	return wrong;
}

static bool bits_are_kept(void)
{
	int status, wrong;
	pid_t pid;

	for (size_t i = 0; i < NR_KINDS; i++) {
		char *p = kinds[i].map = map_table();

		/* either advice clears the accessed bits, and flushes the TLB */
		if (!kinds[i].want.dirty)
			make_clean(p);
		else
			write_all(p);
		if (kinds[i].want.dirty && !kinds[i].want.accessed)
			need(!madvise(p, PAGES * page, MADV_COLD), "MADV_COLD");
		for (size_t n = 0; kinds[i].want.accessed && n < PAGES; n++)
			(void)*(volatile char *)(p + n * page);
	}
	wrong = wrong_bits("before fork", false);
	if (wrong)
		fail("this is not what was to be tested");

	fflush(stdout);
	pid = fork();
	need(pid >= 0, "fork");
	if (!pid)
		_exit(wrong_bits("child", true));
	wrong = wrong_bits("parent", false);
	need(waitpid(pid, &status, 0) == pid, "waitpid");
	wrong += wrong_bits("parent, the child gone", false);
	if (!WIFEXITED(status) || WEXITSTATUS(status))
		wrong++;
	return !wrong;
}

static char *map;
static int order[PAGES];
static atomic_int go, written;
static int delay = 64;

static void *writer(__unused void *arg)
{
	if (!run_on(0, 1))
		skip("no two CPUs");
	for (int round = 1; ; round++) {
		while (go < round)
			if (go < 0)
				return NULL;
		for (int i = 0; i < WRITTEN; i++) {
			((volatile char *)map)[order[i] * page] = 2;
			written = i + 1;
			for (volatile int n = 0; n < delay; n++)
				;
		}
	}
	return NULL;
}

static void shuffle(void)
{
	for (int i = 0; i < PAGES; i++)
		order[i] = i;
	for (int i = PAGES - 1; i > 0; i--) {
		int j = rand() % (i + 1), n = order[i];

		order[i] = order[j];
		order[j] = n;
	}
}

static bool writes_are_kept(void)
{
	unsigned int during = 0, not_dirty = 0, not_accessed = 0, lost = 0, taken = 0;
	pthread_t thread;
	int round;

	map = map_table();
	need(!pthread_create(&thread, NULL, writer, NULL), "pthread_create");
	for (round = 1; round <= ROUNDS || (during < ENOUGH && round <= MAX_ROUNDS); round++) {
		struct bits b;
		pid_t pid;
		int n;

		/* new pages at the same place */
		need(mmap(map, PAGES * page, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) == map, "mmap");
		madvise(map, PAGES * page, MADV_NOHUGEPAGE);
		make_clean(map);
		shuffle();
		written = 0;
		go = round;
		while (!written)
			;
		pid = fork();
		need(pid >= 0, "fork");
		if (!pid)
			_exit(0);
		n = written;
		need(waitpid(pid, NULL, 0) == pid, "waitpid");
		while (written < WRITTEN)
			usleep(100);

		/* The next time as slow as is needed to be at it all the time. */
		if (n == WRITTEN)
			delay += delay / 2;
		else if (n < WRITTEN / 4 && delay > 2)
			delay -= delay / 4;
		during += n;

		b = bits(map);
		not_dirty += WRITTEN - b.dirty;
		not_accessed += WRITTEN - b.accessed;
		need(!madvise(map, PAGES * page, MADV_PAGEOUT), "MADV_PAGEOUT");
		for (int i = 0; i < PAGES; i++) {
			char c = map[order[i] * page];

			if (i < WRITTEN)
				lost += c != 2;
			else
				taken += c == 0;
		}
	}
	go = -1;
	need(!pthread_join(thread, NULL), "pthread_join");
	note("writes during fork: %u", during);
	note("clean pages taken away: %u", taken);
	if (during < ENOUGH || !taken)
		fail("too few: nothing was tested");
	if (not_dirty || not_accessed || lost)
		note("of %d writes %u are not in a dirty bit, %u not in an accessed bit, %u are lost",
		     WRITTEN * (round - 1), not_dirty, not_accessed, lost);
	return !not_dirty && !not_accessed && !lost;
}

int main(void)
{
	bool ok;

	page = sysconf(_SC_PAGESIZE);
	need(run_on(0, 0), "sched_setaffinity");
	ok = bits_are_kept();
	ok &= writes_are_kept();
	return ok ? PASS : FAIL;
}
