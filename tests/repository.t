#!/bin/sh
# repository.t - the shell programs are clean, the patches are what the tree gives, and the
# lists name what there is
# shellcheck source=tests/tap.sh
. "$(dirname "$0")/tap.sh"
cd "$top"
for program in tools/* tests/*.t tests/tap.sh proof/trees .ci/run; do
	try "shellcheck $program" shellcheck "$program"
done
try "patches/$name is what make refresh writes" tools/refresh "$name" --check
try "build/$name/linux has no uncommitted change" git -C "$linux" status --porcelain -uno

what="results/$name-bisect.txt is of this stack"
if [ ! -e "results/$name-bisect.txt" ]; then skip "$what" "make bisect has not been through"
elif head -n1 "results/$name-bisect.txt" | grep -q " $(hash_of "$name")\$"; then ok "$what"
else not_ok "$what" "make bisect"; fi

# unknown FILE - the words of its lines that are no variant, or no target
unknown() {
	# "- NAME TARGET: reason" is a mutant that no test can find
	sed '/^#/d; /^$/d; s/^- \([^ ]* [^ ]*\):/\1/' "$1" | while read -r v target _; do
		[ "$1" = tests/mutants.list ] || [ "$v" = linux ] || [ -e "tests/$v.variant" ] || echo "no variant $v"
		[ -e "targets/$target.py" ] || echo "no target $target"
	done
}
for file in tests/guest.list tests/misuse.list tests/mutants.list tests/control.expect; do
	[ ! -e "$file" ] || try "$file names what there is" unknown "$file"
done
plan
