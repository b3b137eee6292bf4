#!/bin/sh
# guest.t [TARGET...] - programs in the booted machine: one boot per line of tests/guest.list
#
# The numbers that a program prints ("what: N") are shown as comments.
# shellcheck source=tests/tap.sh
. "$(dirname "$0")/tap.sh"
variants guest.list "$@"
by_target "$@"
while read -r v target want programs args; do
	[ -n "$v" ] || continue
	tree=$(tree_of "$v") splat='' rc=0
	[ "$want" = pass ] || splat=1
	build "$tree" "$target" || { not_ok "$target: $programs on $v" "$(why)"; continue; }
	LAZY_MMU_MAY_SPLAT=$splat LAZY_MMU_ARGS=$args boot "$tree" "$target" "$programs" || rc=1
	for program in $(echo "$programs" | tr , ' '); do
		what="$target: $program ${want}es on $v${args:+ ($args)}"
		[ "$want" = pass ] || what="$target: $program fails on $v${args:+ ($args)}"
		got=$(status "$program")
		# a program that takes the kernel down has no result of its own
		if [ "$got-$want" = -fail ] && grep -q 'kernel BUG at\|Kernel panic' "$out.log"; then got=FAIL; fi
		case $got-$want in
		PASS-pass|FAIL-fail)	ok "$what" ;;
		# guest.list names only what can run there
		SKIP-*)			not_ok "$what" "it was skipped: $(reason "$program")" ;;
		-*)			not_ok "$what" "it did not run: $(why)" ;;
		*)			not_ok "$what" "$(console "$program")" ;;
		esac
	done
	what="$target: no complaint of the kernel on $v during $programs${args:+ ($args)}"
	if [ "$want" = fail ]; then :
	elif [ $rc = 0 ]; then ok "$what"
	else not_ok "$what" "$(why)"; fi
	sed -n "s/^# *\([a-z_ ]*: [0-9]*\)\$/# $target, $v: \1/p" "$out.log" 2>/dev/null
done <<EOL
$(list guest.list "$@")
EOL
plan
