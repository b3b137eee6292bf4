#!/bin/sh
# tap.sh - what the TAP programs of tests/ share; sourced by them, does nothing by itself
#
# Each takes the TARGETs to test as arguments, and tests all if there are none: tests/kunit.t arm64, or
# prove tests/kunit.t :: arm64. BASE in the environment names the series (mainline), whose tree must
# exist (make tree). The output is TAP. Comments after a "not ok" say why. The plan comes at the end, so a
# program that dies is a failure. Returns 1 if any test is not ok.
#
# Sets name, dir, linux and log (a file for the program's own use), beside what tools/common sets.
# shellcheck source=tools/common
. "$(dirname "$0")/../tools/common"
# shellcheck disable=SC2034 # for the programs
name=${BASE:-mainline}
need_series "$name"
dir=$top/build/$name linux=$top/build/$name/linux
[ -e "$linux/.git" ] || die "no build/$name/linux: make tree"
# shellcheck disable=SC2046 # words
[ $# -gt 0 ] || set -- $(cd "$targets" && printf '%s\n' *.py | sed 's/\.py$//')
for target; do need_target "$target"; done
log=$dir/$me.$1.log n=0 bad=0

ok() { n=$((n + 1)); echo "ok - $1"; }
skip() { n=$((n + 1)); echo "ok - $1 # SKIP $2"; }
# not_ok NAME WHY - in one write, as two programs may share the output
not_ok() { n=$((n + 1)) bad=1; printf 'not ok - %s\n%s\n' "$1" "$(echo "$2" | sed 's/^/# /')"; }
plan() { if [ $n -gt 0 ]; then echo "1..$n"; else echo "1..0 # SKIP nothing for $targets_here"; fi; exit $bad; }
targets_here=$*

# try NAME COMMAND... - ok if it succeeds and says nothing
try() {
	try=$1; shift
	if "$@" >"$log" 2>&1 && [ ! -s "$log" ]; then ok "$try"; else not_ok "$try" "$(head -n 20 "$log")"; fi
}
# shown COMMAND... - run it; what it says on stderr is kept in $log, and its signs of life shown
life='^booting\|^building\|^packages:\|^source: unpacking\|^fetch: looking'
shown() {
	{ { rc=0; "$@" 2>&1 >&3 3>&- || rc=$?; echo $rc >"$log.rc"; } | tee "$log" |
		{ grep --line-buffered "$life" >&2 || :; }; } 3>&1
	return "$(cat "$log.rc")"
}
# why - what it said beside them
why() { grep -v "$life" "$log" || echo "see $log"; }

# by_target TARGET... - returns if there is one; else runs the program for each, two at a time,
# prints what they print, and ends. By the alphabet backwards x86_64-xen, which takes longest, is first
by_target() {
	[ $# -gt 1 ] || return 0
	# shellcheck disable=SC2046 # words
	set -- $(printf '%s\n' "$@" | sort -ru)
	printf '%s\n' "$@" | xargs -P 2 -n 1 "$0" | {
		plans=0
		while IFS= read -r line; do
			case $line in
			1..*)	plans=$((plans + 1)) line=${line#1..} n=$((n + ${line%% *})); continue ;;
			not*)	bad=1 ;;
			esac
			printf '%s\n' "$line"
		done
		[ $plans -eq $# ] || exit 1
		plan
	} && exit 0
	exit 1
}

# list FILE TARGET... - the lines of tests/FILE that are for these: the second word
list() {
	from=$top/tests/$1; shift
	awk -v here=" $* " '!/^#/ && index(here, " " $2 " ")' "$from"
}
# variants FILE TARGET... - make the trees that its lines name, before two programs do
variants() {
	for v in $(list "$@" | cut -d' ' -f1 | sort -u); do tree_of "$v" >/dev/null || exit 1; done
}
tree_of() { if [ "$1" = linux ]; then echo "$linux"; else "$top/tools/variant" "$name" "$1"; fi; }
# build TREE TARGET - once in a run of the program; if it fails the reason is in $log
built=' '
build() {
	case $built in *" $1/$(image_of "$2") "*) return 0 ;; esac
	shown "$top/tools/build" "$1" "$(image_of "$2")" </dev/null || return 1
	built="$built$1/$(image_of "$2") "
}
# boot TREE TARGET [PROGRAM...] - tools/boot; the reason is in $log. Sets $out: what it leaves
boot() {
	out=$(objdir "$1" "$(image_of "$2")")/$2${3:+-guest}
	rm -f "$out.log" "$out.cases" "$out.xml"
	shown "$top/tools/boot" "$@" >/dev/null </dev/null
}
# status CASE - PASS, FAIL or SKIP in the last boot; of a case with parameters the worst
status() {
	[ ! -e "$out.cases" ] || awk -v name="$1" '{ last = $2; sub(/^.*\./, "", last) }
		$2 == name || last == name || index($2, name ".") == 1 { got[$1] = 1 }
		END { print "FAIL" in got ? "FAIL" : "PASS" in got ? "PASS" : "SKIP" in got ? "SKIP" : "" }' "$out.cases"
}
# console CASE - what the console shows before the case failed, or its end
console() {
	tr -d '\r' <"$out.log" | grep -m1 -B 20 -E "not ok [0-9]+ ${1##*.}( |\$)" || { echo "the console ended with:"; tail -n 20 "$out.log"; }
}
# reason CASE - why it was skipped
reason() { sed -n "s/\r//; s/.*ok [0-9]* ${1##*.} # SKIP //p" "$out.log" | head -n1; }
