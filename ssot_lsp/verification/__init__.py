"""Fixes that need review, proven by the user's own tests: kept where nothing changes, undone where something does.

File by file: run the command, apply all fixes, run it again. Where the outcomes differ, halves are tried, until each
fix is kept or is known to make the difference. Files are written whole; what was there is kept aside until a file is
settled, so that a run that dies can be undone by the next one. A command that changes other files that take part has
no say: what it was run for stays as it was, and so does what it has changed.

- `run` which files; `command` the tests and their outcomes; `watch` who changes other files.
- `journal` what was done, so that it can be taken up again, and undone.
"""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any

from ssot_lsp.files import UnreadableError, decode, encode
from ssot_lsp.fixes.series import Key, Step, series
from ssot_lsp.verification.command import StoppedError
from ssot_lsp.verification.watch import Watch

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable, Sequence

    from ssot_lsp.analysis import Analysis, Workspace
    from ssot_lsp.files import Files
    from ssot_lsp.finding import Finding
    from ssot_lsp.fixes.base import Fix, Snapshot
    from ssot_lsp.fixes.series import Series
    from ssot_lsp.verification.command import Command, Outcome
    from ssot_lsp.verification.journal import Journal

    Choice = Callable[[Snapshot, Finding], Fix | None]


@dataclass(frozen=True, slots=True)
class Verified:
    """What became of one file. `failure` says why nothing was tried in it; `is_known` that an earlier run settled it.

    The steps say what was kept, reverted (with how the tests differed) and refused (with why it could not be applied).
    """

    path: str
    kept: tuple[Step, ...] = ()
    reverted: tuple[Step, ...] = ()
    refused: tuple[Step, ...] = ()
    failure: str = ""
    is_known: bool = False


class Verifier:
    """One verifying run."""

    def __init__(
        self,
        workspace: Workspace,
        files: Files,
        command: Command,
        choose: Choice,
        journal: Journal,
        *,
        settings: str,
    ) -> None:
        """Take the parts; `settings` stands for all that the outcome depends on besides the file itself."""
        self._workspace = workspace
        self.files = files
        self.command = command
        self.choose = choose
        self.journal = journal
        self.settings = settings
        self.watch = Watch(files)
        self._engine = threading.Lock()

    def verify_all(self, paths: Sequence[str], jobs: int) -> Generator[Verified, None, None]:
        """Verify the files at absolute `paths`, so many at a time, and give what became of each as soon as it is known.

        Whoever stops early leaves every file as it was or as it was proven.
        """
        self.watch.add(paths)
        pool = ThreadPoolExecutor(jobs)
        try:
            for future in as_completed([pool.submit(self._verify, path) for path in paths]):
                yield future.result()
        finally:
            self.command.stop()
            pool.shutdown(cancel_futures=True)

    def _verify(self, path: str) -> Verified:
        try:
            data = self.files.bytes_of(path)
            known = self.journal.settled(path, data, self.settings)
            if known is not None:
                return _verified_of(path, known)
            found = _Trial(self, path, data).settle()
        except StoppedError:
            raise
        except UnreadableError as error:
            return Verified(path, failure=str(error))
        except Exception as error:  # noqa: BLE001 - one file must not cost the others theirs; it is named
            what = f"internal error, please report it: {type(error).__name__}: {error}"
            return Verified(path, failure=what)
        return found

    def series(self, path: str, analysis: Analysis, skipped: Iterable[Key] = ()) -> Series:
        """What the fixes make of a file; one thread at a time."""
        with self._engine:
            return series(analysis, path, self.choose, frozenset(skipped))

    def opened(self, path: str, text: str) -> Analysis:
        """A snapshot in which a file has the text that it had when it was read, whatever is tried on the disk."""
        with self._engine:
            self._workspace.write(path, text)
            return self._workspace.snapshot()

    def depended_on(self, path: str, analysis: Analysis) -> tuple[str, ...]:
        """The absolute paths of other files that a file's findings and their fixes depend on."""
        with self._engine:
            return (*analysis.report(path).dependencies, *analysis.factories_of(path).found.touched)

    def changed(self, paths: Sequence[str]) -> None:
        """Note that files are no longer what they were."""
        with self._engine:
            self._workspace.changed(paths)

    def close(self, path: str) -> None:
        """Let the disk be the truth about a file again."""
        with self._engine:
            self._workspace.close(path)
            self._workspace.changed([path])


class _ChangedError(Exception):
    """The command has written what it was run for, or what takes part in the run; which, in words."""


