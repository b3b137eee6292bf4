#!/bin/sh
# mutants.t [TARGET...] - the tests find mistakes: the kernel makes one for each line of
# tests/mutants.list
#
# A line is NAME TARGET KILLER [KERNEL PARAMETER...]. With the mistake NAME (see tests/mutants.patch),
# KILLER must fail: SUITE.CASE[.PARAMETER] of KUnit, guest/PROGRAM, or dom0/PROGRAM (of guest/, in dom0
# while a domU runs). If KILLER is log, the kernel must complain. A KILLER that ends in ! may also make
# the kernel die with a message, and one that ends in !! may also make it hang. A line
# "- NAME TARGET: reason" is a mutant that no test finds. Without a mutant, each KILLER must pass in
# the same image.
# KUnit cases and guest programs that need the same kernel parameters share a boot: each runs
# without its mutant, with it, and without it again, and must pass, fail and pass. All others are
# booted twice: without the mutant, and with lazy_mmu_mutant=NAME.
# shellcheck source=tests/tap.sh
. "$(dirname "$0")/tap.sh"
[ -e "$top/tests/mutants.list" ] || plan
tree=$(tree_of mutants) || exit 1
by_target "$@"
export LAZY_MMU_ICOUNT=1 LAZY_MMU_TIMEOUT="${LAZY_MMU_TIMEOUT:-180}"

# try_killer KILLER PARAMETER... - boot for it. $got: PASS, FAIL, SKIP, died, hung, or what went wrong
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
		if grep -aq "dom0: $case failed\$" "$out.log"; then got=FAIL
		elif grep -aq "dom0: $case: " "$out.log"; then got=PASS
		else got="it did not run: $(why)"; fi
	# kunit.py takes a case in which the kernel died for one that failed
	elif [ "$got" = PASS ] || [ "$got" = SKIP ]; then :
	elif grep -aqE "not ok [0-9]+ ${case##*.}( |\$)" "$out.log"; then got=FAIL
	elif none=$(grep -a 'there is no mutant' "$out.log"); then got="it did not run: $none"
	elif complaint "$out.log" >/dev/null; then got=died
	elif grep -q 'timed out after' "$out.txt"; then got=hung
	else got="it did not run: $(why)"; fi
}

