# Thin: each command is a tool in tools/, which says in its head what it does.
BASE = mainline
TARGETS = arm64 x86_64 x86_64-xen
KDIR =
export KDIR CASE T CMDLINE

help:
	@echo 'make run      build the series and run its tests: $(TARGETS)'
	@echo 'make check    run every test, on all targets; ends with "N passed, N failed"'
	@echo 'make shell    boot TARGET=... with a shell on this terminal; CMDLINE=... for the kernel'
	@echo 'make gdb      boot TARGET=... and wait for a debugger'
	@echo 'make bisect   build each patch on its own, for each architecture (hours; resumes)'
	@echo 'make stress   run suites of others and odd configurations (hours; resumes; PATTERN=...)'
	@echo 'make bench    count what the series saves, beside its base: $(TARGETS)'
	@echo 'make base     run the tests on the unpatched layer, for the last column of make run'
	@echo 'make tree     build/$(BASE)/linux: a git checkout with the series, to work in'
	@echo 'make refresh  write the commits of build/$(BASE)/linux to patches/$(BASE)/'
	@echo 'Variables:'
	@echo '  BASE=$(BASE)     the series: a folder of patches/, with its BASE.base'
	@echo '  TARGETS="..."     of: $(patsubst targets/%.py,%,$(wildcard targets/*.py))'
	@echo '  CASE=glob        run, check T=kunit, gdb: these KUnit cases, as lazy_mmu*.nest*'
	@echo '  T="..."          check: of $(patsubst tests/%.t,%,$(wildcard tests/*.t))'
	@echo '  KDIR=/path        use this git tree of the kernel (its HEAD, in a worktree)'
run:
	@tools/run $(BASE) $(TARGETS)
check:
	@tools/check $(BASE) $(if $(filter file,$(origin TARGETS)),,$(TARGETS))
shell gdb:
	@tools/$@ $(BASE) $(TARGET)
bisect:
	@tools/bisect $(BASE)
base:
	@tools/base $(BASE) $(TARGETS)
stress:
	@tools/stress $(BASE) $(if $(PATTERN),'$(PATTERN)')
bench:
	@tools/bench $(BASE) $(TARGETS)
tree:
	@tools/packages $(firstword $(TARGETS))
	@tools/tree $(BASE) $(KDIR)
refresh:
	@tools/refresh $(BASE)

.PHONY: help run check shell gdb bisect stress base bench tree refresh
