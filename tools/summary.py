#!/usr/bin/env python3
"""Counts the tests in CTest's JUnit files and ends with one line: N passed, N failed, N skipped.

    tools/summary.py FILE...

A file that is missing or broken, or that names no test, counts as one failure: a tier that never
ran must not look like one that passed. Exit status 1 if anything failed.
"""

import sys
import xml.etree.ElementTree as xml


def outcome(case):
    """passed, failed or skipped; a test whose program is missing has failed, not been skipped."""
    status = case.get("status")
    if status == "run":
        return "passed"
    skipped = case.find("skipped")
    if status == "disabled":
        return "skipped"
    if status == "notrun" and skipped is not None:
        message = skipped.get("message", "")
        return "skipped" if message.startswith(("SKIP_", "Disabled")) else "failed"
    return "failed"


def count(path):
    """The outcomes in one file, and the names of the tests that failed."""
    try:
        cases = list(xml.parse(path).getroot().iter("testcase"))
    except (OSError, xml.ParseError) as error:
        return {"failed": 1}, [f"{path}: {error}"]
    if not cases:
        return {"failed": 1}, [f"{path}: no test was run"]
    counts = {}
    failed = []
    for case in cases:
        result = outcome(case)
        counts[result] = counts.get(result, 0) + 1
        if result == "failed":
            failed.append(f"{path}: {case.get('name')}")
    return counts, failed


def main(paths):
    total = {"passed": 0, "failed": 0, "skipped": 0}
    for path in paths:
        counts, failed = count(path)
        for name in failed:
            print(f"FAILED {name}")
        for result, number in counts.items():
            total[result] += number
    print(", ".join(f"{number} {result}" for result, number in total.items()))
    return 1 if total["failed"] else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
