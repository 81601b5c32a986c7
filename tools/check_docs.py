#!/usr/bin/env python3
"""Do the documents say what is there?

    tools/check_docs.py [--root DIR]   one line a violation, exit status 1
    tools/check_docs.py --selftest     plant violations in a small tree and see each one found

Links of Markdown files to files of the tree exist, and so do the headings that they name. A block of
code after a line <!-- file: PATH --> is that file, word for word; after <!-- part of: PATH --> it is
a part of it. Equations that the code cites as (docs/math.md, equation N) are numbered there; numbers
are unique. What stands in `backticks` is not checked.
"""

import argparse
import pathlib
import re
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
CODE = ["include", "kernels", "src", "adapters", "problems", "cli", "python", "tests", "examples"]
SKIPPED = {"build", ".git", ".venv", "results"}

LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")
EMBEDDED = re.compile(r"<!-- (file|part of): (\S+) -->\n+```\w*\n(.*?)^```$", re.M | re.S)
FENCE = re.compile(r"^```.*?^```$", re.M | re.S)
TAG = re.compile(r"\\tag\{(\d+)\}")
CITED = re.compile(r"docs/math\.md,\s+equations?\s+(\d+(?:(?:,|\s+and|\s+to)\s+\d+)*)")


def documents(root):
    return sorted(path for path in root.rglob("*.md")
                  if not SKIPPED.intersection(path.relative_to(root).parts))


def line_of(text, position):
    return text.count("\n", 0, position) + 1


def anchors(text):
    """The names that headings have as link targets."""
    headings = re.findall(r"^#+ +(.*)$", FENCE.sub("", text), re.M)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def check_links(root, path, text):
    prose = FENCE.sub(lambda match: "\n" * match.group().count("\n"), text)
    for match in LINK.finditer(prose):
        target, _, anchor = match.group(1).partition("#")
        if re.match(r"[a-z]+:", target):
            continue
        there = (path.parent / target).resolve() if target else path
        if not there.exists() or not there.is_relative_to(root):
            yield line_of(prose, match.start()), f"{target} does not exist"
        elif anchor and anchor not in anchors(there.read_text(encoding="utf-8")):
            yield line_of(prose, match.start()), f"{target or path.name} has no heading #{anchor}"


def check_embedded(root, text):
    for match in EMBEDDED.finditer(text):
        kind, name, block = match.groups()
        source = root / name
        code = source.read_text(encoding="utf-8") if source.is_file() else None
        if code is None:
            yield line_of(text, match.start()), f"{name} does not exist"
        elif block != code and (kind == "file" or block not in code):
            yield line_of(text, match.start()), f"the block differs from {name}"


def plain_comments(text):
    """The code with comment marks at line starts removed, so that a citation may be broken. The
    marks become blanks: line numbers and positions stay."""
    return re.sub(r"^( *)//[/!]?", lambda m: " " * len(m.group()), text, flags=re.M)


def check_equations(root):
    math = root / "docs/math.md"
    text = math.read_text(encoding="utf-8") if math.is_file() else ""
    tags = TAG.findall(text)
    for number in sorted(set(tags), key=int):
        if tags.count(number) > 1:
            yield f"docs/math.md: equation {number} is there {tags.count(number)} times"
    for path in sorted(path for room in CODE for path in (root / room).rglob("*.[ch]")):
        code = plain_comments(path.read_text(encoding="utf-8"))
        for match in CITED.finditer(code):
            for number in re.findall(r"\d+", match.group(1)):
                if number not in tags:
                    where = f"{path.relative_to(root).as_posix()}:{line_of(code, match.start())}"
                    yield f"{where}: docs/math.md has no equation {number}"


def check_tree(root):
    root = root.resolve()
    found = []
    for path in documents(root):
        name = path.relative_to(root).as_posix()
        text = path.read_text(encoding="utf-8")
        found += [f"{name}:{line}: {what}" for line, what in check_links(root, path, text)]
        found += [f"{name}:{line}: {what}" for line, what in check_embedded(root, text)]
    return found + list(check_equations(root))


# ---- has this check been seen to fail? -------------------------------------------------------

CLEAN = {
    "README.md": "# A b\n[x](docs/math.md#the-estimate) [y](#a-b) [z](https://example.org/q)\n"
                 "<!-- file: examples/a.c -->\n\n```c\nint a;\n```\n<!-- part of: src/a.c -->\n```c\n// 1), (docs/math.md, equations 1 and 2)\n```\n```\n[no](link)\n```\n",
    "docs/math.md": "## The estimate\n$$ a \\tag{1} $$ $$ b \\tag{2} $$\n",
    "examples/a.c": "int a;\n",
    "src/a.c": "// (docs/math.md, equation\n// 1), (docs/math.md, equations 1 and 2)\n",
}
PLANTED = {  # one file each, in the place of the clean one; each must give exactly one violation
    "docs/a.md": "[x](gone.md)\n",
    "docs/b.md": "![x](../examples/gone.png)\n",
    "docs/c.md": "[x](math.md#the-estimates)\n",
    "docs/d.md": "<!-- file: examples/a.c -->\n```c\nint b;\n```\n",
    "docs/e.md": "<!-- file: examples/b.c -->\n```c\nint a;\n```\n",
    "docs/g.md": "<!-- part of: src/a.c -->\n```c\n// 2), (docs\n```\n",
    "docs/f.md": "[x](../../outside.md)\n",
    "src/b.c": "// (docs/math.md, equation 3)\n",
    "src/c.h": "/// (docs/math.md, equations 1\n/// and 4)\n",
    "docs/math.md": "## The estimate\n$$ a \\tag{1} $$ $$ b \\tag{2} $$ $$ c \\tag{2} $$\n",
}


def write_file(root, name, text):
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def selftest():
    wrong = 0
    with tempfile.TemporaryDirectory() as folder:
        root = pathlib.Path(folder) / "tree"
        for name, text in CLEAN.items():
            write_file(root, name, text)
        for line in check_tree(root):
            print(f"found in a clean tree: {line}")
            wrong += 1
        for name, text in PLANTED.items():
            write_file(root, name, text)
            found = check_tree(root)
            if len(found) != 1 or not found[0].startswith(name + ":"):
                print(f"planted in {name}, found {found}")
                wrong += 1
            if name in CLEAN:
                write_file(root, name, CLEAN[name])
            else:
                (root / name).unlink()
    print(f"{len(PLANTED)} planted violations, {wrong} mistakes")
    return 1 if wrong else 0


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--root", type=pathlib.Path, help="the tree to check", default=ROOT)
    parser.add_argument("--selftest", action="store_true")
    arguments = parser.parse_args()
    if arguments.selftest:
        return selftest()
    found = check_tree(arguments.root)
    print("\n".join(found + [f"{len(found)} violations"]))
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
