/*
 * What the kernel code finds around it, as little as it needs: one task, two CPUs, and a
 * tick() at each access to the state, where the world may do something (see spec.h).
 */
#include "explore.h"
typedef unsigned char u8;
typedef unsigned int u32;
typedef unsigned long u64, uint64_t;
typedef unsigned char uint8_t;
#define U8_MAX 255
#define unlikely(x) (x)
#define likely(x) (x)
#undef __always_inline
#define __always_inline inline
#define asmlinkage
#define __noreturn
#define notrace
#define _THIS_IP_ 4711UL
#define EXPORT_SYMBOL(x)
#define EXPORT_SYMBOL_IF_KUNIT(x)

#define CONFIG_MMU 1
#define CONFIG_SMP 1
#define CONFIG_ARCH_HAS_LAZY_MMU_MODE 1
#define CONFIG_PREEMPT_COUNT 1
#define CONFIG_PREEMPTION 1
#define CONFIG_LOCKDEP 1
#define CONFIG_DEBUG_ATOMIC_SLEEP 1
#include "kconfig.h"		/* the real one */

/*
 * The members that are watched are arrays of one in their structures. So each access has
 * an index, which is tick(), and that returns 0.
 */
static int tick_at(const char *file, int line);
#define tick() tick_at(__FILE__, __LINE__)
#define barrier() ((void)tick())
#define READ_ONCE(x) (x)

STATE unsigned int context;	/* 0 is the task; interrupts and breakpoints on top of it */
STATE bool armed;		/* kernel code runs, not the proof's */
STATE bool used;		/* the machine uses the mode */
STATE bool dying;		/* after an oops */
STATE unsigned long lost;	/* changes in flight when the task died */
STATE bool warned, irqs_off;
#define BUG_ON(x) check(!(x), "no BUG_ON(" #x ")")
#define BUG() check(false, "no BUG()")
#define WARN_ON(x) ({ bool __w = !!(x); check(!__w, "no WARN_ON(" #x ")"); __w; })
#define WARN_ON_ONCE(x) ({ bool __w = !!(x); warned |= __w; __w; })
#ifdef CONFIG_DEBUG_VM
#define VM_WARN_ON_ONCE(x) WARN_ON_ONCE(x)
#define VM_WARN_ON(x) check(!(x), "misuse warns once, not each time")
#else
#define VM_WARN_ON_ONCE(x) do { } while (0)
#define VM_WARN_ON(x) do { } while (0)
#endif
#define pr_info(...) do { } while (0)
#define pr_alert(...) do { } while (0)

struct thread_info { int preempt_count; };
STATE struct thread_info the_thread_info;
#define current_thread_info() (&the_thread_info)
#define tif_need_resched() true
#define irqs_disabled() irqs_off
#define local_irq_enable() (irqs_off = false, (void)tick())
#define local_irq_save(f) ((void)tick(), (f) = irqs_off, irqs_off = true)
#define local_irq_restore(f) (irqs_off = (f), (void)tick())

#define enable_count enable_count[1]
#define pause_count pause_count[1]
#define arch_pending arch_pending[1]
#include "state.h"
#undef enable_count
#undef pause_count
#undef arch_pending
#define enable_count enable_count[tick()]
#define pause_count pause_count[tick()]
#define arch_pending arch_pending[tick()]

#define PF_EXITING 4
#define EXIT_DEAD 16
struct task_struct {
	struct lazy_mmu_state lazy_mmu_state;
	int pid, exit_state, rcu_users, non_block_count;
	unsigned int flags;
	const char *comm;
	struct { unsigned long sctlr_user; } thread;
};
STATE struct task_struct the_task, child;
#define current (&the_task)
#define task_pid_nr(task) 1
#define non_block_start() (current->non_block_count++)
#define non_block_end() (current->non_block_count--)

void preempt_schedule(void) { tick_at(at_file, at_line); }
void preempt_schedule_notrace(void) { tick_at(at_file, at_line); }
#define DEFINE_LOCK_GUARD_0(...)
#include "preempt-arch.h"	/* the real ones */
#include "preempt.h"

/* Lockdep: what is held, and whether it knows where it was taken. */
struct lockdep_map { unsigned int held; bool placed; };
STATE struct lockdep_map section_map, pause_map;
#define lazy_mmu_section_map section_map
#define lazy_mmu_pause_map pause_map
static void lock_acquire(struct lockdep_map *map, unsigned int subclass, int trylock, int read,
			 int hard, struct lockdep_map *nest, unsigned long ip)
{
	map->held++;
	map->placed = ip == _THIS_IP_;
}
static void lock_release(struct lockdep_map *map, unsigned long ip) { map->held--; }
/* CONFIG_DEBUG_LAZY_MMU watches only */
static inline void lazy_mmu_debug_flushed(void) { }

/* The context switch away from the task; it comes back if next is the task. */
static void switch_task(struct task_struct *next);
static void schedule_to(struct task_struct *next);

/* Two CPUs. A pointer to a variable of one stays with it. */
STATE unsigned int cpu;
#define PERCPU static __attribute__((section("percpu")))
#define DEFINE_PER_CPU(type, name) PERCPU type name
extern char __start_percpu[], __stop_percpu[];
PERCPU char percpu_is_used __attribute__((used));
static __attribute__((aligned(64))) char percpu_1[2048];
#define on_cpu(c, p) ((typeof(p))((c) ? percpu_1 + ((char *)(p) - __start_percpu) : (char *)(p)))
#define this_cpu_ptr(p) on_cpu(cpu, p)
#define this_cpu_read(v) (*this_cpu_ptr(&(v)))
#define this_cpu_write(v, x) (*this_cpu_ptr(&(v)) = (x))
#define __this_cpu_write this_cpu_write
#define get_cpu_var(v) (*({ preempt_disable(); this_cpu_ptr(&(v)); }))
#define put_cpu_var(v) preempt_enable()
#define smp_processor_id() cpu

/* Which mistake tests/mutants.patch makes. Whose it is does not matter here. */
#ifndef MUTANTS
#define LAZY_MMU_MUTANTS(M)
#else
#include "mutant.h"
#endif
#define NAME(name) #name,
static const char *const mutants[] = { "none", LAZY_MMU_MUTANTS(NAME) };
#define NUMBER(name) LAZY_MMU_MUTANT_##name,
enum { LAZY_MMU_MUTANT_none, LAZY_MMU_MUTANTS(NUMBER) };
#define NMUTANTS (sizeof(mutants) / sizeof(*mutants))
static unsigned int mutant;
bool lazy_mmu_mutant_comm(const char *comm);
#define lazy_mmu_mutant(name) (mutant == LAZY_MMU_MUTANT_##name)
#define lazy_mmu_mutant_by(name, comm) lazy_mmu_mutant(name)
#define lazy_mmu_mutant_move() do { if (preemptible()) schedule_to(current); } while (0)
#define lazy_mmu_mutant_flush(may_die) do { } while (0)
#define lazy_mmu_mutant_dies() do { } while (0)

#ifdef BASE
#include "sched-old.h"
#endif
#include "sched.h"

/* Around what makes changes take effect. */
static void op_begin(void);
static void op_end(void);
