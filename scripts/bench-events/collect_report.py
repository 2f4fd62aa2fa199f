"""Prints what the runs of collect.sh took: their medians, and how often Landfall's collector is faster."""

import statistics
import sys

path, batches, events = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
runs = {}
with open(path, encoding="utf-8") as file:
    for line in file:
        name, *figures = line.split()
        runs.setdefault(name, []).append([float(figure) for figure in figures])

WARM_UP = 200  # batches, as in collect.sh

rates, cpus = {}, {}
for name, figures in runs.items():
    each = [batches * events / seconds for seconds, *_ in figures]
    seconds, runtime, sink, records, ticks, memory, per_second = (statistics.median(column) for column in zip(*figures))
    if min(record for _, _, _, record, *_ in figures) < batches * events:
        sys.exit(f"{name}: only {records:.0f} of {batches * events} records came into the stream")
    rates[name] = statistics.median(each)
    cpus[name] = ticks / per_second / (batches + WARM_UP)
    print(
        f"{name:9} {rates[name]:9,.0f} events/s ({min(each):,.0f} to {max(each):,.0f}); per batch {1e6 * seconds / batches:,.0f} us, of which "
        f"{1e6 * runtime / batches:.0f} in the Runtime API and {sink / 1e3 / (batches + WARM_UP):.0f} in the sink; "
        f"CPU {1e6 * cpus[name]:,.0f} us; {memory / 1024:.0f} MiB"
    )
print(f"ratio     {rates['landfall'] / rates['node']:.2f} by the clock, {cpus['node'] / cpus['landfall']:.2f} by CPU time")
