#!/bin/sh
# misuse.t [TARGET...] - reports of misuse: one boot per line of tests/misuse.list, in which a KUnit case
# makes a mistake that the kernel has to report
# shellcheck source=tests/tap.sh
. "$(dirname "$0")/tap.sh"
variants misuse.list "$@"
by_target "$@"
while read -r v target want case; do
	[ -n "$v" ] || continue
	what="$target: lazy_mmu_misuse.$case ${want}es on $v"
	[ "$want" = pass ] || what="$target: lazy_mmu_misuse.$case fails on $v"
	tree=$(tree_of "$v")
	build "$tree" "$target" || { not_ok "$what" "$(why)"; continue; }
	LAZY_MMU_MAY_SPLAT=1 LAZY_MMU_ARGS="kunit.filter_glob=lazy_mmu_misuse.$case lazy_mmu_misuse=$case" \
		boot "$tree" "$target" || :
	got=$(status "lazy_mmu_misuse.$case")
	case $got-$want in
	PASS-pass|FAIL-fail)	ok "$what" ;;
	-*)			not_ok "$what" "it did not run: $(why)" ;;
	*)			not_ok "$what" "$got: $(console "$case")" ;;
	esac
done <<EOL
$(list misuse.list "$@")
EOL
plan
