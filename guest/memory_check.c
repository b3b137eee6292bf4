// SPDX-License-Identifier: GPL-2.0
/*
 * memory_check - keep changing mappings, and check the words in them
 *
 * Each of a few tasks owns PAGES pages, whose words depend on the task, the round and the index
 * of the word. In each round it rewrites them, takes write permission away and gives it back,
 * forks a child that checks and changes its copy, moves the pages with mremap(), drops a quarter
 * of them with MADV_DONTNEED, and maps and unmaps other memory; and it checks the words in
 * between. Meant to run while the machine is ballooned, saved and restored. The argument is the
 * number of seconds (20). Prints the number of rounds; fails at the first wrong word.
 */
#include "guest.h"
#include <stdint.h>
#include <sys/mman.h>

#define TASKS	2
#define PAGES	256
#define WORDS	(4096 / sizeof(uint64_t))
#define BYTES	(PAGES * 4096UL)
#define ALL	(PAGES * WORDS)

static uint64_t value(int task, unsigned int round, size_t word)
{
	return ((uint64_t)round << 40) ^ ((uint64_t)task << 32) ^ word * 0x9e3779b97f4a7c15;
}

static void fill(uint64_t *m, int task, unsigned int round, size_t from, size_t to)
{
	for (size_t w = from; w < to; w++)
		m[w] = value(task, round, w);
}

static void check(const uint64_t *m, int task, unsigned int round, size_t from, size_t to,
		  const char *after)
{
	for (size_t w = from; w < to; w++)
		if (m[w] != value(task, round, w))
			fail("task %d, round %u, after %s: word %zu is %#lx, not %#lx", task, round,
			     after, w, (long)m[w], (long)value(task, round, w));
}

static uint64_t *moved(uint64_t *m, size_t bytes)
{
	char *to = mmap(NULL, bytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	need(to != MAP_FAILED, "mmap");
	need(mremap(m, bytes, bytes, MREMAP_MAYMOVE | MREMAP_FIXED, to) == to, "mremap");
	return (uint64_t *)to;
}

static unsigned int work(int task, double end)
{
	uint64_t *m = mmap(NULL, BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	unsigned int round = 0;

	need(m != MAP_FAILED, "mmap");
	do {
		int status;
		pid_t pid;
		void *other;

		fill(m, task, ++round, 0, ALL);
		need(!mprotect(m, BYTES, PROT_READ), "mprotect");
		check(m, task, round, 0, ALL, "mprotect(PROT_READ)");
		need(!mprotect(m, BYTES, PROT_READ | PROT_WRITE), "mprotect");

		fflush(stdout);
		pid = fork();
		need(pid >= 0, "fork");
		if (!pid) {
			check(m, task, round, 0, ALL, "fork(), in the child");
			fill(m, task + TASKS, round, 0, ALL);
			check(m, task + TASKS, round, 0, ALL, "a change by the child");
			_exit(PASS);
		}
		/* The child must not see this. */
		fill(m, task + 2 * TASKS, round, 0, ALL / 2);
		need(waitpid(pid, &status, 0) == pid, "waitpid");
		if (status)
			fail("task %d, round %u: the child has failed", task, round);
		check(m, task + 2 * TASKS, round, 0, ALL / 2, "fork()");
		check(m, task, round, ALL / 2, ALL, "fork()");
		fill(m, task, round, 0, ALL / 2);

		m = moved(m, BYTES);
		check(m, task, round, 0, ALL, "mremap()");

		need(!madvise(m, BYTES / 4, MADV_DONTNEED), "MADV_DONTNEED");
		for (size_t w = 0; w < ALL / 4; w++)
			if (m[w])
				fail("task %d, round %u: MADV_DONTNEED kept word %zu", task, round, w);
		fill(m, task, round, 0, ALL / 4);

		other = mmap(NULL, BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		need(other != MAP_FAILED, "mmap");
		memset(other, task, BYTES);
		need(!munmap(other, BYTES), "munmap");
		check(m, task, round, 0, ALL, "munmap() of other memory");
	} while (seconds() < end);
	return round;
}

int main(int argc, char **argv)
{
	double end = seconds() + (argc > 1 ? atoi(argv[1]) : 20);
	bool bad = false;
	int status;

	for (int task = 1; task <= TASKS; task++) {
		pid_t pid = fork();

		need(pid >= 0, "fork");
		if (pid)
			continue;
		note("task %d: %u rounds", task, work(task, end));
		exit(PASS);
	}
	for (int task = 1; task <= TASKS; task++) {
		need(wait(&status) > 0, "wait");
		bad |= status;
	}
	return bad ? FAIL : PASS;
}
