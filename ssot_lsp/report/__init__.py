"""The report on a whole suite: what is made by hand and what is not, in numbers and tables; words are for `render`.

Invariant: a section passes only if it looked at something and found nothing, whatever the configuration keeps silent.
So it counts what is there (`summary`), also what a comment suppresses, what is in the baseline, and what no rule is on
for; and what could not be read, or no rule looked at, makes it pass in part.

- `suite` counts, `values` what comes out of it, `reading` what was not read.
"""

from __future__ import annotations

import os
from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING

from ssot_lsp.analysis import Workspace
from ssot_lsp.candidates import Wanted, candidates
from ssot_lsp.files import Files
from ssot_lsp.report.reading import reading, scope
from ssot_lsp.report.suite import add, chart, counted, nothing, of_rules, percent, suite_of
from ssot_lsp.report.values import Cell, Figure, Number, Report, Section, Status, Table
from ssot_lsp.rules import RULES
from ssot_lsp.summary import BASE_RULES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ssot_lsp.report.suite import Suite, TestFile
    from ssot_lsp.scan import Report as Run
    from ssot_lsp.summary import Shape

__all__ = ["Cell", "Figure", "Number", "Report", "Section", "Status", "Table", "compile_report"]

_MOCK_RULES = ("weak-justification", "forbidden-mock")
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


def compile_report(run: Run, folder: str, files: Files | None = None) -> Report:
    """The report on a run over the absolute `folder` that has counted (`Options.with_summary`)."""
    disk = files or Files()
    suite = suite_of(run, folder, disk)
    sections = (
        _mocks(suite),
        _bases(suite),
        _factory(suite),
        _isolation(suite),
        _infrastructure(suite),
        _shapes(suite, folder, disk),
        _files(suite),
    )
    seen = tuple(_of_what_was_read(suite, each) for each in sections)
    return Report(run.root, (*seen, reading(suite)), _score(suite), scope(suite), len(run.failures))


def _of_what_was_read(suite: Suite, section: Section) -> Section:
    """The section, which passes in part at most where there are files that were not read, or not whole."""
    unread = [(len(suite.run.failures), "could not be read"), (suite.broken, "read in part")]
    said = [f"{counted(number, 'file')} {what}" for number, what in unread if number]
    if not said or section.status not in {"pass", "part"}:
        return section
    return replace(section, status="part", verdict="; ".join([section.verdict, *said]))


def _score(suite: Suite) -> float | None:
    """Mock roots, test classes and factory calls together: how many of them have nothing against them."""
    made = sum(each.made for each in suite.files)
    under = sum(each.counted.ssot_classes for each in suite.files)
    is_judged = under or suite.total(BASE_RULES)  # without an SSOT base nobody can be under one
    classes = sum(each.counted.classes for each in suite.files) if is_judged else 0
    calls = sum(each.calls for each in suite.files) + suite.rules["unknown-factory-method"]
    return percent(sum(each.good for each in suite.files), made + classes + calls)


# --- the sections


def _mocks(suite: Suite) -> Section:
    made = sum(each.made for each in suite.files)
    justified = sum(each.justified for each in suite.files)
    bare, checked = made - justified, suite.run.files_checked
    weak, forbidden = (suite.rules[each] for each in _MOCK_RULES)
    figures = (
        Figure("files", "test files", checked),
        Figure("files_with_mocks", "test files with mocks", sum(each.made > 0 for each in suite.files)),
        Figure("sites", "calls that make a double", sum(each.counted.sites for each in suite.files)),
        Figure("roots", "doubles, each with all that belongs to it", made),
        Figure("justified", "doubles with a reason", justified),
        Figure("unjustified", "doubles without a reason", bare),
        Figure("justified_share", "share with a reason", percent(justified, made), "%"),
        Figure("weak", "reasons that are none", weak),
        Figure("unused", "reasons that cover no mock", suite.rules["unused-justification"]),
        Figure("forbidden", "doubles where none may be", forbidden),
        Figure(
            "exempt", "calls in factories and beside bases", sum(each.counted.exempt for each in suite.files)
        ),
        Figure("baselined", "findings in the baseline", suite.run.baselined),
        Figure("suppressed", "findings suppressed by comments", suite.run.suppressed),
    )
    reasons = f"{bare:,} of {counted(made, 'double')} have no reason" if bare else _all_have_a_reason(made)
    if not checked:
        status, verdict = nothing("no test file was checked")
    elif not made:
        status, verdict = "pass", f"there is no mock in {counted(checked, 'test file')}"
    elif bare or weak or forbidden:
        against = [f"{counted(weak, 'reason')} {'is' if weak == 1 else 'are'} none"] if weak else []
        against += [f"{counted(forbidden, 'double')} where none may be"] if forbidden else []
        status, verdict = "fail", "; ".join([reasons, *against])
    else:
        everywhere, somewhere, _ = suite.off(_MOCK_RULES, lambda each: each.made)
        status, verdict = suite.as_far_as_rules_speak(reasons, everywhere, somewhere)
    return Section("mocks", "Mock policy", status, verdict, figures, tuple(_mock_tables(suite)))


def _all_have_a_reason(made: int) -> str:
    return "the one double has a reason" if made == 1 else f"all {made:,} doubles have a reason"


