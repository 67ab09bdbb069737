"""The report on a whole suite: what is made by hand and what is not, in numbers and tables; words are for `render`.

Invariant: a section passes only if it looked at something and found nothing, whatever the configuration keeps silent.
So it counts what is there (`summary`), also what a comment suppresses, what is in the baseline, and what no rule is on
for.
"""

from __future__ import annotations

import os
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, NamedTuple

from ssot_lsp.analysis import Workspace
from ssot_lsp.candidates import Wanted, candidates
from ssot_lsp.config import Configs
from ssot_lsp.files import Files
from ssot_lsp.rules import RULES
from ssot_lsp.summary import BASE_RULES, summary_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from ssot_lsp.scan import Report as Run
    from ssot_lsp.summary import Shape, Summary

Number = int | float
Cell = str | int | float | None
Status = Literal["pass", "fail", "nothing"]

_FACTORY_RULES = (
    *("unknown-factory-method", "invalid-factory-argument", "unknown-mock-type", "non-canonical-factory"),
    *("frozen-double", "factory-not-found"),
)
_ISOLATION_RULES = ("missing-user-isolation", "shared-user-identity")
_INFRASTRUCTURE_RULES = ("bypassed-ssot",)
_FOLDER_DEPTH = 2
_SHAPES = (
    25  # double shapes that are made at least twice are asked for a factory method, the most frequent ones
)


class Figure(NamedTuple):
    """One number: `key` is its name for programs, unique in its section. None where there is nothing to count."""

    key: str
    label: str
    value: Number | None
    unit: Literal["", "%"] = ""


class Table(NamedTuple):
    """Rows of cells below `columns`. Of a chart the second column is the whole, the third a part of it."""

    key: str
    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    is_chart: bool = False
    has_paths: bool = False  # in the first column


@dataclass(frozen=True, slots=True)
class Section:
    """One question, the answer to it in words and in numbers."""

    key: str
    title: str
    status: Status
    verdict: str
    figures: tuple[Figure, ...] = ()
    tables: tuple[Table, ...] = ()


@dataclass(frozen=True, slots=True)
class Report:
    """The whole. `score` is the share in percent of what was looked at that has nothing against it; None of nothing."""

    root: str
    sections: tuple[Section, ...]
    score: float | None
    unread: tuple[tuple[str, str], ...] = ()  # relative path and reason
    errors: tuple[str, ...] = ()

    def metrics(self) -> dict[str, Number | None]:
        """All figures by `section.figure`."""
        figures = {
            f"{section.key}.{each.key}": each.value for section in self.sections for each in section.figures
        }
        return {"score": self.score, **figures}


@dataclass(slots=True)
class _File:
    """What is known of one file."""

    path: str
    counted: Summary
    rules: Counter[str]
    made: int = 0
    justified: int = 0
    calls: int = 0
    level: int | None = None


@dataclass(slots=True)
class _Suite:
    """What all sections look at."""

    run: Run
    files: list[_File]
    rules: Counter[str] = field(default_factory=Counter)
    are_on: frozenset[str] = frozenset()

    def total(self, rules: Iterable[str]) -> int:
        return sum(self.rules[each] for each in rules)


def compile_report(run: Run, folder: str, files: Files | None = None) -> Report:
    """The report on a run over the absolute `folder` that has counted (`Options.with_summary`)."""
    disk = files or Files()
    suite = _suite(run, folder, disk)
    sections = (
        _mocks(suite),
        _bases(suite),
        _factory(suite),
        _isolation(suite),
        _infrastructure(suite, folder, disk),
        _shapes(suite, folder, disk),
        _files(suite),
        _reading(suite),
    )
    root = run.root
    unread = tuple((_relative(path, root), reason) for path, reason in run.failures)
    return Report(root, sections, _score(suite), unread, tuple(run.errors))


def _suite(run: Run, folder: str, disk: Files) -> _Suite:
    configs = Configs(disk, [folder])
    files = []
    for result in run.results:
        if not result.is_test:
            continue
        counted = summary_of(result.summary)
        found = _File(_relative(result.path, run.root), counted, Counter(row.rule for row in result.rows))
        found.made = sum(count for _, count, _ in counted.roots)
        found.justified = sum(justified for _, _, justified in counted.roots)
        found.calls = sum(count for _, _, count, _ in counted.calls)
        found.level = configs.of(result.path).level(result.path)
        files.append(found)
    config = configs.of_folder(folder)
    suite = _Suite(run, files)
    suite.rules = sum((each.rules for each in files), Counter[str]())
    suite.are_on = frozenset(
        rule.name for rule in RULES if config.severity_of(rule.name, rule.severity) is not None
    )
    return suite


