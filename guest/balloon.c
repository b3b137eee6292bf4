// SPDX-License-Identifier: GPL-2.0
/*
 * balloon - memory that a PV guest got back from Xen can be used
 *
 * Gives 64 MiB back to Xen and takes them again, by target_kb of the balloon driver. Then
 * writes to nearly all memory that is free, and reads it again. If the balloon driver failed
 * to map a page, the kernel crashes when it uses it.
 *
 * Counts the hypercalls of the driver's thread while it gives and takes, at most one for 32
 * pages: batches (xen:xen_mc_flush), and PTEs that are set outside of a section (a
 * xen:xen_mmu_set_pte event that no xen:xen_mc_batch event follows). Skips where the kernel is
 * no Xen PV guest.
 */
#include "trace.h"
#include <dirent.h>
#include <sys/mman.h>

#define MEMORY	"/sys/devices/system/xen_memory/xen_memory0/"
#define MIB_64	(64UL << 10)	/* KiB */
/* Left free: less than what comes back */
#define MIB_32	(32UL << 10)

static unsigned long number(const char *path, const char *format)
{
	char buf[4096], *at;
	unsigned long n;

	need(read_file(path, buf, sizeof(buf)), path);
	at = format ? strstr(buf, format) : buf;
	need(at && sscanf(at + (format ? strlen(format) : 0), "%lu", &n) == 1, path);
	return n;
}

/* thread - the kernel's thread of this name */
static pid_t thread(const char *name)
{
	DIR *proc = opendir("/proc");
	struct dirent *entry;
	pid_t pid = 0;

	need(proc, "/proc");
	while (!pid && (entry = readdir(proc))) {
		char path[300], comm[32];

		snprintf(path, sizeof(path), "/proc/%s/comm", entry->d_name);
		if (!read_file(path, comm, sizeof(comm)))
			continue;
		comm[strcspn(comm, "\n")] = 0;
		if (!strcmp(comm, name))
			pid = atoi(entry->d_name);
	}
	closedir(proc);
	if (!pid)
		fail("there is no thread %s", name);
	return pid;
}

struct calls {
	unsigned int nr;
	bool set_pte;	/* the last event was one */
};

static void count(const char *event, void *arg)
{
	struct calls *calls = arg;

	calls->nr += calls->set_pte && !trace_event(event, "xen_mc_batch");
	calls->nr += !!trace_event(event, "xen_mc_flush");
	calls->set_pte = trace_event(event, "xen_mmu_set_pte");
}

/* balloon - returns with how many hypercalls */
static unsigned int balloon(unsigned long kib)
{
	struct calls calls = { };
	char text[32];

	trace_on();
	snprintf(text, sizeof(text), "%lu", kib);
	need(write_file(MEMORY "target_kb", text), MEMORY "target_kb");
	for (int i = 0; number(MEMORY "info/current_kb", NULL) != kib; i++) {
		if (i == 600)
			fail("not %lu KiB after a minute, but %lu", kib,
			     number(MEMORY "info/current_kb", NULL));
		usleep(100000);
	}
	trace_off();
	trace_read(count, &calls);
	return calls.nr;
}

int main(void)
{
	static const char * const events[] = {
		"xen/xen_mc_flush", "xen/xen_mc_batch", "xen/xen_mmu_set_pte",
	};
	unsigned long kib, words, wrong = 0, *mem;
	unsigned int gives, takes;
	pid_t driver;

	if (!xen_pv())
		skip("no Xen PV guest");

	kib = number(MEMORY "info/current_kb", NULL);
	trace_enable(events, sizeof(events) / sizeof(events[0]));
	driver = thread("xen-balloon");
	trace_task(driver);
	/*
	 * The driver's CPU keeps up to 53 MiB of the pages that it frees in its per-CPU lists, from
	 * which another CPU does not allocate.
	 */
	need(run_on(driver, 0) && run_on(0, 0), "sched_setaffinity");
	gives = balloon(kib - MIB_64);
	takes = balloon(kib);
	note("balloon: %u hypercalls to give %lu pages, %u to take them", gives, MIB_64 / 4, takes);

	/* The pages that came back are among those that are free. */
	words = (number("/proc/meminfo", "MemFree:") - MIB_32) / sizeof(*mem) * 1024;
	mem = mmap(NULL, words * sizeof(*mem), PROT_READ | PROT_WRITE,
		   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	need(mem != MAP_FAILED, "mmap");
	for (unsigned long i = 0; i < words; i += 4096 / sizeof(*mem))
		mem[i] = i;
	for (unsigned long i = 0; i < words; i += 4096 / sizeof(*mem))
		wrong += mem[i] != i;
	note("balloon: %lu MiB written", words * sizeof(*mem) >> 20);
	if (wrong)
		fail("%lu pages have lost their value", wrong);
	if (!gives || gives > MIB_64 / 4 / 32 || !takes || takes > MIB_64 / 4 / 32)
		fail("none, or more than one for 32 pages");
	return PASS;
}
