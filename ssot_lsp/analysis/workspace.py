"""The workspace: open documents over the disk. The only thing that changes, and by one thread alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ssot_lsp.analysis.disk import Disk
from ssot_lsp.analysis.open_shapes import OpenShapes
from ssot_lsp.analysis.snapshot import Analysis
from ssot_lsp.facts import Facts
from ssot_lsp.files import Files, UnreadableError
from ssot_lsp.index.answers import Searched as Noted
from ssot_lsp.index.origins import Known
from ssot_lsp.index.things import Memory as ClassMemory
from ssot_lsp.source import Source

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from ssot_lsp.analysis.answers import Answer as FileAnswer
    from ssot_lsp.analysis.disk import Searched
    from ssot_lsp.config import ProjectConfig
    from ssot_lsp.index.answers import Answer
    from ssot_lsp.index.answers import Search as Asked
    from ssot_lsp.index.shapes import Shape


class Workspace:
    """The open documents over the disk. Changed by one thread alone; ask its snapshots."""

    def __init__(
        self,
        files: Files | None = None,
        folders: Iterable[str] = (),
        *,
        adjust: Callable[[ProjectConfig], ProjectConfig] | None = None,
    ) -> None:
        """Start with no open document. `adjust` changes each configuration that is read (the command line's way)."""
        self._disk = Disk(files or Files(), folders, adjust)
        self._open: dict[str, Facts] = {}
        self._answers: dict[str, FileAnswer] = {}
        self._known = Known()
        self._class_memory = ClassMemory()
        self._shapes = OpenShapes()
        self._number = 0  # counts the changes
        self._named = object()

    def write(self, path: str, text: str) -> frozenset[str]:
        """Give a document its text, opening it if need be; the other open paths whose findings may differ now."""
        previous = self._open.get(path)
        source = previous.source.revise(text) if previous is not None else Source.parse(text)
        if previous is not None and source is previous.source:
            return frozenset()
        return self._put(path, Facts(source, previous))

    def install(self, path: str, prepared: Analysis) -> frozenset[str]:
        """Take over the text of `path`, and the answer about it, from a snapshot that `Analysis.prepare` made."""
        affected = self._put(path, prepared.facts(path))
        answer = prepared.answer(path)
        if answer is not None:
            self._answers[path] = answer
        return affected

    def _put(self, path: str, facts: Facts) -> frozenset[str]:
        self._number += 1
        previous = self._open.get(path)
        self._forget(path)
        before = self._shape_if_known(path)
        if previous is None and before is not None:
            self._shapes.keep_good(path, before)
        self._open = {**self._open, path: facts}
        self._compare_shapes(path, before)
        if previous is not None:
            open_answers = {each: answer for each, answer in self._answers.items() if each in self._open}
            analysis = self.snapshot()
            analysis.validity.spare(open_answers, path, previous, facts)
        else:
            self._disk.versions[path] = self._disk.versions.get(path, 0) + 1
        return self._dependents(path, self._disk.is_other_holder(previous, facts))

    def close(self, path: str) -> frozenset[str]:
        """Let the disk be the truth again; the open paths whose findings may differ now."""
        previous = self._open.get(path)
        if previous is None:
            return frozenset()
        self._number += 1
        before = self._shape_if_known(path)
        self._open = {each: facts for each, facts in self._open.items() if each != path}
        self._shapes.close(path)
        self._compare_shapes(path, before)
        self._answers.pop(path, None)
        if not self._disk.files.is_file(path):
            self._disk.memory.forget(path)
        self._forget(path)
        return self._dependents(path, self._disk.is_other_holder(previous, None))

    def _forget(self, path: str) -> None:
        # A new object, so that a snapshot that is still asked elsewhere does not fill in what is no longer true.
        if path in self._known.files:
            self._known = Known()

    def _shape_if_known(self, path: str) -> Shape | None:
        """The shape of a file, if anything is remembered that it may have gone into."""
        if path not in self._class_memory.paths:
            return None
        try:
            return self.snapshot().shape(path)
        except UnreadableError:
            return None

    def _compare_shapes(self, path: str, before: Shape | None) -> None:
        """Drop what was found out about classes that `path` does not say any more."""
        memory = self._class_memory
        if path not in memory.paths:
            self._class_memory = memory.without(())
            return
        try:
            after = self.snapshot().shape(path)
        except UnreadableError:
            after = None
        if before == after:
            return
        names = memory.names_of(path)
        if before is not None and after is not None:
            names = {name for name in names if before.token(name) != after.token(name)}
        self._class_memory = memory.without((path, name) for name in names)

    def changed(self, paths: Iterable[str]) -> frozenset[str]:
        """Note that files were created, changed or deleted on disk; the open paths whose findings may differ now."""
        self._number += 1
        self._disk.changed(paths)
        self._known = Known()
        self._class_memory = ClassMemory()
        analysis = self.snapshot()
        return frozenset(path for path in self._open if not analysis.is_current(path))

    def search_elsewhere(self, search_later: Callable[[str, tuple[bytes, ...]], None]) -> None:
        """From now on do without what takes a walk through a folder to find, until somebody has made it.

        `search_later` is called, in any thread, with what is to be given to `search`.
        """
        self._disk.search_later = search_later

    def search(self, root: str, needles: tuple[bytes, ...]) -> Searched:
        """Go through a folder, in another thread; what is found is for `take_search`."""
        return self._disk.search(root, needles)

    def take_search(self, found: Searched | None, root: str) -> None:
        """Take over what `search` has found, None where it has failed: from now on it is known."""
        self._disk.take_search(found, root)
        self._known = Known()

    def ignore_baselines(self) -> None:
        """Go on as if there were no baseline anywhere."""
        self._disk.baselines.is_ignored = True

    def set_folders(self, folders: Iterable[str]) -> None:
        """Take other workspace folders."""
        self._disk.set_folders(folders)
        self._known = Known()
        self._class_memory = ClassMemory()

    def search_only_for(self, searches_for: Callable[[str], bool]) -> None:
        """Go through all files for what is said of a configuration file only where `searches_for` says so of it."""
        self._disk.searches_for = searches_for

    def note_searches(self) -> Noted:
        """From now on note all searches over the files of the disk."""
        self._disk.noted = noted = Noted()
        return noted

    def answer(self, search: Asked) -> Answer:
        """What each file on the disk says to a search, as far as it says something."""
        return self._disk.answer(search)

    def ask_elsewhere(self, analysis: Analysis) -> None:
        """Go through no files for what is said of a configuration file: take what another moment knows."""
        self._disk.asked_elsewhere = analysis

    def take_what_was_whole(self, other: Workspace) -> None:
        """Know of files that do not parse what `other` last knew of them: their texts alone do not say it."""
        self._disk.memory.take_whole(other._disk.memory)
        self._shapes.take_good(other._shapes)

    def is_open(self, path: str) -> bool:
        """Whether `path` has a text of its own here."""
        return path in self._open

    def snapshot(self) -> Analysis:
        """Answers about this moment; costs nothing."""
        of_classes = self._class_memory, self._shapes
        return Analysis(
            self._disk,
            self._open,
            self._answers,
            self._known,
            of_classes,
            number=self._number,
            named=self._named,
        )

    def _dependents(self, path: str, is_other_holder: bool) -> frozenset[str]:  # noqa: FBT001 - what has changed
        """The open paths whose findings may differ because the text at `path` does."""
        if is_other_holder:
            self._named = object()
        analysis = self.snapshot()
        return frozenset(
            each
            for each, answer in self._answers.items()
            if each in self._open
            and each != path
            and (
                (is_other_holder and answer.named is not None)
                or not analysis.validity.is_spared(answer, path)
            )
        )
