// SPDX-License-Identifier: GPL-2.0
/*
 * hypercalls - count how page-table updates reach the hypervisor under Xen PV
 *
 * A forked child maps small pages, all of them touched, does one thing to them and counts,
 * by the kernel's trace events, how often it asks Xen for something:
 *
 *   batches		xen:xen_mc_flush events, a hypercall each, with an xen:xen_mc_entry
 *			before it of a kind that is for page tables. What an interrupt
 *			queues does not count, but it may flush what the task has queued.
 *			One of a context switch does not count: it has a stack_switch
 *			as well
 *   direct updates	a PTE set outside a lazy MMU section is a direct
 *			HYPERVISOR_mmu_update, with no event of its own: an
 *			xen:xen_mmu_set_pte event that no xen:xen_mc_batch event of
 *			the same task follows. (xen_set_pte() traces, then either
 *			starts a batch or makes the hypercall; the page-table lock
 *			keeps the task from being switched away in between.)
 *
 * The kernel does not see an entry changed by an instruction that traps into Xen, as
 * xchg() does. So it is not enough that there are few hypercalls: the batches must
 * also have 16 bytes for each entry, or the entries went another way.
 *
 * Passes if for each of the things below there are at most as many batches and direct
 * updates as its limit says. A batch takes the 512 entries of a page table, so that 4096
 * pages are 8 batches; the others are for upper levels, the TLB, and page tables that are
 * pinned, unpinned or made writable. A limit is the most that was measured, and a few more. A
 * switch to another task ends a batch early, so the child has a real-time priority. The count
 * also depends on how many page tables are new: addresses are not randomized, and the least of
 * RUNS runs is taken. With batches of 31 updates, as in 7.3, 4096 pages are
 * more than 130 of them, and where each entry has a hypercall of its own 4096.
 *
 * exec() and exit() unpin the page tables before they free the pages, so these are cleared
 * without Xen. Reading 256 pages of a file takes 16 faults, of 16 pages each. For vmalloc()
 * there is a table of 2^20 open files, 2048 pages. What frees it does that later, in another
 * task. For vfree(), select() of 2^23 files allocates 1536 pages and frees them.
 * The limit of vmalloc() is higher, because it takes 6 to 12 (page tables that were there before
 * are used again); with batches of 31 it takes at least 66.
 *
 * mremap() moves whole page tables if it can. Here it cannot, and changes the entries of half
 * a page table at a time, which takes a batch for the old and the new ones and one for the TLB.
 *
 * With an argument, the first word of a line of workloads[], it does that one only. Skips
 * where the kernel is no Xen PV guest. Needs the xen events.
 */
#include "trace.h"
#include <sched.h>
#include <sys/mman.h>
#include <sys/personality.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#define PAGES		4096UL
#define FILE_PAGES	256UL
#define VGA		0xa0000		/* no RAM, so that anybody may map it */
#define VGA_PAGES	96UL
#define VMALLOC_PAGES	2048UL
#define SELECT_FILES	(1UL << 23)
#define SELECT_PAGES	(6 * SELECT_FILES / 8 / 4096)
#define PMD_SIZE	(2UL << 20)
#define RUNS		5
#define CLEAR_REFS	"/proc/self/clear_refs"

struct counts {
	unsigned int batches, direct, bytes;
	bool set_pte;	/* the last event was one */
	bool mmu;	/* something for page tables is queued */
	bool task;	/* a context switch is queued */
};

static struct counts *counts;	/* of a run, which is a child */
static char *map;
static int file;

static void count(const char *event, __unused void *arg)
{
	const char *flush = trace_event(event, "xen_mc_flush");
	const char *entry = trace_event(event, "xen_mc_entry");
	unsigned int calls, bytes, op;

	counts->direct += counts->set_pte && !trace_event(event, "xen_mc_batch");
	counts->set_pte = trace_event(event, "xen_mmu_set_pte");
	if (entry && sscanf(entry, "op %u", &op) == 1) {
		/* mmu_update, update_va_mapping and mmuext_op */
		counts->mmu |= op == 1 || op == 14 || op == 26;
		/* stack_switch */
		counts->task |= op == 3;
	}
	if (flush && sscanf(flush, "flushing %u hypercalls, %u", &calls, &bytes) == 2) {
		counts->batches += counts->mmu && !counts->task;
		if (counts->mmu)
			counts->bytes += bytes;
		counts->mmu = counts->task = false;
	}
}

