"""Literate cases: Markdown in, workspaces and expected findings out.

A heading names a case; the fenced blocks below it, up to the next heading, are the files of a workspace:
a ``python`` block is `test_case.py`, a ``toml`` block is `pyproject.toml`, and any block is the file that a
line of its own in backticks before it names (`` `tests/helpers.py`: ``). Prose is for the reader.

Assertions are comments at the end of a line, several if need be:

    x = Mock()       # error: [unjustified-mock] "part of the message"
    x.a = Mock()     # covered: [unjustified-mock] line 1

``error`` expects a finding that starts on this line, whatever its severity. ``covered`` expects a child site
that a finding covers (of the line that is named, if one is) and that has no finding of its own. Lines without
``error`` have no finding; covered sites are compared on the lines that say ``covered``. The assertions are cut
off, with the blanks before them, before anybody reads the file.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from ssot_lsp.text import Lines

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from ssot_lsp.finding import Finding

FOLDER = Path(__file__).parent / "rules"

_HEADING = re.compile(r"(?P<level>#{1,4}) (?P<title>.+)")
_FENCE = re.compile(r"(?P<fence>`{3,})(?P<language>\w+)")
_NAME = re.compile(r"`(?P<name>[^`\n]+)`:?")
_ASSERTION = re.compile(
    r"""[ \t]*\#[ ](?P<kind>error|covered)
        (?::[ ]\[(?P<rule>[a-z-]+)\])?
        (?:[ ]"(?P<message>[^"]*)")?
        (?:[ ]line[ ](?P<line>\d+))?
        [ \t]*$""",
    re.VERBOSE,
)
_DEFAULT_NAMES = {"python": "test_case.py", "toml": "pyproject.toml"}
_ANALYSED = (".py", ".toml")


class MalformedCaseError(Exception):
    """The Markdown is no case; the message says where and why."""


@dataclass(frozen=True, slots=True)
class Assertion:
    """What a comment expects of its 0-based line; `root` is the 0-based line of the covering finding."""

    kind: Literal["error", "covered"]
    line: int
    rule: str | None
    message: str | None = None
    root: int | None = None

    def __str__(self) -> str:
        rule = f" [{self.rule}]" if self.rule else ""
        message = f' "{self.message}"' if self.message else ""
        root = f" by line {self.root + 1}" if self.root is not None else ""
        return f"{self.kind}{rule}{message}{root}"


@dataclass(frozen=True, slots=True)
class CaseFile:
    """One file of a workspace, `name` relative to it with `/`, the assertions cut off its text."""

    name: str
    text: str
    assertions: tuple[Assertion, ...] = ()


@dataclass(frozen=True, slots=True)
class Case:
    """A heading and its files; `line` is the heading's, from 1."""

    document: str
    title: str
    line: int
    files: tuple[CaseFile, ...]

    @property
    def id(self) -> str:
        """How pytest names it."""
        return f"{self.document}: {self.title}"


def read_all(known_rules: Iterable[str] | None = None) -> Iterator[Case]:
    """The cases of all documents in `tests/rules`; see `parse`."""
    for path in sorted(FOLDER.rglob("*.md")):
        document = path.relative_to(FOLDER).with_suffix("").as_posix()
        yield from parse(path.read_text("utf-8"), document, known_rules)


def parse(markdown: str, document: str, known_rules: Iterable[str] | None = None) -> Iterator[Case]:
    """The cases of a Markdown text, which messages call `document`; raises MalformedCaseError.

    With `known_rules`, an assertion that names no rule or another one is malformed.
    """
    known = None if known_rules is None else frozenset(known_rules)
    titles: list[str] = []
    heading_line, files, seen = 0, list[CaseFile](), set[str]()
    lines = markdown.split("\n")
    at, name = 0, None

    def case() -> Case:
        title = " / ".join(titles[1:] or titles)
        if title in seen:
            message = f"{document}:{heading_line}: two cases are called {title!r}"
            raise MalformedCaseError(message)
        seen.add(title)
        return Case(document, title, heading_line, tuple(files))

    while at < len(lines):
        line = lines[at]
        at += 1
        if heading := _HEADING.fullmatch(line):
            if files:
                yield case()
            files = []
            del titles[len(heading["level"]) - 1 :]
            titles.append(heading["title"])
            heading_line, name = at, None
        elif named := _NAME.fullmatch(line):
            name = named["name"]
        elif fence := _FENCE.fullmatch(line):
            try:
                end = lines.index(fence["fence"], at)
            except ValueError:
                message = f"{document}:{at}: this block has no end"
                raise MalformedCaseError(message) from None
            file_name = name or _DEFAULT_NAMES.get(fence["language"])
            if file_name is not None:
                if any(each.name == file_name for each in files):
                    message = f"{document}:{at}: two blocks are called {file_name}"
                    raise MalformedCaseError(message)
                body = "".join(f"{each}\n" for each in lines[at:end])
                file = read_assertions(body, file_name)
                if known is not None:
                    for each in file.assertions:
                        if each.rule not in known:
                            message = f"{document}:{at + each.line + 1}: no such rule: {each}"
                            raise MalformedCaseError(message)
                files.append(file)
            at, name = end + 1, None
        elif line.strip():
            name = None
    if files:
        yield case()


