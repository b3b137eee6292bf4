// SPDX-License-Identifier: GPL-2.0
/*
 * count - a QEMU plugin that counts what a guest executes between two calls
 *
 * -plugin count.so,clock=ADDRESS,out=FILE: each second time an instruction at ADDRESS
 * (virtual, the entry of a function) is executed, a line goes to FILE: the number of
 * instructions since the time before, and of some events:
 *
 *   aarch64	dsb, isb, atomic (one instruction of LSE)
 *   ppc64	hcall (sc 1)
 *   x86_64	in_Xen (the hypervisor's instructions, which "instructions" has not), and
 *		each time that a PV guest enters Xen:
 *		hypercall	by a syscall of the kernel
 *		pte_write	by a write that Xen emulates: it goes on behind it
 *		page_fault	that Xen hands to the kernel, or repairs
 *		exception	any other
 *		syscall		of a program, which Xen hands to the kernel
 *		entry		all of these. An interrupt is none, nor is what the
 *				kernel asks Xen for in one, until it returns or
 *				switches to another task: the timer's are the most
 *
 * as "instructions N dsb N ...". All CPUs are counted together; with -icount, they run
 * in turn, and two runs are the same.
 *
 * With map=SYSTEM.MAP,where=FILE, FILE says for each of these lines where the kernel entered
 * Xen: "LINE EVENT TIMES FUNCTION < CALLER < ...". Without map=, interrupts are not known.
 *
 * The plugin interface is that of QEMU up to 8.1 (version 1), of which there is no header
 * to install: what is used is declared here.
 */
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct qemu_plugin_tb;
struct qemu_plugin_insn;
struct qemu_plugin_info { const char *target_name; };

void qemu_plugin_register_vcpu_tb_trans_cb(uint64_t id, void (*cb)(uint64_t id, struct qemu_plugin_tb *tb));
size_t qemu_plugin_tb_n_insns(const struct qemu_plugin_tb *tb);
struct qemu_plugin_insn *qemu_plugin_tb_get_insn(const struct qemu_plugin_tb *tb, size_t i);
const void *qemu_plugin_insn_data(const struct qemu_plugin_insn *insn);
size_t qemu_plugin_insn_size(const struct qemu_plugin_insn *insn);
uint64_t qemu_plugin_insn_vaddr(const struct qemu_plugin_insn *insn);
void qemu_plugin_register_vcpu_tb_exec_cb(struct qemu_plugin_tb *tb, void (*cb)(unsigned int cpu, void *data),
					  int flags, void *data);
void qemu_plugin_register_vcpu_insn_exec_cb(struct qemu_plugin_insn *insn,
					    void (*cb)(unsigned int cpu, void *data), int flags, void *data);
void qemu_plugin_register_vcpu_insn_exec_inline(struct qemu_plugin_insn *insn, int op_add, void *counter,
						uint64_t n);

int qemu_plugin_version = 1;

enum { INSTRUCTIONS, IN_XEN, ENTRY, HYPERCALL, PTE_WRITE, PAGE_FAULT, EXCEPTION, SYSCALL, EVENTS, INTERRUPT };
static const char *name[EVENTS] = { "instructions" };
static uint64_t counter[EVENTS], began[EVENTS], clock_address;
static int (*classify)(const uint8_t *insn, size_t size, uint64_t address);
static FILE *out, *where;

static int classify_aarch64(const uint8_t *b, size_t size, uint64_t address)
{
	uint32_t insn = b[0] | b[1] << 8 | b[2] << 16 | (uint32_t)b[3] << 24;

	if ((insn & 0xfffff0ff) == 0xd503309f)
		return 1;
	if ((insn & 0xfffff0ff) == 0xd50330df)
		return 2;
	if ((insn & 0x3f200c00) == 0x38200000 || (insn & 0x3fa07c00) == 0x08a07c00)
		return 3;
	return 0;
}

static int classify_ppc64(const uint8_t *b, size_t size, uint64_t address)
{
	return !memcmp(b, "\x44\x00\x00\x22", 4);
}