/* map_pages - from the start of a page table */
static void map_pages(size_t pages, int flags, int fd)
{
	map = mmap(NULL, pages * 4096 + PMD_SIZE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	need(map != MAP_FAILED, "mmap");
	map += -(unsigned long)map & (PMD_SIZE - 1);
	need(mmap(map, pages * 4096, PROT_READ | PROT_WRITE, flags | MAP_FIXED, fd, 0) == map,
	     "mmap");
	madvise(map, pages * 4096, MADV_NOHUGEPAGE);
}

static void touched(void)
{
	map_pages(PAGES, MAP_PRIVATE | MAP_ANONYMOUS, -1);
	for (size_t i = 0; i < PAGES; i++)
		map[i * 4096] = 1;
}

static void from_file(void)
{
	map_pages(FILE_PAGES, MAP_SHARED, file);
}

static void read_pages(size_t pages)
{
	for (size_t i = 0; i < pages; i++)
		(void)*(volatile char *)(map + i * 4096);
}

/* Without PROT_WRITE, the entries are not writable. */
static void touched_file(void)
{
	map_pages(PAGES, MAP_SHARED, file);
	need(!mprotect(map, PAGES * 4096, PROT_READ), "mprotect");
	read_pages(PAGES);
}

static void written_file(void)
{
	map_pages(PAGES, MAP_SHARED, file);
	for (size_t i = 0; i < PAGES; i++)
		map[i * 4096] = 1;
}

/* Reading maps the zero page. */
static void zero_pages(void)
{
	map_pages(PAGES, MAP_PRIVATE | MAP_ANONYMOUS, -1);
	read_pages(PAGES);
}

/* Without pages. They are writable, and not dirty. */
static void frames(void)
{
	int mem;

	unlink("/mem");
	need(!mknod("/mem", S_IFCHR | 0600, makedev(1, 1)), "mknod");
	mem = open("/mem", O_RDWR | O_CLOEXEC);
	need(mem >= 0, "/dev/mem");
	map = mmap(NULL, VGA_PAGES * 4096, PROT_READ | PROT_WRITE, MAP_SHARED, mem, VGA);
	need(map != MAP_FAILED, "mmap of frames");
}

static void none(void)
{
}

static void twice_mprotect(void)
{
	need(!mprotect(map, PAGES * 4096, PROT_READ), "mprotect");
	need(!mprotect(map, PAGES * 4096, PROT_READ | PROT_WRITE), "mprotect");
}

static void do_fork(void)
{
	pid_t pid = fork();

	need(pid >= 0, "fork");
	if (!pid)
		_exit(0);
}

/* The child is counted, and not the fork: it leaves the pages, and ends. */
static void do_exec(void)
{
	pid_t pid = fork();

	need(pid >= 0, "fork");
	if (!pid) {
		trace_this_task();
		trace_on();
		execl("/proc/self/exe", "hypercalls", "exit", NULL);
		_exit(FAIL);
	}
	need(waitpid(pid, NULL, 0) == pid, "waitpid");
}

static void do_munmap(void)
{
	need(!munmap(map, PAGES * 4096), "munmap");
}

static void unmap_frames(void)
{
	need(!munmap(map, VGA_PAGES * 4096), "munmap");
}

static void dontneed(void)
{
	need(!madvise(map, PAGES * 4096, MADV_DONTNEED), "MADV_DONTNEED");
}

static void clear_soft_dirty(void)
{
	need(write_file(CLEAR_REFS, "4"), CLEAR_REFS);
}

static void read_file_pages(void)
{
	read_pages(FILE_PAGES);
}

static void do_mremap(void)
{
	char *to = mmap(NULL, (PAGES + 1024) * 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	need(to != MAP_FAILED, "mmap");
	to += (-(unsigned long)to & (PMD_SIZE - 1)) + PMD_SIZE / 2;
	need(mremap(map, PAGES * 4096, PAGES * 4096, MREMAP_MAYMOVE | MREMAP_FIXED, to) == to,
	     "mremap");
}

static void many_files(void)
{
	need(dup2(0, SELECT_FILES - 1) >= 0, "dup2");
	map_pages(3 * SELECT_FILES / 8 / 4096, MAP_PRIVATE | MAP_ANONYMOUS, -1);
	for (size_t i = 0; i < 3 * SELECT_FILES / 8; i += 4096)
		((volatile char *)map)[i] = 0;
}

/* vfree() is not deferred in a system call. */
static void do_select(void)
{
	struct timeval now = { };

	need(!select(SELECT_FILES, (void *)map, (void *)(map + SELECT_FILES / 8),
		     (void *)(map + SELECT_FILES / 4), &now), "select");
}

/* The table of 2^20 open files is too large for kmalloc(). */
static void vmalloc_files(void)
{
	need(dup2(0, VMALLOC_PAGES * 512 - 1) >= 0, "dup2");
}

static const struct workload {
	const char *arg, *name;
	void (*before)(void), (*work)(void);
	unsigned int entries, limit;
} workloads[] = {
	{ "mprotect", "two mprotect",	touched, twice_mprotect, 2 * PAGES, 20 },
	{ "fork", "fork",		touched, do_fork, 2 * PAGES, 33 },	/* the child's as well */
	{ "exec", "exec and exit",	touched, do_exec, 0, 50 },	/* no update: the table was unpinned */
	{ "munmap", "munmap",		touched, do_munmap, PAGES, 30 },
	{ "dontneed", "madvise dontneed",	touched, dontneed, PAGES, 30 },
	{ "zero", "munmap of the zero page", zero_pages, do_munmap, PAGES, 30 },
	{ "frames", "munmap of frames", frames, unmap_frames, VGA_PAGES, 30 },
	{ "clean_file", "munmap of clean file pages", touched_file, do_munmap, PAGES, 30 },
	{ "dirty_file", "munmap of dirty file pages", written_file, do_munmap, PAGES, 44 },
	{ "mremap", "mremap", touched, do_mremap, 2 * PAGES, 80 },
	{ "select", "vmalloc and vfree", many_files, do_select, 2 * SELECT_PAGES, 22 },
	{ "clear_refs", "clear soft dirty",	touched, clear_soft_dirty, PAGES, 24 },
	{ "file", "read a mapped file",	from_file, read_file_pages, FILE_PAGES, 20 },
	{ "vmalloc", "vmalloc",		none, vmalloc_files, VMALLOC_PAGES, 40 },
};

static const struct workload *workload;

static int run(void)
{
	const struct sched_param priority = { .sched_priority = 1 };

	workload->before();
	need(!sched_setscheduler(0, SCHED_FIFO, &priority), "SCHED_FIFO");
	trace_this_task();
	trace_on();
	workload->work();
	trace_off();
	memset(counts, 0, sizeof(*counts));
	trace_read(count, NULL);
	counts->direct += counts->set_pte;
	return PASS;
}

/* measure - the least of a few runs; true if it is as it should be */
static bool measure(void)
{
	struct counts best = { };

	for (int i = 0; i < RUNS; i++) {
		if (in_child(run, 60) != PASS)
			return false;
		if (!i || counts->batches + counts->direct < best.batches + best.direct)
			best = *counts;
	}
	note("hypercalls of %s: %u", workload->name, best.batches + best.direct);
	if (best.batches + best.direct > workload->limit) {
		note("%s: more than %u, %u of them direct updates", workload->name,
		     workload->limit, best.direct);
		return false;
	}
	if (best.bytes < workload->entries * 16) {
		note("%s: only %u updates for %u entries", workload->name,
		     best.bytes / 16, workload->entries);
		return false;
	}
	return true;
}

int main(int argc, char **argv)
{
	static const char * const events[] = {
		"xen/xen_mc_entry" TRACE_NO_IRQ, "xen/xen_mc_batch" TRACE_NO_IRQ,
		"xen/xen_mmu_set_pte" TRACE_NO_IRQ, "xen/xen_mc_flush",
	};
	struct rlimit files = { SELECT_FILES, SELECT_FILES };
	bool ok = true, any = false;

	if (argc > 1 && !strcmp(argv[1], "exit"))
		return PASS;	/* see do_exec() */
	if (!xen_pv())
		skip("no Xen PV guest");
	if (!(personality(~0U) & ADDR_NO_RANDOMIZE)) {
		need(personality(ADDR_NO_RANDOMIZE) >= 0, "personality");
		execv("/proc/self/exe", argv);
		fail("cannot execute itself");
	}
	need(sysconf(_SC_PAGESIZE) == 4096, "page size");
	need(write_file("/proc/sys/fs/nr_open", "8388608"), "nr_open");
	need(!setrlimit(RLIMIT_NOFILE, &files), "RLIMIT_NOFILE");
	counts = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	need(counts != MAP_FAILED, "mmap");
	/* in the page cache, for fault-around */
	file = memfd_create("hypercalls", 0);
	need(file >= 0 && !ftruncate(file, PAGES * 4096), "memfd_create");
	for (size_t i = 0; i < PAGES; i++)
		need(pwrite(file, "x", 1, i * 4096) == 1, "write");

	trace_enable(events, sizeof(events) / sizeof(events[0]));
	for (size_t i = 0; i < sizeof(workloads) / sizeof(workloads[0]); i++) {
		workload = &workloads[i];
		if (argc > 1 && strcmp(argv[1], workload->arg))
			continue;
		any = true;
		ok &= measure();
	}
	if (!any)
		fail("there is no '%s'", argv[1]);
	return ok ? PASS : FAIL;
}
