/*
 * Xen PV: updates are held back in a queue of the CPU. The hypervisor is two functions, and
 * may refuse an update. Each update that is made is written down, and has to be carried out
 * once, after the older ones of its entry. The queue has room for MC_BATCH calls instead of
 * 32, and for that many updates less one (early buffer) or one more instead of 512 (large).
 */
#include "env.h"
#define STRING(x) STRING_OF(x)
#define STRING_OF(x) #x
#define BOUNDS ", " STRING(MC_BATCH) " calls, " STRING(REFUSALS) " refused, 2 entries"
#define ARCH_PREEMPT 0
#define CAN_BE_UNUSED true
#define STEPS GUARDS
#define cpu_feature_enabled(f) used

typedef struct { u64 pte; } pte_t, pmd_t, pud_t;
typedef u64 pteval_t;
typedef struct { u64 maddr; } xmaddr_t;
typedef unsigned long xen_ulong_t;
typedef long xen_long_t;
typedef unsigned short domid_t;
struct mm_struct;
struct vm_area_struct { struct mm_struct *vm_mm; };
#define __percpu
#define __HYPERVISOR_mmu_update 1
#define OTHER_OP 26
#define MMU_NORMAL_PT_UPDATE 0
#define MMU_PT_UPDATE_PRESERVE_AD 2
#define DOMID_SELF 0x7ff0
#define PAGE_SIZE 4096
#ifndef MC_BATCH
#define MC_BATCH 3
#endif
#ifndef REFUSALS
#define REFUSALS 1
#endif
#define PTRS_PER_PTE MC_BATCH
#define PVOP_VCALL0(ops, f) xen_flush_lazy_mmu()
#define roundup(x, y) ((((x) + ((y) - 1)) / (y)) * (y))
static volatile bool never;		/* xen_mc_debug */
#define static_key_false(k) never
#define get_mc_debug() NULL
#define print_debug_data(...) do { } while (0)
#define __builtin_return_address(x) NULL
#define DEFINE_RATELIMIT_STATE(...)
#define __ratelimit(l) true
#define printk_deferred_enter() do { } while (0)
#define printk_deferred_exit() do { } while (0)
#define trace_xen_mc_flush(...) do { } while (0)
#define trace_xen_mc_flush_reason(...) do { } while (0)
#define trace_xen_mc_entry_alloc(...) do { } while (0)
#define trace_xen_mc_entry(...) do { } while (0)
#define trace_xen_mc_extend_args(...) do { } while (0)
#define trace_xen_mc_callback(...) do { } while (0)
#define trace_xen_mc_batch(...) do { } while (0)
#define trace_xen_mc_issue(...) do { } while (0)
#define trace_xen_mmu_set_pte(...) do { } while (0)
#define trace_xen_mmu_ptep_modify_prot_commit(...) do { } while (0)
#include "xen-interface.h"

/* Entries 0 and 1 are of anyone but NMIs, which have the last. */
enum { NPTE = 3, UFFD = 1, W = 2, DIRTY = 4, MADE = 40 };
STATE pte_t pt[NPTE];			/* as the hypervisor has it */
STATE u64 values;
#define fresh() ((++values << 3) + W)
STATE struct made {			/* what has been asked for */
	u64 ptr, val;
	unsigned int context;
	bool other, done, refused, reported;	/* other: not an update, but has to come behind */
} made[MADE];
STATE unsigned int nmade, callbacks_due, refusals;
#define entry_of(u) ((u)->ptr / 8)

static void ask(u64 ptr, u64 val, bool other)
{
	check(nmade < MADE, "the proof has room");
	made[nmade++] = (struct made){ ptr, val, context, other };
}

