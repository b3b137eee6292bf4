#!/bin/sh
# compile.t - code that must, or must not, compile without the mode, and configurations that no image has
#
# tests/user.c is included in a file of a kernel without the mode (tinyconfig). For the other
# configurations, tests/CONFIG.config is what they add to allnoconfig: powerpc with the radix MMU only,
# sparc64 with huge pages, Xen with DMA buffers for grants, the KUnit tests as modules.
# shellcheck source=tests/tap.sh
. "$(dirname "$0")/tap.sh"

none() {
	timeout 900 make -s -C "$linux" O="$linux/.none" ARCH=x86_64 CC='ccache gcc' "$@" >"$log" 2>&1 </dev/null
}
user() { none mm/init-mm.o "CFLAGS_init-mm.o=-include $top/tests/user.c $1"; }
# other CONFIG ARCH CROSS TARGET... - make TARGETs of the kernel with tests/CONFIG.config
other() {
	kernel="O=$linux/.$1-$2 KCONFIG_ALLCONFIG=$top/tests/$1.config ARCH=$2 CROSS_COMPILE=$3"
	cc="ccache $3gcc"
	shift 3
	# shellcheck disable=SC2086 # words
	timeout 900 make -s -C "$linux" $kernel CC="$cc" "$@" >"$log" 2>&1 </dev/null
}
error() { grep -m1 -E 'error|\*\*\*' "$log" || tail -n1 "$log"; }

what="tinyconfig is without the mode"
if ! none tinyconfig; then not_ok "$what" "$(error)"
elif grep -q HAS_LAZY_MMU_MODE "$linux/.none/.config"; then not_ok "$what" "it has it"
else ok "$what"; fi
what="without the mode, a generic user of the four calls compiles"
if user ''; then ok "$what"; else not_ok "$what" "$(error)"; fi
what="without the mode, a generic user of is_lazy_mmu_mode_active() does not compile"
if user -DUSER; then not_ok "$what" "it does"
elif grep -q 'error: .*is_lazy_mmu_mode_active' "$log"; then ok "$what"
else not_ok "$what" "of another reason: $(error)"; fi

# compiles WHAT CONFIG ARCH CROSS OPTIONS FILE... - with each OPTION, and without each !OPTION
compiles() {
	what=$1 config=$2 arch=$3 cross=$4 options=$5
	shift 5
	if ! command -v "${cross}gcc" >/dev/null; then skip "$what" "no ${cross}gcc"; return; fi
	if ! other "$config" "$arch" "$cross" allnoconfig; then not_ok "$what" "$(error)"; return; fi
	for option in $options; do
		grep -q "^CONFIG_${option#!}=[ym]" "$linux/.$config-$arch/.config" && has=$option || has=!${option#!}
		[ "$has" = "$option" ] || { not_ok "$what" "the configuration has $has"; return; }
	done
	if ! other "$config" "$arch" "$cross" "$@"; then not_ok "$what" "$(error)"
	elif [ "$config" = kunit-module ] && ! exported >"$log"; then not_ok "$what" "not exported: $(cat "$log")"
	else ok "$what"; fi
}
# exported - prints the symbols that the tests need and nothing exports; fails if there are any.
# Two of sparc64 are a register, and what a macro exports
exported() {
	find "$linux/.$config-$arch/mm/tests" -name '*.o' -exec "${cross}nm" -u {} + | sed -n 's/^ *U //p' |
		grep -vxE 'current_thread_info_reg|arch_atomic_.*' | sort -u >"$log.needed"
	git -C "$linux" grep -ohwE '[A-Z_]*EXPORT[A-Z_]*\(\w+' -- . | sed 's/.*(//' | sort -u >"$log.exported"
	[ -s "$log.needed" ] && ! comm -23 "$log.needed" "$log.exported" | grep .
}
compiles "powerpc without the hash MMU does not have the mode, and compiles" powerpc-nohash powerpc powerpc64-linux-gnu- \
	'PPC_RADIX_MMU !PPC_64S_HASH_MMU !ARCH_HAS_LAZY_MMU_MODE' mm/memory.o mm/vmalloc.o arch/powerpc/mm/
compiles "sparc64 with huge pages compiles" sparc64-huge sparc64 sparc64-linux-gnu- \
	'TRANSPARENT_HUGEPAGE HUGETLB_PAGE' arch/sparc/mm/
compiles "DMA buffers for Xen's grants compile" xen-grant-dma x86_64 '' 'XEN_PV XEN_GRANT_DMA_ALLOC' drivers/xen/grant-table.o
for machine in x86_64: sparc64:sparc64-linux-gnu-; do
	compiles "the tests compile as modules on ${machine%:*}, and what they use is exported" \
		kunit-module "${machine%:*}" "${machine#*:}" 'KUNIT LAZY_MMU_KUNIT_TEST' mm/tests/
done
plan
