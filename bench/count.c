// SPDX-License-Identifier: GPL-2.0
/*
 * count - a QEMU plugin that counts what a guest executes between two calls
 *
 * -plugin count.so,clock=ADDRESS,out=FILE: each second time an instruction at ADDRESS
 * (virtual, the entry of a function) is executed a line goes to FILE: the number of
 * instructions since the time before, and how many of them were
 *
 *   aarch64	dsb, isb, atomic (one instruction of LSE)
 *   ppc64	hcall (sc 1)
 *   x86_64	hypercall (syscall in the kernel's text: how a PV guest asks Xen),
 *		in Xen (whatever lies in the hypervisor's part of the address space),
 *		entry (iretq and sysretq there: each time Xen was entered, be it by a
 *		hypercall, by an exception, as a write to a page table is, or by an
 *		interrupt)
 *
 * as "instructions N dsb N ...". All CPUs are counted together: use one, and -icount,
 * which makes two runs the same. The plugin interface is that of QEMU up to 8.1
 * (version 1), of which there is no header to install: what is used is declared here.
 */
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
void qemu_plugin_register_vcpu_insn_exec_cb(struct qemu_plugin_insn *insn,
					    void (*cb)(unsigned int cpu, void *data), int flags, void *data);
void qemu_plugin_register_vcpu_insn_exec_inline(struct qemu_plugin_insn *insn, int op_add, void *counter,
						uint64_t n);

int qemu_plugin_version = 1;

#define EVENTS	4
static const char *name[EVENTS] = { "instructions" };
static uint64_t counter[EVENTS], began[EVENTS], clock_address;
static int (*classify)(const uint8_t *insn, size_t size, uint64_t address);
static FILE *out;

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

static int classify_x86_64(const uint8_t *b, size_t size, uint64_t address)
{
	if (address >= 0xffff800000000000 && address < 0xffff880000000000) {
		if ((size == 2 && !memcmp(b, "\x48\xcf", 2)) || (size == 3 && !memcmp(b, "\x48\x0f\x07", 3)))
			return 3;
		return 2;
	}
	return size == 2 && b[0] == 0x0f && b[1] == 0x05 && address >= 0xffffffff80000000;
}

static void clock_read(unsigned int cpu, void *data)
{
	static int reads;

	if (reads++ % 2) {
		for (int i = 0; i < EVENTS && name[i]; i++)
			fprintf(out, "%s%s %llu", i ? " " : "", name[i],
				(unsigned long long)(counter[i] - began[i]));
		fputc('\n', out);
		fflush(out);
	}
	memcpy(began, counter, sizeof(began));
}

static void translated(uint64_t id, struct qemu_plugin_tb *tb)
{
	for (size_t i = 0; i < qemu_plugin_tb_n_insns(tb); i++) {
		struct qemu_plugin_insn *insn = qemu_plugin_tb_get_insn(tb, i);
		uint64_t address = qemu_plugin_insn_vaddr(insn);
		int event = 0;

		if (classify)
			event = classify(qemu_plugin_insn_data(insn), qemu_plugin_insn_size(insn), address);
		if (address == clock_address)
			qemu_plugin_register_vcpu_insn_exec_cb(insn, clock_read, 0, NULL);
		qemu_plugin_register_vcpu_insn_exec_inline(insn, 0, &counter[0], 1);
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
		name[1] = "hypercall";
		name[2] = "in_Xen";
		name[3] = "entry";
	}
	qemu_plugin_register_vcpu_tb_trans_cb(id, translated);
	return 0;
}
