// SPDX-License-Identifier: GPL-2.0
/*
 * uffd_wp - a page that userfaultfd has write-protected is zapped once, not twice
 *
 * A forked child writes to pages of a private mapping of a file in memory, so that they
 * are anonymous, write-protects them with userfaultfd and drops them with MADV_DONTNEED.
 * The zap clears each entry and puts a marker in its place. With page_table_check=on the
 * kernel counts the mappings of a page, by what is in the page table when an entry is
 * replaced: an entry that has been cleared and is still there is taken off twice, which
 * is a BUG. After that the pages must read as the file.
 *
 * Needs CONFIG_USERFAULTFD and, to be of use, CONFIG_PAGE_TABLE_CHECK; skips without
 * write protection for files.
 */
#include "guest.h"
#include <linux/userfaultfd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>

#ifndef UFFD_FEATURE_WP_HUGETLBFS_SHMEM
#define UFFD_FEATURE_WP_HUGETLBFS_SHMEM	(1 << 12)
#endif

#define PAGES	64

static int child(void)
{
	struct uffdio_api api = { .api = UFFD_API, .features = UFFD_FEATURE_WP_HUGETLBFS_SHMEM };
	struct uffdio_register reg = { .mode = UFFDIO_REGISTER_MODE_WP };
	struct uffdio_writeprotect wp = { .mode = UFFDIO_WRITEPROTECT_MODE_WP };
	size_t page = sysconf(_SC_PAGESIZE);
	int uffd, file;
	char *map;

	uffd = syscall(SYS_userfaultfd, O_CLOEXEC);
	if (uffd < 0 && errno == ENOSYS)
		skip("no CONFIG_USERFAULTFD");
	need(uffd >= 0, "userfaultfd");
	if (ioctl(uffd, UFFDIO_API, &api))
		skip("userfaultfd without UFFD_FEATURE_WP_HUGETLBFS_SHMEM");

	file = memfd_create("uffd_wp", 0);
	need(file >= 0 && !ftruncate(file, PAGES * page), "memfd_create");
	map = mmap(NULL, PAGES * page, PROT_READ | PROT_WRITE, MAP_PRIVATE, file, 0);
	need(map != MAP_FAILED, "mmap");
	for (size_t i = 0; i < PAGES * page; i += page)
		map[i] = 1;

	reg.range.start = (unsigned long)map;
	reg.range.len = PAGES * page;
	need(!ioctl(uffd, UFFDIO_REGISTER, &reg), "UFFDIO_REGISTER");
	wp.range = reg.range;
	need(!ioctl(uffd, UFFDIO_WRITEPROTECT, &wp), "UFFDIO_WRITEPROTECT");
	need(!madvise(map, PAGES * page, MADV_DONTNEED), "MADV_DONTNEED");

	for (size_t i = 0; i < PAGES * page; i += page)
		if (map[i])
			fail("page %zu is not that of the file", i / page);
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
