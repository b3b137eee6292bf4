// SPDX-License-Identifier: GPL-2.0
/*
 * block_check - write a block device of a domU, and read it back
 *
 * Writes the whole of xvda with O_DIRECT from user pages, which the domU grants to the backend
 * in dom0, reads it back, and compares every word. Every second time a child writes its copy of
 * the pages, after the parent has changed them. Each round writes different values. The
 * argument is the number of seconds (20). Needs xen_blkfront.feature_persistent=0, without which
 * blkfront copies to pages of its own. Skips where there is no xvda.
 */
#include "guest.h"
#include <stdint.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#define CHUNK	(256 << 10)
#define WORDS	(CHUNK / sizeof(uint64_t))

static uint64_t value(unsigned int round, long long chunk, size_t word)
{
	return (((uint64_t)round << 48) ^ (uint64_t)chunk << 24 ^ word) * 0x9e3779b97f4a7c15;
}

/* write_in_child - from its copy, which the parent must not change */
static void write_in_child(int fd, uint64_t *buf, long long c)
{
	int go[2], status;
	pid_t pid;

	need(!pipe(go), "pipe");
	pid = fork();
	need(pid >= 0, "fork");
	if (!pid) {
		need(read(go[0], &status, 1) == 1, "read");
		need(pwrite(fd, buf, CHUNK, c * CHUNK) == CHUNK, "write in a child");
		exit(PASS);
	}
	memset(buf, 0xff, CHUNK);
	need(write(go[1], "", 1) == 1, "write");
	need(waitpid(pid, &status, 0) == pid, "waitpid");
	if (status)
		fail("the child has failed");
	close(go[0]);
	close(go[1]);
}

int main(int argc, char **argv)
{
	double end = seconds() + (argc > 1 ? atoi(argv[1]) : 20);
	unsigned int major, minor, round = 0;
	long long chunks;
	uint64_t *buf;
	char dev[32];
	int fd;

	if (!read_file("/sys/block/xvda/dev", dev, sizeof(dev)))
		skip("there is no xvda");
	need(sscanf(dev, "%u:%u", &major, &minor) == 2, "/sys/block/xvda/dev");
	need(!mknod("/tmp/xvda", S_IFBLK | 0600, makedev(major, minor)), "mknod");
	fd = open("/tmp/xvda", O_RDWR | O_DIRECT | O_CLOEXEC);
	need(fd >= 0, "/tmp/xvda");
	chunks = lseek(fd, 0, SEEK_END) / CHUNK;
	need(chunks > 0, "the size of xvda");

	do {
		round++;
		for (long long c = 0; c < chunks; c++) {
			/* other pages each time */
			buf = mmap(NULL, CHUNK, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
			need(buf != MAP_FAILED, "mmap");
			for (size_t w = 0; w < WORDS; w++)
				buf[w] = value(round, c, w);
			if (c % 2)
				write_in_child(fd, buf, c);
			else
				need(pwrite(fd, buf, CHUNK, c * CHUNK) == CHUNK, "write");
			munmap(buf, CHUNK);
		}
		buf = mmap(NULL, CHUNK, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		need(buf != MAP_FAILED, "mmap");
		for (long long c = 0; c < chunks; c++) {
			need(pread(fd, buf, CHUNK, c * CHUNK) == CHUNK, "read");
			for (size_t w = 0; w < WORDS; w++)
				if (buf[w] != value(round, c, w))
					fail("round %u: word %zu of chunk %lld is %#lx, not %#lx", round, w,
					     c, (long)buf[w], (long)value(round, c, w));
		}
		munmap(buf, CHUNK);
	} while (seconds() < end);
	note("%u rounds of %lld KiB", round, chunks * CHUNK / 1024);
	return PASS;
}