def _mock_tables(suite: Suite) -> Iterator[Table]:
    columns = ("doubles", "without a reason")
    makers: dict[str, list[int]] = {}
    for each in suite.files:
        for name, count, justified in each.counted.roots:
            add(makers, name, count, count - justified)
    yield chart("by_constructor", "By constructor", ("constructor", *columns), makers)
    folders: dict[str, list[int]] = {}
    levels: dict[str, list[int]] = {}
    for each in suite.files:
        if each.made:
            add(folders, _folder(each.path), each.made, each.made - each.justified)
            level = "none set" if each.level is None else f"L{each.level}"
            add(levels, level, each.made, each.made - each.justified)
    yield chart("by_folder", "By folder", ("folder", *columns), folders)
    yield chart("by_level", "By realism level", ("level", *columns), levels)


def _bases(suite: Suite) -> Section:
    rules = [rule.name for rule in RULES if rule.name in BASE_RULES]
    classes = sum(each.counted.classes for each in suite.files)
    under = sum(each.counted.ssot_classes for each in suite.files)
    unclear = sum(each.counted.unclear_classes for each in suite.files)
    figures = (
        Figure("classes", "test classes", classes),
        Figure("ssot", "test classes under an SSOT base", under),
        Figure("ssot_share", "share under an SSOT base", percent(under, classes), "%"),
        Figure("unclear", "classes with tests of which a base is not known", unclear),
        *of_rules(suite, rules),
    )
    if not classes:
        status, verdict = nothing("no test class was seen")
    elif not under and not suite.total(rules):
        status, verdict = nothing(
            f"{counted(classes, 'test class', 'test classes')} and no SSOT base that any is under"
        )
    else:
        looked = f"{under:,} of {counted(classes, 'test class', 'test classes')} under an SSOT base"
        status, verdict = suite.judged(rules, looked, lambda each: each.counted.classes)
    if unclear:
        more = counted(unclear, "class with tests has", "classes with tests have")
        verdict = f"{verdict}; {more} a base that is not known"
        status = "part" if status == "pass" else status
    return Section("base_classes", "Test base classes", status, verdict, figures)


def _factory(suite: Suite) -> Section:
    known = sum(each.calls for each in suite.files)
    unknown = suite.rules["unknown-factory-method"]
    without = sum(each.made > 0 and not each.calls for each in suite.files)
    methods: dict[str, list[int]] = {}
    for each in suite.files:
        for factory, method, count, _ in each.counted.calls:
            add(methods, f"{factory}.{method}", count)
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
        *of_rules(suite, [each for each in _FACTORY_RULES if each != "unknown-factory-method"]),
    )
    if not known + suite.total(_FACTORY_RULES):
        status, verdict = nothing("no use of a factory was seen")
    else:
        looked = f"{counted(known, 'use')} of {counted(len(methods), 'method')}"
        status, verdict = suite.judged(_FACTORY_RULES, looked, lambda each: each.calls)
    table = chart("by_method", "Methods by use", ("method", "uses"), methods)
    return Section("factory", "Factory adoption", status, verdict, figures, (table,))


def _isolation(suite: Suite) -> Section:
    calls = sum(count for each in suite.files for _, _, count, takes in each.counted.calls if takes)
    figures = (
        Figure("calls", "uses of methods that take an identity", calls),
        *of_rules(suite, _ISOLATION_RULES),
    )
    if not calls:
        status, verdict = nothing("no use of a factory method that takes an identity was seen")
    else:
        status, verdict = suite.judged(
            _ISOLATION_RULES, f"{counted(calls, 'use')} looked at", _takes_identity
        )
    return Section("isolation", "User isolation", status, verdict, figures)


def _takes_identity(file: TestFile) -> bool:
    return any(takes for _, _, _, takes in file.counted.calls)


def _infrastructure(suite: Suite) -> Section:
    listed = len({name for config in suite.configs for name in config.replacements})
    figures = (
        Figure("replacements", "names that have a replacement", listed),
        *of_rules(suite, _INFRASTRUCTURE_RULES),
    )
    if not listed:
        status, verdict = nothing("`replacements` in the configuration lists nothing")
    elif not suite.run.files_checked:
        status, verdict = nothing("no test file was checked")
    else:
        looked = f"{counted(listed, 'name')} looked for in {counted(suite.run.files_checked, 'test file')}"
        status, verdict = suite.judged(_INFRASTRUCTURE_RULES, looked, lambda _: True)
    return Section("infrastructure", "Infrastructure", status, verdict, figures)


def _shapes(suite: Suite, folder: str, disk: Files) -> Section:
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
    made = sum(each.made for each in suite.files)
    if not counts:
        status, verdict = nothing(
            f"{counted(made, 'double')}, none of which stands for anything that has a name"
            if made
            else "no double was seen"
        )
    else:
        status = "fail" if repeated else "pass"
        verdict = f"{len(repeated):,} of {counted(len(counts), 'thing')} are made by hand more than once"
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


def _files(suite: Suite) -> Section:
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
        status, verdict = nothing("no test file with a double was seen")
    else:
        status = "fail" if worst else "pass"
        verdict = f"{len(worst):,} of {counted(len(worst) + len(good), 'file')} have doubles without a reason"
    return Section("files", "Worst and best files", status, verdict, figures, tables)


def _folder(path: str) -> str:
    return "/".join(path.split("/")[:-1][:_FOLDER_DEPTH]) or "."
