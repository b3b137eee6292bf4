/*
 * The specification: two integers, and what the world may do. Included at the end of a model,
 * an architecture's (real or not), which defines
 *
 *	arch_*_lazy_mmu_mode()	the hooks
 *	store(void)		change a page table, in the present context
 *	unsettled(context)	which changes of it have not taken effect, as bits
 *	held(void)		which ones of the task are held back
 *	arch_any(active)	any state in which it may be between two steps of a task
 *	arch_check(active)	is it in one? More than the above
 *	arch_key(void)		the state as a number
 *	switch_task(next)	the context switch away from the task, and back if next is it
 *
 * and has op_begin() and op_end() around what makes changes take effect.
 *
 * The proof is by induction: from any legal state, one step, with EVENTS of the world at any
 * of the accesses. The state that follows has to be one of those started from. So there is
 * no bound on the number of steps. Bounds are EVENTS and what a model scales down.
 */
static unsigned int max_events, counts, only;
static const char *const counts_of[] = { "0", "0 1", "0 1 2", "0 1 2 254", "0 1 2 254 255" };
STATE unsigned int events;
STATE bool inside;		/* enter was called, and leave not yet */
STATE unsigned int hooks, ops;	/* of these now running */
STATE bool died_in_flush;
STATE bool switching;		/* in the scheduler, where an oops is the end of the machine */

#define KERNEL(call) do { armed = true; call; armed = false; } while (0)

static void op_begin(void)
{
	check(!died_in_flush || !hooks || context, "a flush in which the task died is not repeated");
	ops++;
	tick_at(at_file, at_line);
}

static void op_end(void)
{
	tick_at(at_file, at_line);
	ops--;
}

/* The rules for hooks, around the real ones. */
static void hook(void (*real)(void), bool is_enter, bool is_leave)
{
	check(!in_interrupt(), "hooks run in task context only");
	check(used, "no hook is called where the mode is not in use");
	check(dying || inside != is_enter, is_enter ? "enter comes after leave" : "flush and leave come after enter");
	hooks++;
	real();
	hooks--;
	if (is_enter || is_leave)
		inside = is_enter;
}
static void hook_enter(void) { hook(arch_enter_lazy_mmu_mode, true, false); }
static void hook_flush(void) { hook(arch_flush_lazy_mmu_mode, false, false); }
static void hook_leave(void) { hook(arch_leave_lazy_mmu_mode, false, true); }
#define arch_enter_lazy_mmu_mode() hook_enter()
#define arch_flush_lazy_mmu_mode() hook_flush()
#define arch_leave_lazy_mmu_mode() hook_leave()
#undef DEFINE_LOCK_GUARD_0
#define DEFINE_LOCK_GUARD_0(name, begin, end)				\
	static void name##_begin(void) { begin; }			\
	static void name##_end(void) { end; }
#include "layer.h"
#include "guards.h"

enum { ENABLE, DISABLE, PAUSE, RESUME, STORE, OOPS, FORK, SWITCH, GUARDS, NSTEPS = GUARDS + 4 };
static const char *const step_name[] = {
	"lazy_mmu_mode_enable()", "lazy_mmu_mode_disable()", "lazy_mmu_mode_pause()",
	"lazy_mmu_mode_resume()", "a store", "an oops", "a fork", "a context switch",
	"guard(lazy_mmu) begins", "guard(lazy_mmu) ends",
	"guard(lazy_mmu_pause) begins", "guard(lazy_mmu_pause) ends",
};

static unsigned long ended[NSTEPS];	/* how many runs */

static void call(unsigned int what)
{
	switch (what) {
	case ENABLE: lazy_mmu_mode_enable(); break;
	case DISABLE: lazy_mmu_mode_disable(); break;
	case PAUSE: lazy_mmu_mode_pause(); break;
	case RESUME: lazy_mmu_mode_resume(); break;
#ifndef BASE
	case GUARDS + ENABLE: lazy_mmu_begin(); break;
	case GUARDS + DISABLE: lazy_mmu_end(); break;
	case GUARDS + PAUSE: lazy_mmu_pause_begin(); break;
	case GUARDS + RESUME: lazy_mmu_pause_end(); break;
#endif
	}
}

STATE struct {
	int count[2];		/* sections, pauses */
	bool warned, bh_off, preempt_off;
} spec;
static struct lazy_mmu_state *const st = &the_task.lazy_mmu_state;

