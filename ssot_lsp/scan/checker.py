"""The engine over single files, in one process. Nothing of the engine is imported before a `Checker` is made."""

from __future__ import annotations

import os
import sys
import zlib
from typing import TYPE_CHECKING, Any, NamedTuple

from ssot_lsp.cache import Result, Row
from ssot_lsp.files import CONFIG_NAMES, Files, UnreadableError
from ssot_lsp.stamps import digest_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from ssot_lsp.analysis import Analysis, FileReport
    from ssot_lsp.cache import FixEdits, FixTitle, RelatedPlace
    from ssot_lsp.config import ProjectConfig
    from ssot_lsp.files import SourceText, Stamp
    from ssot_lsp.finding import Finding
    from ssot_lsp.index.answers import Answer, Search
    from ssot_lsp.index.outlines import Outline
    from ssot_lsp.rules import Rule
    from ssot_lsp.scan.report import Options
    from ssot_lsp.text import Lines


_TELLING = (".py", ".pyi", ".toml", ".cfg", ".ini")  # names of modules, and of what makes a folder a project
_LINE_BEFORE, _LINE_AFTER = 80, 160  # code points of a long line that are kept around the start of a finding


class Part(NamedTuple):
    """What is known of a few files, and what of others their results came from."""

    results: Sequence[Result] = ()
    listings: Mapping[str, int] = {}  # the folders that were looked into
    answers: Mapping[Search, Answer] = {}  # to searches
    outlines: Mapping[str, Outline | None] = {}  # of dependencies; None of those that count as a whole
    digests: Mapping[str, bytes] = {}  # of all files that were read


class Checker:
    """The engine over single files, in one process."""

    def __init__(self, folders: Sequence[str], options: Options, files: Files | None = None) -> None:
        from ssot_lsp.analysis import Workspace  # noqa: PLC0415 - the engine loads only when a file needs it
        from ssot_lsp.rules import CONFIGURATION_RULES, RULES  # noqa: PLC0415

        self._options = options
        self._disk = _Digesting() if files is None and options.use_cache else None
        self._files = _NotingFiles(self._disk or files or Files())
        self._workspace = Workspace(self._files, folders, adjust=options.adjust)
        self._workspace.search_only_for(lambda path: path in options.covered)
        self._searched = self._workspace.note_searches()
        self._told: set[Search] = set()
        self._outlines: dict[str, Outline | None] = {}
        self._missing: dict[tuple[str, str], tuple[str, ...]] = {}
        self._analysis = self._workspace.snapshot()
        self._rules = [rule for rule in RULES if rule.name not in CONFIGURATION_RULES]
        self._needles: dict[int, tuple[ProjectConfig, _Needles]] = {}

    def check_all(self, paths: Iterable[str]) -> Part:
        """The results for the files at absolute `paths`, and the folders and searches that were looked into only now."""
        results = []
        for path in paths:
            self._searched.begin()
            results.append(self.check(path)._replace(searches=self._searched.since()))
        new = {search for each in results for search in each.searches} - self._told
        answers = {search: self._workspace.answer(search) for search in new}
        self._told |= new
        listings, self._files.listings = self._files.listings, {}
        outlines = dict(self._new_outlines(results))
        return Part(results, listings, answers, outlines, self._disk.taken() if self._disk else {})

    def _new_outlines(self, results: Iterable[Result]) -> Iterator[tuple[str, Outline | None]]:
        """The outlines of what the results depend on, as far as they are others than those told before."""
        for path in {each for result in results for each in result.dependencies}:
            outline = self._analysis.validity.outline(path)
            if path not in self._outlines or self._outlines[path] != outline:
                self._outlines[path] = outline
                yield path, outline

    def check(self, path: str) -> Result:
        """The result for the file at absolute `path`."""
        try:
            if self._options.prefilter and os.path.basename(path) not in CONFIG_NAMES:
                # What cannot be read is named, whatever it holds.
                data = self._files.read(path).text.encode("utf-8", "surrogatepass")
                needles = self._needles_for(path)
                if not needles.stand_in(data) and not self._counts_classes(path, data):
                    if not (needles.ask_for_mocks or needles.ask_for_factories or needles.ask_for_classes):
                        return Result(path)
                    report = self._analysis.unread(
                        path,
                        data,
                        for_mocks=needles.ask_for_mocks,
                        for_factories=needles.ask_for_factories,
                        for_classes=needles.ask_for_classes,
                    )
                    if report is not None:
                        return self._result(report, ())
            try:
                return self._analyse(self._analysis, path)
            finally:
                self._analysis.let_go(path)
        except UnreadableError as error:
            return Result(path, failure=str(error))
        except Exception as error:  # noqa: BLE001 - one file must not cost the others theirs; it is named
            return failed(path, f"internal error, please report it: {type(error).__name__}: {error}")

    def check_text(self, path: str, text: str) -> Result:
        """The result for a text that is not on the disk."""
        self._workspace.write(path, text)
        try:
            return self._analyse(self._workspace.snapshot(), path)
        except Exception as error:  # noqa: BLE001 - as above
            return failed(path, f"internal error, please report it: {type(error).__name__}: {error}")

    def _analyse(self, analysis: Analysis, path: str) -> Result:
        report, context = analysis.examine(path)
        rows: tuple[Row, ...] = ()
        if report.findings:
            lines = analysis.lines(path)
            with_fixes = self._options.with_fixes
            fingerprints: Sequence[tuple[str, str]] = [("", "")] * len(report.findings)
            if self._options.with_fingerprints:
                fingerprints = analysis.fingerprints(path, report.findings)
            rows = tuple(
                sorted(
                    row_of(
                        each,
                        lines,
                        fingerprint,
                        related_of(analysis, each),
                        fixes_of(analysis, each) if with_fixes else (),
                    )
                    for each, fingerprint in zip(report.findings, fingerprints, strict=True)
                )
            )
            if self._options.with_edits:
                edits = {(each.rule, tuple(lines.place(each.span.start))): each for each in report.findings}
                rows = tuple(
                    row._replace(edits=tuple(edits_of(analysis, edits[row.rule, row.start]))) for row in rows
                )
        folder, root = os.path.dirname(path), analysis.config(path).root
        missing = self._missing.get((folder, root))
        if missing is None:
            missing = self._missing[folder, root] = tuple(self._missing_conftests(folder, root))
        counted: tuple[Any, ...] = ()
        if self._options.with_summary:
            from ssot_lsp.summary import plain, summary  # noqa: PLC0415 - a check never needs it

            counted = plain(summary(analysis, path, context))
        return self._result(report, rows, missing, counted)

    def _counts_classes(self, path: str, data: bytes) -> bool:
        """Whether test classes are to be counted, of which there may be some in a file of these bytes."""
        may_hold = b"class " in data or b"class\t" in data
        return (
            may_hold and self._options.with_summary and self._analysis.config(path).pytest.collects_file(path)
        )

    def _result(
        self,
        report: FileReport,
        rows: tuple[Row, ...],
        missing: Iterable[str] = (),
        summary: tuple[Any, ...] = (),
    ) -> Result:
        dependencies = (*report.dependencies, *missing)
        return Result(
            report.path,
            rows,
            report.suppressed,
            report.is_test,
            dependencies=dependencies,
            lookups=report.lookups,
            is_lasting=report.is_lasting and not self._may_be_led_astray(rows),
            summary=summary,
        )

    def _may_be_led_astray(self, rows: Iterable[Row]) -> bool:
        """Whether a place in another file belongs to a finding that counts by its names alone: it may move unnoticed."""
        from ssot_lsp.index.outlines import is_quiet  # noqa: PLC0415 - the engine is loaded by now

        return any(
            is_quiet(path, self._analysis.data(path), self._analysis.config(path).isolation_parameters)
            for path in {path for row in rows for path, *_ in row.related if path}
        )

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

    def _needles_for(self, path: str) -> _Needles:
        config = self._analysis.config(path)
        known = self._needles.get(id(config))
        if known is None:
            known = self._needles[id(config)] = (
                config,
                _Needles(self._rules, config, for_all=self._options.with_summary),
            )
        return known[1]


