#!/bin/sh
# proof.t - the layer and the hooks keep the contract in every interleaving
#
# Cuts their functions out of the kernel tree (proof/cut.list), and explores a model of each
# architecture (proof/*.c; bounds are printed). Each line that was cut has to be executed. The model has
# to find each mistake of tests/mutants.patch in these lines, and the mistakes of the layer of
# 7.3.4. A counterexample lists the steps of the task, what interrupted it where, and what broke.
# proof/exceptions.list has the mistakes that the model cannot find, with reasons. Takes a minute, and gcc.
# shellcheck source=tests/tap.sh
. "$(dirname "$0")/tap.sh"
proof=$top/proof work=$dir/proof
models='layer arm64 xen powerpc sparc64'
# model TREE MODEL FLAG... - compile it, without and with CONFIG_DEBUG_VM
model() {
	cd "$work/$1"
	m=$2; shift 2
	for debug in '' -debug; do
		gcc -O1 -std=gnu11 -w -fno-strict-aliasing -fmacro-prefix-map="$proof=proof" -I"$proof" -Iparts \
			"$@" ${debug:+-DCONFIG_DEBUG_VM} -o "$m$debug" "$proof/$m.c" 2>"$log" || return 1
	done
}
# holds MODEL COUNTS EVENTS
holds() {
	for debug in '' -debug; do
		out=$("./$1$debug" "$2" "$3" 2>&1) && rc=0 || rc=$?
		what="$1${debug:+, CONFIG_DEBUG_VM}: any step from any state"
		if [ "$rc" = 0 ]; then ok "$what: $out"; else not_ok "$what" "$out"; fi
	done
}
error() { grep -m1 -E 'error|undefined' "$log" || head -n1 "$log"; }
# story - as comments
story() { echo "$out" | sed 's/^/# /'; }
reason() { sed -n "s/^$1 # //p" "$proof/exceptions.list"; }

what='the functions are where proof/cut.list says'
rm -rf "$work"
if "$proof/trees" "$linux" "$work" 2>"$log"; then ok "$what"
else not_ok "$what" "$(cat "$log")"; plan; fi
what='what a model changes is reset before each run'
if grep -nE '^[[:space:]]*static [^(]*;' "$proof"/*.c | grep -v ' const \| never;' >"$log"; then
	not_ok "$what" "it is not STATE: $(cat "$log")"
else ok "$what"; fi
for m in $models; do
	what="$m compiles"
	if model stack "$m" --coverage -fno-inline -fkeep-static-functions -fkeep-inline-functions &&
		model mutants "$m" -O2 -DMUTANTS; then ok "$what"
	else not_ok "$what" "$(error)"; plan; fi
done

cd "$work/stack"
holds layer 256 0
holds layer 5 2
holds arm64 3 2
holds powerpc 3 1
holds sparc64 3 1
holds xen 2 1

# lines that were executed in no run
for data in *.gcda; do gcov -t "$data" 2>/dev/null; done |
	awk -F: -v files="$(awk '/^[a-z]/ && $2 !~ /^\./ { gsub(/,/, "  "); printf " %s ", $3 " " $4 }' "$proof/cut.list")" '
		$3 == "Source" { file = $4; seen[file] = index(files, " " file " ") }
		!seen[file] { next }
		{ at = file ":" $2 + 0 }
		$1 ~ /[0-9]/ { hit[at]; lines[at] }
		$1 ~ /#####|=====/ { miss[at] = $0; lines[at]; sub(/^[^:]*:[^:]*:[ \t]*/, "", miss[at]) }
		END { for (at in miss) if (!(at in hit)) print at, miss[at]; n = length(lines); print n > "/dev/stderr" }' \
	>missed 2>lines
sed -n 's/^line \(.*\) # .*/\1/p' "$proof/exceptions.list" >excepted
unexpected=$(awk 'NR == FNR { file[NR] = $1; sub(/^[^ ]* /, ""); text[NR] = $0; n = NR; next }
	{ at = $1; name = at; sub(/:.*/, "", name); sub(/^[^ ]* /, "")
	  for (i = 1; i <= n; i++) if (file[i] == name && index($0, text[i]) == 1) next
	  print at ": " $0 }' excepted missed)
what="each of the $(cat lines) lines that were cut is executed, but for $(wc -l <missed)"
if [ "$(cat lines)" -gt 100 ] && [ -z "$unexpected" ]; then ok "$what"; else not_ok "$what" "$unexpected"; fi

# names PART... - the mutants in these parts
names() {
	cat "$@" | grep -o 'lazy_mmu_mutant[a-z_]*([a-z0-9_]*' | grep -v 'mutant_flush\|mutant_dies\|mutant_move' |
		sed 's/.*(//' | sort -u | sed 's/^\(calls\|active\)$/\1_in_nmi \1_in_hardirq \1_in_softirq \1_in_bh/'
}
# found NAME MODEL...
found() {
	name=$1; shift
	echo "$name" >>tried
	why=$(reason "mutant $name $1")
	for m; do
		counts=2
		[ "$m" != layer ] || counts=5
		for debug in -debug ''; do
			out=$("./$m$debug" "$counts" 1 "$name" 2>&1) && rc=0 || rc=$?
			case $rc$why in
			1)	ok "$m finds $name"; story; return ;;
			1*)	not_ok "$m cannot find $name" "it does: proof/exceptions.list"; return ;;
			0)	;;
			0*)	skip "$m finds $name" "$why"; return ;;
			*)	not_ok "$m finds $name" "$out"; return ;;
			esac
		done
	done
	not_ok "the model finds $name" "looked for in $*"
}
cd "$work/mutants"
# shellcheck disable=SC2046 # words
for name in $(names $(sed -n 's/^[a-z]* +\([a-z]*\) .*/parts\/\1.h/p' "$proof/cut.list")); do
	# shellcheck disable=SC2086 # words
	found "$name" $models
done
for m in $models; do
	[ "$m" != layer ] || continue
	for name in $(names parts/"$m"-*.h); do found "$name" "$m"; done
done
awk '/^[^#]/ { print $1 == "-" ? $2 : $1 }' "$top/tests/mutants.list" | sort -u >listed
echo "# in code that is not cut: $(grep -vwFf tried listed | paste -sd' ')"

# what 7.3.4's layer and its context switch under Xen do wrong: the number of a step, and what breaks
cd "$work/base"
if model base layer -DBASE; then ok 'the layer of the base compiles'
else not_ok 'the layer of the base compiles' "$(error)"; plan; fi
while read -r step what; do
	out=$(./layer-debug 5 0 none "$step" 2>&1) && rc=0 || rc=$?
	case $rc$out in
	1*"BROKEN behind this: $what"*)	ok "the base breaks: $what"; story ;;
	*)				not_ok "the base breaks: $what" "$out" ;;
	esac
done <<EOL
0 enable_count counts the sections
2 pause_count counts the pauses
3 pause_count counts the pauses
6 a new task is in no section and no pause
EOL
plan
