"""The baseline over a whole run: applied to what was found, which the cache keeps without it, and written."""

from __future__ import annotations

import os
from collections import Counter
from typing import TYPE_CHECKING, Literal, NamedTuple

from ssot_lsp.baseline import Baseline, BaselineError, Baselines, Key, path_of
from ssot_lsp.config import BASELINE
from ssot_lsp.files import CONFIG_NAMES, Files, UnreadableError, is_below
from ssot_lsp.finding import Severity

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from ssot_lsp.cache import Result, Row
    from ssot_lsp.config import ProjectConfig
    from ssot_lsp.scan.report import Report
    from ssot_lsp.scan.selection import Selection


How = Literal["create", "update", "grow"]
"""What is done to a baseline: make one, remove what is gone from it, or also add what is new."""


class Written(NamedTuple):
    """A baseline as it is to be: `before` is what it was, None where there was none."""

    before: Baseline | None
    after: Baseline

    @property
    def gone(self) -> int:
        """How many findings are no longer in it."""
        return 0 if self.before is None else sum((_counts(self.before) - _counts(self.after)).values())

    @property
    def new(self) -> int:
        """How many findings were not in it before."""
        return sum((_counts(self.after) - _counts(self.before)).values())


class Ratchet:
    """The baselines of the files of one run."""

    def __init__(self, files: Files, selection: Selection) -> None:
        self._files = files
        self._selection = selection
        self._baselines = Baselines(files)
        self._there: dict[str, bool] = {}

    def problems(self) -> list[str]:
        """Why baselines of the files of this run cannot be used."""
        return [problem for config in self._selection.configs() if (problem := self._problem(config))]

    def missing(self) -> Iterator[str]:
        """The baselines that a configuration names and that are not there."""
        for config in self._selection.configs():
            if config.baseline != BASELINE and not self._is_there(path_of(config)):
                yield path_of(config)

    def has_any(self) -> bool:
        """Whether there is a baseline for any file of this run."""
        return any(self._usable(config) is not None for config in self._selection.configs())

    def apply(self, report: Report, *, is_whole: bool = True) -> None:
        """Make hints of the findings that the baselines know and count them; also those that are gone.

        What is gone can be told only of a whole run, in which every rule had its say.
        """
        failed = {path for path, _ in report.failures}
        baselines = {config.root: self._usable(config) for config in self._selection.configs()}
        if not any(baselines.values()):
            return
        for config, results in self._by_config(report.results):
            baseline = baselines.get(config.root)
            if baseline is None:
                continue
            found: dict[str, list[Key]] = {}
            for index, result in results:
                found[result.path] = [_key(row) for row in _in_question(result)]
                report.results[index], number = self._marked(result, baseline)
                report.baselined += number
            gone = baseline.gone(found, lambda path: self._is_seen(path, failed))
            if gone and is_whole:
                report.gone[baseline.path] = gone

    def applied(self, result: Result) -> Result:
        """The result with hints in the place of the findings that its baseline knows."""
        if result.failure is not None or os.path.basename(result.path) in CONFIG_NAMES:
            return result
        baseline = self._usable(self._selection.config(result.path))
        return result if baseline is None else self._marked(result, baseline)[0]

    def _marked(self, result: Result, baseline: Baseline) -> tuple[Result, int]:
        """The result with hints for what the baseline knows, and how many these are."""
        rows = _in_question(result)
        hidden = baseline.hides(result.path, [_key(row) for row in rows], self._is_there)
        known = {row for row, is_hidden in zip(rows, hidden, strict=True) if is_hidden}
        marked = tuple(_as_hint(row) if row in known else row for row in result.rows)
        return result._replace(rows=marked), len(known)

    def require(self, how: How) -> None:
        """Raise BaselineError where it cannot be done."""
        configs = list(self._selection.configs())
        there = [path_of(config) for config in configs if self._baselines.of(config) is not None]
        if how == "create" and there:
            message = (
                f"{there[0]} is there already: --update removes what is gone, --grow also adds what is new"
            )
            raise BaselineError(message)
        if how == "update" and not there:
            message = "there is no baseline to update: `ssot-lsp baseline` writes one"
            raise BaselineError(message)

    def plan(self, report: Report, how: How) -> list[Written]:
        """The baselines as they are after this run, which has found what is in the report; raises BaselineError."""
        failed = {path for path, _ in report.failures}
        planned = []
        for config, results in self._by_config(report.results):
            before = self._baselines.of(config)
            if before is None and how == "update":
                continue
            found = {result.path: [_key(row) for row in _in_question(result)] for _, result in results}
            baseline = before or Baseline(path_of(config), config.root)
            after = baseline.updated(
                {path: keys for path, keys in found.items() if keys},
                lambda path: self._is_seen(path, failed),
                self._is_there,
                grows=how != "update",
            )
            if before is not None or after.entries:
                planned.append(Written(before, after))
        return planned

    def _problem(self, config: ProjectConfig) -> str | None:
        try:
            self._baselines.of(config)
        except BaselineError as error:
            return str(error)
        return None

    def _usable(self, config: ProjectConfig) -> Baseline | None:
        return None if self._problem(config) else self._baselines.of(config)

    def _by_config(self, results: Iterable[Result]) -> list[tuple[ProjectConfig, list[tuple[int, Result]]]]:
        """The results with their indices, by the configuration of their files: all that govern files of this run."""
        found: dict[str, tuple[ProjectConfig, list[tuple[int, Result]]]] = {}
        for config in self._selection.configs():
            found.setdefault(config.root, (config, []))
        for index, result in enumerate(results):
            config = self._selection.config(result.path)
            if os.path.basename(result.path) not in CONFIG_NAMES:
                found.setdefault(config.root, (config, []))[1].append((index, result))
        return list(found.values())

    def _is_seen(self, path: str, failed: set[str]) -> bool:
        """Whether this run has looked, or would have looked, into the file at `path`."""
        return path not in failed and (path in self._selection.found or self._selection.covers(path))

    def _is_there(self, path: str) -> bool:
        if path not in self._there:
            self._there[path] = self._files.is_file(path)
        return self._there[path]