def _score(suite: _Suite) -> float | None:
    """Mock roots, test classes and factory calls together: how many of them have nothing against them."""
    made = sum(each.made for each in suite.files)
    under = sum(each.counted.ssot_classes for each in suite.files)
    is_judged = under or suite.total(BASE_RULES)  # without an SSOT base nobody can be under one
    classes = sum(each.counted.classes for each in suite.files) if is_judged else 0
    calls = sum(each.calls for each in suite.files) + suite.rules["unknown-factory-method"]
    good = sum(each.justified + each.calls for each in suite.files) + under
    return _percent(good, made + classes + calls)


# --- the sections


def _mocks(suite: _Suite) -> Section:
    made = sum(each.made for each in suite.files)
    justified = sum(each.justified for each in suite.files)
    bare, checked = made - justified, suite.run.files_checked
    figures = (
        Figure("files", "test files", checked),
        Figure("files_with_mocks", "test files with mocks", sum(each.made > 0 for each in suite.files)),
        Figure("sites", "calls that make a double", sum(each.counted.sites for each in suite.files)),
        Figure("roots", "doubles, each with all that belongs to it", made),
        Figure("justified", "doubles with a reason", justified),
        Figure("unjustified", "doubles without a reason", bare),
        Figure("justified_share", "share with a reason", _percent(justified, made), "%"),
        Figure("weak", "reasons that are none", suite.rules["weak-justification"]),
        Figure("unused", "reasons that cover no mock", suite.rules["unused-justification"]),
        Figure("forbidden", "doubles where none may be", suite.rules["forbidden-mock"]),
        Figure("baselined", "findings in the baseline", suite.run.baselined),
        Figure("suppressed", "findings suppressed by comments", suite.run.suppressed),
    )
    against = bare + suite.rules["weak-justification"] + suite.rules["forbidden-mock"]
    if not checked:
        status, verdict = _nothing("no test file was checked")
    elif not made:
        status, verdict = "pass", f"there is no mock in {_count(checked, 'test file')}"
    elif against:
        status, verdict = "fail", f"{bare:,} of {_count(made, 'double')} have no reason"
    else:
        status, verdict = "pass", f"all {made:,} doubles have a reason"
    return Section("mocks", "Mock policy", status, verdict, figures, tuple(_mock_tables(suite)))


def _mock_tables(suite: _Suite) -> Iterator[Table]:
    columns = ("doubles", "without a reason")
    makers: dict[str, list[int]] = {}
    for each in suite.files:
        for name, count, justified in each.counted.roots:
            _add(makers, name, count, count - justified)
    yield _table("by_constructor", "By constructor", ("constructor", *columns), makers)
    folders: dict[str, list[int]] = {}
    levels: dict[str, list[int]] = {}
    for each in suite.files:
        if each.made:
            _add(folders, _folder(each.path), each.made, each.made - each.justified)
            level = "none set" if each.level is None else f"L{each.level}"
            _add(levels, level, each.made, each.made - each.justified)
    yield _table("by_folder", "By folder", ("folder", *columns), folders)
    yield _table("by_level", "By realism level", ("level", *columns), levels)


def _bases(suite: _Suite) -> Section:
    rules = [rule.name for rule in RULES if rule.name in BASE_RULES]
    classes = sum(each.counted.classes for each in suite.files)
    under = sum(each.counted.ssot_classes for each in suite.files)
    figures = (
        Figure("classes", "test classes", classes),
        Figure("ssot", "test classes under an SSOT base", under),
        Figure("ssot_share", "share under an SSOT base", _percent(under, classes), "%"),
        *_of_rules(suite, rules),
    )
    if not rules:
        status, verdict = _nothing("no rule looks at test classes yet")
    elif not classes:
        status, verdict = _nothing("no test class was seen")
    elif not under and not suite.total(rules):
        status, verdict = _nothing(
            f"{_count(classes, 'test class', 'test classes')} and no SSOT base that any is under"
        )
    else:
        status, verdict = _judged(
            suite, rules, f"{under:,} of {_count(classes, 'test class', 'test classes')} under an SSOT base"
        )
    return Section("base_classes", "Test base classes", status, verdict, figures)


