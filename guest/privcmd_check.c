// SPDX-License-Identifier: GPL-2.0
/*
 * privcmd_check - map frames of a running domU, with frames that Xen refuses among them
 *
 * For a dom0, with a PV domU and /dev/xen/privcmd. Maps the frames of the domU, and chooses
 * PAGES of them that differ from each other. Maps these again in another order, by
 * IOCTL_PRIVCMD_MMAPBATCH_V2, with frames among them that Xen does not let the domU have: none,
 * one in the middle, the first, the last, and others (cases[]). The error has to be reported
 * for exactly those. They must not be readable, and all others must show what the first
 * mapping shows. A child does not get the mapping, and the parent keeps it. Then the right
 * frames are mapped in the holes. After munmap() nothing may be readable.
 *
 * The kernel maps 16 frames with a hypercall, which stops at a refused one, and reads 512
 * frames at once from the caller. PAGES are more than that, and more than a page table.
 * Skips where there is no privcmd, or no domU.
 */
#include "guest.h"
#include <stdint.h>
#include <sys/ioctl.h>
#include <sys/mman.h>

#define MAX	65536	/* frames of the domU */
#define CHUNK	512
#define END	0x200000UL	/* 8 GiB */
#define PAGES	600
#define PAGE	4096UL

/* <xen/privcmd.h> of the kernel is not where a program finds it */
struct privcmd_map { uint32_t num; uint16_t dom; uint64_t addr; const uint64_t *frames; int *err; };

#define PRIVCMD_MMAPBATCH_V2	_IOC(_IOC_NONE, 'P', 4, sizeof(struct privcmd_map))

static const uint64_t bad[] = { 0x1000000, 0xfee00 };	/* at 64 GiB there is nothing; the APIC */

static const struct {
	const char *name;
	int from, to, step;	/* refused: every step-th from "from" on, before "to" */
} cases[] = {
	{ "none", 0, 0, 1 },
	{ "one in the middle", PAGES / 2, PAGES / 2 + 1, 1 },
	{ "the first", 0, 1, 1 },
	{ "the last", PAGES - 1, PAGES, 1 },
	{ "the last of a hypercall", 15, 16, 1 },
	{ "a whole hypercall", 16, 32, 1 },
	{ "the last that is read at once", 511, 512, 1 },
	{ "every third", 0, PAGES, 3 },
	{ "all", 0, PAGES, 1 },
};

static int privcmd, dom, found, probe[2];
static uint64_t list[MAX], pick[PAGES];	/* frames, and indexes of list[] */
static char *all;				/* the first mapping */

static bool is_bad(int c, int i)
{
	return i >= cases[c].from && i < cases[c].to && (i - cases[c].from) % cases[c].step == 0;
}

static char *area(int pages)
{
	char *m = mmap(NULL, pages * PAGE, PROT_READ, MAP_SHARED, privcmd, 0);

	need(m != MAP_FAILED, "mmap of privcmd");
	return m;
}

static void map(char *to, const uint64_t *frames, int n, int *err)
{
	struct privcmd_map m = { n, dom, (uintptr_t)to, frames, err };

	need(!ioctl(privcmd, PRIVCMD_MMAPBATCH_V2, &m), "PRIVCMD_MMAPBATCH_V2");
}

/* trial - map frames and unmap them; returns the error of the first */
static int trial(const uint64_t *frames, int n, int *err)
{
	char *m = area(n);

	map(m, frames, n, err);
	need(!munmap(m, n * PAGE), "munmap");
	return err[0];
}

/*
 * find - fill list[]; false if there is no domain dom
 *
 * Xen gives a domU memory by 512 frames. Where the first of them can be mapped, others can be, too.
 */
static bool find(void)
{
	uint64_t frames[CHUNK];
	int err[CHUNK];

	for (uint64_t first = 0; first < END && found <= MAX - CHUNK; first += CHUNK) {
		for (int i = 0; i < CHUNK; i++)
			frames[i] = first + i;
		if (trial(frames, 1, err) == -ESRCH)
			return false;
		if (err[0])
			continue;
		trial(frames, CHUNK, err);
		for (int i = 0; i < CHUNK; i++)
			if (!err[i])
				list[found++] = frames[i];
	}
	return true;
}

