#!/usr/bin/env python3
"""Who may include whom, and where the preprocessor may decide.

    tools/check_rooms.py [--root DIR]   check the tree; one line a violation, exit status 1
    tools/check_rooms.py --selftest     plant violations in a small tree and see each one found

MAY below is the table of the design, one row a room. Includes never look ahead: data walks from
noise to train, and only train has the map. System headers are free except in include/pes. A
conditional (#if, #ifdef, #ifndef) is allowed in src/base, kernels/select.c, adapters and
include/pes/export.h; elsewhere only as an include guard or around extern "C".
"""

import argparse
import pathlib
import re
import sys
import tempfile

ANYTHING = None

# A room may always include itself. The longest matching prefix of a path is its room.
MAY = {
    "include/pes": [],
    "kernels": [],
    "src/base": ["include/pes"],
    "src/noise": ["include/pes", "src/base", "kernels"],
    "src/perturb": ["include/pes", "src/base", "kernels", "src/noise"],
    "src/unroll": ["include/pes", "src/base", "src/noise"],
    "src/estimate": ["include/pes", "src/base", "kernels", "src/noise"],
    "src/optimize": ["include/pes", "src/base", "kernels", "src/noise"],
    "src/record": ["include/pes", "src/base"],
    "src/search": ["include/pes", "src/base", "src/noise", "src/unroll", "src/record"],
    "src/train": ["include/pes", "src", "kernels"],
    "adapters": ["include/pes"],
    "adapters/mujoco": ["include/pes", "problems/control/mujoco/physics.h"],  # that table is its own
    "problems": ["include/pes", "kernels"],
    "cli": ["include/pes", "problems/problems.h"],
    "python": ["include/pes", "problems/problems.h"],
    "examples": ["include/pes", "problems/problems.h"],  # programs as users write them
    "tests": ANYTHING,
    "bench": ANYTHING,
}
PUBLIC_SYSTEM_HEADERS = {"stdint.h", "stddef.h", "stdbool.h"}
CONDITIONALS_ALLOWED = ("src/base/", "kernels/select.c", "adapters/", "include/pes/export.h")
# Names that exist only in a build or in an installed tree, and what they stand for.
ELSEWHERE = {"pes/version.h": "include/pes/version.h", "pes/problems.h": "problems/problems.h"}
SUFFIXES = {".c", ".h", ".cpp", ".inc"}

INCLUDE = re.compile(r'^\s*#\s*include\s*(?:"([^"]+)"|<([^>]+)>)')
DIRECTIVE = re.compile(r"^\s*#\s*(if|ifdef|ifndef|elif|define)\b\s*(.*?)\s*(?://.*)?$")


def room_of(path):
    """The row of the table that governs a path, or None."""
    rooms = [room for room in MAY if path == room or path.startswith(room + "/")]
    return max(rooms, key=len, default=None)


def resolve(root, including, name):
    """The path, from the root, that a quoted include means; None if there is no such file."""
    if name in ELSEWHERE:
        return ELSEWHERE[name]
    folders = [including.parent, root, root / "src", root / "include"]
    if including.is_relative_to(root / "tests"):
        folders.append(root / "tests")
    for base in folders:
        candidate = (base / name).resolve()
        if candidate.is_file() and candidate.is_relative_to(root):
            return candidate.relative_to(root).as_posix()
    return None


def allowed(room, target):
    """May a file of `room` include the path `target`?"""
    permitted = MAY[room]
    if permitted is ANYTHING:
        return True
    return any(target == item or target.startswith(item + "/") for item in [room] + permitted)


def check_include(root, path, room, quoted, system):
    """What is wrong with one #include, or None."""
    if system and not system.startswith("pes/"):
        if room == "include/pes" and system not in PUBLIC_SYSTEM_HEADERS:
            return f"<{system}> in a public header; only {', '.join(sorted(PUBLIC_SYSTEM_HEADERS))}"
        return None
    name = quoted or system
    target = resolve(root, path, name)
    if target is None:
        return f'"{name}" is no file of this tree; write the path from the root, src or include'
    if not allowed(room, target):
        return f"{room} must not include {target}"
    return None


def check_conditionals(lines, is_header):
    """Conditionals that are neither the include guard nor about __cplusplus."""
    directives = [(number, match.group(1), match.group(2)) for number, line in lines
                  if (match := DIRECTIVE.match(line))]
    guard = None
    if is_header and len(directives) >= 2:
        first, second = directives[0], directives[1]
        if first[1] == "ifndef" and second[1] == "define" and second[2].split()[0] == first[2]:
            guard = first
    for directive in directives:
        number, word, rest = directive
        if word == "define" or directive is guard:
            continue
        if rest in ("__cplusplus", "defined(__cplusplus)"):
            continue
        yield number, f"#{word} {rest}: decide in src/base, kernels/select.c or an adapter"


