# gnuplot -e "table='FILE'; svg='FILE'" plot.gp - the ratios of results/*-bench.txt
#
# Of each machine the event that its batches save, and where it has none to save,
# the instructions.
rows = "awk -F ' *[|] *' '$1 \"|\" $3 ~ /^(x86_64-xen\\|hypercall|arm64\\|dsb|powerpc-hash\\|hcall|(x86_64|powerpc-radix|sparc64)\\|instructions)$/ { printf \"\\\"%s: %s, %ss\\\" %s\\n\", $1, $2, $3, $6 == \"-\" ? 1 : $6 }' ".table
n = int(system(rows." | wc -l"))
set terminal svg size 900,(60 + 18 * n) font "sans,11" background "white"
set output svg
set title "What is executed with the series, of what the base executes (1.0)"
set xrange [0:1.5]
set yrange [-n:1]
set xtics 0.25
set grid xtics
set style fill solid 0.6 noborder
unset key
set arrow from 1,graph 0 to 1,graph 1 nohead lw 2 front
plot "< ".rows using ($2 / 2):(-$0):($2 / 2):(0.35):yticlabels(1) with boxxyerror
