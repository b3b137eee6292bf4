// SPDX-License-Identifier: GPL-2.0
/*
 * mprotect_flushes - count the hypercalls of two mprotect() calls under Xen PV
 *
 * A forked child maps 4096 touched 4 KiB pages in 8 whole page tables, makes them
 * read-only and then writable again, and counts with the kernel's trace events
 * how its page-table updates reach the hypervisor:
 *
 *   xen_mc_flush		xen:xen_mc_flush events
 *   hypercalls by flush	those of them that had something to issue
 *   direct mmu_update		a PTE set outside a lazy MMU section is a direct
 *				HYPERVISOR_mmu_update, with no event of its own:
 *				an xen:xen_mmu_set_pte event that no
 *				xen:xen_mc_batch event of the same task follows.
 *				(xen_set_pte() traces, then either starts a batch
 *				or makes the hypercall; the page-table lock keeps
 *				the task from being switched away in between.)
 *
 * Only the task's own events count (set_event_pid). A context switch issues
 * multicalls of its own in the name of the task, so the least of three runs is
 * taken. Not counted, because the kernel does not see them: PTEs written by an
 * instruction that traps (ptep_get_and_clear()); mprotect() does none.
 *
 * Passes if xen_mc_flush and direct mmu_update together are at most the limit: the
 * first argument, or lazy_mmu.mprotect_max=N, or 24. Skips where the kernel is no
 * Xen PV guest. Needs tracefs with the xen events (ENABLE_DEFAULT_TRACERS).
 */
#include "guest.h"
#include <sys/mman.h>

#define TRACING		"/sys/kernel/tracing/"
#define PAGES		4096UL
#define PMD_SIZE	(2UL << 20)
#define RUNS		3

struct counts {
	unsigned int flushes, hypercalls, direct;
};

static unsigned int limit = 24;

/* count - sum up the trace buffer; false if it lost events */
static bool count(struct counts *c)
{
	static const char entries[] = "# entries-in-buffer/entries-written: ";
	FILE *trace = fopen(TRACING "trace", "r");
	bool set_pte = false, whole = false;
	char line[512];

	need(trace, TRACING "trace");
	memset(c, 0, sizeof(*c));
	while (fgets(line, sizeof(line), trace)) {
		unsigned long in, written;
		unsigned int calls;
		char *event;

		if (!strncmp(line, entries, strlen(entries))) {
			whole = sscanf(line + strlen(entries), "%lu/%lu", &in, &written) == 2 &&
				in == written;
			continue;
		}
		event = strstr(line, ": xen_m");
		if (line[0] == '#' || !event)
			continue;
		event += 2;
		if (!strncmp(event, "xen_mmu_set_pte:", 16)) {
			c->direct += set_pte;
			set_pte = true;
			continue;
		}
		if (!strncmp(event, "xen_mc_batch:", 13)) {
			set_pte = false;
			continue;
		}
		c->direct += set_pte;
		set_pte = false;
		if (sscanf(event, "xen_mc_flush: flushing %u hypercalls", &calls) == 1) {
			c->flushes++;
			c->hypercalls += calls > 0;
		}
	}
	c->direct += set_pte;
	fclose(trace);
	return whole;
}

static int child(void)
{
	static const char * const events[] = {
		"xen_mc_flush", "xen_mc_batch", "xen_mmu_set_pte",
	};
	struct counts c, best = { .flushes = ~0U };
	size_t size = PAGES * 4096;
	char text[128], *map;
	int on, ret1, ret2;

	need(sysconf(_SC_PAGESIZE) == 4096, "page size");
	map = mmap(NULL, size + PMD_SIZE, PROT_READ | PROT_WRITE,
		   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	need(map != MAP_FAILED, "mmap");
	map += -(unsigned long)map & (PMD_SIZE - 1);
	madvise(map, size, MADV_NOHUGEPAGE);
	for (size_t i = 0; i < size; i += 4096)
		map[i] = 1;

	need(write_file(TRACING "tracing_on", "0"), TRACING "tracing_on");
	need(write_file(TRACING "buffer_size_kb", "4096"), "buffer_size_kb");
	snprintf(text, sizeof(text), "%d", getpid());
	need(write_file(TRACING "set_event_pid", text), "set_event_pid");
	for (size_t i = 0; i < sizeof(events) / sizeof(events[0]); i++) {
		snprintf(text, sizeof(text), TRACING "events/xen/%s/enable", events[i]);
		need(write_file(text, "1"), text);
	}
	on = open(TRACING "tracing_on", O_WRONLY);

	for (int run = 0; run < RUNS; run++) {
		/* opened for writing, the trace is emptied */
		close(open(TRACING "trace", O_WRONLY | O_TRUNC));

		need(write(on, "1", 1) == 1, "tracing_on");
		ret1 = mprotect(map, size, PROT_READ);
		ret2 = mprotect(map, size, PROT_READ | PROT_WRITE);
		need(write(on, "0", 1) == 1, "tracing_on");
		need(!ret1 && !ret2, "mprotect");

		if (!count(&c))
			fail("the trace buffer lost events");
		note("run %d: %u flushes, %u of them hypercalls, %u direct",
		     run, c.flushes, c.hypercalls, c.direct);
		if (c.flushes + c.direct < best.flushes + best.direct || !run)
			best = c;
	}
	for (size_t i = 0; i < size; i += 4096) {
		if (map[i] != 1)
			fail("page %zu lost its contents", i / 4096);
		map[i] = 2;
	}

	note("xen_mc_flush: %u", best.flushes);
	note("hypercalls by flush: %u", best.hypercalls);
	note("direct mmu_update: %u", best.direct);
	if (!best.flushes && !best.direct)
		fail("no events: this cannot be");
	note("limit: %u", limit);
	return best.flushes + best.direct <= limit ? PASS : FAIL;
}

int main(int argc, char **argv)
{
	char *arg = argc > 1 ? argv[1] : cmdline("lazy_mmu.mprotect_max");
	int ret;

	if (!xen_pv())
		skip("no Xen PV guest");
	if (arg)
		limit = strtoul(arg, NULL, 0);
	ret = in_child(child, 60);
	write_file(TRACING "events/xen/enable", "0");
	write_file(TRACING "set_event_pid", "");
	write_file(TRACING "tracing_on", "1");
	return ret;
}
