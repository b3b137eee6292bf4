// SPDX-License-Identifier: GPL-2.0
/*
 * refused_update - of many updates of a page table, only the one that Xen refuses is missing
 *
 * Maps windows of /dev/mem that hold pages which Xen does not let a PV guest map, among
 * pages that it does: the refused ones first, last, and in the middle. Each window is of
 * one page table, and its updates go out as one hypercall, at whose first refused update
 * Xen stops. Every good page must be readable, every refused one must fault, and the
 * kernel log must have one line for each refused update, or as many as its limit allows, and
 * with xen_mc_debug one for the call that failed. Then mprotect() takes the window
 * away and brings it back, by updates that keep the accessed and dirty bits: with
 * PROT_NONE nothing may be readable, after it the good pages again, without a new line.
 *
 * Fails if the kernel loses an update that Xen did not refuse, or is silent about one
 * that it did, or repeats it; with a kernel that loses them init sees a WARNING as well.
 *
 * The refused pages are those of the MSI range, 0xfee00000 to 0xfeefffff, for Xen 4.17,
 * and the first of them for newer ones. They are in one piece, and the next piece is too
 * far away for the same page table, so that this cannot have good pages between refused
 * ones, and with Xen 4.17 no single one in the middle: there it is all 256 in a row, more
 * than the kernel logs.
 *
 * Needs CONFIG_DEVMEM without IO_STRICT_DEVMEM, and root; skips without Xen PV or /dev/mem,
 * and where Xen refuses none of these pages, or their neighbours too.
 */
#include "guest.h"
#include <setjmp.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#define REPORT		" refused "	/* what the line about a refused update has */
#define CALL		"op=1 result=-"	/* and what xen_mc_debug logs of a failed mmu_update */
#define REPORTS		64		/* so many lines may be logged ... */
#define INTERVAL	5		/* ... in so many seconds */

#define FROM		0xfee00000UL
#define LAST		0xfeeff000UL	/* of Xen 4.17 */
#define PAGE		4096UL
#define PAGES		64

#define WINDOW		((unsigned char *)(1UL << 40))	/* where a page table begins */

static int mem;
static bool debug;		/* xen_mc_debug */
static unsigned long to;	/* the last refused page */
static sigjmp_buf back;

static void on_fault(__unused int sig)
{
	siglongjmp(back, 1);
}

static bool readable(int i)
{
	if (sigsetjmp(back, 1))
		return false;
	(void)*(volatile unsigned char *)(WINDOW + i * PAGE);
	return true;
}

static void map(unsigned long phys, int n)
{
	need(mmap(WINDOW, n * PAGE, PROT_READ, MAP_SHARED | MAP_FIXED, mem, phys) == WINDOW,
	     "mmap of /dev/mem");
}

static void unmap(int n)
{
	need(!munmap(WINDOW, n * PAGE), "munmap");
}

/* how many of n pages from phys on can be read */
static int mappable(unsigned long phys, int n)
{
	int sum = 0;

	map(phys, n);
	for (int i = 0; i < n; i++)
		sum += readable(i);
	unmap(n);
	return sum;
}

/* how many updates the kernel has reported as refused; in *calls, how many calls as failed */
static int reports(int log, int *calls)
{
	char rec[8192], *text;
	int sum = 0;
	ssize_t n;

	for (*calls = 0;;) {
		n = read(log, rec, sizeof(rec) - 1);
		if (n < 0 && (errno == EINTR || errno == EPIPE))
			continue;
		if (n <= 0)
			return sum;
		rec[n] = '\0';
		text = strchr(rec, ';');
		/* facility 0 is the kernel, and what follows the line is not its text */
		if (!text || strtoul(rec, NULL, 10) >> 3)
			continue;
		*strchrnul(text, '\n') = '\0';
		sum += !!strstr(text, REPORT);
		*calls += !!strstr(text, CALL);
	}
}

static bool is_refused(unsigned long phys)
{
	return phys >= FROM && phys <= to;
}

/* whether exactly the good pages of the window are readable, or none */
static bool right(const char *name, const char *when, unsigned long phys, int n, bool none)
{
	int good = 0, there = 0, surplus = 0;

	for (int i = 0; i < n; i++) {
		bool want = !none && !is_refused(phys + i * PAGE);
		bool have = readable(i);

		good += want;
		there += want && have;
		surplus += have && !want;
	}
	if (there == good && !surplus)
		return true;
	note("%s, %s: %d of %d good pages are readable, and %d others", name, when, there, good,
	     surplus);
	return false;
}

static bool window(const char *name, unsigned long phys, int n)
{
	int log = kmsg_open(), refused = 0, lines, calls;
	bool ok;

	need(log >= 0, "/dev/kmsg");
	for (int i = 0; i < n; i++)
		refused += is_refused(phys + i * PAGE);

	map(phys, n);
	ok = right(name, "mapped", phys, n, false);
	need(!mprotect(WINDOW, n * PAGE, PROT_NONE), "mprotect");
	ok &= right(name, "with PROT_NONE", phys, n, true);
	need(!mprotect(WINDOW, n * PAGE, PROT_READ), "mprotect");
	ok &= right(name, "with PROT_READ again", phys, n, false);
	unmap(n);

	lines = reports(log, &calls);
	close(log);
	/* many of them may take more than one INTERVAL */
	if (refused < REPORTS ? lines != refused : !lines || lines > 2 * REPORTS) {
		note("%s: %d lines about %d refused updates", name, lines, refused);
		ok = false;
	}
	/* Xen stops at the first, and the others of the call are tried again */
	if (debug != !!calls) {
		note("%s: %d failed calls are logged", name, calls);
		ok = false;
	}
	note("%s: %d pages, %d refused: %s", name, n, refused, ok ? "right" : "wrong");
	return ok;
}

int main(void)
{
	struct sigaction sa = { .sa_handler = on_fault };
	const int half = PAGES / 2;
	bool ok = true;

	if (!xen_pv())
		skip("no Xen PV guest");
	debug = cmdline("xen_mc_debug");
	mknod("/tmp/mem", S_IFCHR | 0600, makedev(1, 1));
	mem = open("/tmp/mem", O_RDONLY | O_SYNC | O_CLOEXEC);
	if (mem < 0)
		skip("no /dev/mem");
	need(!sigaction(SIGBUS, &sa, NULL) && !sigaction(SIGSEGV, &sa, NULL), "sigaction");

	/* the refused ones alone, and the good ones without them */
	if (mappable(FROM, 1))
		skip("Xen refuses no page");
	to = mappable(LAST, 1) ? FROM : LAST;
	if (mappable(FROM - PAGES * PAGE, PAGES) != PAGES ||
	    mappable(to + PAGE, PAGES) != PAGES)
		skip("Xen refuses the pages around the MSI range as well");

	/* fewer than REPORTS lines are to come, and those before no longer count */
	sleep(INTERVAL + 1);
	ok &= window("first", to, PAGES);
	ok &= window("last", FROM - (PAGES - 1) * PAGE, PAGES);
	if (to > FROM) {
		ok &= window("first two", to - PAGE, PAGES);
		ok &= window("last two", FROM - (PAGES - 2) * PAGE, PAGES);
	}
	ok &= window("middle", FROM - half * PAGE, (to - FROM) / PAGE + 1 + PAGES);
	return ok ? PASS : FAIL;
}
