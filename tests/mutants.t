#!/bin/sh
# mutants.t [TARGET...] - the tests find mistakes: for each line of tests/mutants.list, the
# kernel makes one
#
# A line is NAME TARGET KILLER [KERNEL PARAMETER...]. Booted with lazy_mmu_mutant=NAME (see
# tests/mutants.patch), KILLER has to fail: SUITE.CASE[.PARAMETER] of KUnit, guest/PROGRAM,
# dom0/PROGRAM (of guest/, in dom0 while a domU runs), or log, and then the kernel has to
# complain. With ! behind it the kernel may die instead. A line "- NAME TARGET: reason" is a
# mutant that no test can find. Before, and without a mutant, each KILLER has to pass in the
# same image. KUnit cases without parameters first run many in a boot: each without its
# mutant, with it, and without it again. A mutant that is not found this way gets a boot of
# its own.
# shellcheck source=tests/tap.sh
. "$(dirname "$0")/tap.sh"
[ -e "$top/tests/mutants.list" ] || plan
tree=$(tree_of mutants) || exit 1
# by_image calls the program again with the targets of one image
[ $# -eq 1 ] || export LAZY_MMU_MANY=1
by_image "$@"
export LAZY_MMU_ICOUNT=1 LAZY_MMU_TIMEOUT="${LAZY_MMU_TIMEOUT:-180}"

# try_killer KILLER PARAMETER... - boot for it. $got: PASS, FAIL, SKIP, died, or what went wrong
try_killer() {
	case=${1#*/} args="kunit.filter_glob=$(echo "$1" | cut -d. -f1,2)" program=''
	case $1 in
	log)		args='' ;;
	guest/*)	args='' program=$case ;;
	dom0/*)		args="dom0.run=$case" program=memory_check:30 ;;
	esac
	by=$1
	shift
	LAZY_MMU_MAY_SPLAT=1 LAZY_MMU_ARGS="$args $*" boot "$tree" "$target" ${program:+"$program"} || :
	got=$(status "$case")
	if [ "$case" = log ]; then
		got=PASS
		! complaint "$out.log" >/dev/null || got=FAIL
	elif [ "$by" = "dom0/$case" ]; then
		# it has no result of its own: guest/dom0 says how it ended
		if grep -aq "dom0: $case failed" "$out.log"; then got=FAIL
		elif grep -aq "dom0: $case: " "$out.log"; then got=PASS
		else got="it did not run: $(why)"; fi
	# kunit.py takes a case in which the kernel died for one that failed
	elif [ "$got" = PASS ] || [ "$got" = SKIP ] || grep -aqE "not ok [0-9]+ ${case##*.}( |\$)" "$out.log"; then :
	elif grep -a 'there is no mutant' "$out.log" >"$log"; then got="it did not run: $(cat "$log")"
	elif grep -aq 'Linux version' "$out.log" && ! grep -q 'has no case' "$log"; then got=died
	else got="it did not run: $(why)"; fi
}

# suites_pass - and with them each case that is a KILLER
suites_pass() {
	what="without a mutant the suites pass on $target"
	if boot "$tree" "$target"; then ok "$what"; else not_ok "$what" "$(why)"; fi
	bad_ones=$(echo "$lines" | while read -r _ _ killer args; do
		case ${killer%!}$args in
		log|guest/*|dom0/*|*=*) ;;
		*) [ "$(status "${killer%!}")" = PASS ] || echo "${killer%!}" ;;
		esac
	done | sort -u)
	what="without a mutant each case that finds one passes on $target"
	if [ -z "$bad_ones" ]; then ok "$what"; else not_ok "$what" "these do not: $bad_ones"; fi
}
# without_mutant - each KILLER of the lines passes
without_mutant() {
	! echo "$lines" | grep -qv ' guest/\| dom0/' || suites_pass
	# those that need a boot of their own
	while read -r killer args; do
		[ -n "$killer" ] || continue
		what="without a mutant $killer passes on $target${args:+ ($args)}"
		# shellcheck disable=SC2086 # words
		try_killer "$killer" $args
		if [ "$got" = PASS ]; then ok "$what"; else not_ok "$what" "$got: $(console "$case")"; fi
	done <<-EOK
	$(echo "$lines" | awk '{ sub(/!$/, "", $3) } $3 ~ /^(guest|dom0)\// || ($3 != "log" && NF > 3) { $1 = $2 = ""; print }' | sort -u)
	EOK
}

# together - NAME:KILLER of those that are found in a boot with others. A command line holds about ten
together() {
	# shellcheck disable=SC2016 # for awk
	shareable='NF != 3 || $3 !~ /^lazy_mmu/ || $3 ~ /!$/ { next } { split($3, k, "."); one = $1 ":" k[1] "." k[2] }'
	echo "$lines" | awk "$shareable"'
		length(all one) > 600 { print all; all = "" }
		{ all = all (all ? "," : "") one }
		END { if (all) print all }' | while read -r some; do
		LAZY_MMU_MAY_SPLAT=1 LAZY_MMU_ARGS="lazy_mmu_mutants=$some" boot "$tree" "$target" || :
		# a stale log is not of these
		grep -aqF "$some" "$out.log" || continue
		# each of the three runs has to have one result: passed, failed, passed
		tr -d '\r' <"$out.log" | awk -v lines="$(echo "$lines" | awk "$shareable"' { print one, $3, k[split($3, k, ".")] }')" '
			BEGIN { n = split(lines, l, "\n"); while (n) { split(l[n--], f, " "); killer[f[1]] = f[2]; last[f[1]] = f[3] } }
			/lazy_mmu_mutant: [^ ]+ [012]$/ { key = $(NF - 1); run = $NF; next }
			key && match($0, "ok [0-9]+ " last[key] "( |$)") {
				got[key] = got[key] run (/ # SKIP/ ? "S" : /not ok [0-9]/ ? "F" : "P") }
			END { for (key in got) if (got[key] == "0P1F2P") {
				name = key; sub(/:.*/, "", name); print name ":" killer[key] } }'
	done
}

awk -v here=" $* " '$1 == "-" { sub(/:$/, "", $3) }
	$1 == "-" && index(here, " " $3 " ") { n++; sub(/^- /, ""); print "# no test can find " $0 }
	END { if (n) print "# no test can find " n " mutants" }' "$top/tests/mutants.list"
for target; do
	lines=$(list mutants.list "$target")
	[ -n "$lines" ] || continue
	# an image for itself, and minutes for a boot
	if [ "$target" = x86_64-domu ] && [ -n "${LAZY_MMU_MANY:-}" ]; then
		ok "mutants on $target # SKIP only if it is the only target"
		continue
	fi
	build "$tree" "$target" || { not_ok "$target: mutants builds" "$(why)"; continue; }
	without_mutant
	found=$(together)
	while read -r mutant _ killer args; do
		what="mutant $mutant is found by ${killer%!} on $target"
		if [ -z "$args" ] && echo "$found" | grep -qxF "$mutant:$killer"; then ok "$what"; continue; fi
		# shellcheck disable=SC2086 # words
		try_killer "${killer%!}" $args "lazy_mmu_mutant=$mutant"
		case $got$killer in
		FAIL*|died*!)	ok "$what" ;;
		died*)		not_ok "$what" "the kernel died: $(console "$case")" ;;
		PASS*|SKIP*)	not_ok "$what" "it survives: $got" ;;
		*)		not_ok "$what" "$got" ;;
		esac
	done <<-EOL
	$lines
	EOL
done
plan
