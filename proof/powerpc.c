/*
 * powerpc with the hash MMU: flushes of hash table entries are held back in a batch of the
 * CPU, with preemption off. The batch has room for 3 instead of 192.
 */
#include "env.h"
#define BOUNDS ", a batch of 3, 5 pages"
#define ARCH_PREEMPT 1
#define CAN_BE_UNUSED true
#define STEPS GUARDS
#define radix_enabled() (!used)

struct mm_struct { int context; };
STATE struct mm_struct mms[2];
typedef struct { u64 pte; } pte_t;
typedef struct { u64 pte; } real_pte_t;

/* Five pages. All in a batch have to be of one mm, page size and segment size. */
enum { PAGES = 5 };
static const struct { u8 mm, psize, ssize; } page[PAGES] = {
	{ 0, 0, 0 }, { 0, 0, 0 }, { 1, 0, 0 }, { 0, 1, 0 }, { 0, 0, 1 },
};
#define PAGE_MASK (~4095UL)
#define PTRS_PER_PTE 256
#define __pte(x) ((pte_t){ x })
#define __real_pte(p, ptep, off) ((real_pte_t){ (p).pte })
#define pte_pagesize_index(mm, addr, pte) (page[(addr) / 4096].psize)
#define is_kernel_addr(a) (page[(a) / 4096].mm == 1)
#define user_segment_size(a) (page[(a) / 4096].ssize)
#define mmu_kernel_ssize 0
#define get_user_vsid(c, a, s) 1
#define get_kernel_vsid(a, s) 1
#define hpt_vpn(a, v, s) ((a) / 4096)
#define mm_is_thread_local(m) ((m) == &mms[0])

#define PPC64_TLB_BATCH_NR 3
#define index index[1]
#include "powerpc-batch.h"
#undef index
#define index index[tick()]
DEFINE_PER_CPU(struct ppc64_tlb_batch, ppc64_tlb_batch);

STATE bool stale[4][PAGES];	/* changed by a context, and not flushed */

static void flush(unsigned long vpn, real_pte_t pte, int psize, int ssize, int local)
{
	check(vpn < PAGES && psize == page[vpn].psize && ssize == page[vpn].ssize &&
	      local == !page[vpn].mm && pte.pte == vpn, "a page is flushed as what it was");
	stale[context][vpn] = false;
}

static void flush_hash_page(unsigned long vpn, real_pte_t pte, int psize, int ssize, int local)
{
	op_begin();
	flush(vpn, pte, psize, ssize, local);
	op_end();
}

static void flush_hash_range(unsigned long n, int local)
{
	struct ppc64_tlb_batch *b = this_cpu_ptr(&ppc64_tlb_batch);

	check(!in_interrupt(), "an interrupt leaves the batch alone");
	check(!preemptible(), "a batch is flushed with preemption off");
	op_begin();
	for (int i = 0; i < n; i++)
		flush(b->vpn[i], b->pte[i], b->psize, b->ssize, local);
	op_end();
}

void __flush_tlb_pending(struct ppc64_tlb_batch *batch);
#include "powerpc-hooks.h"
#include "powerpc-flush.h"

static void store(void)
{
	unsigned int k = any(PAGES);

	if (!used)
		return;		/* the radix MMU's own code, which holds nothing back */
	say("    of page %u\n", k);
	stale[context][k] = true;
	hpte_need_flush(&mms[page[k].mm], k * 4096UL, NULL, k, 0);
}

static unsigned long bits(const bool *b)
{
	unsigned long x = 0;

	for (int k = 0; k < PAGES; k++)
		x |= b[k] << k;
	return x;
}
static unsigned long unsettled(unsigned int c) { return bits(stale[c]); }

static unsigned long held(void)
{
	unsigned long x = 0;

	for (int c = 0; c < 2; c++)
		for (int i = 0; i < on_cpu(c, &ppc64_tlb_batch)->index; i++)
			x |= 1 << on_cpu(c, &ppc64_tlb_batch)->vpn[i];
	return x;
}

static void arch_any(bool active)
{
	struct ppc64_tlb_batch *b;
	unsigned int k = any(PAGES), n = active ? any(PPC64_TLB_BATCH_NR) : 0;

	cpu = any(2);
	b = this_cpu_ptr(&ppc64_tlb_batch);
	b->mm = &mms[page[k].mm];
	b->psize = page[k].psize;
	b->ssize = page[k].ssize;
	b->index = n;
	for (int i = 0; i < n; i++) {
		b->vpn[i] = k < 2 ? any(2) : k;
		b->pte[i].pte = b->vpn[i];
		stale[0][b->vpn[i]] = any(2);	/* a page may be in it twice */
	}
}

static void arch_check(bool active)
{
	struct ppc64_tlb_batch *b = this_cpu_ptr(&ppc64_tlb_batch);

	check(!on_cpu(!cpu, &ppc64_tlb_batch)->index, "nothing is left behind on another CPU");
	check(b->index < PPC64_TLB_BATCH_NR, "a full batch is flushed");
	for (int i = 0; i < b->index; i++)
		check(b->mm == &mms[page[b->vpn[i]].mm] && b->psize == page[b->vpn[i]].psize &&
		      b->ssize == page[b->vpn[i]].ssize, "a batch has one mm, page size and segment size");
}

static unsigned long arch_key(void)
{
	struct ppc64_tlb_batch *b = this_cpu_ptr(&ppc64_tlb_batch);
	unsigned long x = b->index << 1 | cpu;

	if (b->index)
		x = x << 3 | (b->mm == &mms[1]) << 2 | b->psize << 1 | b->ssize;
	for (int i = 0; i < b->index; i++)
		x = x << 3 | b->vpn[i];
	return x << PAGES | unsettled(0);
}

static void switch_task(struct task_struct *next)
{
	check(!this_cpu_ptr(&ppc64_tlb_batch)->index, "no task is switched away with a batch");
	cpu = any(2);
}
#include "spec.h"