/* ---- x86_64: entries into Xen ---- */

#define KERNEL_TEXT	0xffffffff80000000
#define MODULES		0xffffffffa0000000
#define MAX_CPUS	8
#define MAX_DEPTH	256
#define SHOWN		12

/* What is translated at once, and run from its start to its end or to a fault */
struct block {
	uint64_t start, returns_to;	/* behind the call at its end */
	bool xen, syscall, upcall, iret, new_task;
	int vector;			/* of an entry of Xen */
	size_t insns;
	uint64_t insn[];		/* where each begins, and where the last one ends */
};

static struct cpu {
	const struct block *block;	/* the last of the guest */
	uint64_t executed;		/* before it */
	bool in_xen, in_interrupt;
	int event;
	uint64_t from, next;		/* the instruction that entered Xen, and that behind it */
	uint64_t calls[MAX_DEPTH];	/* where they return to: a ring */
	unsigned int depth;
} cpus[MAX_CPUS];

static struct { uint64_t address; char name[128]; } *symbols;
static size_t nr_symbols;

static struct { int event; uint64_t times; char path[1024]; } places[4096];
static size_t nr_places;

static bool is_xen(uint64_t address)
{
	return address >= 0xffff800000000000 && address < 0xffff880000000000;
}

static int classify_x86_64(const uint8_t *b, size_t size, uint64_t address)
{
	return is_xen(address) ? IN_XEN : INSTRUCTIONS;
}

/* vector_of - Xen's entries begin with movl or movb $VECTOR,4(%rsp), behind endbr64 and push */
static int vector_of(const uint8_t *b, size_t size)
{
	if (size == 8 && !memcmp(b, "\xc7\x44\x24\x04", 4))
		return b[4] | b[5] << 8;
	if (size == 5 && !memcmp(b, "\xc6\x44\x24\x04", 4))
		return b[4];
	return -1;
}

static bool is_call(const uint8_t *b, size_t size)
{
	size_t i = 0;

	while (i + 1 < size && (b[i] == 0x2e || (b[i] & 0xf0) == 0x40))
		i++;
	return b[i] == 0xe8 || (b[i] == 0xff && i + 1 < size && (b[i + 1] >> 3 & 7) == 2);
}

static const char *symbol(uint64_t address)
{
	size_t low = 0, high = nr_symbols;

	while (low + 1 < high) {
		size_t middle = (low + high) / 2;

		if (symbols[middle].address <= address)
			low = middle;
		else
			high = middle;
	}
	if (address < KERNEL_TEXT || address >= MODULES)
		return address < KERNEL_TEXT ? "user" : "module";
	return nr_symbols ? symbols[low].name : "?";
}

static bool is_in(uint64_t address, const char *function)
{
	return address >= KERNEL_TEXT && !strcmp(symbol(address), function);
}

static void note_place(const struct cpu *c, int event)
{
	char path[sizeof(places->path)];
	const char *last = symbol(c->from);
	size_t i, n = snprintf(path, sizeof(path), "%s", last);

	/* nothing calls xen_iret(), and an interrupt does not return to what called it */
	for (i = 1; c->from >= KERNEL_TEXT && !c->block->iret && i <= SHOWN && i <= c->depth; i++) {
		const char *caller = symbol(c->calls[(c->depth - i) % MAX_DEPTH] - 1);

		if (!strcmp(caller, "do_syscall_64"))
			break;
		if (strcmp(caller, last) && strncmp(caller, "asm_exc", 7) && n < sizeof(path) - sizeof(symbols->name))
			n += snprintf(path + n, sizeof(path) - n, " < %s", caller);
		last = caller;
		if (!strcmp(caller, "exc_page_fault"))
			break;
	}
	for (i = 0; i < nr_places && (places[i].event != event || strcmp(places[i].path, path)); i++)
		;
	if (i == sizeof(places) / sizeof(places[0]))
		return;
	if (i == nr_places) {
		places[i].event = event;
		places[i].times = 0;
		strcpy(places[nr_places++].path, path);
	}
	places[i].times++;
}

