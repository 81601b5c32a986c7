#!/usr/bin/env python3
"""same_run.py A B: are two finished runs equal in everything but time?

Rows of both logs without their seconds, theta of the results, and every tensor of the final
checkpoints, apart from the wall time and the sizes of the log files. The same of searches.
"""

import json
import pathlib
import struct
import sys


def rows(path):
    out = [json.loads(line) for line in path.read_text().splitlines()]
    for row in out:
        row.pop("seconds")
    return out


def tensors(path):
    data = path.read_bytes()
    (length,) = struct.unpack("<Q", data[:8])
    header = json.loads(data[8:8 + length])
    header.pop("__metadata__")
    out = {}
    for name, entry in header.items():
        start, end = entry["data_offsets"]
        out[name] = data[8 + length + start:8 + length + end]
    if "search.counters" in out:
        out["search.counters"] = out["search.counters"][:-16]
        out["search.measures"] = out["search.measures"][8:]
        return out
    out["run.counters"] = out["run.counters"][:40]  # the rest: sizes of files with seconds in them
    out["run.measures"] = out["run.measures"][8:]   # the first: seconds
    return out


def differences(a, b):
    for name in ("log.jsonl", "evaluations.jsonl"):
        if rows(a / name) != rows(b / name):
            yield name
    results = [json.loads((folder / "result.json").read_text()) for folder in (a, b)]
    for key in ("theta", "objective", "inner_steps", "updates", "resets", "dropped"):
        if results[0].get(key) != results[1].get(key):
            yield f"result.json: {key}"
    last = [max(folder.glob("checkpoint-*.safetensors")) for folder in (a, b)]
    if last[0].name != last[1].name:
        yield f"{last[0].name} and {last[1].name}"
        return
    left, right = tensors(last[0]), tensors(last[1])
    if left.keys() != right.keys():
        yield "the checkpoints' names"
    for name in left.keys() & right.keys():
        if left[name] != right[name]:
            yield f"{last[0].name}: {name}"


found = list(differences(pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])))
for difference in found:
    print(difference, file=sys.stderr)
sys.exit(1 if found else 0)
