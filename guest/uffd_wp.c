// SPDX-License-Identifier: GPL-2.0
/*
 * uffd_wp - a page that userfaultfd has write-protected is zapped once, not twice
 *
 * A forked child writes to pages of a private mapping of a file in memory, so that they
 * are anonymous, and write-protects them with userfaultfd. It has some of them swapped out,
 * to a RAM disk, and drops all with MADV_DONTNEED. The zap clears each entry and puts a
 * marker in its place. With page_table_check=on the kernel counts the mappings of a page, by
 * what is in the page table when an entry is replaced: an entry that has been cleared and is
 * still there is taken off twice, which is a BUG. A swap entry does no harm there, so
 * CONFIG_DEBUG_LAZY_MMU must not report that it is read. After that the pages must read as
 * the file.
 *
 * Needs CONFIG_USERFAULTFD, CONFIG_SWAP, CONFIG_BLK_DEV_RAM and, to be of use,
 * CONFIG_PAGE_TABLE_CHECK; skips without the first three, or without write protection for files.
 */
#include "guest.h"
#include <linux/userfaultfd.h>
#include <stdint.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/swap.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>

#ifndef UFFD_FEATURE_WP_HUGETLBFS_SHMEM
#define UFFD_FEATURE_WP_HUGETLBFS_SHMEM	(1 << 12)
#endif

#ifndef MADV_PAGEOUT
#define MADV_PAGEOUT	21
#endif

#define PAGES	64
#define SWAPPED	32	/* of these */
#define DISK	"/ram0"

/* swap_on - swap to the first RAM disk; false without CONFIG_SWAP or CONFIG_BLK_DEV_RAM */
static bool swap_on(size_t page)
{
	struct {
		char boot[1024];
		uint32_t version, last_page, bad_pages;
	} *header = calloc(1, page);
	int disk;

	need(header, "calloc");
	need(!mknod(DISK, S_IFBLK | 0600, makedev(1, 0)) || errno == EEXIST, "mknod");
	disk = open(DISK, O_RDWR | O_CLOEXEC);
	if (disk < 0 && errno == ENXIO)
		return false;
	need(disk >= 0, "RAM disk");
	header->version = 1;
	header->last_page = 2 * SWAPPED;
	memcpy((char *)header + page - 10, "SWAPSPACE2", 10);
	need(pwrite(disk, header, page, 0) == (ssize_t)page && !fsync(disk), "swap header");
	close(disk);
	free(header);
	if (!swapon(DISK, 0))
		return true;
	need(errno == ENOSYS, "swapon");
	return false;
}

/* swapped - how many of PAGES at map are swap entries that userfaultfd has write-protected */
static int swapped(char *map, size_t page)
{
	int fd = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC), n = 0;
	uint64_t entry[PAGES], both = 1ULL << 62 | 1ULL << 57;

	need(fd >= 0 && pread(fd, entry, sizeof(entry), (uintptr_t)map / page * sizeof(*entry)) ==
	     sizeof(entry), "/proc/self/pagemap");
	close(fd);
	for (int i = 0; i < PAGES; i++)
		n += (entry[i] & both) == both;
	return n;
}

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
	if (swap_on(page)) {
		need(!madvise(map, SWAPPED * page, MADV_PAGEOUT), "MADV_PAGEOUT");
		if (swapped(map, page) != SWAPPED)
			fail("%d pages were swapped out, not %d", swapped(map, page), SWAPPED);
	} else {
		skip("no CONFIG_SWAP or no CONFIG_BLK_DEV_RAM");
	}
	need(!madvise(map, PAGES * page, MADV_DONTNEED), "MADV_DONTNEED");

	for (size_t i = 0; i < PAGES * page; i += page)
		if (map[i])
			fail("page %zu is not that of the file", i / page);
	swapoff(DISK);
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
