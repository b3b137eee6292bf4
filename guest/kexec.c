// SPDX-License-Identifier: GPL-2.0
/*
 * kexec - the copy of the linear map that arm64 makes for kexec is complete
 *
 * Loads a payload of some MiB, in pieces all over the memory, with kexec_load(), and
 * unloads it, and loads it again. At each load the kernel copies its linear map
 * (trans_pgd_create_copy()). Prints "kexec_load() x N: T ns", where N is the number of
 * pages of the memory, and calls benchmark_here before and after each load, as bench
 * does. Fails if a load does not succeed, or if the kernel does not say that it has it.
 *
 * With the argument "go" it starts the payload too. Then the kernel puts the pieces in
 * place, and finds them by the copy of the linear map. What has been put in place takes
 * the place of init: it prints the KTAP line of its result, "not ok" if one word is not as
 * it should be, and powers off. A copy that is too wrong to get there has no line at all.
 *
 * Needs arm64 with CONFIG_KEXEC, and 256 MiB of memory; with "go" the UART of QEMU's
 * machine virt, PSCI by hvc, and so no EL2. Skips elsewhere.
 */
#include "guest.h"

#ifndef __aarch64__

int main(void)
{
	skip("the payload is for arm64");
}

#else

#include <linux/kexec.h>
#include <sys/reboot.h>
#include <sys/syscall.h>

#define PIECES	4
#define PIECE	(4UL << 20)

/* Each word is made of the one before, so that no page is like another one. */
#define FIRST	0x6c617a796d6d7500ULL
#define FACTOR	6364136223846793005ULL
#define ADDEND	1442695040888963407ULL

#define TEXTS	0x80
#define WRONG	0x40
#define TABLE	0x100

/* What is entered, with the MMU off, at the start of the first piece. */
static const unsigned int code[] = {
	0x10000801,	/* 00		adr	x1, TABLE		*/
	0xa8c11424,	/* 04		ldp	x4, x5, [x1], #16	FIRST, FACTOR */
	0xf8408426,	/* 08		ldr	x6, [x1], #8		ADDEND */
	0xa8c10c22,	/* 0c piece:	ldp	x2, x3, [x1], #16	from, to */
	0xb4000142,	/* 10		cbz	x2, right		none is left */
	0xf8408447,	/* 14 word:	ldr	x7, [x2], #8		*/
	0xeb0400ff,	/* 18		cmp	x7, x4			*/
	0x540000a1,	/* 1c		b.ne	wrong			*/
	0x9b051884,	/* 20		madd	x4, x4, x5, x6		what the next one has to be */
	0xeb03005f,	/* 24		cmp	x2, x3			*/
	0x54ffff63,	/* 28		b.lo	word			*/
	0x17fffff8,	/* 2c		b	piece			*/
	0x10000481,	/* 30 wrong:	adr	x1, TEXTS + WRONG	*/
	0x14000002,	/* 34		b	say			*/
	0x10000241,	/* 38 right:	adr	x1, TEXTS		*/
	0xd2a12002,	/* 3c say:	mov	x2, #0x09000000		the PL011 */
	0x38401423,	/* 40 put:	ldrb	w3, [x1], #1		*/
	0x340000a3,	/* 44		cbz	w3, off			*/
	0xb9401844,	/* 48 full:	ldr	w4, [x2, #0x18]		its flags */
	0x372fffe4,	/* 4c		tbnz	w4, #5, full		the FIFO is full */
	0xb9000043,	/* 50		str	w3, [x2]		*/
	0x17fffffb,	/* 54		b	put			*/
	0x52800100,	/* 58 off:	mov	w0, #0x0008		PSCI, SYSTEM_OFF: */
	0x72b08000,	/* 5c		movk	w0, #0x8400, lsl #16	0x84000008 */
	0xd4000002,	/* 60		hvc	#0			*/
	0x14000000,	/* 64		b	.			*/
};

static struct kexec_segment pieces[PIECES];
static unsigned long pages;
static size_t page;