/* follow_calls - by which calls the kernel came to this block; wrong for a while after a switch */
static void follow_calls(struct cpu *c, const struct block *b, bool whole)
{
	if (c->block && c->block->returns_to && whole)
		c->calls[c->depth++ % MAX_DEPTH] = c->block->returns_to;
	for (unsigned int i = 1; i <= 8 && i <= c->depth; i++) {
		if (c->calls[(c->depth - i) % MAX_DEPTH] == b->start) {
			c->depth -= i;
			return;
		}
	}
}

static void run_guest(struct cpu *c, const struct block *b)
{
	if (c->in_xen) {
		/* or an interrupt comes first */
		if (c->event == PAGE_FAULT && c->from >= KERNEL_TEXT && (b->start == c->next || b->upcall))
			c->event = PTE_WRITE;
		if (c->event != INTERRUPT && !c->in_interrupt) {
			counter[c->event]++;
			counter[ENTRY]++;
		}
		if (where)
			note_place(c, c->in_interrupt ? INTERRUPT : c->event);
		if (b->upcall || c->block->iret)
			c->in_interrupt = b->upcall;
	}
	if (b->new_task)
		c->in_interrupt = false;
	if (where && b->start >= KERNEL_TEXT)
		follow_calls(c, b, !c->in_xen);
	c->in_xen = false;
	c->block = b;
	c->executed = counter[INSTRUCTIONS];
}

static void run_xen(struct cpu *c, const struct block *b)
{
	size_t n = counter[INSTRUCTIONS] - c->executed;

	if (c->in_xen || !c->block)
		return;
	c->in_xen = true;
	/* another CPU has run in between: then this one was at the end of its block */
	if (n > c->block->insns)
		n = c->block->insns;
	c->from = c->block->insn[n ? n - 1 : 0];
	c->next = c->block->insn[n];
	if (n == c->block->insns && c->block->syscall)
		c->event = c->from >= KERNEL_TEXT ? HYPERCALL : SYSCALL;
	else
		c->event = b->vector == 14 ? PAGE_FAULT : b->vector >= 0x20 ? INTERRUPT : EXCEPTION;
}

static void run_block(unsigned int cpu, void *data)
{
	const struct block *b = data;

	if (cpu < MAX_CPUS)
		(b->xen ? run_xen : run_guest)(&cpus[cpu], b);
}

static void translated_x86_64(struct qemu_plugin_tb *tb)
{
	size_t n = qemu_plugin_tb_n_insns(tb), size = 0;
	struct block *b = calloc(1, sizeof(*b) + (n + 1) * sizeof(b->insn[0]));
	const uint8_t *insn = NULL;

	if (!b)
		abort();
	b->insns = n;
	b->vector = -1;
	for (size_t i = 0; i < n; i++) {
		struct qemu_plugin_insn *at = qemu_plugin_tb_get_insn(tb, i);

		insn = qemu_plugin_insn_data(at);
		size = qemu_plugin_insn_size(at);
		b->insn[i] = qemu_plugin_insn_vaddr(at);
		b->insn[i + 1] = b->insn[i] + size;
		if (i < 3 && b->vector < 0)
			b->vector = vector_of(insn, size);
	}
	b->start = b->insn[0];
	b->xen = is_xen(b->start);
	b->syscall = size == 2 && insn[0] == 0x0f && insn[1] == 0x05;
	b->upcall = is_in(b->start, "xen_asm_exc_xen_hypervisor_callback");
	b->iret = is_in(b->start, "xen_iret");
	b->new_task = is_in(b->start, "__switch_to");
	if (is_call(insn, size))
		b->returns_to = b->insn[n];
	qemu_plugin_register_vcpu_tb_exec_cb(tb, run_block, 0, b);
}