def read_assertions(text: str, name: str, rule: str | None = None) -> CaseFile:
    """Cut the assertions off `text`; those that name no rule are about `rule`."""
    assertions: list[Assertion] = []
    bare = []
    for number, line in enumerate(text.split("\n")):
        rest, found = line, list[Assertion]()
        while match := _ASSERTION.search(rest):
            kind: Literal["error", "covered"] = "error" if match["kind"] == "error" else "covered"
            root = int(match["line"]) - 1 if match["line"] else None
            found.append(Assertion(kind, number, match["rule"] or rule, match["message"], root))
            rest = rest[: match.start()]
        assertions += reversed(found)
        bare.append(rest)
    return CaseFile(name, "\n".join(bare), tuple(assertions))


def lay_out(files: Iterable[CaseFile], root: Path) -> None:
    """Write `files` below the folder `root`, byte for byte."""
    for file in files:
        path = root / file.name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(file.text.encode())


def is_analysed(file: CaseFile) -> bool:
    """Whether findings are asked for this file; the others (`.gitignore`, say) are just there."""
    return file.name.endswith(_ANALYSED)


def disagreements(files: Sequence[CaseFile], findings: Mapping[str, Sequence[Finding]], root: str) -> str:
    """Where `findings` (by file name) and the assertions differ, as a listing of the files; empty if nowhere."""
    absolute = {os.path.normpath(os.path.join(root, file.name)): file for file in files}
    lines = {path: Lines(file.text) for path, file in absolute.items()}

    # Each child site once, with the findings that cover it
    covered: dict[tuple[str, int, int], list[Finding]] = {}
    for each in (finding for of_file in findings.values() for finding in of_file):
        for related in each.related:
            covered.setdefault((related.path, *related.span), []).append(each)

    listing = []
    has_difference = False
    for path, file in absolute.items():
        notes: dict[int, list[str]] = {}

        def note(line: int, text: str, notes: dict[int, list[str]] = notes) -> None:
            notes.setdefault(line, []).append(text)

        unmatched = list(findings.get(file.name, ()))
        for wanted in (each for each in file.assertions if each.kind == "error"):
            for finding in unmatched:
                if _is_met(wanted, finding, lines[path].line_of(finding.span.start)):
                    unmatched.remove(finding)
                    break
            else:
                note(wanted.line, f"expected  {wanted}")
        for finding in unmatched:
            line, column = lines[path].place(finding.span.start)
            marks = "^" * max(1, min(finding.span.end, lines[path].span_of(line).end) - finding.span.start)
            note(line, f"found     error [{finding.rule}] {finding.message}")
            note(line, f"{' ' * column}{marks}")

        sites = {key: by for key, by in covered.items() if key[0] == path}
        for wanted in (each for each in file.assertions if each.kind == "covered"):
            for key, by in sites.items():
                if lines[path].line_of(key[1]) == wanted.line and any(
                    finding.rule == wanted.rule
                    and (wanted.root is None or wanted.root == _line_of(finding, lines))
                    for finding in by
                ):
                    del sites[key]
                    break
            else:
                note(wanted.line, f"expected  {wanted}")
        says_covered = {each.line for each in file.assertions if each.kind == "covered"}
        for _, start, end in sites:
            line, column = lines[path].place(start)
            if line in says_covered:
                note(line, "found     covered, once more or by another line:")
                note(line, f"{' ' * column}{'^' * (end - start)}")

        has_difference = has_difference or bool(notes)
        listing += ["", f"  {file.name}", *_annotated(lines[path], notes)]
    return "\n".join(listing) if has_difference else ""


def _is_met(wanted: Assertion, finding: Finding, line: int) -> bool:
    return (
        line == wanted.line
        and finding.rule == wanted.rule
        and (wanted.message is None or wanted.message in finding.message)
    )


def _line_of(finding: Finding, lines: Mapping[str, Lines]) -> int | None:
    return lines[finding.path].line_of(finding.span.start) if finding.path in lines else None


def _annotated(lines: Lines, notes: Mapping[int, Sequence[str]]) -> Iterator[str]:
    for number in range(len(lines)):
        if number + 1 == len(lines) and not lines.content(number) and number not in notes:
            continue
        yield f"  {number + 1:4}  {lines.content(number)}"
        for text in notes.get(number, ()):
            yield f"     >  {text}"
