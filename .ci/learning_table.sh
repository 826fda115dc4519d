#!/bin/sh
# Prints a small table to learn from: skewed numbers, a gap here and there, categories, a label.
exec awk 'BEGIN {
    srand(7)
    print "calls,gap_secs,agent kind,label"
    for (row = 0; row < 600; row++) {
        bad = row % 3 == 0
        calls = exp(4 * rand() + (bad ? 1.5 : 0))
        gap = row % 17 == 0 ? "" : sprintf("%.3f", 10 * rand() - (bad ? 3 : 0))
        kind = substr("webappbot", 1 + 3 * int((bad ? 3 : 2) * rand()), 3)
        printf "%.2f,%s,%s,%s\n", calls, gap, kind, bad ? "outlier" : "normal"
    }
}'