def check_file(root, path):
    """All violations of one file as (line, message)."""
    relative = path.relative_to(root).as_posix()
    room = room_of(relative)
    if room is None:
        yield 1, "this folder is no room of the design"
        return
    lines = list(enumerate(path.read_text(encoding="utf-8").splitlines(), start=1))
    for number, line in lines:
        match = INCLUDE.match(line)
        message = match and check_include(root, path, room, match.group(1), match.group(2))
        if message:
            yield number, message
    if not relative.startswith(CONDITIONALS_ALLOWED):
        yield from check_conditionals(lines, path.suffix == ".h")


def check_tree(root):
    """All violations below the rooms' folders, as printable lines."""
    root = root.resolve()
    found = []
    for top in sorted({room.split("/")[0] for room in MAY}):
        for path in sorted((root / top).rglob("*")):
            if path.suffix in SUFFIXES and path.is_file():
                relative = path.relative_to(root).as_posix()
                found += [f"{relative}:{number}: {text}" for number, text in check_file(root, path)]
    return found


# ---- has this check been seen to fail? -------------------------------------------------------

GUARD = "#ifndef X_H\n#define X_H\n{}\n#endif\n"
CLEAN = {
    "include/pes/status.h": GUARD.format("#include <stdint.h>\n#ifdef __cplusplus\n#endif"),
    "include/pes/export.h": "#ifdef _WIN32\n#endif\n",
    "kernels/kernels.h": GUARD.format("#include <math.h>"),
    "kernels/select.c": '#include "kernels/kernels.h"\n#if defined(__x86_64__)\n#endif\n',
    "src/base/arena.h": GUARD.format('#include "pes/status.h"'),
    "src/base/clock.c": "#ifdef __APPLE__\n#endif\n",
    "src/noise/noise.h": GUARD.format('#include "pes/version.h"'),
    "src/noise/noise.c": '#include "noise/noise.h"\n#include "kernels/kernels.h"\n',
    "src/unroll/unroll.h": GUARD.format('#include "noise/noise.h"'),
    "src/train/trainer.c": '#include "unroll/unroll.h"\n#include "pes/status.h"\n',
    "problems/problems.h": GUARD.format("#include <pes/status.h>"),
    "problems/nn/mlp.h": GUARD.format(""),
    "problems/nn/mlp.c": '#include "problems/nn/mlp.h"\n#include "mlp.h"\n',
    "cli/main.c": '#include "problems/problems.h"\n#include <jansson.h>\n',
    "tests/unit/test_a.c": '#include "base/arena.h"\n#include "support/check.h"\n',
    "tests/support/check.h": GUARD.format('#include "kernels/kernels.h"'),
}
PLANTED = {  # one file each, added to the clean tree; each must give exactly one violation
    "include/pes/noise.h": GUARD.format("#include <stdio.h>"),
    "include/pes/comm.h": GUARD.format('#include "base/arena.h"'),
    "include/pes/system.h": GUARD.format("#ifdef __GNUC__\n#endif"),
    "kernels/scalar.c": '#include "pes/status.h"\n',
    "src/base/pool.c": '#include "noise/noise.h"\n',
    "src/noise/ahead.c": '#include "unroll/unroll.h"\n',
    "src/unroll/batch.c": '#include "kernels/kernels.h"\n',
    "src/record/log.c": '#include <pes/status.h>\n#include "noise/noise.h"\n',
    "src/estimate/pes.c": '#include "unroll/unroll.h"\n',
    "src/optimize/adam.c": "#ifdef FAST\n#endif\n",
    "src/perturb/population.c": "#if defined(__AVX2__)\n#endif\n",
    "src/train/estimator.c": '#include "problems/problems.h"\n',
    "problems/nn/rnn.c": '#include "base/arena.h"\n',
    "cli/cmd_run.c": '#include "problems/nn/mlp.h"\n',
    "cli/cmd_plot.c": '  # include "base/arena.h"\n',
    "adapters/mpi/mpi.c": '#include "base/arena.h"\n',
    "cli/cmd_list.c": '#include "support/check.h"\n',
    "examples/train.c": '#include "base/arena.h"\n',
    "python/binding.c": '#include "kernels/kernels.h"\n',
    "src/unroll/typo.c": '#include "nosie/noise.h"\n',
    "src/base/install.c": "#include <pes/problems.h>\n",
    "src/misc/helper.c": "int x;\n",
}


def write_tree(root, files):
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


def selftest():
    wrong = 0
    with tempfile.TemporaryDirectory() as folder:
        root = pathlib.Path(folder)
        write_tree(root, CLEAN)
        for line in check_tree(root):
            print(f"found in a clean tree: {line}")
            wrong += 1
        for name, text in PLANTED.items():
            write_tree(root, {name: text})
            found = check_tree(root)
            if len(found) != 1 or not found[0].startswith(name + ":"):
                print(f"planted in {name}, found {found}")
                wrong += 1
            (root / name).unlink()
    print(f"{len(PLANTED)} planted violations, {wrong} mistakes")
    return 1 if wrong else 0


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--root", type=pathlib.Path, help="the tree to check",
                        default=pathlib.Path(__file__).resolve().parent.parent)
    parser.add_argument("--selftest", action="store_true")
    arguments = parser.parse_args()
    if arguments.selftest:
        return selftest()
    found = check_tree(arguments.root)
    print("\n".join(found + [f"{len(found)} violations"]))
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
