"""All test files of a run, counted: what the sections of a report look at, and how they come to their answers."""

from __future__ import annotations

import os
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ssot_lsp.config import Configs
from ssot_lsp.report.values import Figure, Table
from ssot_lsp.rules import RULES
from ssot_lsp.summary import summary_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from ssot_lsp.cache import Result
    from ssot_lsp.config import ProjectConfig
    from ssot_lsp.files import Files
    from ssot_lsp.report.values import Status
    from ssot_lsp.scan import Report as Run
    from ssot_lsp.summary import Summary

_ABOUT_USES = frozenset(
    {
        *("invalid-factory-argument", "unknown-mock-type", "non-canonical-factory", "frozen-double"),
        *("missing-user-isolation", "shared-user-identity"),
    }
)
_ABOUT_SSOT_CLASSES = frozenset(
    {
        *("mixed-base-classes", "async-test-never-awaited", "async-test-in-sync-base", "setup-never-called"),
        "missing-super-setup",
    }
)
_ABOUT_REASONS = frozenset({"weak-justification", "forbidden-mock"})


@dataclass(slots=True)
class TestFile:
    """What is known of one file. `rules` has the findings of each rule, those too that a comment hides."""

    path: str  # as seen from the root of the run
    counted: Summary
    rules: Counter[str]
    off: frozenset[str]  # the rules that the configuration keeps silent here
    made: int
    justified: int
    calls: int
    level: int | None
    good: int  # of the doubles, classes and uses how many have nothing against them, without an SSOT base no classes


@dataclass(slots=True)
class Suite:
    """What all sections look at."""

    run: Run
    files: list[TestFile]
    configs: list[ProjectConfig]  # of these files, and of the folder
    rules: Counter[str] = field(default_factory=Counter)
    suppressed: Counter[str] = field(default_factory=Counter)

    @property
    def broken(self) -> int:
        """How many files parse in part only."""
        return sum(each.counted.is_broken for each in self.files)

    def total(self, rules: Iterable[str]) -> int:
        """How many findings there are of some rules, those too that a comment hides."""
        return sum(self.rules[each] for each in rules)

    def off(self, rules: Iterable[str], is_about: Callable[[TestFile], object]) -> tuple[int, int, bool]:
        """How many of the rules are off in all files of a kind, how many in some of them, and whether all are in all."""
        files = [each for each in self.files if is_about(each)]
        silent = {rule: sum(rule in each.off for each in files) for rule in rules}
        everywhere = sum(count == len(files) for count in silent.values())
        somewhere = sum(0 < count < len(files) for count in silent.values())
        return everywhere, somewhere, everywhere == len(silent)

    def judged(
        self, rules: Sequence[str], looked: str, is_about: Callable[[TestFile], object]
    ) -> tuple[Status, str]:
        """The answer where something was looked at: what the rules have against it, and whether they may speak."""
        found, hidden = self.total(rules), sum(self.suppressed[each] for each in rules)
        if found:
            said = f", {hidden:,} of them suppressed by comments" if hidden else ""
            return "fail", f"{looked}; {counted(found, 'finding')}{said}"
        everywhere, somewhere, are_all = self.off(rules, is_about)
        if are_all:
            return "nothing", f"{looked}; all rules about it are off"
        return self.as_far_as_rules_speak(f"{looked}; no findings", everywhere, somewhere)

    @staticmethod
    def as_far_as_rules_speak(verdict: str, everywhere: int, somewhere: int) -> tuple[Status, str]:
        """The answer where nothing was found, and so many rules about it are off."""
        said = [f"{counted(everywhere, 'rule')} about it off"] if everywhere else []
        if somewhere:
            said.append(f"{counted(somewhere, 'rule')} about it off in some files")
        return ("part" if said else "pass"), "; ".join([verdict, *said])


def suite_of(run: Run, folder: str, disk: Files) -> Suite:
    """What a run over the absolute `folder` has counted."""
    configs = Configs(disk, [folder])
    used = {config.root: config for config in [configs.of_folder(folder)]}
    off: dict[str, frozenset[str]] = {}  # of the configurations that say the same for all of their files
    files = []
    for result in run.results:
        if not result.is_test:
            continue
        config = configs.of(result.path)
        used.setdefault(config.root, config)
        silent = off.get(config.root)
        if silent is None:
            silent = frozenset(rule.name for rule in RULES if not config.is_enabled(rule.name, result.path))
            if not config.per_file_ignores:
                off[config.root] = silent
        files.append(_file(result, config, silent, run.root))
    suite = Suite(run, files, list(used.values()))
    suite.rules = sum((each.rules for each in files), Counter[str]())
    suite.rules.update(row.rule for result in run.results if not result.is_test for row in result.rows)
    for each in files:
        suite.suppressed.update(dict(each.counted.suppressed))
    return suite


def _file(result: Result, config: ProjectConfig, off: frozenset[str], root: str) -> TestFile:
    summary = summary_of(result.summary)
    hidden = Counter(dict(summary.suppressed))
    rules = Counter(row.rule for row in result.rows) + hidden
    made = sum(count for _, count, _ in summary.roots)
    justified = sum(justified for _, _, justified in summary.roots)
    calls = sum(count for _, _, count, _ in summary.calls)
    classes = {row.definition.partition(".")[0] for row in result.rows if row.rule in _ABOUT_SSOT_CLASSES}
    good = max(0, justified - sum(rules[each] for each in _ABOUT_REASONS))
    good += max(0, calls - sum(rules[each] for each in _ABOUT_USES))
    good += max(0, summary.ssot_classes - len(classes) - sum(hidden[each] for each in _ABOUT_SSOT_CLASSES))
    return TestFile(
        relative(result.path, root),
        summary,
        rules,
        off,
        made,
        justified,
        calls,
        config.level(result.path),
        good,
    )


def nothing(why: str) -> tuple[Status, str]:
    """The answer where nothing was looked at."""
    return "nothing", why


def of_rules(suite: Suite, rules: Iterable[str]) -> Iterator[Figure]:
    """A figure for each rule."""
    for each in rules:
        yield Figure(each.replace("-", "_"), f"findings of `{each}`", suite.rules[each])


def add(table: dict[str, list[int]], name: str, *numbers: int) -> None:
    """Add to the numbers in a row."""
    row = table.setdefault(name, [0] * len(numbers))
    for index, number in enumerate(numbers):
        row[index] += number


def chart(key: str, title: str, columns: tuple[str, ...], found: Mapping[str, Sequence[int]]) -> Table:
    """A table of rows of numbers, the greatest first."""
    rows = sorted(found.items(), key=lambda each: (-each[1][0], each[0]))
    return Table(key, title, columns, tuple((name, *numbers) for name, numbers in rows), is_chart=True)


def percent(part: int, whole: int) -> float | None:
    """Rounded down, so that only all of it is a hundred."""
    return part * 1000 // whole / 10 if whole else None


def relative(path: str, root: str) -> str:
    """An absolute path as it is shown."""
    try:
        return os.path.relpath(path, root).replace(os.sep, "/")
    except ValueError:  # another drive
        return path.replace(os.sep, "/")


def counted(number: int, noun: str, several: str = "") -> str:
    """A number of things, in words."""
    return f"{number:,} {noun if number == 1 else several or noun + 's'}"