class _Trial:
    """One file, while it is tried."""

    def __init__(self, verifier: Verifier, path: str, data: bytes) -> None:
        self._verifier = verifier
        self._files = verifier.files
        self._command = verifier.command
        self._journal = verifier.journal
        self._path = path
        self._source = decode(data)
        self._original = self._on_disk = self._proven = data
        self._kept: list[Key] = []
        self._reverted: dict[Key, str] = {}
        self._is_steady = False
        self._limit: float | None = None  # seconds, once it is known how long a run takes
        self._changes = 0  # of other files, seen before this trial

    def settle(self) -> Verified:
        verifier, path = self._verifier, self._path
        verifier.watch.begin(path)
        analysis = verifier.opened(path, self._source.text)
        try:
            self._changes = verifier.watch.add(verifier.depended_on(path, analysis))
            whole = verifier.series(path, analysis)
            if not whole.steps:
                return self._settled(Verified(path, refused=whole.withdrawn))
            failure = self._try(whole, analysis)
            if failure:
                return Verified(path, refused=whole.withdrawn, failure=failure)
            skipped = [each.key for each in whole.steps if each.key not in self._kept]
            final = verifier.series(path, analysis, skipped) if skipped else whole
            reverted = [
                replace(each, reason=self._reverted[each.key])
                for each in whole.steps
                if each.key in self._reverted
            ]
            return self._settled(Verified(path, final.steps, tuple(reverted), final.withdrawn))
        finally:
            verifier.close(path)
            verifier.watch.end(path)

    def _settled(self, found: Verified) -> Verified:
        """Note what became of the file, and that it is to be so."""
        outcome = asdict(found)
        del outcome["path"], outcome["is_known"], outcome["failure"]
        self._journal.settle(self._path, self._on_disk, self._verifier.settings, outcome)
        return found

    def _try(self, whole: Series, analysis: Analysis) -> str:
        """Find out which steps can be kept; why not even that can be found out, empty where it can."""
        self._journal.begin(self._path, self._original)
        try:
            before = self._run()
            if before.failure:
                return f"before any change: {before.failure}"
            if not before.passed:
                return "before any change: no test passes, so that none can tell what a change does"
            self._limit = self._command.limit_after(before)
            return self._divide([each.key for each in whole.steps], whole, before, analysis)
        except _ChangedError as error:
            self._proven = self._original
            return str(error)
        finally:
            self._put(self._proven)
            self._journal.end(self._path)

    def _divide(self, keys: list[Key], whole: Series, before: Outcome, analysis: Analysis) -> str:
        pending = [keys]
        while pending:
            group = pending.pop()
            wanted = {*self._kept, *group}
            tried = self._verifier.series(
                self._path, analysis, [each.key for each in whole.steps if each.key not in wanted]
            )
            self._put(encode(self._source, tried.text))
            difference = before.difference(self._run())
            if not difference:
                self._kept += group
                self._proven = self._on_disk
                continue
            if not self._is_steady:
                self._put(self._proven)
                unsteady = before.difference(self._run())
                if unsteady:
                    self._kept.clear()
                    self._proven = self._original
                    return f"its tests do not go alike twice without any change: {unsteady}"
                self._is_steady = True
            if len(group) == 1:
                self._reverted[group[0]] = difference
            else:
                middle = len(group) // 2
                pending += [group[middle:], group[:middle]]
        return ""

    def _run(self) -> Outcome:
        outcome = self._command.run(self._path, self._limit)
        others = self._verifier.watch.look(self._changes)
        if others:
            self._verifier.changed(others)
        now = self._files.bytes_of(self._path)
        if now != self._on_disk:
            self._on_disk = now
            what = "the command changes the file itself"
            if now != self._original:
                what += f"; what it made of it is in {self._journal.keep(now)}"
            raise _ChangedError(what)
        if others:
            more = f" and {len(others) - 1} more" if len(others) > 1 else ""
            what = f"the command changes `{self._journal.name(others[0])}`{more}"
            raise _ChangedError(what)
        return outcome

    def _put(self, data: bytes) -> None:
        if data != self._on_disk:
            self._journal.trying(self._path, data)
            self._files.write(self._path, self._on_disk, data)
            self._on_disk = data


def _verified_of(path: str, outcome: dict[str, Any]) -> Verified:
    def steps(name: str) -> tuple[Step, ...]:
        return tuple(
            Step(Key(*each["key"]), each["line"], each["title"], each["reason"]) for each in outcome[name]
        )

    return Verified(path, steps("kept"), steps("reverted"), steps("refused"), is_known=True)