def _factory(suite: _Suite) -> Section:
    known = sum(each.calls for each in suite.files)
    unknown = suite.rules["unknown-factory-method"]
    without = sum(each.made > 0 and not each.calls for each in suite.files)
    methods: dict[str, list[int]] = {}
    for each in suite.files:
        for factory, method, count, _ in each.counted.calls:
            _add(methods, f"{factory}.{method}", count)
    figures = (
        Figure("uses", "uses of factory methods", known),
        Figure("methods", "factory methods in use", len(methods)),
        Figure(
            "files_with_factory",
            "test files that use the factory",
            sum(each.calls > 0 for each in suite.files),
        ),
        Figure("files_without_factory", "test files with mocks and no factory", without),
        Figure("unknown", "uses of methods that do not exist", unknown),
        *_of_rules(suite, [each for each in _FACTORY_RULES if each != "unknown-factory-method"]),
    )
    if not known + unknown:
        status, verdict = _nothing("no use of a factory was seen")
    else:
        status, verdict = _judged(
            suite, _FACTORY_RULES, f"{_count(known, 'use')} of {_count(len(methods), 'method')}"
        )
    table = _table("by_method", "Methods by use", ("method", "uses"), methods)
    return Section("factory", "Factory adoption", status, verdict, figures, (table,))


def _isolation(suite: _Suite) -> Section:
    calls = sum(count for each in suite.files for _, _, count, takes in each.counted.calls if takes)
    figures = (
        Figure("calls", "uses of methods that take an identity", calls),
        *_of_rules(suite, _ISOLATION_RULES),
    )
    if not calls:
        status, verdict = _nothing("no use of a factory method that takes an identity was seen")
    else:
        status, verdict = _judged(suite, _ISOLATION_RULES, f"{_count(calls, 'use')} looked at")
    return Section("isolation", "User isolation", status, verdict, figures)


def _infrastructure(suite: _Suite, folder: str, disk: Files) -> Section:
    listed = len(Configs(disk, [folder]).of_folder(folder).replacements)
    figures = (
        Figure("replacements", "names that have a replacement", listed),
        *_of_rules(suite, _INFRASTRUCTURE_RULES),
    )
    if not listed:
        status, verdict = _nothing("`replacements` in the configuration lists nothing")
    elif not suite.run.files_checked:
        status, verdict = _nothing("no test file was checked")
    else:
        looked = f"{_count(listed, 'name')} looked for in {_count(suite.run.files_checked, 'test file')}"
        status, verdict = _judged(suite, _INFRASTRUCTURE_RULES, looked)
    return Section("infrastructure", "Infrastructure", status, verdict, figures)


def _shapes(suite: _Suite, folder: str, disk: Files) -> Section:
    """What is made again and again, and what would serve for it."""
    counts: Counter[str] = Counter()
    places: dict[str, set[str]] = {}
    makers: dict[str, Counter[str]] = {}
    attributes: dict[str, Counter[str]] = {}
    for each in suite.files:
        for shape, count in each.counted.shapes:
            _note(shape, count, counts, makers, attributes)
            places.setdefault(shape.name, set()).add(each.path)
    repeated = [name for name, count in counts.items() if count > 1]
    most = sorted(repeated, key=lambda name: (-counts[name], name))[:_SHAPES]
    factories = (
        Workspace(disk, [folder]).snapshot().factories(os.path.join(folder, "conftest.py")) if most else ()
    )
    rows = []
    for name in most:
        used = [
            attribute
            for attribute, _ in sorted(attributes[name].items(), key=lambda each: (-each[1], each[0]))
        ]
        wanted = Wanted((name.replace(" ", "_"),), (), frozenset(used[:12]))
        best = candidates(factories, wanted)[:1]
        method = (
            f"{best[0].factory.name}.{best[0].method.name}"
            if best
            else f"extract create_{name.replace(' ', '_')}_mock"
        )
        maker = min(makers[name].items(), key=lambda each: (-each[1], each[0]))[0]
        rows.append((name, counts[name], len(places[name]), maker, ", ".join(used[:5]), method))
    figures = (
        Figure("names", "things that doubles stand for", len(counts)),
        Figure("repeated", "of them made more than once", len(repeated)),
        Figure("shown", "of these the most frequent, listed here", len(rows)),
    )
    columns = (
        "stands for",
        "doubles",
        "files",
        "made by",
        "attributes",
        "factory method, or the one to extract",
    )
    status, verdict = _nothing("no double was seen") if not counts else ("pass", "")
    if counts:
        status = "fail" if repeated else "pass"
        verdict = f"{len(repeated):,} of {_count(len(counts), 'thing')} are made by hand more than once"
    table = Table("repeated", "Made most often", columns, tuple(rows))
    return Section("shapes", "Repeated doubles", status, verdict, figures, (table,))


def _note(
    shape: Shape,
    count: int,
    counts: Counter[str],
    makers: dict[str, Counter[str]],
    attributes: dict[str, Counter[str]],
) -> None:
    counts[shape.name] += count
    makers.setdefault(shape.name, Counter())[shape.constructor] += count
    attributes.setdefault(shape.name, Counter()).update(dict.fromkeys(shape.attributes, count))


