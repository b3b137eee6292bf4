// SPDX-License-Identifier: GPL-2.0
/*
 * section_order - the updates of a section reach Xen before the TLB flush and the unlock
 *
 * Under Xen PV the changes of PTEs in a lazy MMU section are queued. Whoever takes the
 * page table lock next has to find them, and the flush of the TLB for other CPUs reads
 * which CPUs these are: one that comes later would keep old entries. So a section ends
 * before both. The program does one thing after the other for which the kernel has such
 * a section, while a thread keeps the other CPU busy so that its TLB has to be flushed,
 * and reads the order from the kernel's trace events:
 *
 *   - where a page table lock is released (lock:lock_release), no mmu_update is queued
 *     (xen:xen_mc_entry behind the last xen:xen_mc_flush), and no section is open (the
 *     lockdep map "lazy_mmu_section")
 *   - where the TLB of other CPUs is flushed (xen:xen_mmu_flush_tlb_multi), the same; for
 *     addresses of the kernel each CPU flushes its own with an mmuext_op
 *   - and what takes something away from user space ends with a flush of the TLB: behind
 *     the last batch with updates there is one
 *
 * So a kernel that flushes the TLB in a section, or drops the lock in one, fails each
 * time, whether or not another CPU was there to find an old entry. Each thing must have
 * a section. Unless it changes entries by xchg() only, it must also have as many batches
 * of updates as page tables. (One batch shows nothing: to free a page table takes some.)
 * Not here are the sections of which the program cannot make use: for device memory, in
 * the walks of reclaim, and for vmalloc().
 *
 * Where the kernel is no Xen PV guest, the program only does these things. If the kernel has
 * CONFIG_DEBUG_LAZY_MMU, it reports a section that does not end in time, and a report of the
 * kernel is a failure. Skips without that, and under Xen without lockdep. Needs two CPUs.
 */
#include "trace.h"
#include <linux/filter.h>
#include <linux/userfaultfd.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#define PAGES		1200UL
#define TABLES		3	/* page tables that these have, or more */
#define LENGTH		(PAGES * 4096)
#define PMD_SIZE	(2UL << 20)

#define MMU_UPDATE	1	/* __HYPERVISOR_mmu_update */
#define MMUEXT_OP	26	/* __HYPERVISOR_mmuext_op */

#ifndef MADV_COLD
#define MADV_COLD	20
#endif

static char *map, *range;	/* range: where it was before the work */
static bool kernel_range;	/* the work changes addresses of the kernel */
static int file, uffd = -1;

static struct {
	unsigned int sections;
	unsigned int batches;	/* with updates */
	unsigned int flushes;	/* of the TLB of other CPUs */
	unsigned int wrong;
	bool section, queued, stale;
} seen;

static void check(const char *event)
{
	const char *what = seen.section ? "a section is open" : "updates are queued";

	if (!seen.section && !seen.queued)
		return;
	if (seen.wrong++ < 3)
		note("%s at %s", what, event);
}

/* of_range - and not of a page that was copied on write, say */
static bool of_range(const char *text)
{
	unsigned long addr = 0, end = 0;

	text = strstr(text, "addr ");
	if (!text || sscanf(text, "addr %lx, end %lx", &addr, &end) != 2)
		fail("xen_mmu_flush_tlb_multi has another form");
	return end == ~0UL || (end > (unsigned long)range && addr < (unsigned long)range + LENGTH);
}

static void look(const char *event, __unused void *arg)
{
	const char *text;

	if ((text = trace_event(event, "xen_mc_entry"))) {
		unsigned long op = strtoul(text + strlen("op "), NULL, 10);

		if (op == MMUEXT_OP && kernel_range) {
			check(event);
			seen.stale = false;
		}
		seen.queued |= op == MMU_UPDATE;
	} else if (trace_event(event, "xen_mc_flush")) {
		seen.batches += seen.queued;
		seen.stale |= seen.queued;
		seen.queued = false;
	} else if ((text = trace_event(event, "xen_mmu_flush_tlb_multi"))) {
		check(event);
		if (of_range(text)) {
			seen.flushes++;
			seen.stale = false;
		}
	} else if ((text = trace_event(event, "lock_acquire"))) {
		if (strstr(text, "lazy_mmu_section")) {
			seen.sections++;
			seen.section = true;
		}
	} else if ((text = trace_event(event, "lock_release"))) {
		if (strstr(text, "lazy_mmu_section"))
			seen.section = false;
		else
			check(event);
	}
}

