#!/usr/bin/env python3
"""What of the style a machine can check.

    tools/check_style.py              one line a violation, exit status 1
    tools/check_style.py --format     apply clang-format 14
    tools/check_style.py --selftest   plant violations and see each one found

Files: at most 400 lines (tests: tables excepted, whose names end in _table), begin with a comment
that says what they are for, no /* */, no tabs. Functions: at most 60 lines outside kernels, tests
and bench. Layout: clang-format 14's, where it is installed (other versions disagree with it).
"""

import argparse
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
ROOMS = ["include", "kernels", "src", "adapters", "problems", "cli", "python", "examples", "tests",
         "bench"]
SUFFIXES = {".c", ".h", ".cpp"}

FILE_LINES = 400
FUNCTION_LINES = 60
LONG_FUNCTIONS_ALLOWED = ("kernels/", "tests/", "bench/")
STRING = re.compile(r'"(?:\\.|[^"\\])*"|\'(?:\\.|[^\'\\])*\'')


def sources(root):
    return sorted(path for room in ROOMS for path in (root / room).rglob("*")
                  if path.suffix in SUFFIXES and path.is_file())


def functions(lines):
    """(line, name, length) of each function. clang-format puts the signature and the closing
    brace of what stands at file scope on column 0, and so the text is easy to follow."""
    start, in_body = None, False
    for number, line in enumerate(lines, start=1):
        code = line.split("//")[0].rstrip()
        if not in_body and re.match(r"[A-Za-z_][^=]*\(", code):
            start = number
        if start is not None and not in_body:
            in_body = code.endswith("{")
            if code.endswith(";") or code.endswith("= {"):
                start, in_body = None, False
        if line.startswith("}"):
            if start is not None:
                yield start, re.search(r"(\w+)\(", lines[start - 1]).group(1), number - start + 1
            start, in_body = None, False


def says_what_it_is_for(path, lines):
    """A comment at the top; a .c file may leave the word to its header."""
    if path.suffix != ".h" and path.with_suffix(".h").exists():
        return True
    return any(line.startswith("//") for line in lines[:20])


def check_lines(lines):
    for number, line in enumerate(lines, start=1):
        bare = STRING.sub('""', line)
        if "/*" in bare.split("//")[0]:
            yield number, "// everywhere, no /* */"
        if "\t" in line:
            yield number, "a tab"


def check_file(root, path):
    relative = path.relative_to(root).as_posix()
    lines = path.read_text(encoding="utf-8").splitlines()
    if not says_what_it_is_for(path, lines):
        yield 1, "begin with a comment: what is this file for?"
    yield from check_lines(lines)
    is_table = relative.startswith("tests/") and path.stem.endswith("_table")
    if len(lines) > FILE_LINES and not is_table:
        yield 1, f"{len(lines)} lines, more than {FILE_LINES}: which two files is this?"
    if not relative.startswith(LONG_FUNCTIONS_ALLOWED):
        for number, name, length in functions(lines):
            if length > FUNCTION_LINES:
                yield number, f"{name}() has {length} lines, more than {FUNCTION_LINES}"


def clang_format():
    """The program, if it is version 14."""
    for name in ("clang-format-14", "clang-format"):
        if shutil.which(name):
            version = subprocess.run([name, "--version"], capture_output=True, text=True)
            if re.search(r"version 14\.", version.stdout):
                return name
    return None


def check_layout(root, paths):
    program = clang_format()
    if program is None or not paths:
        print("clang-format 14 is not installed: the layout was not checked", file=sys.stderr)
        return []
    result = subprocess.run([program, "--dry-run", *map(str, paths)], capture_output=True,
                            text=True, check=False)
    places = re.findall(r"^(\S+?):(\d+):\d+: warning: code should be", result.stderr, re.M)
    first = {}
    for path, line in places:
        first.setdefault(pathlib.Path(path).relative_to(root).as_posix(), line)
    return [f"{path}:{line}: not as clang-format lays it out (make format)"
            for path, line in first.items()]


def check_tree(root):
    found = []
    for path in sources(root):
        relative = path.relative_to(root).as_posix()
        found += [f"{relative}:{number}: {text}" for number, text in check_file(root, path)]
    return found + check_layout(root, sources(root))


def apply_format(root):
    program = clang_format()
    if program is None:
        print("clang-format 14 is not installed", file=sys.stderr)
        return 1
    return subprocess.run([program, "-i", *map(str, sources(root))], check=False).returncode


# ---- has this check been seen to fail? -------------------------------------------------------

HEAD = "// A file.\n\n"


def long_function(lines, signature="static int long_one(int x) {"):
    return f"{signature}\n" + "    x++;\n" * (lines - 3) + "    return x;\n}\n"


TABLE = "static const int table[] = {\n" + "    1, //\n" * 100 + "};\n"
CLEAN = {
    "src/a.c": HEAD + long_function(60) + "\n" + TABLE + "\nint declared(int a,\n"
               "             int b);\n\n" + long_function(60).replace("long_one", "second"),
    "src/a.h": HEAD + "int a;\n",
    "src/glob.h": "#ifndef A\n#define A\n\n// After the guard.\n#endif\n",
    "kernels/a.c": HEAD + long_function(90),
    "src/glob.c": HEAD + 'const char *pattern = "src/*.c"; // not /* a comment\n',
    "tests/primes_table.h": HEAD + "// 2\n" * 500,
}
PLANTED = {  # file: (text, what the report must say)
    "src/b.c": (HEAD + long_function(61), "long_one() has 61 lines"),
    "cli/c.c": (HEAD + long_function(61, "int two(int a,\n        int x) {"), "two() has 62 lines"),
    "src/d.c": (HEAD + "// 2\n" * 400, "402 lines"),
    "tests/e.c": (HEAD + "// 2\n" * 400, "402 lines"),
    "src/f.c": ("int x;\n", "begin with a comment"),
    "src/g.c": (HEAD + "int x; /* old */\n", "no /* */"),
    "src/h.c": (HEAD + "int x; //\ta\n", "a tab"),
}


def selftest():
    wrong = 0
    with tempfile.TemporaryDirectory() as folder:
        root = pathlib.Path(folder)

        def report(files):
            for name, text in files.items():
                (root / name).parent.mkdir(parents=True, exist_ok=True)
                (root / name).write_text(text, encoding="utf-8")
            return [f"{path.relative_to(root).as_posix()}:{number}: {text}"
                    for path in sources(root) for number, text in check_file(root, path)]

        for line in report(CLEAN):
            print(f"found in a clean tree: {line}")
            wrong += 1
        for name, (text, expected) in PLANTED.items():
            found = report({name: text})
            if len(found) != 1 or not found[0].startswith(name) or expected not in found[0]:
                print(f"planted in {name}: {expected!r}, found {found}")
                wrong += 1
            (root / name).unlink()
        shutil.copy(ROOT / ".clang-format", root)
        (root / "src/i.c").write_text("int  x ;\n", encoding="utf-8")
        if clang_format() and len(check_layout(root, [root / "src/i.c"])) != 1:
            print("planted a bad layout, found nothing")
            wrong += 1
    print(f"{len(PLANTED) + 1} planted violations, {wrong} mistakes")
    return 1 if wrong else 0


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--format", action="store_true")
    parser.add_argument("--selftest", action="store_true")
    arguments = parser.parse_args()
    if arguments.selftest:
        return selftest()
    if arguments.format:
        return apply_format(ROOT)
    found = check_tree(ROOT)
    print("\n".join(found + [f"{len(found)} violations"]))
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