static bool readable(const char *p)
{
	char c;

	if (write(probe[1], p, 1) == 1)
		return read(probe[0], &c, 1) == 1;
	need(errno == EFAULT, "write");
	return false;
}

static uint64_t sum(const char *page)
{
	uint64_t s = 0;

	for (size_t w = 0; w < PAGE / 8; w++)
		s = (s ^ ((const volatile uint64_t *)page)[w]) * 0x9e3779b97f4a7c15;
	return s;
}

/* choose - PAGES frames that differ */
static void choose(void)
{
	static uint64_t sums[PAGES];
	int n = 0;

	for (int i = 0; i < found && n < PAGES; i++) {
		int j = 0;

		sums[n] = sum(all + i * PAGE);
		while (j < n && sums[j] != sums[n])
			j++;
		if (j == n)
			pick[n++] = i;
	}
	if (n < PAGES)
		fail("only %d of %d frames of domain %d differ", n, found, dom);
}

/* check - page i of m shows the frame it should */
static void check(const char *m, int c, int i, const char *when)
{
	const char *page = m + i * PAGE, *same = all + pick[PAGES - 1 - i] * PAGE;

	if (!readable(page))
		fail("%s, %s: page %d is not mapped", cases[c].name, when, i);
	/* the domU may be writing just now */
	for (int try = 0; memcmp(page, same, PAGE); try++)
		if (try == 100)
			fail("%s, %s: page %d is another frame", cases[c].name, when, i);
}

static void unmapped(const char *m, int c, int i, const char *when)
{
	if (readable(m + i * PAGE))
		fail("%s, %s: page %d is mapped", cases[c].name, when, i);
}

static void round_of(int c)
{
	uint64_t frames[PAGES];
	int err[PAGES], status;
	char *m = area(PAGES);
	pid_t pid;

	for (int i = 0; i < PAGES; i++)
		frames[i] = is_bad(c, i) ? bad[i % 2] : list[pick[PAGES - 1 - i]];
	map(m, frames, PAGES, err);
	for (int i = 0; i < PAGES; i++) {
		if (!!err[i] != is_bad(c, i))
			fail("%s: page %d has error %d", cases[c].name, i, err[i]);
		if (is_bad(c, i))
			unmapped(m, c, i, "refused");
		else
			check(m, c, i, "mapped");
	}

	fflush(stdout);
	pid = fork();
	need(pid >= 0, "fork");
	if (!pid) {
		for (int i = 0; i < PAGES; i++)
			unmapped(m, c, i, "in a child");
		exit(PASS);
	}
	need(waitpid(pid, &status, 0) == pid, "waitpid");
	if (status)
		fail("%s: the child has failed", cases[c].name);

	for (int i = 0; i < PAGES; i++) {
		if (is_bad(c, i))
			map(m + i * PAGE, &list[pick[PAGES - 1 - i]], 1, err);
		if (is_bad(c, i) && err[0])
			fail("%s: page %d has error %d the second time", cases[c].name, i, err[0]);
		check(m, c, i, "after fork()");
	}
	need(!munmap(m, PAGES * PAGE), "munmap");
	for (int i = 0; i < PAGES; i++)
		unmapped(m, c, i, "after munmap()");
}

int main(void)
{
	static int err[MAX];

	privcmd = open("/dev/xen/privcmd", O_RDWR | O_CLOEXEC);
	if (privcmd < 0)
		skip("no /dev/xen/privcmd");
	need(!pipe(probe), "pipe");
	for (dom = 1; !find(); dom++)
		if (dom == 100)
			skip("no domU");
	all = area(found);
	map(all, list, found, err);
	for (int i = 0; i < found; i++)
		if (err[i])
			fail("frame %#lx of domain %d: error %d", (long)list[i], dom, err[i]);
	choose();
	for (size_t c = 0; c < sizeof(cases) / sizeof(cases[0]); c++) {
		round_of(c);
		note("%d frames, refused: %s: right", PAGES, cases[c].name);
	}
	return PASS;
}
