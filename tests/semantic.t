#!/bin/sh
# semantic.t - the semantic patch, if the series has it, reports each marked line of tests/bad.c, no
# other line there, and nothing in the tree
# shellcheck source=tests/tap.sh
. "$(dirname "$0")/tap.sh"
cocci=$linux/scripts/coccinelle/locks/lazy_mmu.cocci
[ -e "$cocci" ] || plan

# spatch FOLDER FILE...
spatch() {
	(cd "$1" && shift && timeout 900 spatch -D report --very-quiet --no-includes --include-headers \
		--cocci-file "$cocci" "$@") 2>"$dir/spatch.log"
}
lines() { cut -d: -f2 | sort -n | tr '\n' ' '; }

what="coccinelle finds each mistake in tests/bad.c"
got=$(spatch "$top/tests" bad.c | lines) want=$(grep -n 'bad \*/' "$top/tests/bad.c" | sed 's/^/:/' | lines)
if [ "$got" = "$want" ]; then ok "$what"; else not_ok "$what" "lines $got, not $want"; fi
# shellcheck disable=SC2046 # a list of files
try "coccinelle finds nothing in the tree" spatch "$linux" $(git -C "$linux" grep -l lazy_mmu -- '*.c' '*.h')
plan