def write(written: Written, files: Files | None = None) -> None:
    """Put the baseline where it is kept; raises BaselineError."""
    disk, path = files or Files(), written.after.path
    text = written.after.text().encode()
    try:
        before = None if written.before is None else disk.bytes_of(path)
        if before != text:
            disk.write(path, before, text)
    except UnreadableError as error:
        message = f"{path} cannot be written: {error}"
        raise BaselineError(message) from error


def told(planned: Iterable[Written], folder: str) -> Iterator[str]:
    """What was done to each baseline, a line each; paths as seen from the absolute `folder` where they lie below."""
    is_empty = True
    for each in planned:
        is_empty = False
        path = each.after.path
        path = os.path.relpath(path, folder) if is_below(path, folder) else path
        held = f"{_count(each.after.size, 'finding')} in {_count(len(each.after.entries), 'file')}"
        if each.before is None:
            yield f"wrote {path}: {held}"
        elif each.before.text() == each.after.text():
            yield f"{path} stays as it is: {held}"
        else:
            yield f"updated {path}: {each.gone} gone, {each.new} new, {held} left"
    if is_empty:
        yield "there is nothing to leave for later: no baseline was written"


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _in_question(result: Result) -> list[Row]:
    """The rows that would make a run fail."""
    return [row for row in result.rows if row.severity <= Severity.WARNING]


def _counts(baseline: Baseline | None) -> Counter[Key]:
    """The findings, whatever file they are in: one that has moved to another is neither gone nor new."""
    counts = Counter[Key]()
    for each in baseline.entries.values() if baseline is not None else ():
        counts.update(each)
    return counts


def _key(row: Row) -> Key:
    return Key(row.rule, row.definition, row.construct)


def _as_hint(row: Row) -> Row:
    return row._replace(severity=int(Severity.HINT), is_baselined=True)