static void anonymous(void)
{
	map = mmap(NULL, LENGTH, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	need(map != MAP_FAILED, "mmap");
	madvise(map, LENGTH, MADV_NOHUGEPAGE);
	for (size_t i = 0; i < LENGTH; i += 4096)
		map[i] = 1;
}

static void mapped_file(void)
{
	map = mmap(NULL, LENGTH, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
	need(map != MAP_FAILED, "mmap");
}

static void written_file(void)
{
	mapped_file();
	for (size_t i = 0; i < LENGTH; i += 4096)
		map[i] = 1;
}


/* write protection of which nobody is told: what PAGEMAP_SCAN needs */
static void write_protectable(void)
{
	struct uffdio_register reg = { .mode = UFFDIO_REGISTER_MODE_WP };

	anonymous();
	reg.range.start = (unsigned long)map;
	reg.range.len = LENGTH;
	need(!ioctl(uffd, UFFDIO_REGISTER, &reg), "UFFDIO_REGISTER");
}

/* an address at which mremap() cannot take over whole page tables */
static char *odd_place(void)
{
	char *p = mmap(NULL, LENGTH + 2 * PMD_SIZE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	need(p != MAP_FAILED, "mmap");
	p += -(unsigned long)p & (PMD_SIZE - 1);
	return p + ((unsigned long)map + 4096) % PMD_SIZE;
}

static char *other;

static void two_places(void)
{
	anonymous();
	other = odd_place();
}

static void destination(void)
{
	struct uffdio_register reg = { .mode = UFFDIO_REGISTER_MODE_MISSING };

	anonymous();
	other = mmap(NULL, LENGTH, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	need(other != MAP_FAILED, "mmap");
	reg.range.start = (unsigned long)other;
	reg.range.len = LENGTH;
	need(!ioctl(uffd, UFFDIO_REGISTER, &reg), "UFFDIO_REGISTER");
}

static void read_only(void)
{
	need(!mprotect(map, LENGTH, PROT_READ), "mprotect");
}

static void writable(void)
{
	need(!mprotect(map, LENGTH, PROT_READ | PROT_WRITE), "mprotect");
}

static void protected(void)
{
	anonymous();
	read_only();
}

static void do_fork(void)
{
	pid_t pid = fork();

	need(pid >= 0, "fork");
	if (!pid)
		_exit(0);
}

static void soft_dirty(void)
{
	need(write_file("/proc/self/clear_refs", "4"), "clear_refs");
}

static void pagemap_scan(void)
{
	static struct { uint64_t start, end, categories; } regions[PAGES];
	struct pm_scan_arg {
		uint64_t size, flags, start, end, walk_end, vec, vec_len, max_pages;
		uint64_t inverted, mask, anyof_mask, return_mask;
	} arg = {
		.size = sizeof(arg), .flags = 1 | 2,	/* PM_SCAN_WP_MATCHING, _CHECK_WPASYNC */
		.start = (unsigned long)map, .end = (unsigned long)map + LENGTH,
		.vec = (unsigned long)regions, .vec_len = PAGES,
		.mask = 1 << 1, .return_mask = 1 << 1,	/* PAGE_IS_WRITTEN */
	};
	int pagemap = open("/proc/self/pagemap", O_RDONLY);

	need(ioctl(pagemap, _IOWR('f', 16, struct pm_scan_arg), &arg) > 0, "PAGEMAP_SCAN");
	close(pagemap);
}

static void move_pages(void)
{
	need(mremap(map, LENGTH, LENGTH, MREMAP_MAYMOVE | MREMAP_FIXED, other) == other, "mremap");
	map = other;
}

static void uffd_move(void)
{
	struct uffdio_move {
		uint64_t dst, src, len, mode;
		int64_t move;
	} arg = { .dst = (unsigned long)other, .src = (unsigned long)map, .len = LENGTH };

	need(!ioctl(uffd, _IOWR(0xAA, 5, struct uffdio_move), &arg), "UFFDIO_MOVE");
}

static void advise(int advice)
{
	need(!madvise(map, LENGTH, advice), "madvise");
}

static void lazy_free(void)
{
	advise(MADV_FREE);
}

static void cold(void)
{
	advise(MADV_COLD);
}

static void dontneed(void)
{
	advise(MADV_DONTNEED);
}

static void unmap(void)
{
	need(!munmap(map, LENGTH), "munmap");
}

static void read_pages(void)
{
	for (size_t i = 0; i < LENGTH; i += 4096)
		(void)*(volatile char *)(map + i);
}

/* The kernel makes its copy of the filter read-only. */
static void attach_filter(void)
{
	struct sock_filter code[] = { BPF_STMT(BPF_RET | BPF_K, 0) };
	struct sock_fprog program = { 1, code };
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	need(fd >= 0, "socket");
	need(!setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof(program)),
	     "SO_ATTACH_FILTER");
	close(fd);
}

static const struct {
	const char *name;
	void (*before)(void), (*work)(void);
	bool queues;		/* and does not only change entries by xchg() */
	bool flush;		/* of the TLB, behind the last update */
} cases[] = {
	{ "mprotect to read-only",	anonymous, read_only, true, true },
	{ "mprotect to writable",	protected, writable, true, false },
	{ "fork",			anonymous, do_fork, true, true },
	{ "clear soft-dirty bits",	anonymous, soft_dirty, true, true },
	{ "PAGEMAP_SCAN",		write_protectable, pagemap_scan, true, true },
	{ "mremap",			two_places, move_pages, true, true },
	{ "UFFDIO_MOVE",		destination, uffd_move, true, true },
	{ "MADV_FREE",			anonymous, lazy_free, true, true },
	{ "MADV_COLD",			anonymous, cold, false, true },
	{ "MADV_DONTNEED",		anonymous, dontneed, true, true },
	{ "MADV_DONTNEED of a file",	written_file, dontneed, true, true },
	{ "munmap",			anonymous, unmap, true, true },
	{ "munmap of a file",		written_file, unmap, true, true },
	{ "read a mapped file",		mapped_file, read_pages, true, false },
	{ "attach a filter to a socket", anonymous, attach_filter, false, true },
};

static atomic_bool end, spins;

static void *spin(__unused void *arg)
{
	need(run_on(0, 1), "two CPUs");
	spins = true;
	while (!end)
		;
	return NULL;
}

static int child(void)
{
	const struct sched_param priority = { .sched_priority = 1 };
	struct uffdio_api api = { .api = UFFD_API, .features = 1 << 15 | 1 << 16 };	/* WP_ASYNC, MOVE */
	bool ok = true;
	pthread_t thread;

	uffd = syscall(SYS_userfaultfd, O_CLOEXEC);
	need(uffd >= 0 && !ioctl(uffd, UFFDIO_API, &api), "userfaultfd");
	file = memfd_create("section_order", 0);
	need(file >= 0 && !ftruncate(file, LENGTH), "memfd_create");
	for (size_t i = 0; i < LENGTH; i += 4096)
		need(pwrite(file, "x", 1, i) == 1, "write");
	need(run_on(0, 0), "two CPUs");
	need(!pthread_create(&thread, NULL, spin, NULL), "pthread_create");
	while (!spins)
		usleep(1000);
	/* to switch to another task takes an mmuext_op as well */
	need(!sched_setscheduler(0, SCHED_FIFO, &priority), "SCHED_FIFO");

	if (xen_pv())
		trace_this_task();
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const char *why = NULL;

		cases[i].before();
		range = map;
		kernel_range = cases[i].work == attach_filter;
		if (!xen_pv()) {
			cases[i].work();
			munmap(map, LENGTH);
			continue;
		}
		trace_on();
		cases[i].work();
		trace_off();
		memset(&seen, 0, sizeof(seen));
		trace_read(look, NULL);
		note("%s: %u sections, %u batches, %u flushes of the TLB", cases[i].name,
		     seen.sections, seen.batches, seen.flushes);
		if (seen.wrong)
			why = "the section does not end first";
		else if (!seen.sections || (cases[i].queues && seen.batches < TABLES))
			why = "no section, or not a batch for each page table";
		else if (cases[i].flush && seen.stale)
			why = "no flush of the TLB behind the last update";
		if (why)
			note("%s: %s (%u times)", cases[i].name, why, seen.wrong);
		ok &= !why;
		munmap(map, LENGTH);
	}
	end = true;
	need(!pthread_join(thread, NULL), "pthread_join");
	return ok ? PASS : FAIL;
}

/* kernel_watches - has the kernel CONFIG_DEBUG_LAZY_MMU? */
static bool kernel_watches(void)
{
	FILE *symbols = fopen("/proc/kallsyms", "re");
	bool found = false;
	char line[512];

	while (symbols && !found && fgets(line, sizeof(line), symbols))
		found = strstr(line, " lazy_mmu_debug_store\n");
	if (symbols)
		fclose(symbols);
	return found;
}

/*
 * kernel_reported - a report of it since the machine was booted, because it reports each pair of
 * places once; or since init has set a mutant, if it has
 */
static bool kernel_reported(void)
{
	int fd = open("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	char line[2048], report[2048] = "";
	ssize_t n;

	need(fd >= 0, "/dev/kmsg");
	while ((n = read(fd, line, sizeof(line) - 1)) > 0 || (n < 0 && errno == EPIPE)) {
		line[n > 0 ? n : 0] = '\0';
		if (strstr(line, "# lazy_mmu_mutant: "))
			report[0] = '\0';
		else if (strstr(line, "BUG: lazy_mmu: "))
			strcpy(report, line);
	}
	close(fd);
	if (report[0])
		note("the kernel reports %.*s", (int)strcspn(report, "\n"), report);
	return report[0];
}

int main(void)
{
	static const char * const events[] = {
		"xen/xen_mc_entry" TRACE_NO_IRQ, "xen/xen_mc_flush", "xen/xen_mmu_flush_tlb_multi",
		"lock/lock_acquire name == \"lazy_mmu_section\"",
		"lock/lock_release name == \"lazy_mmu_section\" || name == \"ptlock_ptr(ptdesc)\"",
	};
	int result;

	need(sysconf(_SC_PAGESIZE) == 4096, "page size");
	if (xen_pv()) {
		if (access(TRACING "events/lock/lock_release", F_OK))
			skip("no lockdep");
		trace_enable(events, sizeof(events) / sizeof(events[0]));
	} else if (!kernel_watches()) {
		skip("no Xen PV guest, and no CONFIG_DEBUG_LAZY_MMU");
	}
	result = in_child(child, 120);
	return result == PASS && !xen_pv() && kernel_reported() ? FAIL : result;
}