/* One is carried out: the oldest that looks like this. */
static struct made *carry_out(u64 ptr, u64 val, bool other)
{
	for (unsigned int i = 0; i < nmade; i++) {
		struct made *m = &made[i];

		if (m->done || lost >> i & 1)
			continue;
		if (m->other == other && m->ptr == ptr && m->val == val) {
			m->done = true;
			return m;
		}
		check(in_nmi() || (!m->other && !other && m->ptr / 8 != ptr / 8),
		      "what is older comes first: of one entry, and of calls of other kinds");
	}
	check(false, "nothing is carried out twice, or unasked for");
	return NULL;
}

static int apply(struct mmu_update *u, int n, int *done)
{
	for (int i = 0; i < n; i++) {
		struct made *m = carry_out(u[i].ptr, u[i].val, false);

		if (refusals && any(2)) {
			say("    Xen refuses update %d of %d\n", i + 1, n);
			refusals--;
			m->refused = true;
			if (done)
				*done = i;
			return -22;
		}
		pt[entry_of(&u[i])].pte = u[i].val;
	}
	return 0;
}

/* What the setter at work has to ask for. */
STATE struct { unsigned int entry, n, flag, counted; u64 clear_bits, val; } want;

static void asked_for(const struct mmu_update *u)
{
	unsigned int k = entry_of(u);
	u64 val = want.clear_bits ? pt[k].pte & ~want.clear_bits : want.val;

	check(want.n && k == want.entry && u->val == val && (u->ptr & 7) == want.flag,
	      "an update is what the caller wanted");
	want.entry++;
	want.n--;
	ask(u->ptr, u->val, false);
}

static int HYPERVISOR_mmu_update(struct mmu_update *u, int n, int *done, domid_t dom)
{
	int err;

	op_begin();
	if (want.n && u->val == want.val)	/* not queued */
		asked_for(u);
	err = apply(u, n, done);
	op_end();
	return err;
}

static long one_call(unsigned long op, unsigned long a, unsigned long n, unsigned long done)
{
	if (op == __HYPERVISOR_mmu_update)
		return apply((struct mmu_update *)a, n, (int *)done);
	check(op == OTHER_OP, "a call is complete when it is issued");
	carry_out(0, a, true);
	return 0;
}

static long xen_single_call(unsigned long op, unsigned long a, unsigned long b,
			    unsigned long c, unsigned long d, unsigned long e)
{
	long ret;

	op_begin();
	ret = one_call(op, a, b, c);
	op_end();
	return ret;
}

static int HYPERVISOR_multicall(struct multicall_entry *e, unsigned int n)
{
	op_begin();
	for (unsigned int i = 0; i < n; i++) {
		e[i].result = one_call(e[i].op, e[i].args[0], e[i].args[1], e[i].args[2]);
		e[i].args[0] = e[i].args[1] = e[i].args[2] = ~0UL;	/* Xen may */
	}
	op_end();
	return 0;
}

#define pr_err reported
static void reported(const char *text, ...)
{
	va_list args;
	u64 ptr, val;

	va_start(args, text);
	ptr = va_arg(args, u64);
	val = va_arg(args, u64);
	va_end(args);
	for (unsigned int i = 0; i < nmade; i++)
		if (made[i].refused && !made[i].reported && made[i].val == val &&
		    (made[i].ptr & ~7UL) == ptr) {
			made[i].reported = true;
			return;
		}
	check(false, "what is reported was refused, and is reported once");
}

/* The queue: interrupts and the task may look at it, but no NMI. */
static int queue_at(const char *file, int line)
{
	check(!armed || !in_nmi(), "an NMI leaves the queue alone");
	return tick_at(file, line);
}
#define mcidx mcidx[1]
#include "xen-buffer.h"
#undef mcidx
#define mcidx mcidx[queue_at(__FILE__, __LINE__)]
DEFINE_PER_CPU(struct mc_buffer, mc_buffer);
DEFINE_PER_CPU(unsigned long, xen_mc_irq_flags);
DEFINE_PER_CPU(bool, xen_cpu_lazy_mode);
PERCPU unsigned char large[MC_ARGS_LARGE];
STATE unsigned char *mc_args_large;
STATE unsigned int mc_args_size;