# together - the KILLERs, many in a boot: "RESULTS NAME KILLER [PARAMETER...]" a line. RESULTS has
# P, F or S after the number of each run: "0P1F2P" if it passed, failed and passed; "0P none ..." if
# it passed without a mutant, where that is all that can be tried
together() {
	# those that can share a boot, what lazy_mmu_mutants= or lazy_mmu.run= has for one, and its name in
	# the log. If the mutant may kill the kernel, or the program watches memory for seconds, then only
	# without a mutant. What lazy_mmu_misuse provokes is reported only once in a boot
	# shellcheck disable=SC2016 # for awk
	shareable='/ lazy_mmu_misuse=/ { next }
		$3 !~ /^guest/ && ($3 ~ /!$/ || $3 !~ /^lazy_mmu/) { next }
		sub(/!+$/, "", $3) || $3 ~ /_check:/ { $1 = "none" }
		seen[$0]++ { next }
		{ split($3, k, /[.\/]/); line = $0; args = "" }
		{ for (i = 4; i <= NF; i++) args = args " " $i }
		$3 ~ /^guest/ { kind = "guest"; item = $1 "@" k[2]; last = k[2] }
		$3 !~ /^guest/ { kind = "kunit"; item = $1 ":" k[1] "." k[2]; last = k[3] ? k[3] : k[2] }'
	# a command line has room for about ten
	# those of a program one after the other: see guest/init.c
	echo "$lines" | sort -s -k3,3 | awk "$shareable"'
		length(some[kind args]) > 600 { print some[kind args] args; delete some[kind args] }
		{ some[kind args] = (some[kind args] ? some[kind args] "," : kind " ") item; rest[kind args] = args }
		END { for (key in some) print some[key] rest[key] }' | while read -r kind items args; do
		case $kind in
		kunit)	set -- "lazy_mmu_mutants=$items $args" ;;
		guest)	set -- "$args" "$items" ;;
		esac
		LAZY_MMU_TIMEOUT=600 LAZY_MMU_MAY_SPLAT=1 LAZY_MMU_ARGS=$1 boot "$tree" "$target" ${2:+"$2"} || :
		[ -e "$out.log" ] || continue
		tr -d '\r' <"$out.log" | awk -v lines="$(echo "$lines" | awk "$shareable"'
			{ sub(/^[^ ]* [^ ]* /, "", line) } args == "'"${args:+ $args}"'" { print item, last, $1 " " line }')" '
			BEGIN {
				for (n = split(lines, l, "\n"); n; n--) {
					split(l[n], f, " ")
					last[f[1]] = f[2]
					whole[f[1]] = substr(l[n], length(f[1] f[2]) + 3)
				}
			}
			/lazy_mmu_mutant: [^ ]+ [012]$/ { key = $(NF - 1); run = $NF; next }
			key && match($0, "ok [0-9]+ " last[key] "( |$)") {
				got[key] = got[key] run (/ # SKIP/ ? "S" : /not ok [0-9]/ ? "F" : "P") }
			END { for (key in got) print got[key], whole[key] }'
	done
}

# suites_pass - and with them each case that is a KILLER
suites_pass() {
	what="without a mutant the suites pass on $target"
	if boot "$tree" "$target"; then ok "$what"; else not_ok "$what" "$(why)"; fi
	bad_ones=$(echo "$lines" | while read -r _ _ killer args; do
		case ${killer%%!*}$args in
		log|guest/*|dom0/*|*=*) ;;
		*) [ "$(status "${killer%%!*}")" = PASS ] || echo "${killer%%!*}" ;;
		esac
	done | sort -u)
	what="without a mutant each case that finds one passes on $target"
	if [ -z "$bad_ones" ]; then ok "$what"; else not_ok "$what" "these do not: $bad_ones"; fi
}

awk -v here=" $* " '$1 == "-" { sub(/:$/, "", $3) }
	$1 == "-" && index(here, " " $3 " ") { n++; sub(/^- /, ""); print "# no test finds " $0 }
	END { if (n) print "# no test finds " n " mutants" }' "$top/tests/mutants.list"
for target; do
	lines=$(list mutants.list "$target")
	[ -n "$lines" ] || continue
	build "$tree" "$target" || { not_ok "$target: mutants builds" "$(why)"; continue; }
	! echo "$lines" | grep -qv ' guest/\| dom0/' || suites_pass
	together=$(together)
	echo "$together" | sed '/^0P none /d; /^0P1F2P/d; /^$/d; s/^/# in a boot with others: /'
	sound=$(echo "$together" | sed -En 's/^0P(1[PF]2P)? [^ ]* //p')
	while read -r killer args; do
		[ -n "$killer" ] || continue
		what="without a mutant $killer passes on $target${args:+ ($args)}"
		if echo "$sound" | grep -qxF "$killer${args:+ $args}"; then ok "$what"; continue; fi
		# shellcheck disable=SC2086 # words
		try_killer "$killer" $args
		if [ "$got" = PASS ]; then ok "$what"; else not_ok "$what" "$got: $(console "$case")"; fi
	done <<-EOK
	$(echo "$lines" | awk '{ sub(/!+$/, "", $3) } $3 ~ /^(guest|dom0)\// || ($3 != "log" && NF > 3) { sub(/^[^ ]* [^ ]* /, ""); print }' | sort -u)
	EOK
	while read -r mutant _ killer args; do
		what="mutant $mutant is found by ${killer%%!*} on $target${args:+ ($args)}"
		if echo "$together" | grep -qxF "0P1F2P $mutant $killer${args:+ $args}"; then ok "$what"; continue; fi
		# shellcheck disable=SC2086 # words
		try_killer "${killer%%!*}" $args "lazy_mmu_mutant=$mutant"
		case $got$killer in
		FAIL*|died*!|hung*!!) ok "$what" ;;
		died*|hung*)	not_ok "$what" "the kernel ${got}: $(console "$case")" ;;
		PASS*|SKIP*)	not_ok "$what" "it survives: $got" ;;
		*)		not_ok "$what" "$got" ;;
		esac
	done <<-EOL
	$lines
	EOL
done
plan
