# The picture of ridge.md: theta of every run, by method; below, the same from near.
#
#     gnuplot -e "runs='runs/ridge'" docs/results/ridge.gp          writes ridge.png

set terminal pngcairo size 1240,760 font "sans,11"
set output "ridge.png"
optimum = 2.633814
one_step = 2.425257      # where one step from the settled weights shows no slope
row(method, start, seed) = sprintf("< sed -n 's/.*\"update\":\\([0-9]*\\).*\"theta\":.\\([-0-9.e]*\\).*/\\1 \\2/p' %s/%s-start%d-seed%d/log.jsonl", runs, method, start, seed)

set multiplot layout 2,3
set xrange [0:50000]
set xtics 10000
set format x "%.0s%c"
set grid lc rgb "#e4e4e4" lt 1
set key bottom right samplen 2
set xlabel "outer updates"
set ylabel "theta"
do for [near in "0 1"] {
    do for [method in "nres pes truncated_es"] {
        if (near) { set yrange [2.2:2.9] } else { set yrange [-5.5:5.5] }
        set title method eq "nres" ? "NRES (ES-Single)" : method eq "pes" ? "PES" : "truncated ES"
        if (method eq "nres") { set key } else { unset key }
        plot for [i=0:17] row(method, 2 * (i / 3) - 5, i % 3 + 1) every 5 with lines lw 1 \
                 lc rgb word("#0072b2 #d55e00 #009e73", i % 3 + 1) notitle, \
             optimum with lines dt 2 lw 2 lc rgb "black" title "optimum", \
             one_step with lines dt 3 lw 2 lc rgb "#888888" title "rest point of one step"
    }
}
unset multiplot