struct multicall_space __xen_mc_entry(size_t args);
void xen_mc_flush(void);
void xen_report_refused(const struct mmu_update *update, int err);
#include "xen-space.h"
#include "xen-batch.h"
#include "xen-queue.h"
#include "xen-multi.h"
#include "xen-extend.h"

STATE unsigned int locked;		/* entries of which a caller holds the lock */

static pte_t ptep_get(pte_t *ptep)
{
	tick();			/* it may fault */
	return *ptep;
}

static void page_table_counted(unsigned int n) { want.counted += n; }

static void queue_asked_for(const struct mmu_update *u)
{
	check(irqs_off && !in_nmi(), "the queue is filled with interrupts off, and in no NMI");
	asked_for(u);
}

#define xen_extend_mmu_update(u) (queue_asked_for(u), xen_extend_mmu_update(u))
#define virt_to_machine(p) ((xmaddr_t){ ((pte_t *)(p) - pt) * 8 })
#define arbitrary_virt_to_machine virt_to_machine
#define pte_val_ma(p) ((p).pte)
#define pmd_val_ma(p) ((p).pte)
#define pud_val_ma(p) ((p).pte)
#define pte_wrprotect(p) ((pte_t){ (p).pte & ~(u64)W })
#define pte_mkclean(p) (p)
#define pte_mkold(p) (p)
#define pte_present(p) ((void)(p), true)	/* no swap entries here */
#define pte_uffd(p) ((p).pte & UFFD)
#define pte_write(p) ((p).pte & W)
#define pte_dirty(p) ((p).pte & DIRTY)
#define page_table_check_pte_clear(...) page_table_counted(1)
#define page_table_check_ptes_set(...) page_table_counted(1)
static pte_t ptep_get_and_clear(struct mm_struct *mm, unsigned long addr, pte_t *ptep);
static void ptep_set_wrprotect(struct mm_struct *mm, unsigned long addr, pte_t *ptep);
#include "xen-set.h"
#include "xen-switch.h"
#include "xen-hooks.h"

/* An xchg or a cmpxchg, which Xen emulates at once: nothing of this entry is queued. */
static pte_t emulated(pte_t *ptep, u64 val)
{
	pte_t old = *ptep;

	check(want.n && ptep - pt == want.entry, "an xchg is of the entry that the caller wanted");
	want.entry++;
	want.n--;
	ptep->pte = val;
	return old;
}

static pte_t ptep_get_and_clear(struct mm_struct *mm, unsigned long addr, pte_t *ptep)
{
	page_table_counted(1);
	return emulated(ptep, 0);
}

static void ptep_set_wrprotect(struct mm_struct *mm, unsigned long addr, pte_t *ptep)
{
	emulated(ptep, ptep->pte & ~(u64)W);
}

static void callback(void *before)
{
	check(callbacks_due, "a callback is called once");
	callbacks_due--;
	for (unsigned long i = 0; i < (unsigned long)before; i++)
		check(made[i].done || lost >> i & 1, "a callback comes after the calls before it");
}

/* As in mmu_pv.c: a TLB flush, or one that pins or unpins a table and then unlocks it. */
static void other_call(bool with_callback)
{
	struct multicall_space mcs = xen_mc_entry(0);
	u64 id = fresh();

	ask(0, id, true);
	mcs.mc->op = OTHER_OP;
	mcs.mc->args[0] = id;
	if (with_callback) {
		callbacks_due++;
		xen_mc_callback(callback, (void *)(unsigned long)nmade);
	}
	xen_mc_issue(!is_lazy_mmu_mode_active());
}

static unsigned long unsettled(unsigned int c)
{
	unsigned long x = 0;

	for (unsigned int i = 0; i < nmade; i++)
		if (!made[i].done && made[i].context == c)
			x |= 1UL << i;
	return x;
}