/* At an address where no other program is likely to have the start of an instruction. */
static __attribute__((noinline, aligned(4096))) unsigned long long benchmark_clock(void)
{
	struct timespec ts;

	asm volatile(".globl benchmark_here\nbenchmark_here:");
	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000000000ULL + ts.tv_nsec;
}

/* The largest range of memory, and in pages the size of all of them. */
static void find_memory(unsigned long *from, unsigned long *size)
{
	FILE *iomem = fopen("/proc/iomem", "re");
	unsigned long start, end;
	char line[256];

	need(iomem, "/proc/iomem");
	*size = 0;
	while (fgets(line, sizeof(line), iomem)) {
		/* what is in another one is set off */
		if (*line == ' ' || !strstr(line, " : System RAM") ||
		    sscanf(line, "%lx-%lx", &start, &end) != 2)
			continue;
		pages += (end - start + 1) / page;
		if (end - start + 1 > *size) {
			*from = start;
			*size = end - start + 1;
		}
	}
	fclose(iomem);
	if (*size < PIECES * 8 * PIECE)
		fail("no room: the largest System RAM of /proc/iomem has %lu bytes", *size);
}

/* The pieces, far from each other, with the code and its table at the start of the first. */
static void make_pieces(void)
{
	unsigned long from, size, word = FIRST, *table;

	find_memory(&from, &size);
	for (int i = 0; i < PIECES; i++) {
		char *buf = aligned_alloc(page, PIECE);

		need(buf, "memory");
		memset(buf, 0, PIECE);
		pieces[i].buf = buf;
		pieces[i].bufsz = pieces[i].memsz = PIECE;
		pieces[i].mem = (void *)((from + size / (2 * PIECES) * (2 * i + 1)) & -PIECE);
	}
	memcpy((void *)pieces[0].buf, code, sizeof(code));
	strcpy((char *)pieces[0].buf + TEXTS, "ok 1 kexec:go\n");
	strcpy((char *)pieces[0].buf + TEXTS + WRONG, "not ok 1 kexec:go\n");
	table = (unsigned long *)((char *)pieces[0].buf + TABLE);
	*table++ = FIRST;
	*table++ = FACTOR;
	*table++ = ADDEND;
	for (int i = 0; i < PIECES; i++) {
		unsigned long skipped = i ? 0 : page;
		unsigned long *to = (unsigned long *)((char *)pieces[i].buf + PIECE);

		*table++ = (unsigned long)pieces[i].mem + skipped;
		*table++ = (unsigned long)pieces[i].mem + PIECE;
		for (unsigned long *p = (unsigned long *)((char *)pieces[i].buf + skipped); p < to; p++) {
			*p = word;
			word = word * FACTOR + ADDEND;
		}
	}
}

/* kexec_load() of so many pieces, which takes so long; of none it unloads */
static unsigned long long load(unsigned long count)
{
	unsigned long long t = count ? benchmark_clock() : 0;
	bool failed = syscall(SYS_kexec_load, pieces[0].mem, count, pieces, KEXEC_ARCH_AARCH64);
	char loaded[8];

	if (failed && errno == ENOSYS)
		skip("the kernel has no kexec_load()");
	if (failed)
		fail("kexec_load() of %lu pieces: %s", count, strerror(errno));
	if (count)
		t = benchmark_clock() - t;
	need(read_file("/sys/kernel/kexec_loaded", loaded, sizeof(loaded)), "/sys/kernel/kexec_loaded");
	if (atoi(loaded) != !!count)
		fail("after kexec_load() of %lu pieces kexec_loaded is %s", count, loaded);
	return t;
}

int main(int argc, char **argv)
{
	unsigned long long first, second;

	page = sysconf(_SC_PAGESIZE);
	load(0);	/* skips, if it has to, before anything else */
	make_pieces();
	first = load(PIECES);
	load(0);
	second = load(PIECES);
	note("kexec_load() x %lu: %llu ns", pages, first < second ? first : second);

	if (argc > 1 && !strcmp(argv[1], "go")) {
		reboot(RB_KEXEC);
		fail("reboot: %s", strerror(errno));
	}
	return PASS;
}

#endif
