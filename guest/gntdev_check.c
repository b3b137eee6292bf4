// SPDX-License-Identifier: GPL-2.0
/*
 * gntdev_check - share pages by grants, and map them a second time
 *
 * For a dom0, with /dev/xen/gntalloc and gntdev: grants PAGES pages to its own domain, maps the
 * grants, and checks that what is written through one mapping is read through the other, in
 * both directions, also after a child has written the pages, and after mprotect() of them. Then
 * it unmaps everything and starts again with other values, for some seconds (the argument, 10).
 * No mprotect() of the second mapping, because gntdev then unmaps the grants.
 */
#include "guest.h"
#include <stdint.h>
#include <sys/ioctl.h>
#include <sys/mman.h>

#define PAGES	64
#define BYTES	(PAGES * 4096UL)
#define WORDS	(BYTES / sizeof(uint64_t))
#define STEP	4	/* values in a round */

/* <xen/gntalloc.h> and <xen/gntdev.h> of the kernel are not where a program finds them */
struct gntalloc_alloc { uint16_t domid, flags; uint32_t count; uint64_t index; uint32_t ref[PAGES]; };
struct gntalloc_dealloc { uint64_t index; uint32_t count; };
struct gntdev_map { uint32_t count, pad; uint64_t index; struct { uint32_t domid, ref; } refs[PAGES]; };
struct gntdev_unmap { uint64_t index; uint32_t count, pad; };

#define GNTALLOC_ALLOC		_IOC(_IOC_NONE, 'G', 5, 24)
#define GNTALLOC_DEALLOC	_IOC(_IOC_NONE, 'G', 6, 16)
#define GNTDEV_MAP		_IOC(_IOC_NONE, 'G', 0, 24)
#define GNTDEV_UNMAP		_IOC(_IOC_NONE, 'G', 1, 16)

static void fill(uint64_t *m, uint64_t seed)
{
	for (size_t w = 0; w < WORDS; w++)
		m[w] = (seed << 32 | w) * 0x9e3779b97f4a7c15;
}

static void check(const uint64_t *m, uint64_t seed, const char *what)
{
	for (size_t w = 0; w < WORDS; w++)
		if (m[w] != (seed << 32 | w) * 0x9e3779b97f4a7c15)
			fail("round %lu, %s: word %zu is %#lx", (long)seed / STEP, what, w, (long)m[w]);
}

int main(int argc, char **argv)
{
	double end = seconds() + (argc > 1 ? atoi(argv[1]) : 10);
	int alloc = open("/dev/xen/gntalloc", O_RDWR | O_CLOEXEC);
	int dev = open("/dev/xen/gntdev", O_RDWR | O_CLOEXEC);
	uint64_t seed = 0;

	if (alloc < 0 || dev < 0)
		skip("no /dev/xen/gntalloc, or no /dev/xen/gntdev");
	do {
		struct gntalloc_alloc a = { .flags = 1, .count = PAGES };
		struct gntdev_map m = { .count = PAGES };
		uint64_t *own, *granted;
		int status;
		pid_t pid;

		need(!ioctl(alloc, GNTALLOC_ALLOC, &a), "gntalloc");
		own = mmap(NULL, BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, alloc, a.index);
		need(own != MAP_FAILED, "mmap of gntalloc");
		for (int i = 0; i < PAGES; i++)
			m.refs[i].ref = a.ref[i];
		need(!ioctl(dev, GNTDEV_MAP, &m), "gntdev");
		granted = mmap(NULL, BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, dev, m.index);
		need(granted != MAP_FAILED, "mmap of gntdev");

		seed += STEP;
		fill(own, seed);
		check(granted, seed, "written by the owner");
		fill(granted, seed + 1);
		check(own, seed + 1, "written through the grant");
		/* the child has the pages, but not the grants */
		pid = fork();
		need(pid >= 0, "fork");
		if (!pid) {
			check(own, seed + 1, "in the child");
			fill(own, seed + 2);
			exit(PASS);
		}
		need(waitpid(pid, &status, 0) == pid, "waitpid");
		if (status)
			fail("round %lu: the child has failed", (long)seed / STEP);
		check(granted, seed + 2, "written by the child");
		need(!mprotect(own, BYTES, PROT_READ), "mprotect");
		need(!mprotect(own, BYTES, PROT_READ | PROT_WRITE), "mprotect");
		fill(own, seed + 3);
		check(granted, seed + 3, "written after mprotect()");

		need(!munmap(granted, BYTES), "munmap of gntdev");
		need(!ioctl(dev, GNTDEV_UNMAP, &(struct gntdev_unmap){ m.index, PAGES, 0 }), "unmap");
		check(own, seed + 3, "after munmap()");
		need(!munmap(own, BYTES), "munmap of gntalloc");
		need(!ioctl(alloc, GNTALLOC_DEALLOC, &(struct gntalloc_dealloc){ a.index, PAGES }), "dealloc");
	} while (seconds() < end);
	note("%lu rounds of %d grants", (long)seed / STEP, PAGES);
	return PASS;
}
