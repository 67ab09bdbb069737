"""Checking many files: which ones, what is known of them already, the rest in several processes, one report.

Invariant: the report is the same whatever the number of processes, whatever is known already, and whether or not
files are skipped unparsed; only its seconds differ. Nothing here imports the engine before a file needs it.
"""

from __future__ import annotations

import contextlib
import os
import signal
import time
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from ssot_lsp.cache import Cache, Lookup, Result, Row, cache_path, engine_key
from ssot_lsp.config import ALL_RULES, Configs
from ssot_lsp.files import CONFIG_NAMES, Files, Found, Tally, Tree, UnreadableError, decode
from ssot_lsp.finding import Severity
from ssot_lsp.index.modules import ModuleMap
from ssot_lsp.text import Lines

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from ssot_lsp.analysis import Analysis
    from ssot_lsp.config import Problem, ProjectConfig
    from ssot_lsp.finding import Finding

PYTHON_NAMES = (".py", ".pyi", ".pyw")

_POOL_FROM = 1_500_000  # bytes to parse: below, starting processes costs more than it saves
_CHUNKS_PER_JOB = 8  # so that all processes end at nearly the same time
_SNAPSHOT_OF = 50  # files
_LINE_BEFORE, _LINE_AFTER = 80, 160  # code points of a long line that are kept around the start of a finding


@dataclass(frozen=True, slots=True)
class Options:
    """What is asked for, besides the paths. Picklable: the processes get it."""

    select: tuple[str, ...] | None = None  # rules, in the place of the configuration's
    ignore: tuple[str, ...] = ()  # rules, besides the configuration's
    with_fixes: bool = False
    prefilter: bool = True  # skip files in which no needle of a rule stands, unparsed
    use_cache: bool = True
    jobs: int = 1

    @property
    def key(self) -> str:
        """What of it changes the result for a file."""
        return repr((self.select, self.ignore, self.with_fixes))

    def adjust(self, config: ProjectConfig) -> ProjectConfig:
        """The configuration as it is for this run."""
        if self.select is None and not self.ignore:
            return config
        chosen = self.select or ()
        kept = tuple(each for each in config.ignore if each not in chosen and ALL_RULES not in chosen)
        select = config.select if self.select is None else self.select
        return replace(config, select=select, ignore=(*kept, *self.ignore))


@dataclass(slots=True)
class Report:
    """What a run found."""

    root: str  # absolute; paths are shown as seen from here
    results: list[Result] = field(default_factory=list)  # in the order of their paths
    files_excluded: int = 0
    failures: list[tuple[str, str]] = field(default_factory=list)  # path and reason
    baselined: int = 0
    seconds: float = 0.0
    notes: list[str] = field(default_factory=list)  # what was asked for and not done, for people
    errors: list[str] = field(default_factory=list)  # wrong usage or configuration, for people

    @property
    def files_checked(self) -> int:
        """How many test files were analysed."""
        return sum(result.is_test for result in self.results)

    @property
    def suppressed(self) -> int:
        """How many findings a comment in the source hides."""
        return sum(result.suppressed for result in self.results)

    @property
    def is_clean(self) -> bool:
        """Whether there is no warning and no error."""
        return not any(row.severity <= Severity.WARNING for result in self.results for row in result.rows)


