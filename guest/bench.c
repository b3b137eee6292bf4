// SPDX-License-Identifier: GPL-2.0
/*
 * bench - what a process does to its page tables, to be counted from outside
 *
 * Runs each workload a few times between two calls of benchmark_clock() and prints
 * "NAME x N: T ns", the shortest, like the benchmark in mm/tests: N is the number of
 * pages, or of times. All pages are small ones, from the start of a page table; a file is in
 * the page cache. Some workloads need the module and the program of tools/programs bench, or
 * a PV guest of Xen that can balloon: elsewhere, they are left out. With the argument
 * "scale", runs some of them with 1 to 65536 pages; with "cpus", one in a thread on each CPU,
 * and N is what each of them has. Passes if it gets to the end.
 */
#include "guest.h"
#include <pthread.h>
#include <sys/mman.h>
#include <sys/syscall.h>

#define TABLE	(page * page / 8)	/* what a page table maps */
#define FILE_PAGES	4096
#define MODULE	"/lib/lazy_mmu_bench.ko"
#define COMMAND	"/proc/lazy_mmu_bench"
#define DYNAMIC	"/bin/dynamic"
#define BALLOON	"/sys/devices/system/xen_memory/xen_memory0/"
#define CLEAR_REFS	"/proc/self/clear_refs"

#define MAX_THREADS	8

static size_t page, cpus;
static int file, runs = 9;
static pthread_mutex_t map_lock = PTHREAD_MUTEX_INITIALIZER;

/* At an address where no other program is likely to have the start of an instruction. */
static __attribute__((noinline, aligned(4096))) unsigned long long benchmark_clock(void)
{
	struct timespec ts;

	/* a label, as elsewhere the name of a function may be that of a descriptor */
	asm volatile(".globl benchmark_here\nbenchmark_here:");
	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000000000ULL + ts.tv_nsec;
}

/* ---- What there is before the workload ---- */

