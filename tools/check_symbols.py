#!/usr/bin/env python3
"""What the built library exports, needs and calls.

    tools/check_symbols.py BUILD_DIR          check the libraries in BUILD_DIR/lib; exit status 1
    tools/check_symbols.py --selftest [CC]    build libraries with violations, see each one found

libpes.so exports what include/pes marks PES_API, all of it and nothing else, and needs libc and
libm only; libpes_problems.so likewise for problems/problems.h and pes/lopt.h, and may need libpes and zlib.
Global symbols of the static libraries begin with pes_. The core never prints, exits, aborts,
touches the locale, or takes randomness or settings from the process (getenv: kernels/select.c).
"""

import argparse
import pathlib
import re
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent

C_LIBRARIES = r"libc\.so|libm\.so|libpthread\.so|ld-linux|ld64\.so|linux-vdso"
OF_PROBLEMS = ("include/pes/lopt.h",)  # headers in include/pes that libpes does not implement
LIBRARIES = {  # name: (headers that declare what it exports, what it may need, is it the core?)
    "pes": (("include/pes/*.h",), C_LIBRARIES, True),
    "pes_problems": (("problems/problems.h",) + OF_PROBLEMS,
                     C_LIBRARIES + r"|libpes\.so|libz\.so", False),
}

FORBIDDEN = {
    "prints": "printf vprintf puts putchar perror stdout stderr psignal "
              "__printf_chk __vprintf_chk",
    "ends the process": "exit _exit _Exit quick_exit abort raise kill __assert_fail",
    "touches the locale": "setlocale uselocale",
    "reads the environment": "getenv secure_getenv setenv putenv unsetenv",
    "has hidden state": "rand srand rand_r random srandom drand48 srand48 strtok",
}
MAY_CALL = {("select.c", "getenv")}


def run(*command):
    return subprocess.run(command, check=True, capture_output=True, text=True,
                          env={"PATH": "/usr/local/bin:/usr/bin:/bin", "LC_ALL": "C"}).stdout


def declared(headers):
    """Names of all functions and constants that the headers mark PES_API."""
    names = set()
    for header in headers:
        text = re.sub(r"//[^\n]*|/\*.*?\*/", "", header.read_text(encoding="utf-8"), flags=re.S)
        text = re.sub(r"^\s*#.*$", "", text, flags=re.M)
        for match in re.finditer(r"\bPES_API\b([^;{]*)", text):
            name = re.search(r"(\w+)\s*(?:\(|\[|$)", match.group(1).strip())
            names.add(name.group(1))
    return names


def exported(library):
    lines = run("nm", "-D", "--defined-only", "--format=posix", library).splitlines()
    return {line.split()[0].split("@")[0] for line in lines}


def check_shared(library, headers, needs):
    """Exports against declarations, and the libraries it is linked to."""
    public, actual = declared(headers), exported(library)
    for name in sorted(actual - public):
        yield f"{library.name} exports {name}, which no public header declares"
    for name in sorted(public - actual):
        yield f"{library.name} does not export {name}, which a public header declares"
    for name in re.findall(r"\(NEEDED\).*\[(.*?)\]", run("readelf", "-d", library)):
        if not re.match(needs, name):
            yield f"{library.name} needs {name}"


def members(library):
    """(file, symbol, is it defined?) of every global symbol in a static library."""
    for line in run("nm", "-A", "-g", "--format=posix", library).splitlines():
        place, symbol, kind = re.match(r".*\[(.*?)\]: (\S+) (\S)", line).groups()
        yield place.removesuffix(".o"), symbol, kind not in "Uwv"


def check_static(library, is_core):
    """Names that could collide with a user's, and calls that a library does not make."""
    why = {name: reason for reason, names in FORBIDDEN.items() for name in names.split()}
    for place, symbol, is_defined in members(library):
        if is_defined and not symbol.startswith("pes_"):
            yield f"{library.name}: {place} defines {symbol}; the name must begin with pes_"
        if is_core and not is_defined and symbol in why and (place, symbol) not in MAY_CALL:
            yield f"{library.name}: {place} uses {symbol}: a library never {why[symbol]}"


def check(folder, root):
    """All violations of the libraries in `folder` against the headers in `root`."""
    found = []
    for name, (patterns, needs, is_core) in LIBRARIES.items():
        shared, static = folder / f"lib{name}.so", folder / f"lib{name}.a"
        if not shared.exists() or not static.exists():
            found.append(f"lib{name} is not in {folder}")
            continue
        headers = {path for pattern in patterns for path in root.glob(pattern)}
        if is_core:
            headers -= {root / path for path in OF_PROBLEMS}
        found += check_shared(shared, sorted(headers), needs)
        found += check_static(static, is_core)
    return found