class _Needles:
    """The bytes one of which a file must hold for any rule to speak; errs on the side of yes.

    `ask_for_mocks` and `ask_for_factories`: they may also be used by names that other files give them; and
    `ask_for_classes`: what is to be said of classes has no word of its own.
    """

    def __init__(self, rules: Iterable[Rule], config: ProjectConfig, *, for_all: bool) -> None:
        """`for_all`: also those for rules that are off, because what they look at is counted all the same."""
        from ssot_lsp.rules.base import BY_CLASS, BY_FACTORY  # noqa: PLC0415 - as above

        enabled = [
            rule for rule in rules if for_all or config.severity_of(rule.name, rule.severity) is not None
        ]
        words = {word for rule in enabled if rule.words is not None for word in rule.words(config)}
        needles = {needle for rule in enabled for needle in rule.needles or (() if rule.words else (b"",))}
        self.ask_for_mocks = b"mock" in needles
        self.ask_for_factories = not needles.isdisjoint(BY_FACTORY)
        self.ask_for_classes = not needles.isdisjoint(BY_CLASS)
        settings = config.justification
        needles |= {each.rpartition(".")[2].encode() for each in settings.decorators}
        # The shortest first: what is found ends the search, and most words hold `mock`.
        self._exact = tuple(sorted(needles, key=lambda each: (len(each), each)))
        self._in_any_case = tuple(
            each.encode("utf-8", "surrogatepass").lower() for each in sorted({*settings.comments, *words})
        )

    def stand_in(self, data: bytes) -> bool:
        """Whether a file of these bytes holds one."""
        if any(needle in data for needle in self._exact):
            return True
        data = data.lower()
        return any(needle in data for needle in self._in_any_case)


