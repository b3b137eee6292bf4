/*
 * arm64: the two barriers after a change of a kernel entry are held back in the task. Each is
 * looked at by itself: a dsb, then an isb behind it.
 */
#include "env.h"
#define BOUNDS ""
#define ARCH_PREEMPT 0
#define CAN_BE_UNUSED false
#define STEPS GUARDS

typedef struct { u64 pte; } pte_t;
#define pte_val(p) ((p).pte)
#define PTE_VALID 1UL
#define PTE_USER (1UL << 6)
#define PTE_UXN (1UL << 54)

/* What a context has stored without these since. */
STATE bool no_dsb[4], no_isb[4];
#define st_pending() (the_task.lazy_mmu_state.arch_pending)
#define dsb(what) do { tick(); op_begin(); no_dsb[context] = false; op_end(); } while (0)
#define isb() do { tick(); op_begin(); no_isb[context] &= no_dsb[context]; op_end(); } while (0)
#define WRITE_ONCE(x, v) do { tick(); (x) = (v); written(v); } while (0)
static void written(pte_t pte);

#include "arm64-hooks.h"
#include "arm64-set.h"

#define debug_switch_state() do { } while (0)
#define fpsimd_thread_switch(t) do { } while (0)
#define tls_thread_switch(t) do { } while (0)
#define hw_breakpoint_thread_switch(t) do { } while (0)
#define contextidr_thread_switch(t) do { } while (0)
#define entry_task_switch(t) do { } while (0)
#define ssbs_thread_switch(t) do { } while (0)
#define cntkctl_thread_switch(p, n) do { } while (0)
#define ptrauth_thread_switch_user(t) do { } while (0)
#define permission_overlay_switch(t) do { } while (0)
#define gcs_thread_switch(t) do { } while (0)
#define mte_thread_switch(t) do { } while (0)
#define update_sctlr_el1(v) do { } while (0)
#define mpam_thread_switch(t) do { } while (0)
#define cpu_switch_to(prev, next) (prev)
#include "arm64-switch.h"

static void written(pte_t pte)
{
	if (pte_valid_not_user(pte))
		no_dsb[context] = no_isb[context] = true;
}

STATE pte_t table;

static void store(void)
{
	pte_t pte = { any(2) * PTE_VALID | any(2) * PTE_UXN | any(2) * PTE_USER };

	__set_pte(&table, pte);
}

static unsigned long unsettled(unsigned int c) { return no_dsb[c] | no_isb[c] << 1; }
static unsigned long held(void) { return st_pending() ? 3 : 0; }

static void arch_any(bool active)
{
	the_task.lazy_mmu_state.arch_pending = active && any(2);
	no_isb[0] = st_pending() && any(2);
	no_dsb[0] = no_isb[0] && any(2);	/* a context switch may have done it */
}

static void arch_check(bool active)
{
	check(!st_pending() || active, "barriers are pending only in a section");
}

static unsigned long arch_key(void) { return st_pending() | unsettled(0) << 1; }

static void switch_task(struct task_struct *next)
{
	__switch_to(current, next);
	check(!no_dsb[0], "a switch has a dsb, as the next CPU has to see the stores");
	cpu = any(2);
}
#include "spec.h"