# ---- has this check been seen to fail? -------------------------------------------------------

HEADER = """
// PES_API int pes_in_a_comment(void);
#define PES_API __attribute__((visibility("default")))
PES_API const char *pes_a(int x,
                          int y);
PES_API extern const int pes_b;
"""
PROBLEMS_HEADER = "#define PES_API __attribute__((visibility(\"default\")))\nPES_API int pes_p(int);\n"
CORE = '#include "pes/a.h"\nconst char *pes_a(int x, int y) { return x + y ? "" : 0; }\n' \
       "const int pes_b = 1;\nint pes_hidden(void);\nint pes_hidden(void) { return 2; }\n"
PROBLEMS = '#include "problems/problems.h"\nint pes_p(int x) { return x; }\n'
SELECT = "#include <stdlib.h>\nint pes_select(void);\n" \
         'int pes_select(void) { return getenv("PES_KERNELS") != 0; }\n'
CALL = "#include <{}>\nint pes_call(int x);\nint pes_call(int x) {{ {}; return x; }}\n"
EXPORT = '__attribute__((visibility("default"))) int {0}(void);\nint {0}(void) {{ return 1; }}\n'
# (name of the planted file, its text, flags of the link, what the report must say)
PLANTED = [
    ("other.c", EXPORT.format("pes_undeclared"), [], "exports pes_undeclared"),
    ("other.c", "int helper(void);\nint helper(void) { return 1; }\n", [], "defines helper"),
    ("other.c", CALL.format("stdio.h", 'printf("%d", x)'), [], "uses printf"),
    ("other.c", CALL.format("stdio.h", 'fputs("x", stderr)'), [], "uses stderr"),
    ("other.c", CALL.format("stdlib.h", "if (x) abort()"), [], "uses abort"),
    ("other.c", CALL.format("stdlib.h", "if (x) exit(1)"), [], "uses exit"),
    ("other.c", CALL.format("assert.h", "assert(x)"), [], "uses __assert_fail"),
    ("other.c", CALL.format("locale.h", 'setlocale(LC_ALL, "C")'), [], "uses setlocale"),
    ("other.c", CALL.format("stdlib.h", 'x += getenv("A") != 0'), [], "uses getenv"),
    ("other.c", CALL.format("stdlib.h", "x += rand()"), [], "uses rand"),
    ("other.c", "", ["-Wl,--no-as-needed", "-ldl", "-lstdc++"], "needs libstdc++"),
    ("missing.h", "PES_API int pes_c(void);\n", [], "does not export pes_c"),
]


def build(root, compiler, name, sources, flags):
    objects = []
    for source in sources:
        objects.append(str(root / (source.name + ".o")))
        run(compiler, "-fPIC", "-fvisibility=hidden", "-U_FORTIFY_SOURCE", f"-I{root}",
            f"-I{root}/include", "-c", str(source), "-o", objects[-1])
    (root / f"lib{name}.a").unlink(missing_ok=True)
    run("ar", "rc", str(root / f"lib{name}.a"), *objects)
    run(compiler, "-shared", *objects, "-o", str(root / f"lib{name}.so"), *flags)


def planted_report(root, compiler, name, text, flags):
    """The violations found after adding one file, which is then taken away again."""
    planted = root / ("include/pes" if name.endswith(".h") else "core") / name
    planted.write_text(text, encoding="utf-8")
    build(root, compiler, "pes", sorted((root / "core").glob("*.c")), flags)
    build(root, compiler, "pes_problems", [root / "problems/p.c"], [])
    found = check(root, root)
    planted.unlink()
    return found


def selftest(compiler):
    wrong = 0
    with tempfile.TemporaryDirectory() as folder:
        root = pathlib.Path(folder)
        files = {"include/pes/a.h": HEADER, "problems/problems.h": PROBLEMS_HEADER,
                 "core/a.c": CORE, "core/select.c": SELECT, "problems/p.c": PROBLEMS}
        for name, text in files.items():
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            (root / name).write_text(text, encoding="utf-8")
        for case in [("other.c", "", [], None)] + PLANTED:
            found = planted_report(root, compiler, *case[:3])
            expected = case[3]
            if len(found) != (expected is not None) or (expected and expected not in found[0]):
                print(f"planted {expected!r}, found {found}")
                wrong += 1
    print(f"{len(PLANTED)} planted violations, {wrong} mistakes")
    return 1 if wrong else 0


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("build", nargs="?", type=pathlib.Path, default=ROOT / "build")
    parser.add_argument("--selftest", nargs="?", const="cc", metavar="CC")
    arguments = parser.parse_args()
    if arguments.selftest:
        return selftest(arguments.selftest)
    found = check(arguments.build / "lib", ROOT)
    print("\n".join(found + [f"{len(found)} violations"]))
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
