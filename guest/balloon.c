// SPDX-License-Identifier: GPL-2.0
/*
 * balloon - memory that a PV guest got back from Xen can be used
 *
 * Gives 64 MiB back to Xen and takes them again, by target_kb of the balloon driver. Then
 * writes to nearly all memory that is free, and reads it again. The kernel dies of a page
 * that it thinks to be its own, if the balloon driver did not map it. Skips where the
 * kernel is no Xen PV guest.
 */
#include "guest.h"
#include <sys/mman.h>

#define MEMORY	"/sys/devices/system/xen_memory/xen_memory0/"
#define MIB_64	(64UL << 10)	/* KiB */
/* Left free. Less than what comes back, so that some of that is written to in any case */
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

static void balloon(unsigned long kib)
{
	char text[32];

	snprintf(text, sizeof(text), "%lu", kib);
	need(write_file(MEMORY "target_kb", text), MEMORY "target_kb");
	for (int i = 0; number(MEMORY "info/current_kb", NULL) != kib; i++) {
		if (i == 600)
			fail("not %lu KiB after a minute, but %lu", kib,
			     number(MEMORY "info/current_kb", NULL));
		usleep(100000);
	}
}

int main(void)
{
	unsigned long kib, words, wrong = 0, *mem;

	if (!xen_pv())
		skip("no Xen PV guest");

	kib = number(MEMORY "info/current_kb", NULL);
	balloon(kib - MIB_64);
	balloon(kib);

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
	return PASS;
}
