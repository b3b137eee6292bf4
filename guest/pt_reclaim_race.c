// SPDX-License-Identifier: GPL-2.0
/*
 * pt_reclaim_race - two MADV_DONTNEED must not free the same page table twice
 *
 * Two threads on two CPUs, over and over: fill one aligned 2 MiB of memory, then
 * both drop it at once with MADV_DONTNEED, which with CONFIG_PT_RECLAIM frees the
 * page table too. One that clears the pmd inside a lazy MMU section and drops
 * the pmd lock before the store takes effect (Xen PV) lets the other see the
 * stale pmd and free the table again: VM_BUG_ON_PAGE() in tlb_remove_table_rcu().
 *
 * The window is short. A kernel with tests/mutants.patch and lazy_mmu_hazards=1
 * widens it for threads of the names that these have: the thread reclaim-B fails
 * to take the fast path and waits 10 ms before it looks at the pmd again,
 * reclaim-A holds the page-table lock for 20 ms after it cleared the pmd. With
 * that the first round decides; without, this is a stress test.
 *
 * Runs ROUNDS rounds (first argument, 20) or for SECONDS (second argument, 20),
 * whichever ends first. Passes if the threads and their mm came to an end and the
 * kernel logged no BUG, WARNING or the like. Skips with one CPU, and where
 * MADV_DONTNEED frees no page table (no CONFIG_PT_RECLAIM). Needs /dev/kmsg.
 */
#include "guest.h"
#include <pthread.h>
#include <sys/mman.h>
#include <sys/prctl.h>

#define PMD_SIZE	(2UL << 20)
#define HAZARDS		"/sys/module/kernel/parameters/lazy_mmu_hazards"

static unsigned int rounds = 20, limit = 20, done;
static pthread_barrier_t barrier;
static bool delays, stop;
static int cpus[2];
static char *map;

/* VmPTE: page tables of this process, in kB */
static unsigned long page_tables(void)
{
	char status[4096], *p;

	need(read_file("/proc/self/status", status, sizeof(status)), "/proc/self/status");
	p = strstr(status, "VmPTE:");
	need(p, "VmPTE");
	return strtoul(p + 6, NULL, 10);
}

static void fill(void)
{
	for (size_t i = 0; i < PMD_SIZE; i += 4096)
		map[i] = 1;
}

static void *reclaim(void *arg)
{
	bool is_a = !arg;

	need(run_on(0, cpus[!is_a]), "sched_setaffinity");
	prctl(PR_SET_NAME, is_a ? "reclaim-A" : "reclaim-B");

	while (!stop) {
		if (is_a)
			fill();
		pthread_barrier_wait(&barrier);
		/* With the delays B is to come first, and A within its 10 ms. */
		if (is_a && delays)
			usleep(3000);
		need(!madvise(map, PMD_SIZE, MADV_DONTNEED), "MADV_DONTNEED");
		pthread_barrier_wait(&barrier);
		if (is_a) {
			done++;
			stop = done >= rounds || seconds() > limit;
		}
		pthread_barrier_wait(&barrier);
	}
	return NULL;
}

static int child(void)
{
	unsigned long before, after;
	pthread_t a, b;
	bool ok = true;

	map = mmap(NULL, 2 * PMD_SIZE, PROT_READ | PROT_WRITE,
		   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	need(map != MAP_FAILED, "mmap");
	map += -(unsigned long)map & (PMD_SIZE - 1);
	madvise(map, PMD_SIZE, MADV_NOHUGEPAGE);

	fill();
	before = page_tables();
	for (int i = 0; i < 10; i++) {	/* need_resched() makes it give up */
		fill();
		need(!madvise(map, PMD_SIZE, MADV_DONTNEED), "MADV_DONTNEED");
		after = page_tables();
		if (after < before)
			break;
	}
	if (after >= before)
		skip("MADV_DONTNEED frees no page table: no CONFIG_PT_RECLAIM");

	limit += seconds();
	pthread_barrier_init(&barrier, NULL, 2);
	ok &= !pthread_create(&a, NULL, reclaim, NULL);
	ok &= !pthread_create(&b, NULL, reclaim, "b");
	need(ok, "pthread_create");
	pthread_join(a, NULL);
	pthread_join(b, NULL);
	note("%u rounds", done);
	return PASS;
}

int main(int argc, char **argv)
{
	int log = kmsg_open(), found = 0, ret;
	char on[4];
	cpu_set_t set;

	need(log >= 0, "/dev/kmsg");
	if (argc > 1)
		rounds = strtoul(argv[1], NULL, 0);
	if (argc > 2)
		limit = strtoul(argv[2], NULL, 0);
	need(!sched_getaffinity(0, sizeof(set), &set), "sched_getaffinity");
	for (int cpu = 0; cpu < CPU_SETSIZE && found < 2; cpu++)
		if (CPU_ISSET(cpu, &set))
			cpus[found++] = cpu;
	if (found < 2)
		skip("one CPU");
	delays = read_file(HAZARDS, on, sizeof(on)) && on[0] == 'Y';
	note("CPUs %d and %d, delays of mutants.patch %s", cpus[0], cpus[1],
	     delays ? "on" : "off");

	ret = in_child(child, limit + 20);
	/* The page tables are freed after a grace period of RCU. */
	sleep(1);
	if (kmsg_splats(log))
		ret = FAIL;
	return ret;
}