def check(
    paths: Sequence[str],
    options: Options,
    folder: str,
    files: Files | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Report:
    """Check the files and folders `paths`, as seen from the absolute `folder`.

    `progress` is told how many of how many files are done, if some are not known already.
    """
    started = time.perf_counter()
    disk = files or Files()
    asked = [os.path.abspath(os.path.join(folder, each)) for each in paths]
    selection = _Selection(disk, asked, folder)
    for name, path in zip(paths, asked, strict=True):
        selection.add(name, path)
    report = selection.report
    found = sorted(selection.found.values(), key=lambda each: each.path)
    modules = ModuleMap(disk, selection.folders)
    cache = Cache(
        _cache_path(report.root, options),
        engine_key(report.root, options.key, *selection.folders),
        disk.stamp,
        lambda module, asking: modules.path_of(module, os.path.join(asking, "_.py")),
    )
    results: dict[str, Result] = {}
    unknown: list[Found] = []
    for each in found:
        known = cache.get(each, selection.config_key(each.path))
        if known is None:
            unknown.append(each)
        else:
            results[each.path] = known
    stamps = {each.path: each for each in unknown}
    for done, result in enumerate(_results(unknown, selection.folders, options, files), 1):
        results[result.path] = result
        cache.put(stamps[result.path], selection.config_key(result.path), result)
        if progress is not None:
            progress(done, len(unknown))
    cache.save(lambda path: selection.covers(path) and path not in selection.found)
    _gather(report, (results[each.path] for each in found))
    report.seconds = time.perf_counter() - started
    return report


def check_text(data: bytes, name: str, options: Options, folder: str, files: Files | None = None) -> Report:
    """Check bytes as if they stood in the file `name`, as seen from the absolute `folder`."""
    started = time.perf_counter()
    disk = files or Files()
    path = os.path.abspath(os.path.join(folder, name))
    selection = _Selection(disk, [path], folder)
    report = selection.report
    results: list[Result] = []
    if selection.is_wanted(name, path):
        try:
            text = decode(data).text
        except UnreadableError as error:
            results.append(Result(path, failure=str(error)))
        else:
            results.append(Checker(selection.folders, options, files).check_text(path, text))
    _gather(report, results)
    report.seconds = time.perf_counter() - started
    return report


def _gather(report: Report, results: Iterable[Result]) -> None:
    """Put what was found into the report, in an order that depends on nothing else."""
    for result in results:
        if result.failure is None:
            report.results.append(result)
        else:
            report.failures.append((result.path, result.failure))
    report.failures.sort()
    if report.failures and not report.files_checked:
        report.errors.append("nothing could be checked")


def _cache_path(root: str, options: Options) -> str | None:
    return cache_path(root, options.key) if options.use_cache else None


class _Selection:
    """The files to check, and why others are not."""

    def __init__(self, files: Files, asked: Sequence[str], folder: str) -> None:
        self._files = files
        self._trees: dict[str, Tree] = {}
        self._walked: list[str] = []
        self._keys: dict[int, str] = {}
        self._problems: set[Problem] = set()
        self.found: dict[str, Found] = {}
        self.folders = tuple(dict.fromkeys(self._workspace(path, folder) for path in asked))
        self._configs = Configs(files, self.folders)
        self.report = Report(self._root(asked, folder))

    def add(self, name: str, path: str) -> None:
        """Take the file or folder at absolute `path`, which the user calls `name`."""
        if self._files.is_folder(path):
            self._add_folder(name, path)
            return
        stamp = self._files.stamp(path)
        if stamp is None:
            self.report.errors.append(f"{name}: there is no such file or folder")
        elif self.is_wanted(name, path):
            self.found[path] = Found(path, stamp)

    def is_wanted(self, name: str, path: str) -> bool:
        """Whether the file at `path` is to be checked; takes its configuration along, and notes why it is not."""
        config = self._configs.of(path)
        self._use(config, is_asked=True)
        if os.path.basename(path) in CONFIG_NAMES:
            return True
        if not path.endswith(PYTHON_NAMES):
            self.report.notes.append(f"{name} is not checked: it is no Python file")
        elif (why := self._tree(path).why_excluded(path)) is not None:
            self.report.notes.append(f"{name} is excluded: {why}")
            self.report.files_excluded += config.is_test_file(path)
        elif not config.is_test_file(path):
            self.report.notes.append(f"{name} is not checked: it is no test file")
        else:
            return True
        return False

    def covers(self, path: str) -> bool:
        """Whether the folders that were walked would have shown a file at absolute `path`."""
        return any(_is_below(path, each) for each in self._walked)

    def config_key(self, path: str) -> str:
        """What stands for the configuration of the file at `path`: equal text, equal configuration."""
        config = self._configs.of(path)
        key = self._keys.get(id(config))
        if key is None:
            key = self._keys[id(config)] = repr(config)
        return key

    def _add_folder(self, name: str, path: str) -> None:
        self._use(self._configs.of_folder(path), is_asked=True)
        tree = self._tree(path)
        if (why := tree.why_excluded(path)) is not None:
            self.report.errors.append(f"{name}: the folder is excluded: {why}")
            return
        tally = Tally()
        self._walked.append(path)
        tests = 0
        for each in tree.walk(path, tally):
            self.found[each.path] = each
            tests += 1
        known = dict(self.report.failures)
        self.report.failures += [each for each in tally.failed if each[0] not in known]
        self.report.files_excluded += tally.excluded
        if not tally.python_files:
            self.report.errors.append(f"{name}: no Python file was found in this folder")
        elif not tests:
            self.report.notes.append(
                f"{name}: none of the {tally.python_files} Python files in this folder is a test file"
                " (the setting `test-files` says which are)"
            )

    def _tree(self, path: str) -> Tree:
        """The tree that the file or folder at `path` is part of."""
        root = self._configs.of_folder(path if self._files.is_folder(path) else os.path.dirname(path)).root
        if root not in self._trees:
            self._trees[root] = Tree(self._files, root, self._policy)
        return self._trees[root]

    def _policy(self, folder: str) -> ProjectConfig:
        config = self._configs.of_folder(folder)
        self._use(config, is_asked=False)
        return config

    def _use(self, config: ProjectConfig, *, is_asked: bool) -> None:
        """Check the configuration's own file too. What is broken and not ours counts only where we were sent."""
        path = config.path
        if path is not None and path not in self.found and (stamp := self._files.stamp(path)):
            self.found[path] = Found(path, stamp)
        for problem in config.problems:
            if problem.severity is Severity.ERROR and problem not in self._problems:
                self._problems.add(problem)
                notices = self.report.errors if is_asked or problem.path == config.path else self.report.notes
                notices.append(f"{self._place_of(problem)}: {problem.message}")

    def _place_of(self, problem: Problem) -> str:
        """Path, line and column, as far as they can be told."""
        try:
            line, column = Lines(self._files.read(problem.path).text).place(problem.span.start)
        except UnreadableError:
            return problem.path
        return f"{problem.path}:{line + 1}:{column + 1}"

    def _workspace(self, path: str, folder: str) -> str:
        """The workspace folder for what is asked: the current one where it lies around, else the nearest."""
        if _is_below(path, folder):
            return folder
        return path if self._files.is_folder(path) else os.path.dirname(path)

    def _root(self, asked: Sequence[str], folder: str) -> str:
        """The folder of the configuration that governs all that is asked for, else the current folder."""
        try:
            common = os.path.commonpath(asked) if asked else folder
        except ValueError:  # several drives
            return folder
        config = self._configs.of_folder(common if self._files.is_folder(common) else os.path.dirname(common))
        return folder if config.path is None else config.root


def _is_below(path: str, folder: str) -> bool:
    return path == folder or path.startswith(folder if folder.endswith(os.sep) else folder + os.sep)


def _results(
    found: Sequence[Found], folders: tuple[str, ...], options: Options, files: Files | None
) -> Iterator[Result]:
    """The results for the files, in any order, from as many processes as are worth it."""
    if options.jobs > 1 and files is None and sum(each.stamp.size for each in found) >= _POOL_FROM:
        yield from _results_of_pool(found, folders, options)
    elif found:
        checker = Checker(folders, options, files)
        for each in found:
            yield checker.check(each.path)


def _results_of_pool(found: Sequence[Found], folders: tuple[str, ...], options: Options) -> Iterator[Result]:
    import multiprocessing  # noqa: PLC0415 - what is known already, or little, needs no processes: 30 ms saved
    from concurrent.futures import ProcessPoolExecutor, as_completed  # noqa: PLC0415
    from concurrent.futures.process import BrokenProcessPool  # noqa: PLC0415

    chunks = list(_chunks(found, options.jobs * _CHUNKS_PER_JOB))
    pool = ProcessPoolExecutor(
        min(options.jobs, len(chunks)),
        multiprocessing.get_context("spawn"),
        _start_process,
        (folders, options),
    )
    try:
        with _interrupts_ignored():  # the processes inherit that: an interrupt is the business of this one
            futures = {pool.submit(_check_chunk, chunk): chunk for chunk in chunks}
        for future in as_completed(futures):
            if isinstance(future.exception(), BrokenProcessPool):
                reason = "the process that checked it ended unexpectedly"
                yield from (Result(path, failure=reason) for path in futures[future])
            else:
                yield from future.result()
        pool.shutdown()
    except BaseException:
        pool.shutdown(wait=False, cancel_futures=True)
        for process in multiprocessing.active_children():
            process.terminate()
        raise


def _chunks(found: Sequence[Found], number: int) -> Iterator[tuple[str, ...]]:
    """The paths in about `number` parts of equal size in bytes, neighbours together, since they share what they import.

    The largest files come first, one by one, so that none of them is the last to end.
    """
    limit = sum(each.stamp.size for each in found) / number
    large = sorted((each for each in found if each.stamp.size >= limit), key=lambda each: -each.stamp.size)
    yield from ((each.path,) for each in large)
    chunk: list[str] = []
    size = 0
    for each in found:
        if each.stamp.size >= limit:
            continue
        chunk.append(each.path)
        size += each.stamp.size
        if size >= limit:
            yield tuple(chunk)
            chunk, size = [], 0
    if chunk:
        yield tuple(chunk)


@contextlib.contextmanager
def _interrupts_ignored() -> Iterator[None]:
    try:
        previous = signal.signal(signal.SIGINT, signal.SIG_IGN)
    except ValueError:  # not the main thread, which alone hears of interrupts
        yield
        return
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, previous)


