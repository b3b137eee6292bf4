#!/bin/sh
# kunit.t [TARGET...] - the KUnit suites on each machine: the boot ends in time, without a
# complaint of the kernel, and each case passes, or is skipped for a reason
#
# CASE in the environment: only the cases SUITE.CASE that this glob matches. Leaves what
# kunit.py found as JUnit in build/report/kunit-TARGET.xml.
# shellcheck source=tests/tap.sh
. "$(dirname "$0")/tap.sh"
filter=$(filter_of "${CASE:-}")
by_target "$@"
mkdir -p "$top/build/report"
for target; do
	what="$target: boots, and ends without a complaint of the kernel"
	build "$linux" "$target" || { not_ok "$what" "$(why)"; continue; }
	if LAZY_MMU_ARGS=$filter boot "$linux" "$target"; then ok "$what"
	else not_ok "$what" "$(why)"; fi
	[ ! -e "$out.xml" ] || cp "$out.xml" "$top/build/report/kunit-$target.xml"
	[ -e "$out.cases" ] || continue
	while read -r status case; do
		case $status in
		PASS)	ok "$target: $case" ;;
		SKIP)	skip "$target: $case" "$(reason "$case")" ;;
		*)	not_ok "$target: $case" "$(console "$case")" ;;
		esac
	done <"$out.cases"
done
plan
