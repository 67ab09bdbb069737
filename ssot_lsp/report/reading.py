"""What was not read, and why: all that a report says is true of the rest alone."""

from __future__ import annotations

from collections import Counter
from dataclasses import fields, is_dataclass
from typing import TYPE_CHECKING, Any

from ssot_lsp.config import ProjectConfig
from ssot_lsp.report.suite import counted, nothing, relative
from ssot_lsp.report.values import Figure, Section, Table
from ssot_lsp.rules import RULES

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from ssot_lsp.report.suite import Suite
    from ssot_lsp.scan.report import LeftOut

_NO_SETTINGS = frozenset({"root", "path", "pytest", "problems"})


def scope(suite: Suite) -> str:
    """How much was looked at and how much was not, in words."""
    run = suite.run
    parts = [
        (len(run.failures), "could not be read"),
        (suite.broken, "read in part"),
        (_tests_left_out(suite), "left out"),
        (len(run.unasked), "not named by `test-files`"),
    ]
    said = [f"{number:,} {what}" for number, what in parts if number]
    return ", ".join([f"{counted(run.files_checked, 'test file')} looked at", *said])


def reading(suite: Suite) -> Section:
    """The section about it."""
    run = suite.run
    broken = [each.path for each in suite.files if each.counted.is_broken]
    off = _rules_off(suite)
    figures = (
        Figure("read", "test files checked", run.files_checked),
        Figure("failed", "files that could not be checked", len(run.failures)),
        Figure("excluded", "test files left out", _tests_left_out(suite)),
        Figure(
            "folders",
            "folders left out with all that is in them",
            sum(each.is_folder for each in run.left_out),
        ),
        Figure("unasked", "files that pytest collects and `test-files` does not name", len(run.unasked)),
        Figure("others", "other Python files, which are no test files", run.others),
        Figure("broken", "test files that parse in part", len(broken)),
        Figure("rules_off", "rules that are off, at least in some files", len(off)),
        Figure("invalid", "findings of `invalid-configuration`", suite.rules["invalid-configuration"]),
    )
    failed = sorted((relative(path, run.root), reason) for path, reason in run.failures)
    unasked = sorted(relative(path, run.root) for path in run.unasked)
    tables = (
        Table("failed", "Could not be checked", ("file", "why"), tuple(failed), has_paths=True),
        _of_paths("broken", "Parse in part: what is whole was checked", broken),
        _of_paths("unasked", "Collected by pytest and not named by `test-files`", unasked),
        Table(
            "left_out",
            "Left out",
            ("why", "files and folders", "test files", "the first of them"),
            tuple(_left_out(run.left_out, run.root)),
        ),
        Table("off", "Rules that are off", ("rule", "test files"), tuple(off)),
        Table(
            "settings", "Settings that are not the defaults", ("setting", "value"), tuple(_settings(suite))
        ),
    )
    if not run.files_checked and not run.failures:
        status, verdict = nothing("no test file was checked")
    else:
        is_all = not (broken or unasked or off or _tests_left_out(suite))
        status = "fail" if run.failures or run.errors else "pass" if is_all else "part"
        verdict = scope(suite) + (f"; {counted(len(off), 'rule')} off" if off else "")
    return Section("reading", "What was not read", status, verdict, figures, tables)


def _tests_left_out(suite: Suite) -> int:
    return sum(each.tests or 0 for each in suite.run.left_out)


def _of_paths(key: str, title: str, paths: Iterable[str]) -> Table:
    return Table(key, title, ("file",), tuple((each,) for each in paths), has_paths=True)


def _rules_off(suite: Suite) -> list[tuple[str, int]]:
    """The rules that are silent in test files, and in how many."""
    counts = Counter(rule for each in suite.files for rule in each.off)
    return [(rule.name, counts[rule.name]) for rule in RULES if counts[rule.name]]


def _left_out(found: Iterable[LeftOut], root: str) -> Iterator[tuple[str, int, int | None, str]]:
    """A row for each reason: how much it leaves out, how many test files of it are known, and the first of it."""
    by_why: dict[str, list[LeftOut]] = {}
    for each in found:
        by_why.setdefault(each.why, []).append(each)
    for why, some in by_why.items():
        known = [each.tests for each in some if each.tests is not None]
        yield why, len(some), sum(known) if known else None, relative(some[0].path, root)


def _settings(suite: Suite) -> Iterator[tuple[str, str]]:
    """What configurations say, where it is not what holds without them: it decides what counts."""
    for config in suite.configs:
        where = relative(config.root, suite.run.root)
        for name, value in _differing(config, ProjectConfig(config.root)):
            yield (name if where == "." else f"{where}: {name}"), value


def _differing(value: Any, default: Any, above: str = "") -> Iterator[tuple[str, str]]:
    for each in fields(value):
        found, usual = getattr(value, each.name), getattr(default, each.name)
        name = above + each.name.replace("_", "-")
        if name in _NO_SETTINGS or found == usual:
            continue
        if is_dataclass(found):
            yield from _differing(found, usual, f"{name}.")
        else:
            yield name, _written(found)


def _written(value: Any) -> str:
    """A setting in short."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, tuple):
        return ", ".join(
            " = ".join(map(_written, each)) if isinstance(each, tuple) else _written(each) for each in value
        )
    if is_dataclass(value) and not isinstance(value, type):
        return " ".join(_written(getattr(value, each.name)) for each in fields(value))
    if hasattr(value, "items"):
        return ", ".join(f"{key} = {_written(each)}" for key, each in value.items())
    return getattr(value, "label", None) or str(value)
