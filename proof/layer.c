/*
 * The layer alone, for an architecture that holds back whatever it may. Its hooks only watch.
 * With -DBASE the layer of 7.3.4, with Xen's context switch of that time.
 */
#include "env.h"
#define BOUNDS ""
#define ARCH_PREEMPT (off_in_section)
#define IRQ_CALLS
#ifdef BASE
#define CAN_BE_UNUSED false
#define STEPS GUARDS
#else
#define CAN_BE_UNUSED true
#define STEPS NSTEPS
#define arch_uses_lazy_mmu_mode() used
#endif
STATE bool off_in_section;	/* enter turns preemption off */
STATE bool queued[4], is_unsettled[4];

static void arch_enter_lazy_mmu_mode(void)
{
	tick();
	if (off_in_section)
		preempt_disable();
}

static void arch_flush_lazy_mmu_mode(void)
{
	tick();
	if (!queued[0])
		return;
	queued[0] = false;
	op_begin();
	is_unsettled[0] = false;
	op_end();
}

static void arch_leave_lazy_mmu_mode(void)
{
	arch_flush_lazy_mmu_mode();
	tick();
	if (off_in_section)
		preempt_enable();
}

static unsigned long unsettled(unsigned int context) { return is_unsettled[context]; }
static unsigned long held(void) { return queued[0]; }

static void store(void)
{
	bool active = is_lazy_mmu_mode_active() && used;

	tick();
	is_unsettled[context] |= active;
	queued[context] |= active;
}

static void arch_any(bool active)
{
	off_in_section = any(2);
	is_unsettled[0] = queued[0] = active && any(2);
}

static void arch_check(bool active) { }
static unsigned long arch_key(void) { return queued[0] << 1 | off_in_section; }
#ifdef BASE
static void xen_start_context_switch(struct task_struct *prev);
static void xen_end_context_switch(struct task_struct *next);
#endif

static void switch_task(struct task_struct *next)
{
#ifdef BASE
	xen_start_context_switch(current);
	xen_end_context_switch(next);
#endif
	cpu = any(2);
}
#include "spec.h"
#ifdef BASE
#define xen_mc_flush() do { } while (0)
STATE bool xen_cpu_lazy_mode;
#include "xen-switch.h"
#endif