/* Those that are queued, on whatever CPU. */
static unsigned long held(void)
{
	unsigned long x = 0;

	for (unsigned int c = 0; c < 2; c++) {
		struct mc_buffer *b = on_cpu(c, &mc_buffer);

		for (unsigned int i = 0; i < b->mcidx; i++) {
			struct multicall_entry *e = &b->entries[i];
			struct mmu_update *u = (void *)e->args[0];
			unsigned int n = e->op == __HYPERVISOR_mmu_update ? e->args[1] : e->op == OTHER_OP;

			for (unsigned int j = 0; j < n; j++)
				for (unsigned int k = 0; k < nmade; k++)
					if (e->op == OTHER_OP ? made[k].other && made[k].val == e->args[0] :
					    !made[k].other && made[k].ptr == u[j].ptr && made[k].val == u[j].val)
						x |= 1UL << k;
		}
	}
	return x;
}

static const char *const setter[] = {
	"xen_set_pte()", "xen_ptep_modify_prot_commit()", "a call of another kind", "xen_wrprotect_ptes()",
	"xen_clear_ptes()", "xen_set_pmd_hyper()", "xen_set_pud_hyper()", "xen_ptep_get_and_clear()",
};

static bool is_queued(unsigned int k, unsigned int n)
{
	for (unsigned int i = 0; i < nmade; i++)
		if (!made[i].done && !made[i].other && made[i].ptr / 8 >= k && made[i].ptr / 8 < k + n)
			return true;
	return false;
}

static void store(void)
{
	unsigned int k = in_nmi() ? 2 : any(2), n = 1, kind = in_nmi() ? 0 : any(context ? 2 : 8);
	bool at_once = false, clean;
	unsigned int was = locked;
	typeof(want) below = want;
	pte_t val = { fresh() };

	if (!used)
		return;			/* native x86 holds nothing back */
	assume(!(locked >> k & 1));
	if (kind == 3 || kind == 4 || kind == 7) {
		n += kind != 7 && !k && any(2);
		/* They read the entry: nothing of it may be queued, and nobody else may change it. */
		assume(!is_queued(k, n));
		locked |= ((1 << n) - 1) << k;
	}
	if (kind == 4 && any(2)) {
		pt[k].pte |= UFFD;
		at_once = true;
	}
	say("    %s: %u from entry %u\n", setter[kind], n, k);
	want = (typeof(want)){ .entry = k, .n = n, .val = val.pte };
	switch (kind) {
	case 0: xen_set_pte(&pt[k], val); break;
	case 1:
		want.flag = MMU_PT_UPDATE_PRESERVE_AD;
		xen_ptep_modify_prot_commit(&(struct vm_area_struct){ }, 0, &pt[k], val);
		break;
	case 2:
		want.n = 0;
		other_call(any(2));
		break;
	case 3:
		want.flag = MMU_PT_UPDATE_PRESERVE_AD;
		want.clear_bits = W;
		pt[k].pte |= any(2) * DIRTY;
		clean = (pt[k].pte & W) && !(pt[k].pte & DIRTY);
		xen_wrprotect_ptes(NULL, 0, &pt[k], n);
		check(!clean || !is_queued(k, 1), "at once: those that may become dirty");
		break;
	case 4:
		want.clear_bits = ~0UL;
		xen_clear_ptes(NULL, 0, &pt[k], n);
		break;
	case 5: xen_set_pmd_hyper(&pt[k], val); break;
	case 6: xen_set_pud_hyper(&pt[k], val); break;
	case 7:
		pt[k].pte |= any(2) * DIRTY;
		pt[k].pte &= ~(any(2) * (u64)W);
		val = pt[k];
		at_once = (val.pte & W) && !(val.pte & DIRTY);
		want.clear_bits = ~0UL;
		check(xen_ptep_get_and_clear(NULL, 0, &pt[k]).pte == val.pte, "what was cleared is returned");
		break;
	}
	check(!want.n, "each entry is changed");
	check((kind != 1 && kind != 4 && kind != 7) || want.counted == n, "page_table_check counts each entry");
	at_once |= kind == 5 || kind == 6;
	check(!at_once || !is_queued(k, n), "at once: upper levels, and those that may become dirty or that userfaultfd protects");
	want = below;
	locked = was;
}