def _files(suite: _Suite) -> Section:
    bare = {each.path: each.made - each.justified for each in suite.files}
    worst = sorted(
        (each for each in suite.files if bare[each.path]), key=lambda each: (-bare[each.path], each.path)
    )
    good = [each for each in suite.files if each.made + each.calls and not bare[each.path]]
    best = sorted(good, key=lambda each: (-each.calls - each.justified, each.path))
    figures = (
        Figure("with_unjustified", "test files with doubles without a reason", len(worst)),
        Figure("all_justified", "test files with doubles, all from the factory or with a reason", len(good)),
    )
    tables = (
        Table(
            "worst",
            "Most doubles without a reason",
            ("file", "doubles", "without a reason"),
            tuple((each.path, each.made, bare[each.path]) for each in worst),
            is_chart=True,
            has_paths=True,
        ),
        Table(
            "best",
            "All from the factory or with a reason",
            ("file", "uses of the factory", "doubles with a reason"),
            tuple((each.path, each.calls, each.justified) for each in best),
            has_paths=True,
        ),
    )
    if not worst and not good:
        status, verdict = _nothing("no test file with a double was seen")
    else:
        status = "fail" if worst else "pass"
        verdict = f"{len(worst):,} of {_count(len(worst) + len(good), 'file')} have doubles without a reason"
    return Section("files", "Worst and best files", status, verdict, figures, tables)


def _reading(suite: _Suite) -> Section:
    """What was not read, and why: all that stands above is true of the rest alone."""
    run = suite.run
    broken = [each.path for each in suite.files if each.counted.is_broken]
    off = sorted(rule.name for rule in RULES if rule.name not in suite.are_on)
    figures = (
        Figure("read", "test files checked", run.files_checked),
        Figure("failed", "files that could not be checked", len(run.failures)),
        Figure("excluded", "test files excluded", run.files_excluded),
        Figure("broken", "test files that parse in part", len(broken)),
        Figure("rules_off", "rules that are off", len(off)),
    )
    failed = sorted((_relative(path, run.root), reason) for path, reason in run.failures)
    tables = (
        Table("failed", "Could not be checked", ("file", "why"), tuple(failed), has_paths=True),
        Table(
            "broken",
            "Parse in part: what is whole was checked",
            ("file",),
            tuple((each,) for each in broken),
            has_paths=True,
        ),
        Table("off", "Rules that are off", ("rule",), tuple((each,) for each in off)),
    )
    if not run.files_checked and not run.failures:
        status, verdict = _nothing("no test file was checked")
    elif run.failures or run.errors:
        status, verdict = "fail", f"{_count(len(run.failures), 'file')} could not be checked"
    else:
        status, verdict = (
            "pass",
            f"{_count(run.files_checked, 'test file')} checked, {run.files_excluded:,} excluded",
        )
    return Section("reading", "What was not read", status, verdict, figures, tables)


# --- parts of them


def _nothing(why: str) -> tuple[Status, str]:
    return "nothing", why


def _judged(suite: _Suite, rules: Sequence[str], looked: str) -> tuple[Status, str]:
    """A section that looked at something: whether the rules have anything against it, and whether they may speak."""
    off = [each for each in rules if each not in suite.are_on]
    found = suite.total(rules)
    if found:
        return "fail", f"{looked}; {_count(found, 'finding')}"
    if len(off) == len(rules):
        return "nothing", f"{looked}; all rules about it are off"
    said = f"; {_count(len(off), 'rule')} about it off" if off else ""
    return "pass", f"{looked}; no findings{said}"


def _of_rules(suite: _Suite, rules: Iterable[str]) -> Iterator[Figure]:
    for each in rules:
        yield Figure(each.replace("-", "_"), f"findings of `{each}`", suite.rules[each])


def _add(table: dict[str, list[int]], name: str, *numbers: int) -> None:
    row = table.setdefault(name, [0] * len(numbers))
    for index, number in enumerate(numbers):
        row[index] += number


def _table(key: str, title: str, columns: tuple[str, ...], found: Mapping[str, Sequence[int]]) -> Table:
    rows = sorted(found.items(), key=lambda each: (-each[1][0], each[0]))
    return Table(key, title, columns, tuple((name, *numbers) for name, numbers in rows), is_chart=True)


def _folder(path: str) -> str:
    return "/".join(path.split("/")[:-1][:_FOLDER_DEPTH]) or "."


def _percent(part: int, whole: int) -> float | None:
    """Rounded down, so that only all of it is a hundred."""
    return part * 1000 // whole / 10 if whole else None


def _relative(path: str, root: str) -> str:
    try:
        return os.path.relpath(path, root).replace(os.sep, "/")
    except ValueError:  # another drive
        return path.replace(os.sep, "/")


def _count(number: int, noun: str, several: str = "") -> str:
    return f"{number:,} {noun if number == 1 else several or noun + 's'}"
