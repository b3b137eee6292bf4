# Thin: each command is a tool in tools/, documented in the comment at its top.
BASE = mainline
TARGETS = arm64 x86_64 x86_64-xen
KDIR =
SETS = $(notdir $(wildcard patches/mainline/*))
export KDIR CASE T CMDLINE SET VERSION XEN

help:
	@echo 'make run      build the stack and run its KUnit suites: $(TARGETS)'
	@echo 'make check    run every test, on all targets; ends with "N passed, N failed"'
	@echo 'make shell    boot TARGET=... with a shell on this terminal; CMDLINE=... for the kernel'
	@echo 'make gdb      boot TARGET=... and wait for a debugger'
	@echo 'make bisect   build and boot the stack patch by patch (hours; resumes)'
	@echo 'make stress   run suites of others and odd configurations (hours; resumes; PATTERN=...)'
	@echo 'make bench    count what the stack saves, beside its base: $(TARGETS)'
	@echo 'make scale    the same with 1 to 65536 pages, and with 1 to 4 CPUs: $(TARGETS)'
	@echo 'make prove    explore all interleavings of the layer and the hooks in a model (a minute)'
	@echo 'make base     run the suites on the unpatched layer, for the last column of make run'
	@echo 'make hypercalls  count what a domU asks Xen for, beside the unpatched layer'
	@echo 'make tree     build/$(BASE)/linux: a git checkout with the stack, to work in'
	@echo 'make refresh  write the commits of build/$(BASE)/linux to patches/$(BASE)/'
	@echo 'make mbox     SET=... as mails to send, with the recipients'
	@echo 'Variables:'
	@echo '  BASE=$(BASE)     the stack: a folder of patches/, with its BASE.base'
	@echo '  SET=1-fixes       run: the stack up to this set; mbox: this set; of:'
	@echo '                   $(SETS)'
	@echo '  TARGETS="..."     of: $(patsubst targets/%.py,%,$(wildcard targets/*.py))'
	@echo '  CASE=glob        run, check T=kunit, gdb: these KUnit cases, as lazy_mmu*.nest*'
	@echo '  T="..."          check: of $(patsubst tests/%.t,%,$(wildcard tests/*.t))'
	@echo '  XEN=trixie       Xen of this release of Debian, instead of the installed one'
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
prove:
	@tools/packages prove
	@tools/tree $(BASE) $(KDIR)
	@BASE=$(BASE) tests/proof.t
stress:
	@tools/stress $(BASE) $(if $(PATTERN),'$(PATTERN)')
bench:
	@tools/bench $(BASE) $(TARGETS)
hypercalls:
	@tools/hypercalls $(BASE)
scale:
	@tools/scale $(BASE) $(TARGETS)
tree:
	@tools/packages $(firstword $(TARGETS))
	@tools/tree $(BASE) $(KDIR)
mbox:
	@tools/mbox $(BASE) $(SET)
refresh:
	@tools/refresh $(BASE)

.PHONY: help run check shell gdb bisect stress base prove bench scale hypercalls tree mbox refresh
