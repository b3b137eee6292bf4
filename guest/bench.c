// SPDX-License-Identifier: GPL-2.0
/*
 * bench - what a process does to its page tables, to be counted from outside
 *
 * Runs each workload RUNS times between two calls of benchmark_clock() and prints
 * "NAME x N: T ns", the shortest, like the benchmark in mm/tests: N is the number of
 * pages, or of times. All pages are small ones and have been written to; a file is
 * in the page cache. Passes if it gets to the end.
 */
#include "guest.h"
#include <sys/mman.h>

#define RUNS	9

static size_t page;
static int file;

/* At an address where no other program is likely to have the start of an instruction. */
static __attribute__((noinline, aligned(4096))) unsigned long long benchmark_clock(void)
{
	struct timespec ts;

	/* a label, as elsewhere the name of a function may be that of a descriptor */
	asm volatile(".globl benchmark_here\nbenchmark_here:");
	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000000000ULL + ts.tv_nsec;
}

static char *map(size_t pages, int fd, int flags)
{
	char *p = mmap(NULL, pages * page, PROT_READ | PROT_WRITE, flags, fd, 0);

	need(p != MAP_FAILED, "mmap");
	madvise(p, pages * page, MADV_NOHUGEPAGE);
	return p;
}

static char *touched(size_t pages)
{
	char *p = map(pages, -1, MAP_PRIVATE | MAP_ANONYMOUS);

	for (size_t i = 0; i < pages; i++)
		p[i * page] = 1;
	return p;
}

static void twice_mprotect(char *p, size_t pages)
{
	need(!mprotect(p, pages * page, PROT_READ), "mprotect");
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

static void fork_exit(__unused char *p, __unused size_t pages)
{
	pid_t pid = fork();

	need(pid >= 0, "fork");
	if (!pid)
		_exit(0);
	need(waitpid(pid, NULL, 0) == pid, "waitpid");
}

static void read_file_pages(char *p, size_t pages)
{
	for (size_t i = 0; i < pages; i++)
		(void)*(volatile char *)(p + i * page);
}

static void bench(const char *name, size_t pages, void (*work)(char *p, size_t pages), bool from_file)
{
	unsigned long long best = ~0ULL, t;

	for (int i = 0; i < RUNS; i++) {
		char *p = from_file ? map(pages, file, MAP_SHARED) : touched(pages);

		t = benchmark_clock();
		work(p, pages);
		t = benchmark_clock() - t;
		if (t < best)
			best = t;
		munmap(p, pages * page);
	}
	note("%s x %zu: %llu ns", name, pages, best);
}

#define CLEAR_REFS "/proc/self/clear_refs"

static void clear_soft_dirty(__unused char *p, __unused size_t pages)
{
	need(write_file(CLEAR_REFS, "4"), CLEAR_REFS);
}

int main(void)
{
	page = sysconf(_SC_PAGESIZE);
	file = open("/tmp/file", O_RDWR | O_CREAT | O_TRUNC, 0600);
	need(file >= 0 && !ftruncate(file, 256 * page), "/tmp/file");
	for (size_t i = 0; i < 256; i++)
		need(pwrite(file, "x", 1, i * page) == 1, "write");

	bench("2 mprotect()", 1, twice_mprotect, false);
	bench("2 mprotect()", 4096, twice_mprotect, false);
	bench("munmap()", 1, unmap, false);
	bench("munmap()", 4096, unmap, false);
	bench("MADV_DONTNEED", 4096, dontneed, false);
	bench("fork() and exit", 1, fork_exit, false);
	bench("fork() and exit", 4096, fork_exit, false);
	bench("read a mapped file", 256, read_file_pages, true);
	/* where the kernel has soft-dirty bits */
	if (write_file(CLEAR_REFS, "4"))
		bench("clear soft-dirty bits", 4096, clear_soft_dirty, false);
	return PASS;
}
