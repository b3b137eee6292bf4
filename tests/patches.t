#!/bin/sh
# patches.t - checkpatch has nothing to say of any patch, and the series applies to the other
# kernels it is for
#
# Needs the tree (make tree); those of the other bases are made.
# shellcheck source=tests/tap.sh
. "$(dirname "$0")/tap.sh"

# style PATCH. A base made of a tarball knows no commit that a Fixes: tag names, and the suite
# gets at the hooks in <asm/pgtable.h> before <linux/pgtable.h> does. From standard input, as
# checkpatch takes a file that git tracks for source code; with Debian's own python3, which
# has the modules that spdxcheck.py needs.
style() {
	ignore=UNKNOWN_COMMIT_ID
	! grep -q '^+#include <asm/pgtable.h>' "$1" || ignore=$ignore,INCLUDE_LINUX
	PATH=/usr/bin:$PATH perl "$linux/scripts/checkpatch.pl" --root="$linux" --strict --no-signoff \
		--ignore "$ignore" --quiet --no-summary --show-types - <"$1"
}
# patches SERIES - two sets, of which one is worked at beside the other
patches() { find "$top/patches/$1" -name '0*.patch' ! -name '0000-*' | sort; }

for patch in $(patches "$name"); do
	try "checkpatch ${patch#"$top/patches/"}" style "$patch"
done
for base in "$top"/patches/*.base; do
	grep -qx "ancestor=$name" "$base" || continue
	other=$(basename "$base" .base)
	what="the series applies to the base of $other"
	if shown "$top/tools/tree" "$other"; then ok "$what"; else not_ok "$what" "$(why)"; fi
done
plan
