# awk -v names=FILE -v runs=N -f least.awk COUNTS - lines "WORKLOAD|WHAT|NUMBER"
#
# COUNTS has a line of "EVENT NUMBER ..." for each run, N of them for each workload, and the
# file of names a line "WORKLOAD x TIMES" for each. The number is the least of the runs. Those
# of the four calls and of the store are per pair, less the empty loop "nothing".
{ for (i = 1; i < NF; i += 2) if (!($i in best) || $(i + 1) < best[$i]) best[$i] = $(i + 1) }
NR % runs == 0 {
	getline name < names
	n = split(name, w, " x ")
	if (name ~ /^nothing /) { for (e in best) loop[e] = best[e] }
	else if (name ~ /^(empty section|nested pair|pause pair|store)/) {
		for (e in best) printf "%s|%s|%.1f\n", w[1], e, (best[e] - loop[e]) / w[2]
	} else for (e in best) printf "%s|%s|%d\n", name, e, best[e]
	delete best
}