static void arch_any(bool active)
{
	struct mc_buffer *b;
	unsigned int i, j, n;

	refusals = REFUSALS;
	mc_args_large = any(2) ? large : NULL;
	mc_args_size = mc_args_large ? MC_ARGS_LARGE : MC_ARGS_EARLY;
	for (i = 0; i < NPTE; i++)
		pt[i].pte = fresh();
	if (!active)
		return;
	/* Any queue. Only the last call may have more than one update. */
	b = this_cpu_ptr(&mc_buffer);
	b->mcidx = any(MC_BATCH + 1);
	for (i = 0; i < b->mcidx; i++) {
		struct multicall_entry *e = &b->entries[i];
		struct mmu_update *u = (void *)(mc_args(b) + b->argidx);

		n = any(i + 1 < b->mcidx ? 2 : mc_args_size / 16);
		assume(b->argidx + 16 * n < mc_args_size);
		if (n) {
			MULTI_mmu_update(e, u, n, NULL, DOMID_SELF);
		} else {
			e->op = OTHER_OP;
			e->args[0] = fresh();
			ask(0, e->args[0], true);
			if (b->cbidx < MC_BATCH && any(2)) {
				b->callbacks[b->cbidx].fn = callback;
				b->callbacks[b->cbidx++].data = (void *)(unsigned long)nmade;
				callbacks_due++;
			}
		}
		for (j = 0; j < n; j++) {
			u[j].ptr = 8 * any(2);
			u[j].val = fresh();
			ask(u[j].ptr, u[j].val, false);
		}
		b->argidx += 16 * n;
	}
}

static void arch_check(bool active)
{
	struct mc_buffer *b = this_cpu_ptr(&mc_buffer);

	check(!on_cpu(!cpu, &mc_buffer)->mcidx, "nothing is left behind on another CPU");
	check(callbacks_due == b->cbidx || dying, "each callback is called or queued");
	check(b->mcidx || (!b->argidx && !b->cbidx), "an empty queue is empty");
	check(!this_cpu_read(xen_cpu_lazy_mode), "the CPU is not in the context switch");
	for (int i = 0; i + 1 < b->mcidx; i++)
		check(b->entries[i].op != __HYPERVISOR_mmu_update || b->entries[i].args[1] == 1,
		      "only the last call has more than one update");
	for (unsigned int i = 0; i < nmade; i++)
		check(!made[i].refused || made[i].reported || dying, "each refusal is reported");
}

static unsigned long arch_key(void)
{
	struct mc_buffer *b = this_cpu_ptr(&mc_buffer);
	unsigned long x = b->mcidx << 3 | b->cbidx;

	for (int i = 0; i < b->mcidx; i++) {
		struct multicall_entry *e = &b->entries[i];
		unsigned int n = e->op == __HYPERVISOR_mmu_update ? e->args[1] : 0;

		x = x << 3 | n;
		for (int j = 0; j < n; j++)
			x = x << 1 | ((struct mmu_update *)e->args[0])[j].ptr / 8;
	}
	return x << 4 | b->argidx / 16 << 1 | !!mc_args_large;
}

static void switch_task(struct task_struct *next)
{
	unsigned int pauses = current->lazy_mmu_state.pause_count;

	if (!used)
		return;
	xen_start_context_switch(current);
	check(!this_cpu_ptr(&mc_buffer)->mcidx, "nothing is left behind by the switch");
	check(current->lazy_mmu_state.pause_count == pauses, "a switch changes no counter");
	cpu = any(2);
	this_cpu_write(xen_cpu_lazy_mode, true);
	xen_end_context_switch(next);
}
#include "spec.h"
