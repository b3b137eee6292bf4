#!/bin/sh
# patches.t - checkpatch is clean for each patch, each set can be sent, and the stack applies to the
# other kernels that it supports
#
# Needs the tree (make tree). The trees of the other bases are made if they are missing.
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
patches() { find "$top/patches/$1" -name '[0-9]*.patch' ! -name '0000-*' | sort; }

for patch in $(patches "$name"); do
	try "checkpatch ${patch#"$top/patches/"}" style "$patch"
done
# sent SET - is there a mail for each patch, and nothing that git send-email asks for?
sent() {
	mbox=$("$top/tools/mbox" "$name" "$1") || return 1
	rm -rf "$mbox.d"
	mkdir "$mbox.d"
	git mailsplit -o"$mbox.d" "$mbox" >"$mbox.n"
	[ "$(cat "$mbox.n")" = "$(find "$top/patches/$name/$1" -name '[0-9]*.patch' | wc -l)" ] || return 1
	GIT_CONFIG_GLOBAL=/dev/null git send-email --dry-run --quiet --confirm=never --from=sender@localhost \
		--to-cover --cc-cover --suppress-cc=all "$mbox.d"/* 2>&1 </dev/null | grep -v '^Dry-'
	true
}
for set in $(sets "$name"); do try "$set can be sent" sent "$set"; done
for base in "$top"/patches/*.base; do
	grep -qx "ancestor=$name" "$base" || continue
	other=$(basename "$base" .base)
	what="the stack applies to the base of $other"
	if shown "$top/tools/tree" "$other"; then ok "$what"; else not_ok "$what" "$(why)"; fi
done
plan
