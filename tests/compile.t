#!/bin/sh
# compile.t - what has to compile without the mode, and what may not
#
# tests/user.c is included into a file of a kernel without it (tinyconfig), and
# tests/powerpc-nohash.config is a powerpc with the radix MMU only.
# shellcheck source=tests/tap.sh
. "$(dirname "$0")/tap.sh"

none() {
	timeout 900 make -s -C "$linux" O="$linux/.none" ARCH=x86_64 CC='ccache gcc' "$@" >"$log" 2>&1 </dev/null
}
user() { none mm/init-mm.o "CFLAGS_init-mm.o=-include $top/tests/user.c $1"; }
nohash() {
	timeout 900 make -s -C "$linux" O="$linux/.nohash" ARCH=powerpc CROSS_COMPILE=powerpc64-linux-gnu- \
		CC='ccache powerpc64-linux-gnu-gcc' KCONFIG_ALLCONFIG="$top/tests/powerpc-nohash.config" "$@" \
		>"$log" 2>&1 </dev/null
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

what="powerpc without the hash MMU does not have the mode, and compiles"
if ! command -v powerpc64-linux-gnu-gcc >/dev/null; then skip "$what" "no powerpc64-linux-gnu-gcc"
elif ! nohash allnoconfig; then not_ok "$what" "$(error)"
elif grep 'HASH_MMU=y\|HAS_LAZY_MMU_MODE' "$linux/.nohash/.config" >"$log"; then not_ok "$what" "$(cat "$log")"
elif nohash mm/memory.o mm/vmalloc.o arch/powerpc/mm/; then ok "$what"
else not_ok "$what" "$(error)"; fi
plan
