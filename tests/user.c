/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Included into a file of the kernel: a generic user of what is for architectures
 * only. Must not compile where there is no lazy MMU mode; without USER it must.
 */
#ifndef __ASSEMBLY__
#include <linux/pgtable.h>
bool lazy_mmu_user(void);
bool lazy_mmu_user(void)
{
	lazy_mmu_mode_enable();
	lazy_mmu_mode_pause();
	lazy_mmu_mode_resume();
	lazy_mmu_mode_disable();
#ifdef USER
	return is_lazy_mmu_mode_active();
#else
	return false;
#endif
}
#endif
