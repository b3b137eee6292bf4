// SPDX-License-Identifier: GPL-2.0
/*
 * zap_gone - what MADV_DONTNEED and munmap() take away is gone, for each thread
 *
 * Writes to pages of a few page tables, while a second thread reads them, so that its
 * CPU has them in its TLB. After MADV_DONTNEED of those in the middle both threads
 * must read 0 there and the old values around, and after munmap() a read must fault.
 * Fails if the kernel returns before a cleared entry has taken effect.
 */
#include "guest.h"
#include <pthread.h>
#include <setjmp.h>
#include <stdatomic.h>
#include <sys/mman.h>

#define PAGES	1500	/* of three page tables or more */
#define FROM	100
#define TO	1400

static volatile int *mem;
static size_t page;
static atomic_int gone, seen;
static sigjmp_buf back;

static volatile int *word(int i)
{
	return (volatile int *)((char *)mem + i * page);
}

/* the number of pages that are not as they should be */
static int wrong(void)
{
	int n = 0;

	for (int i = 0; i < PAGES; i++)
		n += *word(i) != (i >= FROM && i < TO ? 0 : i + 1);
	return n;
}

static void *reader(__unused void *arg)
{
	static int n;

	while (!gone)
		for (int i = 0; i < PAGES; i++) {
			n += *word(i);
			if (i == PAGES - 1)
				seen = 1;
		}
	n = wrong();
	return &n;
}

static void on_fault(__unused int sig)
{
	siglongjmp(back, 1);
}

static bool faults(int i)
{
	if (sigsetjmp(back, 1))
		return true;
	(void)*word(i);
	return false;
}

int main(void)
{
	struct sigaction sa = { .sa_handler = on_fault };
	pthread_t thread;
	void *theirs;
	int ours, faulted = 0;

	page = sysconf(_SC_PAGESIZE);
	mem = mmap(NULL, PAGES * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	need(mem != MAP_FAILED, "mmap");
	madvise((void *)mem, PAGES * page, MADV_NOHUGEPAGE);
	for (int i = 0; i < PAGES; i++)
		*word(i) = i + 1;
	need(!pthread_create(&thread, NULL, reader, NULL), "pthread_create");
	while (!seen)
		usleep(1000);

	need(!madvise((void *)word(FROM), (TO - FROM) * page, MADV_DONTNEED), "MADV_DONTNEED");
	gone = 1;
	ours = wrong();
	need(!pthread_join(thread, &theirs), "pthread_join");
	if (ours || *(int *)theirs)
		fail("after MADV_DONTNEED: %d and %d of %d pages are wrong", ours, *(int *)theirs, PAGES);

	for (int i = FROM; i < TO; i++)
		*word(i) = i + 1;
	need(!sigaction(SIGSEGV, &sa, NULL), "sigaction");
	need(!munmap((void *)word(FROM), (TO - FROM) * page), "munmap");
	for (int i = FROM; i < TO; i++)
		faulted += faults(i);
	if (faulted != TO - FROM)
		fail("after munmap(): %d of %d pages do not fault", TO - FROM - faulted, TO - FROM);
	return PASS;
}
