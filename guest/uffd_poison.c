// SPDX-License-Identifier: GPL-2.0
/*
 * uffd_poison - the kernel must not read back a PTE that it cleared in a section
 *
 * A forked child registers 64 pages with userfaultfd (MISSING), puts poison
 * markers there with UFFDIO_POISON and drops them with MADV_DONTNEED. The zap
 * clears each marker inside a lazy MMU section and then reads the PTE again to
 * decide on a uffd-wp marker. Where the architecture has queued the store (Xen
 * PV), the old marker is still there: WARNING in cond_install_uffd_wp_ptes().
 * After that the pages must read as fresh zero pages, not poison.
 *
 * Passes if the kernel logged no WARNING or the like, and the pages are empty.
 * The warning is a WARN_ON_ONCE(): one boot shows it once. Needs
 * CONFIG_USERFAULTFD, a kernel >= 6.6 and /dev/kmsg; skips without userfaultfd.
 */
#include "guest.h"
#include <linux/userfaultfd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>

#ifndef UFFDIO_POISON	/* in Linux 6.6, not yet in the headers of Debian 12 */
#define _UFFDIO_POISON		0x08
#define UFFD_FEATURE_POISON	(1 << 14)

struct uffdio_poison {
	struct uffdio_range range;
	__u64 mode;
	__s64 updated;
};

#define UFFDIO_POISON	_IOWR(UFFDIO, _UFFDIO_POISON, struct uffdio_poison)
#endif

#define PAGES	64

static int child(void)
{
	struct uffdio_api api = { .api = UFFD_API, .features = UFFD_FEATURE_POISON };
	struct uffdio_register reg = { .mode = UFFDIO_REGISTER_MODE_MISSING };
	struct uffdio_poison poison = { .mode = 0 };
	size_t page = sysconf(_SC_PAGESIZE);
	char *map;
	int uffd;

	uffd = syscall(SYS_userfaultfd, O_CLOEXEC);
	if (uffd < 0 && errno == ENOSYS)
		skip("no CONFIG_USERFAULTFD");
	need(uffd >= 0, "userfaultfd");
	if (ioctl(uffd, UFFDIO_API, &api))
		skip("userfaultfd without UFFD_FEATURE_POISON");

	map = mmap(NULL, PAGES * page, PROT_READ | PROT_WRITE,
		   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	need(map != MAP_FAILED, "mmap");
	madvise(map, PAGES * page, MADV_NOHUGEPAGE);

	reg.range.start = (unsigned long)map;
	reg.range.len = PAGES * page;
	need(!ioctl(uffd, UFFDIO_REGISTER, &reg), "UFFDIO_REGISTER");
	poison.range = reg.range;
	need(!ioctl(uffd, UFFDIO_POISON, &poison), "UFFDIO_POISON");
	need(!madvise(map, PAGES * page, MADV_DONTNEED), "MADV_DONTNEED");

	/* A page still poisoned is a SIGBUS, one still registered would block. */
	need(!ioctl(uffd, UFFDIO_UNREGISTER, &reg.range), "UFFDIO_UNREGISTER");
	for (size_t i = 0; i < PAGES * page; i += page) {
		if (map[i])
			fail("page %zu is not empty", i / page);
		map[i] = 1;
	}
	return PASS;
}

int main(void)
{
	int log = kmsg_open(), ret;

	need(log >= 0, "/dev/kmsg");
	ret = in_child(child, 30);
	if (kmsg_splats(log))
		ret = FAIL;
	return ret;
}
