# awk -v names=FILE -v runs=N [-v where=FILE -v places=FILE] -f least.awk COUNTS - lines "WORKLOAD|WHAT|NUMBER"
#
# COUNTS has a line of "EVENT NUMBER ..." for each run, N of them for each workload, and the
# file of names a line "WORKLOAD x TIMES" for each. The number is the least of the runs. Those
# of the four calls and of the store are per pair, less the empty loop "nothing". Where the
# plugin said what entered Xen, lines "WORKLOAD|WHAT|TIMES|PATH" of the run with the fewest
# entries go to places, most first.
{
	for (i = 1; i < NF; i += 2) {
		if ($i == "entry" && (!("entry" in best) || $(i + 1) < best["entry"])) line = NR
		if (!($i in best) || $(i + 1) < best[$i]) best[$i] = $(i + 1)
	}
}
NR % runs == 0 {
	getline name < names
	chosen[line] = name
	n = split(name, w, " x ")
	if (name ~ /^nothing /) { for (e in best) loop[e] = best[e] }
	else if (name ~ /^(empty section|nested pair|pause pair|store)/) {
		for (e in best) printf "%s|%s|%.1f\n", w[1], e, (best[e] - loop[e]) / w[2]
	} else for (e in best) printf "%s|%s|%d\n", name, e, best[e]
	delete best
}
END {
	if (where == "") exit
	sorted = "sort -t '|' -k1,1 -k3,3nr -k4 >'" places "'"
	printf "" | sorted
	while ((getline < where) > 0) {
		if (!($1 in chosen)) continue
		path = $4
		for (i = 5; i <= NF; i++) path = path " " $i
		printf "%s|%s|%d|%s\n", chosen[$1], $2, $3, path | sorted
	}
}