static bool spec_counts(void) { return used || IS_ENABLED(CONFIG_DEBUG_VM); }
static bool spec_active(void) { return spec.count[0] > 0 && spec.count[1] == 0; }

static void spec_call(unsigned int what)
{
	int *count = &spec.count[what >= PAUSE];
	bool end = what & 1;

	if (spec.bh_off || !spec_counts())
		return;
	if (*count == (end ? 0 : 255))
		spec.warned = true;
	else
		*count += end ? -1 : 1;
}

/* What has to hold between two steps. */
static void check_all(void)
{
	bool active = spec_active();

	check(st->enable_count == spec.count[0], "enable_count counts the sections");
	check(st->pause_count == spec.count[1], "pause_count counts the pauses");
	check(is_lazy_mmu_mode_active() == (active && !spec.bh_off), "active as specified");
	check(inside == (active && used), "between enter and leave exactly if active");
	check(preempt_count() == spec.preempt_off + spec.bh_off * SOFTIRQ_DISABLE_OFFSET +
	      (active && used ? ARCH_PREEMPT : 0), "the preemption count is balanced");
	check(!irqs_off, "interrupts are on");
	check(!(unsettled(0) & ~held()), "what has not taken effect is held back somewhere");
	check(active || !held(), "nothing is held back where the mode is not active");
#ifndef BASE
	check(the_task.non_block_count == active, "the task may not sleep exactly if active");
	check(section_map.held == !!spec.count[0], "lockdep knows of an open section");
	check(pause_map.held == !!spec.count[1], "lockdep knows of an open pause");
	check((!section_map.held || section_map.placed) && (!pause_map.held || pause_map.placed),
	      "lockdep knows where it began");
#endif
#ifdef CONFIG_DEBUG_VM
	check(warned == spec.warned, "misuse warns, and nothing else");
#endif
	arch_check(active);
}

/* An interrupt. Which calls it makes does not matter to the real hooks: layer.c has shown it. */
static void interrupt(unsigned int offset, const char *name)
{
	struct lazy_mmu_state before = *st;
	unsigned int pc = preempt_count(), what = STORE, o = ops, h = hooks;
	bool w = warned, off = irqs_off;
	int nb = the_task.non_block_count, held_maps = section_map.held * 2 + pause_map.held;

#ifdef IRQ_CALLS
	what = any(5);
#endif
	say("  %s:%d: %s comes: %s\n", at_file, at_line, name, step_name[what]);
	context++;
	preempt_count_set(pc + offset);
	irqs_off |= offset != SOFTIRQ_OFFSET;
	check(!is_lazy_mmu_mode_active(), "the mode is not active in an interrupt");
	if (what == STORE)
		KERNEL(store());
	else
		KERNEL(call(what));
	check(!unsettled(context), "a change in an interrupt takes effect at once");
	check(!memcmp(st, &before, sizeof(before)) && the_task.non_block_count == nb &&
	      section_map.held * 2 + pause_map.held == held_maps && warned == w,
	      "an interrupt touches nothing of the task");
	check(preempt_count() == pc + offset && irqs_off == (off | (offset != SOFTIRQ_OFFSET)),
	      "an interrupt leaves as it came");
	irqs_off = off;
	preempt_count_set(pc);
	context--;
	ops = o;
	hooks = h;
}

/* A breakpoint or kprobe handler in task context. */
static void breakpoint(void)
{
	unsigned int pc = preempt_count(), e = st->enable_count, p = st->pause_count, o = ops, h = hooks;

	say("  %s:%d: a breakpoint: its handler pauses, stores, and resumes\n", at_file, at_line);
	ops = hooks = 0;
	preempt_count_set(pc + 1);
	KERNEL(lazy_mmu_mode_pause());
	check(!is_lazy_mmu_mode_active(), "the mode is not active in a pause");
	context++;
	KERNEL(store());
	check(!unsettled(context), "a change in the pause of a breakpoint takes effect at once");
	context--;
	KERNEL(lazy_mmu_mode_resume());
	check(st->enable_count == e && st->pause_count == p && preempt_count() == pc + 1,
	      "a breakpoint leaves the counters as they were");
	preempt_count_set(pc);
	ops = o;
	hooks = h;
}

