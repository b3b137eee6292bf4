# gnuplot -e "table='FILE'; svg='FILE'; dark=0" scale.gp
#
# From results/*-scale.txt, what a page costs if there are many: the entries into Xen, and the
# data barriers of arm64. The base is dashed, the series solid.
rows(m, w, work) = "awk -F ' *[|] *' -v m='".m."' -v w='".w."' -v work='".work."' '" \
	."$1 == m && $2 == 1 && $3 == work && $5 == w && $8 + $9 > 0 { print $4, $8, $9 }' ".table
ink = dark ? "#e6edf3" : "#1f2328"
array colour[4] = [dark ? "#58a6ff" : "#0969da", dark ? "#f0883e" : "#bc4c00", dark ? "#3fb950" : "#1a7f37", dark ? "#d2a8ff" : "#8250df"]
array work[4] = ["munmap()", "fork() and exit", "vmalloc()", "vfree()"]
array machine[2] = ["x86_64-xen", "arm64"]
array what[2] = ["entry", "dsb"]
array title[2] = ["Xen PV: entries per page (dashed: 7.3.4)", "arm64: data barriers per page (dashed: 7.3.4)"]
set terminal svg noenhanced size 860,420 font "sans-serif,13" background (dark ? "#0d1117" : "#ffffff")
set output svg
set border 3 linecolor rgb ink
set logscale x 4
set logscale y 10
set format x "%.0f"
set format y "%g"
set xtics textcolor rgb ink nomirror out rotate by -45
set ytics textcolor rgb ink nomirror out
set xlabel "pages" textcolor rgb ink
set key bottom left reverse Left textcolor rgb ink samplen 2
set rmargin 4
set multiplot layout 1,2
do for [i = 1:2] {
	# a machine that was not measured
	if (system(rows(machine[i], what[i], work[1])." | wc -l") == 0) { continue }
	set title title[i] textcolor rgb ink
	plot for [k = 1:8] "< ".rows(machine[i], what[i], work[(k + 1) / 2]) using 1:(k % 2 ? $2 : $3) \
		with linespoints dashtype 1 + k % 2 pointtype 7 - k % 2 pointsize 0.5 linewidth 2 - k % 2 \
		linecolor rgb colour[(k + 1) / 2] title k % 2 ? "" : work[k / 2]
}
unset multiplot
