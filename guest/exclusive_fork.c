// SPDX-License-Identifier: GPL-2.0
/*
 * exclusive_fork - fork() must not read back a PTE that it restored in a section
 *
 * Makes every second of 64 pages exclusive to a device, which replaces its PTE by
 * a swap entry, and forks. Inside a lazy MMU section fork puts the parent's PTE
 * back and then copies it. Where the architecture has queued the store (Xen PV),
 * a fork that reads it from the page table copies the swap entry as if it were a
 * present PTE: WARNING in copy_pte_range(), or a wrong page in the child.
 * Parent and child then read every page, both write, and read again: each must
 * find its own data and no page of the other.
 *
 * Passes if all the data are right and the kernel logged no WARNING, BUG or the
 * like. Needs /dev/kmsg and a kernel with tests/mutants.patch, whose file
 * /proc/lazy_mmu_exclusive does what only a device driver can (CONFIG_DEVICE_PRIVATE);
 * skips where that file is not.
 */
#include "guest.h"
#include <sys/mman.h>

#define EXCLUSIVE	"/proc/lazy_mmu_exclusive"
#define PAGES		64

static size_t page;
static char *map;

/* wrong - the first page whose bytes are not value + its number, or -1 */
static int wrong(unsigned char value)
{
	for (int i = 0; i < PAGES; i++) {
		unsigned char *p = (unsigned char *)map + i * page, want = value + i;

		if (p[0] != want || p[page - 1] != want)
			return i;
	}
	return -1;
}

static void set(unsigned char value)
{
	for (int i = 0; i < PAGES; i++)
		memset(map + i * page, value + i, page);
}

static int use(unsigned char own, const char *who)
{
	int i;

	i = wrong(1);
	if (i >= 0)
		fail("%s: page %d after fork", who, i);
	set(own);
	usleep(200000);		/* the other one writes too */
	i = wrong(own);
	if (i >= 0)
		fail("%s: page %d after writing", who, i);
	return PASS;
}

static int test(void)
{
	int fd, status, ret;
	pid_t pid;

	map = mmap(NULL, PAGES * page, PROT_READ | PROT_WRITE,
		   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	need(map != MAP_FAILED, "mmap");
	madvise(map, PAGES * page, MADV_NOHUGEPAGE);
	set(1);

	fd = open(EXCLUSIVE, O_WRONLY | O_CLOEXEC);
	need(fd >= 0, EXCLUSIVE);
	for (int i = 0; i < PAGES; i += 2) {
		char addr[32];
		int len = snprintf(addr, sizeof(addr), "%lx",
				   (unsigned long)(map + i * page));

		need(write(fd, addr, len) == len, "write to " EXCLUSIVE);
	}
	close(fd);

	pid = fork();
	need(pid >= 0, "fork");
	if (!pid)
		exit(use(65, "child"));
	ret = use(129, "parent");
	need(waitpid(pid, &status, 0) == pid, "waitpid");
	if (status) {
		note("child: wait status %#x", status);
		ret = FAIL;
	}
	return ret;
}

int main(void)
{
	int log = kmsg_open(), ret;

	need(log >= 0, "/dev/kmsg");
	page = sysconf(_SC_PAGESIZE);
	if (access(EXCLUSIVE, W_OK))
		skip("no " EXCLUSIVE ": a kernel with tests/mutants.patch has it");
	ret = in_child(test, 30);
	if (kmsg_splats(log))
		ret = FAIL;
	return ret;
}
