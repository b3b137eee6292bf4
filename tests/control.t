#!/bin/sh
# control.t [TARGET...] - the negative control: the cases of tests/control.expect fail on trees
# without the code that they test
# shellcheck source=tests/tap.sh
. "$(dirname "$0")/tap.sh"
variants control.expect "$@"
by_target "$@"
for boot in $(list control.expect "$@" | cut -d' ' -f1,2 | tr ' ' / | sort -u); do
	v=${boot%/*} target=${boot#*/}
	tree=$(tree_of "$v")
	build "$tree" "$target" || { not_ok "$target: $v builds" "$(why)"; continue; }
	LAZY_MMU_MAY_SPLAT=1 boot "$tree" "$target" || :
	for case in $(list control.expect "$target" | sed -n "s/^$v $target //p"); do
		what="$target: $case fails on $v"
		got=$(status "$case")
		case $got in
		FAIL)	ok "$what" ;;
		'')	not_ok "$what" "it did not run: $(why)" ;;
		*)	not_ok "$what" "$got" ;;
		esac
	done
done
plan
