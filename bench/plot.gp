# gnuplot -e "table='FILE'; svg='FILE'; machine='x86_64-xen'; what='hypercall'; title='...'; dark=0" plot.gp
#
# The rows of results/*-bench.txt for this machine and what is counted that differ by more
# than 2 %: the base beside the series, on a log axis, with the numbers. What got worse is in
# another colour.
rows = "awk -F ' *[|] *' -v m='".machine."' -v w='".what."' '" \
	."!/^#/ && $1 == m && $3 == w && ($6 > 1.02 || $6 < 0.98) {" \
	."  n = $2; sub(/ of n pages/, \"\", n); sub(/mapping like that of a BPF arena, n pages/, \"BPF arena\", n);" \
	."  printf \"\\\"%s\\\" %s %s %d\\n\", n, $4, $5, ($5 > $4) }' ".table
n = int(system(rows." | wc -l"))
ink = dark ? "#e6edf3" : "#1f2328"
base = dark ? "#6e7681" : "#afb8c1"
better = dark ? "#3fb950" : "#1a7f37"
worse = dark ? "#f0883e" : "#bc4c00"
max = system(rows." | awk '{ for (i = NF - 2; i < NF; i++) if ($i > max) max = $i } END { print max }'") + 0
set terminal svg noenhanced size 860,(110 + 34 * n) font "sans-serif,13" background (dark ? "#0d1117" : "#ffffff")
set output svg
set title title textcolor rgb ink
set border 1 linecolor rgb ink
set logscale x
set xrange [0.8:max * 4]
set yrange [-n + 0.4:0.8]
set xtics textcolor rgb ink nomirror out
set ytics nomirror scale 0 textcolor rgb ink
set lmargin 46
set key below horizontal textcolor rgb ink samplen 1
set style fill solid noborder
at(v) = v != v ? NaN : v > 0.8 ? v : 0.8
plot "< ".rows using (0.8):(-$0 + 0.2):(0.8):(at($2)):(-$0 + 0.03):(-$0 + 0.37):yticlabels(1) with boxxyerror lc rgb base title "v7.3.4", \
	"" using (0.8):(-$0 - 0.2):(0.8):(at($4 == 1 ? NaN : $3)):(-$0 - 0.37):(-$0 - 0.03) with boxxyerror lc rgb better title "series", \
	"" using (0.8):(-$0 - 0.2):(0.8):(at($4 == 1 ? $3 : NaN)):(-$0 - 0.37):(-$0 - 0.03) with boxxyerror lc rgb worse title "series, worse", \
	"" using (at($2)):(-$0 + 0.2):(sprintf(" %d", $2)) with labels left textcolor rgb ink notitle, \
	"" using (at($3)):(-$0 - 0.2):(sprintf(" %d", $3)) with labels left textcolor rgb ink notitle