static char *map(size_t pages, int prot, int flags, int fd)
{
	/* room to move to is behind it */
	size_t size = pages * page, room = 6 * size + 2 * TABLE;
	char *p;

	pthread_mutex_lock(&map_lock);
	p = mmap(NULL, room, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	need(p != MAP_FAILED, "mmap");
	munmap(p, room);
	p += -(unsigned long)p & (TABLE - 1);
	need(mmap(p, size, prot, flags | MAP_FIXED, fd, 0) == p, "mmap");
	pthread_mutex_unlock(&map_lock);
	madvise(p, size, MADV_NOHUGEPAGE);
	return p;
}

static char *read_each(char *p, size_t pages)
{
	for (size_t i = 0; i < pages; i++)
		(void)*(volatile char *)(p + i * page);
	return p;
}

static char *write_each(char *p, size_t pages)
{
	for (size_t i = 0; i < pages; i++)
		p[i * page] = 1;
	return p;
}

static char *none(__unused size_t pages)
{
	return NULL;
}

static char *anonymous(size_t pages)
{
	return write_each(map(pages, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1), pages);
}

static char *zero_page(size_t pages)
{
	return read_each(map(pages, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1), pages);
}

static char *untouched(size_t pages)
{
	return map(pages, PROT_READ | PROT_WRITE, MAP_SHARED, file);
}

static char *readonly_clean(size_t pages)
{
	return read_each(map(pages, PROT_READ, MAP_SHARED, file), pages);
}

static char *writable_clean(size_t pages)
{
	return read_each(untouched(pages), pages);
}

static char *writable_dirty(size_t pages)
{
	return write_each(untouched(pages), pages);
}

static char *readonly_dirty(size_t pages)
{
	char *p = writable_dirty(pages);

	need(!mprotect(p, pages * page, PROT_READ), "mprotect");
	return p;
}

static void command(const char *fmt, size_t n)
{
	char text[32];

	snprintf(text, sizeof(text), fmt, n);
	need(write_file(COMMAND, text), text);
}

static char *pfnmap(size_t pages)
{
	int fd = open(COMMAND, O_RDWR);
	char *p = map(pages, PROT_READ | PROT_WRITE, MAP_SHARED, fd);

	close(fd);
	return p;
}

static char *allocated(size_t pages)
{
	command("vmalloc %zu", pages);
	return NULL;
}

/* ---- The workloads ---- */

static void twice_mprotect(char *p, size_t pages)
{
	need(!mprotect(p, pages * page, PROT_READ), "mprotect");
	need(!mprotect(p, pages * page, PROT_READ | PROT_WRITE), "mprotect");
}

static void no_access_and_back(char *p, size_t pages)
{
	need(!mprotect(p, pages * page, PROT_NONE), "mprotect");
	need(!mprotect(p, pages * page, PROT_READ | PROT_WRITE), "mprotect");
}

static void unmap(char *p, size_t pages)
{
	need(!munmap(p, pages * page), "munmap");
}

static void dontneed(char *p, size_t pages)
{
	need(!madvise(p, pages * page, MADV_DONTNEED), "MADV_DONTNEED");
}

static void madv_free(char *p, size_t pages)
{
	need(!madvise(p, pages * page, MADV_FREE), "MADV_FREE");
}

/* move - behind where it was, and off pages behind the start of a page table */
static void move(char *p, size_t pages, size_t off)
{
	size_t size = pages * page;
	char *to = p + 2 * size + off * page;

	need(mremap(p, size, size, MREMAP_MAYMOVE | MREMAP_FIXED, to) == to, "mremap");
}

static void move_entries(char *p, size_t pages)
{
	move(p, pages, 1);
}

static void move_tables(char *p, size_t pages)
{
	move(p, pages, 0);
}

static void fork_exit(__unused char *p, __unused size_t pages)
{
	pid_t pid = fork();

	need(pid >= 0, "fork");
	if (!pid)
		_exit(0);
	need(waitpid(pid, NULL, 0) == pid, "waitpid");
}

static void fork_exec(__unused char *p, size_t times)
{
	for (size_t i = 0; i < times; i++) {
		int status;
		pid_t pid = fork();

		need(pid >= 0, "fork");
		if (!pid) {
			execl(DYNAMIC, DYNAMIC, NULL);
			_exit(127);
		}
		need(waitpid(pid, &status, 0) == pid && !status, DYNAMIC);
	}
}

static void read_file_pages(char *p, size_t pages)
{
	read_each(p, pages);
}

static void clear_soft_dirty(__unused char *p, __unused size_t pages)
{
	need(write_file(CLEAR_REFS, "4"), CLEAR_REFS);
}

static void vmalloc_pages(__unused char *p, size_t pages)
{
	command("vmalloc %zu", pages);
}

static void vfree_pages(__unused char *p, __unused size_t pages)
{
	command("vfree", 0);
}

/* mixed - what a program that forks much, and a garbage collector, do */
static void mixed(__unused char *p, size_t times)
{
	size_t pages = 128, size = pages * page;

	for (size_t i = 0; i < times; i++) {
		char *a = anonymous(pages), *to = a + 4 * size + page;
		pid_t pid = fork();

		need(pid >= 0, "fork");
		if (!pid) {
			write_each(a, pages / 4);
			munmap(a, size / 2);
			_exit(0);
		}
		need(mremap(a, size, size, MREMAP_MAYMOVE | MREMAP_FIXED, to) == to, "mremap");
		twice_mprotect(to, pages);
		dontneed(to, pages / 2);
		need(waitpid(pid, NULL, 0) == pid, "waitpid");
		unmap(to, pages);
	}
}

static bool load_module(void)
{
	int fd = open(MODULE, O_RDONLY | O_CLOEXEC);
	bool ok = fd >= 0 && !syscall(SYS_finit_module, fd, "", 0);

	if (fd >= 0)
		close(fd);
	return ok;
}

static void remove_module(void)
{
	need(!syscall(SYS_delete_module, "lazy_mmu_bench", O_NONBLOCK), "delete_module");
}

static void load_and_remove(__unused char *p, __unused size_t times)
{
	need(load_module(), MODULE);
	remove_module();
}

static long kilobytes(const char *path)
{
	char text[32];

	return read_file(path, text, sizeof(text)) ? atol(text) : 0;
}

/* balloon - change what the domain has by some pages, and wait until a thread has done it */
static void balloon(long change)
{
	long goal = kilobytes(BALLOON "target_kb") + change * (long)(page / 1024);
	char text[32];

	snprintf(text, sizeof(text), "%ld", goal);
	need(write_file(BALLOON "target_kb", text), BALLOON);
	for (int i = 0; kilobytes(BALLOON "info/current_kb") != goal; i++) {
		if (i == 3000)
			fail("the balloon stopped at %ld of %ld KiB", kilobytes(BALLOON "info/current_kb"), goal);
		usleep(10000);
	}
}

static void inflate(__unused char *p, size_t pages)
{
	balloon(-(long)pages);
}

static void deflate(__unused char *p, size_t pages)
{
	balloon(pages);
}

static char *inflated(size_t pages)
{
	inflate(NULL, pages);
	return NULL;
}

/* ---- A thread on each CPU, each with its own pages ---- */

static pthread_t threads[MAX_THREADS];
static pthread_barrier_t barrier;
static size_t thread_pages;

static void *thread(void *n)
{
	char *p;

	need(run_on(0, (size_t)n), "sched_setaffinity");
	p = anonymous(thread_pages);
	for (int i = 0; i < 3; i++) {	/* ready, begin, done */
		if (i == 2)
			unmap(p, thread_pages);
		pthread_barrier_wait(&barrier);
	}
	return NULL;
}

static char *start_threads(size_t pages)
{
	thread_pages = pages;
	pthread_barrier_init(&barrier, NULL, cpus + 1);
	for (size_t i = 0; i < cpus; i++)
		need(!pthread_create(&threads[i], NULL, thread, (void *)i), "pthread_create");
	pthread_barrier_wait(&barrier);
	return NULL;
}

static void run_threads(__unused char *p, __unused size_t pages)
{
	pthread_barrier_wait(&barrier);
	pthread_barrier_wait(&barrier);
}

static void end_threads(__unused char *p, __unused size_t pages)
{
	for (size_t i = 0; i < cpus; i++)
		pthread_join(threads[i], NULL);
	pthread_barrier_destroy(&barrier);
}

/* ---- The list ---- */

enum what { ALWAYS, SOFT_DIRTY, THE_MODULE, THE_PROGRAM, XEN_BALLOON };

static const struct workload {
	const char *name;
	size_t n;
	char *(*before)(size_t n);
	void (*work)(char *p, size_t n);
	void (*after)(char *p, size_t n);	/* beside munmap() */
	enum what needs;
} workloads[] = {
	{ "2 mprotect()", 1, anonymous, .work = twice_mprotect },
	{ "2 mprotect()", 4096, anonymous, .work = twice_mprotect },
	{ "mprotect() to PROT_NONE and back", 4096, anonymous, .work = no_access_and_back },
	{ "munmap()", 1, anonymous, .work = unmap },
	{ "munmap()", 4096, anonymous, .work = unmap },
	{ "MADV_DONTNEED", 4096, anonymous, .work = dontneed },
	{ "MADV_FREE", 4096, anonymous, .work = madv_free },
	{ "fork() and exit", 1, anonymous, .work = fork_exit },
	{ "fork() and exit", 4096, anonymous, .work = fork_exit },
	{ "munmap() of file, read-only and clean", 4096, readonly_clean, .work = unmap },
	{ "munmap() of file, read-only and dirty", 4096, readonly_dirty, .work = unmap },
	{ "munmap() of file, writable and clean", 4096, writable_clean, .work = unmap },
	{ "munmap() of file, writable and dirty", 4096, writable_dirty, .work = unmap },
	{ "MADV_DONTNEED of file, read-only and clean", 4096, readonly_clean, .work = dontneed },
	{ "MADV_DONTNEED of file, read-only and dirty", 4096, readonly_dirty, .work = dontneed },
	{ "MADV_DONTNEED of file, writable and clean", 4096, writable_clean, .work = dontneed },
	{ "MADV_DONTNEED of file, writable and dirty", 4096, writable_dirty, .work = dontneed },
	{ "munmap() of the zero page", 512, zero_page, .work = unmap },
	{ "munmap() of the zero page", 4096, zero_page, .work = unmap },
	{ "MADV_DONTNEED of the zero page", 4096, zero_page, .work = dontneed },
	{ "munmap() of a PFNMAP", 512, pfnmap, unmap, .needs = THE_MODULE },
	{ "munmap() of a PFNMAP", 4096, pfnmap, unmap, .needs = THE_MODULE },
	{ "mremap(), page by page", 4096, anonymous, .work = move_entries },
	{ "mremap() of whole page tables", 4096, anonymous, .work = move_tables },
	{ "read a mapped file", 256, untouched, .work = read_file_pages },
	{ "clear soft-dirty bits", 4096, anonymous, clear_soft_dirty, .needs = SOFT_DIRTY },
	{ "vmalloc()", 512, none, vmalloc_pages, vfree_pages, THE_MODULE },
	{ "vmalloc()", 4096, none, vmalloc_pages, vfree_pages, THE_MODULE },
	{ "vfree()", 512, allocated, vfree_pages, .needs = THE_MODULE },
	{ "vfree()", 4096, allocated, vfree_pages, .needs = THE_MODULE },
	{ "fork(), exec of ten libraries, exit", 1, none, fork_exec, .needs = THE_PROGRAM },
	{ "loop of fork(), mremap() and others", 20, none, .work = mixed },
	{ "load and remove a module", 1, none, load_and_remove, .needs = THE_MODULE },
	{ "balloon, give pages back", 16384, none, inflate, deflate, XEN_BALLOON },
	{ "balloon, take pages", 16384, inflated, deflate, .needs = XEN_BALLOON },
}, scale[] = {
	{ "munmap()", 0, anonymous, .work = unmap },
	{ "fork() and exit", 0, anonymous, .work = fork_exit },
	{ "vmalloc()", 0, none, vmalloc_pages, vfree_pages, THE_MODULE },
	{ "vfree()", 0, allocated, vfree_pages, .needs = THE_MODULE },
}, on_each_cpu = { "munmap() on each CPU", 0, start_threads, run_threads, end_threads, ALWAYS };

static bool there_is(enum what what)
{
	switch (what) {
	case SOFT_DIRTY:	return write_file(CLEAR_REFS, "4");
	case THE_MODULE:	return !access(MODULE, R_OK);
	case THE_PROGRAM:	return !access(DYNAMIC, X_OK);
	case XEN_BALLOON:	return !access(BALLOON "target_kb", W_OK);
	default:		return true;
	}
}

static void bench(const struct workload *w, size_t n)
{
	unsigned long long best = ~0ULL, t;
	bool module = w->needs == THE_MODULE && w->work != load_and_remove;

	if (!there_is(w->needs))
		return;
	need(!module || load_module(), MODULE);
	for (int i = 0; i < runs; i++) {
		char *p = w->before(n);

		t = benchmark_clock();
		w->work(p, n);
		t = benchmark_clock() - t;
		if (t < best)
			best = t;
		if (p)
			munmap(p, (3 * n + 1) * page);	/* where it may have moved, too */
		if (w->after)
			w->after(p, n);
	}
	if (module)
		remove_module();
	note("%s x %zu: %llu ns", w->name, n, best);
}

#define COUNT(a)	(sizeof(a) / sizeof((a)[0]))

int main(int argc, char **argv)
{
	page = sysconf(_SC_PAGESIZE);
	file = open("/tmp/file", O_RDWR | O_CREAT | O_TRUNC, 0600);
	need(file >= 0 && !ftruncate(file, FILE_PAGES * page), "/tmp/file");
	for (size_t i = 0; i < FILE_PAGES; i++)
		need(pwrite(file, "x", 1, i * page) == 1, "write");

	cpus = sysconf(_SC_NPROCESSORS_ONLN);
	need(cpus <= MAX_THREADS, "too many CPUs");
	if (argc > 1 && !strcmp(argv[1], "cpus")) {
		for (size_t pages = 64; pages <= 4096; pages *= 64)
			bench(&on_each_cpu, pages);
	} else if (argc > 1 && !strcmp(argv[1], "scale")) {
		runs = 3;
		for (size_t i = 0; i < COUNT(scale); i++)
			for (size_t pages = 1; pages <= 65536; pages *= 4)
				bench(&scale[i], pages);
	} else {
		for (size_t i = 0; i < COUNT(workloads); i++)
			bench(&workloads[i], workloads[i].n);
	}
	return PASS;
}
