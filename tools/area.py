#!/usr/bin/env python3
"""Areas under the curves of evaluations, with confidence intervals over seeds.

    tools/area.py [--until STEPS] [--target X] [--sign -1] FOLDER...

A FOLDER is that of a sweep, whose runs are grouped by everything but their seed. The area of a run is the
mean of its evaluations over inner steps from 0 to --until, by trapezoids; with --sign -1 it is that of
returns, whose losses are minus rewards. Intervals are of 95 %, by Student's t over the seeds. A pair of
groups with the same seeds is also compared seed by seed, which leaves out what a seed does to both.
--target counts the runs that reach it, and their steps until then.
"""

import argparse
import json
import math
import pathlib
import re
import statistics

# Student's t, 97.5 %, by degrees of freedom
T = [math.nan, 12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228]


def curve(run, sign):
    rows = [json.loads(line) for line in (run / "evaluations.jsonl").open(encoding="utf-8")]
    return [(row["inner_steps"], sign * row["objective"]) for row in rows]


def area(points, until):
    """Mean over steps 0..until; None where the run ends before."""
    total = 0.0
    for (a, x), (b, y) in zip(points, points[1:]):
        if a < until:
            end = min(b, until)
            at_end = x + (y - x) * (end - a) / (b - a)
            total += 0.5 * (x + at_end) * (end - a)
    return total / until if points[-1][0] >= until else None


def interval(values):
    if len(values) < 2:
        return math.nan
    t = T[min(len(values) - 1, len(T) - 1)]
    return t * statistics.stdev(values) / math.sqrt(len(values))


def first_past(points, target, sign):
    return next((a for a, x in points if (x >= target if sign < 0 else x <= target)), None)


def read(folders, sign):
    """{name: {seed: curve}}"""
    groups = {}
    for folder in folders:
        for run in sorted(folder.glob("*/evaluations.jsonl")):
            match = re.fullmatch(r"(.*?)-?seed(\d+)", run.parent.name)
            name, seed = match.groups() if match else (run.parent.name, "1")
            groups.setdefault(name, {})[int(seed)] = curve(run.parent, sign)
    return groups


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", nargs="+", type=pathlib.Path)
    parser.add_argument("--until", type=float, required=True)
    parser.add_argument("--target", type=float)
    parser.add_argument("--sign", type=float, default=1.0)
    arguments = parser.parse_args()
    areas = {}
    for name, runs in read(arguments.folder, arguments.sign).items():
        areas[name] = {seed: a for seed, points in runs.items()
                       if (a := area(points, arguments.until)) is not None}
        values = list(areas[name].values())
        if not values:
            continue
        ends = [points[-1][1] for points in runs.values()]
        text = (f"{name}: {len(values)} seeds, area {statistics.mean(values):.1f} "
                f"+- {interval(values):.1f} ({min(values):.1f} .. {max(values):.1f}), "
                f"end {statistics.mean(ends):.1f} ({min(ends):.1f} .. {max(ends):.1f})")
        if arguments.target is not None:
            reached = [first_past([p for p in points if p[0] <= arguments.until],
                                  arguments.target, arguments.sign) for points in runs.values()]
            steps = sorted(a for a in reached if a is not None)
            text += f", {len(steps)} reach {arguments.target:g} after {steps}"
        print(text)
    names = [name for name in areas if len(areas[name]) > 1]
    for i, one in enumerate(names):
        for other in names[i + 1:]:
            both = sorted(set(areas[one]) & set(areas[other]))
            if len(both) > 1:
                off = [areas[one][seed] - areas[other][seed] for seed in both]
                print(f"{one} minus {other}: {statistics.mean(off):+.1f} +- {interval(off):.1f}")


if __name__ == "__main__":
    main()