/* The real make_task_dead() ends here. */
static void check_dead(int preempt_off)
{
	armed = false;
	check(!st->enable_count && !st->pause_count, "a dead task is in no section and no pause");
	check(!held(), "nothing of a dead task is held back");
	check(!(unsettled(0) & ~lost), "what was held back when the task died has taken effect");
	check(preempt_count() == preempt_off && !irqs_off, "a dead task can be preempted");
	ended[OOPS]++;
#ifndef BASE
	check(the_task.non_block_count == 0, "a dead task may sleep");
#endif
	arch_check(false);
	assume(false);
}
static void panic(const char *why, ...) { assume(false); }
#define do_exit(s) check_dead(0)
#define do_task_dead() check_dead(1)
#define futex_exit_recursive(t) do { } while (0)
#define refcount_inc(r) do { } while (0)
#define atomic_inc_return(a) (++*(a))
STATE unsigned int oops_limit, oops_count;
#include "exit.h"

static void oops(void)
{
	say("  %s:%d: an oops\n", at_file, at_line);
	dying = true;
	died_in_flush = hooks && ops;
	lost = unsettled(0) & ~held();
	hooks = ops = context = 0;
	the_task.flags = any(2) ? PF_EXITING : 0;
	oops_limit = 10000;
	KERNEL(make_task_dead(11));
}

/* The scheduler, with interrupts off. The task goes on if next is it. */
static void schedule_to(struct task_struct *next)
{
	unsigned int pc = preempt_count(), e = st->enable_count, p = st->pause_count;

	preempt_count_set(pc + 2);
	irqs_off = switching = true;
	KERNEL(switch_task(next));
	check(next != current || (st->enable_count == e && st->pause_count == p),
	      "a switch changes no counter");
	irqs_off = switching = false;
	preempt_count_set(pc);
	say("    switched to %s, on CPU %u\n", next == current ? "another and back" : "it", cpu);
}

enum event { NMI, HARD, SOFT, BREAK, PREEMPT, DIE, NOTHING };
static unsigned long came[NOTHING + 1];	/* how often */

static int tick_at(const char *file, int line)
{
	enum event can[NOTHING], what;
	unsigned int n = 0, pick;

	if (!armed)
		return 0;
	at_file = file;
	at_line = line;
	if (events == max_events)
		return 0;
	armed = false;
	if (!in_nmi())
		can[n++] = NMI;
	if (!in_nmi() && !in_hardirq() && !irqs_off)
		can[n++] = HARD;
	if (!in_interrupt() && !irqs_off)
		can[n++] = SOFT;
	if (!context && !irqs_off && st->pause_count < 255)
		can[n++] = BREAK;
	if (!context && preemptible())
		can[n++] = PREEMPT;
	if (!dying && !switching && (!context || in_interrupt()))
		can[n++] = DIE;
	pick = any(n + 1);
	what = pick ? can[pick - 1] : NOTHING;
	events += pick > 0;
	came[what]++;
	switch (what) {
	case NMI: interrupt(NMI_OFFSET + HARDIRQ_OFFSET, "an NMI"); break;
	case HARD: interrupt(HARDIRQ_OFFSET, "an interrupt"); break;
	case SOFT: interrupt(SOFTIRQ_OFFSET, "a softirq"); break;
	case BREAK: breakpoint(); break;
	case PREEMPT:
		say("  %s:%d: preempted on CPU %u\n", at_file, at_line, cpu);
		schedule_to(&the_task);
		break;
	case DIE: oops(); break;
	case NOTHING: break;
	}
	armed = true;
	return 0;
}

/* A new task, and the first switch to it, maybe in the middle of what its parent is at. */
static void fork_task(void)
{
	struct task_struct *tsk = &child, *orig = &the_task;

	*tsk = *orig;
#ifndef BASE
	{
#include "fork.h"
	}
	check(!tsk->non_block_count, "a new task may sleep");
	check(!tsk->lazy_mmu_state.arch_pending, "nothing is pending in a new task");
#endif
	if (preemptible())
		schedule_to(tsk);
	check(!tsk->lazy_mmu_state.enable_count && !tsk->lazy_mmu_state.pause_count, "a new task is in no section and no pause");
}

/* A count, of all or of those that differ. */
static unsigned int any_count(void)
{
	static const u8 some[] = { 0, 1, 2, 254, 255 };

	return counts == 256 ? any(256) : some[any(counts)];
}