def failed(path: str, reason: str) -> Result:
    """What there is to say of a file that could have been checked, and was not."""
    return Result(path, failure=reason, is_our_fault=True)


def row_of(
    finding: Finding,
    lines: Lines,
    about: tuple[str, str],
    related: Iterable[RelatedPlace] = (),
    fixes: tuple[FixTitle, ...] = (),
) -> Row:
    """The finding as it is shown; `lines` are those of its file, `about` is its fingerprint, or empty."""
    start, end = lines.place(finding.span.start), lines.place(finding.span.end)
    content = lines.content(start.line)
    cut = 0
    if len(content) > _LINE_BEFORE + _LINE_AFTER:
        cut = max(0, start.column - _LINE_BEFORE)
        content = content[cut : start.column + _LINE_AFTER]
    return Row(
        (start.line, start.column),
        (end.line, end.column),
        finding.rule,
        int(finding.severity),
        finding.message,
        tuple(related),
        content,
        cut,
        fixes,
        *about,
    )


def related_of(analysis: Analysis, finding: Finding) -> Iterator[RelatedPlace]:
    """The places that belong to the finding, those that can be read."""
    for each in finding.related:
        try:
            lines = analysis.lines(each.path)
        except UnreadableError:
            continue
        start, end = (lines.place(offset) for offset in each.span)
        # Interned, since many say the same: the cache keeps it once for each file.
        path, message = "" if each.path == finding.path else each.path, sys.intern(each.message)
        yield path, (start.line, start.column), (end.line, end.column), message


def fixes_of(analysis: Analysis, finding: Finding) -> tuple[FixTitle, ...]:
    """The titles that an editor offers for the finding, best first, and whether each is safe."""
    return tuple((fix.title, fix.kind == "safe") for fix in analysis.fixes(finding))


def edits_of(analysis: Analysis, finding: Finding) -> Iterator[FixEdits]:
    """What the fixes of the finding do that leave nothing to be filled in, best first."""
    from ssot_lsp.fixes import Withdrawn  # noqa: PLC0415 - a check in the terminal seldom needs it

    for fix in analysis.fixes(finding):
        if fix.kind == "snippet":
            continue
        try:
            change = analysis.edit(fix).plain()
        except Withdrawn:
            continue
        edits = []
        for each in change.files:
            lines = analysis.lines(each.path)
            for edit in each.edits:
                start, end = (lines.place(offset) for offset in edit.span)
                edits.append((each.path, (start.line, start.column), (end.line, end.column), edit.text))
        yield fix.title, tuple(edits)


class _Digesting(Files):
    """The disk, and the digests of what was read of it."""

    def __init__(self) -> None:
        self._digests: dict[str, bytes] = {}
        self._stamps: dict[str, Stamp | None] = {}

    def bytes_of(self, path: str) -> bytes:
        stamp = self.stamp(path)
        data = super().bytes_of(path)
        if stamp is None or self._stamps.get(path) != stamp:  # each search goes through all files anew
            self._stamps[path] = stamp
            digest = digest_of(data)
            if self._digests.setdefault(path, digest) != digest:
                self._digests[path] = b""  # it was written meanwhile
        return data

    def taken(self) -> dict[str, bytes]:
        """The digests since the last time; none of a file that has changed between."""
        digests, self._digests = self._digests, {}
        return digests


class _NotingFiles(Files):
    """Another disk, and into which folders was looked for modules, with what they held."""

    def __init__(self, disk: Files) -> None:
        self.listings: dict[str, int] = {}
        self._disk = disk
        self._last: tuple[str, SourceText] | None = None

    def entries(self, folder: str) -> list[os.DirEntry[str]]:
        self.listings[folder] = listing_of(None)
        entries = self._disk.entries(folder)
        self.listings[folder] = listing_of(entries)
        return entries

    def read(self, path: str) -> SourceText:
        # A file that its bytes have not ruled out is read again at once, to be parsed.
        if self._last is None or self._last[0] != path:
            self._last = path, self._disk.read(path)
        return self._last[1]

    def bytes_of(self, path: str) -> bytes:
        return self._disk.bytes_of(path)

    def is_file(self, path: str) -> bool:
        return self._disk.is_file(path)

    def is_folder(self, path: str) -> bool:
        return self._disk.is_folder(path)

    def stamp(self, path: str) -> Stamp | None:
        return self._disk.stamp(path)


def listing_of(entries: Iterable[os.DirEntry[str]] | None) -> int:
    """A number that differs when a folder holds other modules, packages or project files; None: it cannot be read."""
    if entries is None:
        return 0
    names = sorted(
        name
        for name in (entry.name for entry in entries)
        if name.endswith(_TELLING) or ("." not in name and name != "__pycache__")
    )
    return zlib.crc32("\0".join(names).encode("utf-8", "surrogatepass")) or 1
