#!/bin/sh
# repository.t - the shell programs are clean, patches/ matches the tree, and what the lists name exists
# shellcheck source=tests/tap.sh
. "$(dirname "$0")/tap.sh"
cd "$top"
for program in tools/* tests/*.t tests/tap.sh proof/trees .ci/run; do
	try "shellcheck $program" shellcheck "$program"
done
try "patches/$name is what make refresh writes" tools/refresh "$name" --check
try "build/$name/linux has no uncommitted change" git -C "$linux" status --porcelain -uno

what="make bisect: each patch of this stack is ok" table=results/$name-bisect.txt
head=$(head -n1 "$table" 2>/dev/null) || :
if [ -z "$head" ]; then skip "$what" "it has not been run"
elif [ "${head##* }" != "$(hash_of "$name")" ]; then not_ok "$what" "$table is of another stack: make bisect"
elif bad_row=$(grep -m1 -E '^(0[1-9]|[1-9][0-9]+) .*[|] [0-9a-f]+ not ok: ' "$table"); then not_ok "$what" "$bad_row"
elif echo "$head" | grep -q '; \([0-9]*\) of \1 results;'; then ok "$what"
else skip "$what" "it has not been through: ${head#*; }"; fi

# unknown FILE - the words of its lines that are no variant, or no target
unknown() {
	# "- NAME TARGET: reason" is a mutant that no test finds
	sed '/^#/d; /^$/d; s/^- \([^ ]* [^ ]*\):/\1/' "$1" | while read -r v target _; do
		[ "$1" = tests/mutants.list ] || [ "$v" = linux ] || [ -e "tests/$v.variant" ] || echo "no variant $v"
		[ -e "targets/$target.py" ] || echo "no target $target"
	done
}
for file in tests/guest.list tests/misuse.list tests/mutants.list tests/control.expect; do
	[ ! -e "$file" ] || try "$file names what there is" unknown "$file"
done
plan
