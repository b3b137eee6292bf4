/*
 * sparc64: flushes of the TSB and the TLB are held back in a batch of the CPU, with preemption
 * off. The batch has room for 3 instead of 192.
 */
#include "env.h"
#define BOUNDS ", a batch of 3, 4 pages"
#define ARCH_PREEMPT 1
#define CAN_BE_UNUSED false
#define STEPS GUARDS

struct mm_struct { int context; };
STATE struct mm_struct mms[2];

/* Four pages. All in a batch have to be of one mm and page size. */
enum { PAGES = 4 };
static const struct { u8 mm, shift; } page[PAGES] = { { 0, 0 }, { 0, 0 }, { 1, 0 }, { 0, 1 } };
#define PAGE_MASK (~4095UL)
#define CTX_VALID(c) true
#define TLB_BATCH_NR 3
#define tlb_nr tlb_nr[1]
#include "sparc64-batch.h"
#undef tlb_nr
#define tlb_nr tlb_nr[tick()]
DEFINE_PER_CPU(struct tlb_batch, tlb_batch);

STATE bool stale_tsb[4][PAGES], stale_tlb[4][PAGES];	/* changed by a context, and not flushed */

static void flush(bool tsb, struct mm_struct *mm, unsigned long vaddr, int shift)
{
	unsigned long k = vaddr / 4096;

	check(k < PAGES && mm == &mms[page[k].mm], "a page is flushed in its own address space");
	check(shift < 0 || shift == page[k].shift, "a page is flushed as what it was");
	/* An interrupt that finds a batch of another mm flushes it for the task. */
	for (int c = 0; c < 4; c++)
		(tsb ? stale_tsb : stale_tlb)[c][k] = false;
}

static void flush_tsb_user(struct tlb_batch *tb, unsigned long nr)
{
	check(!preemptible(), "a batch is flushed with preemption off");
	op_begin();
	for (int i = 0; i < nr; i++)
		flush(true, tb->mm, tb->vaddrs[i], tb->hugepage_shift);
	op_end();
}

static void smp_flush_tlb_pending(struct mm_struct *mm, unsigned long nr, unsigned long *v)
{
	op_begin();
	for (int i = 0; i < nr; i++)
		flush(false, mm, v[i], -1);
	op_end();
}

static void flush_tsb_user_page(struct mm_struct *mm, unsigned long v, unsigned int shift)
{
	op_begin();
	flush(true, mm, v, shift);
	op_end();
}

static void global_flush_tlb_page(struct mm_struct *mm, unsigned long v)
{
	op_begin();
	flush(false, mm, v, -1);
	op_end();
}

#include "sparc64-tlb.h"

static void store(void)
{
	unsigned int k = any(PAGES);

	say("    of page %u\n", k);
	stale_tsb[context][k] = stale_tlb[context][k] = true;
	tlb_batch_add_one(&mms[page[k].mm], k * 4096UL, any(2), page[k].shift);
}

static unsigned long unsettled(unsigned int c)
{
	unsigned long x = 0;

	for (int k = 0; k < PAGES; k++)
		x |= (stale_tsb[c][k] | stale_tlb[c][k]) << k;
	return x;
}

static unsigned long held(void)
{
	unsigned long x = 0;

	for (int c = 0; c < 2; c++)
		for (int i = 0; i < on_cpu(c, &tlb_batch)->tlb_nr; i++)
			x |= 1 << on_cpu(c, &tlb_batch)->vaddrs[i] / 4096;
	return x;
}

static void arch_any(bool active)
{
	struct tlb_batch *b;
	unsigned int k = any(PAGES), n = active ? any(TLB_BATCH_NR) : 0;

	cpu = any(2);
	b = this_cpu_ptr(&tlb_batch);
	b->mm = &mms[page[k].mm];
	b->hugepage_shift = page[k].shift;
	b->tlb_nr = n;
	for (int i = 0; i < n; i++) {
		unsigned int p = k < 2 ? any(2) : k;

		b->vaddrs[i] = p * 4096UL;
		stale_tsb[0][p] = stale_tlb[0][p] = any(2);
	}
}

static void arch_check(bool active)
{
	struct tlb_batch *tb = this_cpu_ptr(&tlb_batch);

	check(!on_cpu(!cpu, &tlb_batch)->tlb_nr, "nothing is left behind on another CPU");
	check(tb->tlb_nr < TLB_BATCH_NR, "a full batch is flushed");
	for (int i = 0; i < tb->tlb_nr; i++)
		check(tb->mm == &mms[page[tb->vaddrs[i] / 4096].mm] &&
		      tb->hugepage_shift == page[tb->vaddrs[i] / 4096].shift, "a batch has one mm and page size");
}

static unsigned long arch_key(void)
{
	struct tlb_batch *b = this_cpu_ptr(&tlb_batch);
	unsigned long x = b->tlb_nr << 1 | cpu;

	if (b->tlb_nr)
		x = x << 2 | (b->mm == &mms[1]) << 1 | b->hugepage_shift;
	for (int i = 0; i < b->tlb_nr; i++)
		x = x << 2 | b->vaddrs[i] / 4096;
	return x << PAGES | unsettled(0);
}

static void switch_task(struct task_struct *next)
{
	check(!this_cpu_ptr(&tlb_batch)->tlb_nr, "no task is switched away with a batch");
	cpu = any(2);
}
#include "spec.h"