static bool read_map(const char *file)
{
	FILE *f = fopen(file, "r");
	unsigned long long address;
	char type, text[128];

	symbols = calloc(500000, sizeof(*symbols));
	while (f && symbols && nr_symbols < 500000 && fscanf(f, "%llx %c %127s", &address, &type, text) == 3) {
		if (!strchr("tTwW", type))
			continue;
		symbols[nr_symbols].address = address;
		snprintf(symbols[nr_symbols++].name, sizeof(symbols->name), "%s", text);
	}
	if (f)
		fclose(f);
	return nr_symbols;
}

/* ---- all machines ---- */

static void clock_read(unsigned int cpu, void *data)
{
	static int reads;

	if (reads++ % 2) {
		for (int i = 0; i < EVENTS && name[i]; i++)
			fprintf(out, "%s%s %llu", i ? " " : "", name[i],
				(unsigned long long)(counter[i] - began[i]));
		fputc('\n', out);
		fflush(out);
		for (size_t i = 0; i < nr_places; i++)
			fprintf(where, "%d %s %llu %s\n", reads / 2,
				places[i].event == INTERRUPT ? "interrupt" : name[places[i].event],
				(unsigned long long)places[i].times, places[i].path);
	}
	nr_places = 0;
	memcpy(began, counter, sizeof(began));
}

static void translated(uint64_t id, struct qemu_plugin_tb *tb)
{
	if (classify == classify_x86_64)
		translated_x86_64(tb);
	for (size_t i = 0; i < qemu_plugin_tb_n_insns(tb); i++) {
		struct qemu_plugin_insn *insn = qemu_plugin_tb_get_insn(tb, i);
		uint64_t address = qemu_plugin_insn_vaddr(insn);
		int event = 0;

		if (classify)
			event = classify(qemu_plugin_insn_data(insn), qemu_plugin_insn_size(insn), address);
		if (address == clock_address)
			qemu_plugin_register_vcpu_insn_exec_cb(insn, clock_read, 0, NULL);
		if (event != IN_XEN || classify != classify_x86_64)
			qemu_plugin_register_vcpu_insn_exec_inline(insn, 0, &counter[INSTRUCTIONS], 1);
		if (event)
			qemu_plugin_register_vcpu_insn_exec_inline(insn, 0, &counter[event], 1);
	}
}

int qemu_plugin_install(uint64_t id, const struct qemu_plugin_info *info, int argc, char **argv)
{
	for (int i = 0; i < argc; i++) {
		if (!strncmp(argv[i], "clock=", 6))
			clock_address = strtoull(argv[i] + 6, NULL, 0);
		else if (!strncmp(argv[i], "out=", 4))
			out = fopen(argv[i] + 4, "w");
		else if (!strncmp(argv[i], "where=", 6))
			where = fopen(argv[i] + 6, "w");
		else if (!strncmp(argv[i], "map=", 4) && !read_map(argv[i] + 4))
			fprintf(stderr, "count: no symbols in %s\n", argv[i] + 4);
	}
	if (!clock_address || !out) {
		fprintf(stderr, "count: clock=ADDRESS and out=FILE are needed\n");
		return 1;
	}
	if (!strcmp(info->target_name, "aarch64")) {
		classify = classify_aarch64;
		name[1] = "dsb";
		name[2] = "isb";
		name[3] = "atomic";
	} else if (!strcmp(info->target_name, "ppc64")) {
		classify = classify_ppc64;
		name[1] = "hcall";
		/* a call within the file goes behind the two instructions that load r2 */
		clock_address += 8;
	} else if (!strcmp(info->target_name, "x86_64")) {
		classify = classify_x86_64;
		name[IN_XEN] = "in_Xen";
		name[ENTRY] = "entry";
		name[HYPERCALL] = "hypercall";
		name[PTE_WRITE] = "pte_write";
		name[PAGE_FAULT] = "page_fault";
		name[EXCEPTION] = "exception";
		name[SYSCALL] = "syscall";
	}
	qemu_plugin_register_vcpu_tb_trans_cb(id, translated);
	return 0;
}
