// SPDX-License-Identifier: GPL-2.0
/*
 * What scripts/coccinelle/locks/lazy_mmu.cocci has to find: the lines that say so, and
 * no other. It is not compiled.
 */
int left_open(int x)
{
	lazy_mmu_mode_enable();
	if (x)
		return -1;	/* bad */
	lazy_mmu_mode_disable();
	return 0;
}

void left_open_void(int x)
{
	lazy_mmu_mode_enable();
	if (x)
		return;	/* bad */
	lazy_mmu_mode_disable();
}

void left_open_at_end(int x)
{
	lazy_mmu_mode_enable();
	foo(x);
}	/* bad */

int pause_left_open(int x)
{
	lazy_mmu_mode_pause();
	if (x)
		return -1;	/* bad */
	lazy_mmu_mode_resume();
	return 0;
}

void sleeps_in(struct mutex *m)
{
	lazy_mmu_mode_enable();
	mutex_lock(m);	/* bad */
	mutex_unlock(m);
	lazy_mmu_mode_disable();
}

void sleeps_after_pause(struct mutex *m)
{
	lazy_mmu_mode_enable();
	lazy_mmu_mode_pause();
	mutex_lock(m);
	lazy_mmu_mode_resume();
	mutex_unlock(m);
	msleep(1);	/* bad */
	lazy_mmu_mode_disable();
}

void sleeps_in_guard(void)
{
	msleep(1);
	guard(lazy_mmu)();
	msleep(1);	/* bad */
}

void sleeps_in_guard_after_pause(void)
{
	guard(lazy_mmu)();
	lazy_mmu_mode_pause();
	msleep(1);
	lazy_mmu_mode_resume();
	kmalloc(4, GFP_KERNEL);	/* bad */
}

void allocates_in(void)
{
	void *p;

	lazy_mmu_mode_enable();
	p = kmalloc(8, GFP_KERNEL);	/* bad */
	lazy_mmu_mode_disable();
}

void allocates_otherwise(void)
{
	struct foo *p;

	lazy_mmu_mode_enable();
	p = kmalloc(sizeof(*p), GFP_KERNEL | __GFP_ZERO);	/* bad */
	p = kmalloc_obj(*p);	/* bad */
	p = kvmalloc_objs(*p, 4);	/* bad */
	p = kmalloc_obj(struct foo);	/* bad */
	p = alloc_pages(__GFP_ZERO | GFP_KERNEL | __GFP_COMP, 0);	/* bad */
	lazy_mmu_mode_pause();
	lazy_mmu_mode_resume();
	p = kmalloc(4, GFP_KERNEL);	/* bad */
	lazy_mmu_mode_disable();
}

void each_that_sleeps(void *x)
{
	lazy_mmu_mode_enable();
	mutex_lock_interruptible(x);	/* bad */
	mutex_lock_killable(x);	/* bad */
	down(x);	/* bad */
	down_read(x);	/* bad */
	down_write(x);	/* bad */
	mmap_read_lock(x);	/* bad */
	mmap_write_lock(x);	/* bad */
	usleep_range(x);	/* bad */
	fsleep(x);	/* bad */
	schedule(x);	/* bad */
	schedule_timeout(x);	/* bad */
	yield(x);	/* bad */
	cond_resched(x);	/* bad */
	might_sleep(x);	/* bad */
	synchronize_rcu(x);	/* bad */
	wait_for_completion(x);	/* bad */
	copy_from_user(x);	/* bad */
	copy_to_user(x);	/* bad */
	get_user(x);	/* bad */
	put_user(x);	/* bad */
	vmalloc(x);	/* bad */
	vzalloc(x);	/* bad */
	vmap(x);	/* bad */
	vfree(x);	/* bad */
	flush_work(x);	/* bad */
	folio_lock(x);	/* bad */
	kmalloc(4, GFP_KERNEL_ACCOUNT);	/* bad */
	kmalloc(4, GFP_USER);	/* bad */
	alloc_page(GFP_HIGHUSER);	/* bad */
	kzalloc_flex(*x, data, 4);	/* bad */
	lazy_mmu_mode_disable();
}

void used_early(void *va, pte_t *ptep, pte_t pte)
{
	lazy_mmu_mode_enable();
	set_pte_at(&init_mm, (unsigned long)va, ptep, pte);
	memset(va, 0, PAGE_SIZE);	/* bad */
	lazy_mmu_mode_disable();
}

void copied_early(void *va, pte_t *ptep, pte_t pte)
{
	lazy_mmu_mode_enable();
	set_ptes(&init_mm, (unsigned long)va, ptep, pte, 4);
	memcpy(va, "", 1);	/* bad */
	lazy_mmu_mode_disable();
}

void cleared_early(void *va, pte_t *ptep, pte_t pte)
{
	lazy_mmu_mode_enable();
	set_ptes(&init_mm, (unsigned long)va, ptep, pte, 4);
	clear_page(va);	/* bad */
	lazy_mmu_mode_disable();
}

void page_copied_early(void *va, pte_t *ptep, pte_t pte)
{
	lazy_mmu_mode_enable();
	set_ptes(&init_mm, (unsigned long)va, ptep, pte, 4);
	copy_page(va, ptep);	/* bad */
	lazy_mmu_mode_disable();
}

void guarded_early(void *va, pte_t *ptep, pte_t pte)
{
	guard(lazy_mmu)();
	set_pte_at(&init_mm, (unsigned long)va, ptep, pte);
	memset(va, 0, PAGE_SIZE);	/* bad */
}

bool asks(void)
{
	arch_enter_lazy_mmu_mode();	/* bad */
	arch_flush_lazy_mmu_mode();	/* bad */
	arch_leave_lazy_mmu_mode();	/* bad */
	return is_lazy_mmu_mode_active();	/* bad */
}

/* Nothing to find here. */
int good(int x, struct mutex *m, void *va, pte_t *ptep, pte_t pte)
{
	lazy_mmu_mode_enable();
	set_pte_at(&init_mm, (unsigned long)va, ptep, pte);
	lazy_mmu_mode_pause();
	memset(va, 0, PAGE_SIZE);
	mutex_lock(m);
	lazy_mmu_mode_resume();
	if (x) {
		lazy_mmu_mode_disable();
		return -1;
	}
	lazy_mmu_mode_disable();
	mutex_unlock(m);
	return 0;
}

int good_outside(void)
{
	struct foo *p;

	lazy_mmu_mode_pause();
	lazy_mmu_mode_resume();
	msleep(1);
	lazy_mmu_mode_enable();
	p = kmalloc(sizeof(*p), GFP_NOWAIT | __GFP_ZERO);
	p = kmalloc_obj(*p, GFP_ATOMIC);
	p = alloc_pages(GFP_KERNEL & ~__GFP_DIRECT_RECLAIM, 0);
	lazy_mmu_mode_disable();
	p = kmalloc_obj(*p);
	lazy_mmu_mode_pause();
	lazy_mmu_mode_resume();
	msleep(1);
	return 0;
}

void good_guard(void)
{
	lazy_mmu_mode_enable();
	guard(lazy_mmu_pause)();
	msleep(1);
	lazy_mmu_mode_disable();
}
