#!/bin/sh
# documentation.t - kernel-doc and Sphinx print no warning that they do not print for the base
#
# Leaves what they printed in kernel-doc-TREE and htmldocs-TREE in build/NAME/.
# shellcheck source=tests/tap.sh
. "$(dirname "$0")/tap.sh"
touched=$(git -C "$linux" diff --name-only --diff-filter=d refs/worktree/base -- '*.c' '*.h')

# documents TREE - from nothing: Sphinx warns only of what it reads again
documents() {
	cd "$dir/$1"
	# shellcheck disable=SC2046 # a list of files
	PYTHONDONTWRITEBYTECODE=1 timeout 300 scripts/kernel-doc -none \
		$(for f in $touched; do [ ! -e "$f" ] || echo "$f"; done) >"$dir/kernel-doc-$1" 2>&1 || :
	rm -rf .docs
	timeout 1200 make O="$dir/$1/.docs" PYTHON3=/usr/bin/python3 SPHINXDIRS=mm htmldocs \
		>"$dir/htmldocs-$1.out" 2>"$dir/htmldocs-$1" </dev/null
}
# added NAME FILE - ok if FILE-linux has no line that FILE-linux-base lacks, the numbers of
# lines and the place of the tree aside
added() {
	for t in linux linux-base; do
		sed -E "s|$dir/$t/||g; s/:[0-9]+/:/g" "$2-$t" | sort -u >"$2-$t.sorted"
	done
	try "$1" comm -13 "$2-linux-base.sorted" "$2-linux.sorted"
}

documents linux-base & base=$!
documents linux & series=$!
built() { if wait "$2"; then ok "$1"; else not_ok "$1" "see build/$name/htmldocs-*"; fi; }
built "htmldocs of the base builds" "$base"
built "htmldocs of the series builds" "$series"
added "kernel-doc adds no warning" "$dir/kernel-doc"
added "htmldocs SPHINXDIRS=mm adds no warning" "$dir/htmldocs"
plan
