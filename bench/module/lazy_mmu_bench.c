// SPDX-License-Identifier: GPL-2.0
/*
 * lazy_mmu_bench - what guest/bench.c cannot do by itself, through a file in /proc
 *
 * Writing "vmalloc N" allocates N pages, and "vfree" frees them. A mapping of the file is a
 * PFNMAP: of one page of RAM, again and again, but without a struct page as far as mm/ is
 * concerned. Not in mm/tests/, because loading this module is a workload as well.
 */
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/proc_fs.h>
#include <linux/uaccess.h>
#include <linux/vmalloc.h>

#define NAME	"lazy_mmu_bench"

static void *area;
static struct page *page;

static ssize_t command(struct file *file, const char __user *from, size_t size, loff_t *pos)
{
	unsigned long pages;
	char text[32] = { };

	if (size >= sizeof(text) || copy_from_user(text, from, size))
		return -EINVAL;
	if (sscanf(text, "vmalloc %lu", &pages) == 1 && !area) {
		area = vmalloc(pages * PAGE_SIZE);
		return area ? size : -ENOMEM;
	}
	if (!strcmp(text, "vfree") && area) {
		vfree(area);
		area = NULL;
		return size;
	}
	return -EINVAL;
}

static int map(struct file *file, struct vm_area_struct *vma)
{
	unsigned long addr;
	int ret = 0;

	vm_flags_set(vma, VM_PFNMAP | VM_IO | VM_DONTEXPAND | VM_DONTDUMP);
	for (addr = vma->vm_start; addr < vma->vm_end && !ret; addr += PAGE_SIZE)
		ret = remap_pfn_range(vma, addr, page_to_pfn(page), PAGE_SIZE, vma->vm_page_prot);

	return ret;
}

static const struct proc_ops ops = { .proc_write = command, .proc_mmap = map };

static int __init lazy_mmu_bench_init(void)
{
	page = alloc_page(GFP_KERNEL | __GFP_ZERO);
	if (page && proc_create(NAME, 0600, NULL, &ops))
		return 0;
	if (page)
		__free_page(page);

	return -ENOMEM;
}
module_init(lazy_mmu_bench_init);

static void __exit lazy_mmu_bench_exit(void)
{
	remove_proc_entry(NAME, NULL);
	vfree(area);
	__free_page(page);
}
module_exit(lazy_mmu_bench_exit);

MODULE_DESCRIPTION("Workloads of a benchmark of lazy MMU mode");
MODULE_LICENSE("GPL");