static void any_state(void)
{
	bool active;

	memset(__start_percpu, 0, __stop_percpu - __start_percpu);
	memset(percpu_1, 0, sizeof(percpu_1));
	the_task.pid = 1;
	used = CAN_BE_UNUSED ? !any(2) : true;
	spec.count[0] = any_count();
	spec.count[1] = any_count();
	assume(spec_counts() || (!spec.count[0] && !spec.count[1]));
	spec.bh_off = any(2);
	spec.preempt_off = any(2);
	active = spec_active();
	st->enable_count = spec.count[0];
	st->pause_count = spec.count[1];
	the_task.non_block_count = active;
	section_map.held = !!spec.count[0];
	pause_map.held = !!spec.count[1];
	section_map.placed = pause_map.placed = true;
	inside = active && used;
	arch_any(active && used);
	preempt_count_set(spec.preempt_off + spec.bh_off * SOFTIRQ_DISABLE_OFFSET +
			  (active && used ? ARCH_PREEMPT : 0));
}

static unsigned long key(void) { return arch_key() << 2 | (spec_active() && used) << 1 | used; }

/* The states to start from. */
static void starts(void)
{
	any_state();
	check_all();
	learn(key());
}

/* One step from one of them. */
static void step(void)
{
	unsigned int what;

	any_state();
	what = only ? only - 1 : any(STEPS);
	say("  On CPU %u a task in %d sections and %d pauses%s%s%s: %s\n", cpu, spec.count[0], spec.count[1],
	    spec.bh_off ? ", bottom halves off" : "", spec.preempt_off ? ", preemption off" : "",
	    used ? "" : ", the mode is not in use", step_name[what]);
	switch (what) {
	case STORE:
		context = spec.bh_off;	/* what was held back before that is another's */
		KERNEL(store());
		check((spec_active() && !spec.bh_off) || !unsettled(context),
		      "a change takes effect at once where the mode is not active");
		context = 0;
		break;
	case OOPS:
		assume(!in_interrupt());
		oops();
		break;
	case FORK:
		fork_task();
		ended[FORK]++;
		assume(false);	/* the parent's part is a switch */
		break;
	case SWITCH:
		assume(preemptible());
		schedule_to(&the_task);
		break;
	default:
		spec_call(what % GUARDS);
		KERNEL(call(what));
		if (!spec.bh_off && (what % GUARDS == DISABLE || what % GUARDS == PAUSE))
			check(!unsettled(0), "all changes have taken effect after disable() and pause()");
	}
	check_all();
	check(is_known(key()), "the state is one that the proof starts from");
	ended[what]++;
}

/* A proof may pass for no reason: each step has to end, and each event to come, in some run. */
static bool idle(void)
{
	for (unsigned int i = 0; i < STEPS; i++)
		if (!ended[i] && !only)
			return fprintf(stderr, "proof: no run ends %s\n", step_name[i]);
	for (unsigned int i = 0; i < NOTHING; i++)
		if (!came[i] && !only && max_events)
			return fprintf(stderr, "proof: event %u comes in no run\n", i);
	return false;
}

/*
 * MODEL COUNTS EVENTS [MUTANT [STEP]] - COUNTS: 256 is each value of a counter, n the first n
 * of 0 1 2 254 255. EVENTS: how many of the world in a step, also one on top of another.
 * MUTANT: none, or one of tests/mutants.patch. STEP: the number of one, for it alone. Prints
 * how many runs there were, or a story, which ends with BROKEN. Returns 0, 1 if broken, 2 if
 * it does not understand.
 */
int main(int argc, char **argv)
{
	unsigned int n[5] = { };
	char rest;

	for (int i = 1; i < argc && i < 5; i++)
		if (i != 3 && sscanf(argv[i], "%u%c", &n[i], &rest) != 1)
			argc = 0;
	counts = n[1];
	if (argc < 3 || argc > 5 || !counts || (counts > 5 && counts != 256) || n[4] >= STEPS) {
		fprintf(stderr, "usage: %s COUNTS EVENTS [MUTANT [STEP]]\n", argc ? argv[0] : "MODEL");
		return 2;
	}
	if (__stop_percpu - __start_percpu > sizeof(percpu_1))
		abort();
	explore(starts);
	sort_known();
	max_events = n[2];
	runs = 0;
	while (argc > 3 && mutant < NMUTANTS && strcmp(mutants[mutant], argv[3]))
		mutant++;
	if (mutant == NMUTANTS) {
		fprintf(stderr, "%s: no mutant '%s'\n", argv[0], argv[3]);
		return 2;
	}
	only = argc > 4 ? n[4] + 1 : 0;
	explore(step);
	if (idle())
		return 2;
	printf("%lu runs from %zu states of the architecture, counts %s, at most %u events a step%s\n", runs,
	       nknown, counts == 256 ? "0 to 255" : counts_of[counts - 1], max_events, BOUNDS);
	return 0;
}
