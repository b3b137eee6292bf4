# gnuplot -e "table='FILE'; svg='FILE'" plot.gp - the ratios of results/*-bench.txt
#
# Only what differs by more than 2 %: the table has the rest.
rows = "awk -F ' *[|] *' '!/^#/ && $6 != \"-\" && ($6 < 0.98 || $6 > 1.02) { printf \"\\\"%s: %s, %s\\\" %s\\n\", $1, $2, $3, $6 }' ".table
n = int(system(rows." | wc -l"))
set terminal svg noenhanced size 900,(60 + 18 * n) font "sans,11" background "white"
set output svg
set title "What the series executes, the base being 1 (where they differ by more than 2 %)"
set xrange [0:1.5]
set yrange [-n:1]
set xtics 0.25
set grid xtics
set style fill solid 0.6 noborder
unset key
set arrow from 1,graph 0 to 1,graph 1 nohead lw 2 front
plot "< ".rows using ($2 / 2):(-$0):($2 / 2):(0.35):yticlabels(1) with boxxyerror