_checker: Checker | None = None  # of this process, when it is one of the pool


def _start_process(folders: tuple[str, ...], options: Options) -> None:
    global _checker  # noqa: PLW0603 - the pool has no other place for what its tasks share
    _checker = Checker(folders, options)


def _check_chunk(paths: Sequence[str]) -> list[Result]:
    assert _checker is not None  # noqa: S101 - for the types; the pool calls _start_process first
    return [_checker.check(path) for path in paths]


class Checker:
    """The engine over single files, in one process."""

    def __init__(self, folders: Sequence[str], options: Options, files: Files | None = None) -> None:
        from ssot_lsp.analysis import Workspace  # noqa: PLC0415 - the engine loads only when a file needs it
        from ssot_lsp.rules import CONFIGURATION_RULE, RULES

        self._options = options
        self._files = files or Files()
        self._workspace = Workspace(self._files, folders, adjust=options.adjust)
        self._analysis = self._workspace.snapshot()
        self._asked = 0
        self._rules = [rule for rule in RULES if rule.name != CONFIGURATION_RULE]
        self._needles: dict[int, tuple[ProjectConfig, tuple[bytes, ...], tuple[bytes, ...]]] = {}

    def check(self, path: str) -> Result:
        """The result for the file at absolute `path`."""
        try:
            if self._options.prefilter and os.path.basename(path) not in CONFIG_NAMES:
                data = self._files.bytes_of(path)
                source = decode(data)  # what cannot be read is named, whatever it holds
                if source.encoding not in {"utf-8", "ascii"}:
                    data = source.text.encode()
                if not self._may_speak(path, data):
                    return Result(path)
            self._asked += 1
            if (
                self._asked % _SNAPSHOT_OF == 0
            ):  # it remembers what files need of each other, and would never forget
                self._analysis = self._workspace.snapshot()
            return self._analyse(self._analysis, path)
        except UnreadableError as error:
            return Result(path, failure=str(error))
        except Exception as error:  # noqa: BLE001 - as above
            return Result(path, failure=f"internal error, please report it: {type(error).__name__}: {error}")

    def check_text(self, path: str, text: str) -> Result:
        """The result for a text that is not on the disk."""
        self._workspace.write(path, text)
        try:
            return self._analyse(self._workspace.snapshot(), path)
        except Exception as error:  # noqa: BLE001 - as above
            return Result(path, failure=f"internal error, please report it: {type(error).__name__}: {error}")

    def _analyse(self, analysis: Analysis, path: str) -> Result:
        report = analysis.report(path)
        rows: tuple[Row, ...] = ()
        if report.findings:
            lines = analysis.lines(path)
            with_fixes = self._options.with_fixes
            rows = tuple(
                sorted(
                    row_of(each, lines, fixes_of(analysis, each) if with_fixes else ())
                    for each in report.findings
                )
            )
        folder = os.path.dirname(path)
        lookups = tuple(Lookup(module, folder, target) for module, target in report.lookups)
        dependencies = (*report.dependencies, *self._missing_conftests(folder, analysis.config(path).root))
        return Result(path, rows, report.suppressed, report.is_test, None, dependencies, lookups)

    def _missing_conftests(self, folder: str, root: str) -> Iterator[str]:
        """The conftest files that would count if they came to be: their fixtures may be mocks."""
        above = None
        while folder != above:
            path = os.path.join(folder, "conftest.py")
            if not self._files.is_file(path):
                yield path
            if folder == root:
                return
            folder, above = os.path.dirname(folder), folder

    def _may_speak(self, path: str, data: bytes) -> bool:
        """Whether any rule could have something to say of a file of these bytes; errs on the side of yes."""
        config = self._analysis.config(path)
        known = self._needles.get(id(config))
        if known is None:
            known = self._needles[id(config)] = (config, *self._needles_of(config))
        _, exact, lowered = known
        if any(needle in data for needle in exact):
            return True
        data = data.lower()
        return any(needle in data for needle in lowered)

    def _needles_of(self, config: ProjectConfig) -> tuple[tuple[bytes, ...], tuple[bytes, ...]]:
        """The bytes one of which a file must hold: as they are, and in any letter case."""
        needles = {
            needle
            for rule in self._rules
            if config.severity_of(rule.name, rule.severity) is not None
            for needle in rule.needles or (b"",)
        }
        settings = config.justification
        needles |= {each.rpartition(".")[2].encode() for each in settings.decorators}
        return tuple(sorted(needles)), tuple(each.lower().encode() for each in settings.comments)


def row_of(finding: Finding, lines: Lines, fixes: tuple[tuple[str, bool], ...] = ()) -> Row:
    """The finding as it is shown; `lines` are those of its file."""
    start, end = lines.place(finding.span.start), lines.place(finding.span.end)
    content = lines.content(start.line)
    cut = 0
    if len(content) > _LINE_BEFORE + _LINE_AFTER:
        cut = max(0, start.column - _LINE_BEFORE)
        content = content[cut : start.column + _LINE_AFTER]
    covers = sorted(
        (place.line, place.column) for place in (lines.place(each.start) for each in finding.covers)
    )
    return Row(
        (start.line, start.column),
        (end.line, end.column),
        finding.rule,
        int(finding.severity),
        finding.message,
        tuple(covers),
        content,
        cut,
        fixes,
    )


def fixes_of(analysis: Analysis, finding: Finding) -> tuple[tuple[str, bool], ...]:
    """The titles that an editor offers for the finding, best first, and whether each is safe."""
    return tuple((fix.title, fix.kind == "safe") for fix in analysis.fixes(finding))
