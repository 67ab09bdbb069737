"""How long answers hold: as long as what they came from means the same.

An answer depends on files as a whole, on what some names of files mean, on which files there are, and on the
configuration. A token stands for each of these; it is another one when that is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ssot_lsp.files import UnreadableError
from ssot_lsp.index.classes import HEIRS
from ssot_lsp.index.factories import needles_of
from ssot_lsp.index.outlines import is_quiet, names_that_differ, outline_of
from ssot_lsp.index.shape_reading import shape_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from ssot_lsp.analysis.answers import Answer, Models
    from ssot_lsp.analysis.disk import Disk
    from ssot_lsp.analysis.moment import Moment
    from ssot_lsp.config import ProjectConfig
    from ssot_lsp.facts import Facts
    from ssot_lsp.index.outlines import Outline
    from ssot_lsp.index.shapes import Shape


class Validity:
    """Whether what was found out is true of `moment`."""

    def __init__(self, disk: Disk, documents: Mapping[str, Facts], moment: Moment, named: object) -> None:
        self._disk = disk
        self._open = documents
        self._moment = moment
        self._named = named
        self._outlines: dict[str, Outline | None] = {}

    def token(self, path: str) -> object:
        """What changes when the content of a file does."""
        facts = self._open.get(path)
        return facts if facts is not None else self._disk.versions.get(path, 0)

    def name_token(self, path: str, name: str) -> object:
        """What changes when a name of a file means something else."""
        if name.startswith(HEIRS):
            word = name.removeprefix(HEIRS)
            heirs = self._moment.heirs(path, word)
            return heirs and {
                each: (mentions.headers.get(word), mentions.renamed.get(word)) for each, mentions in heirs
            }
        try:
            return self._moment.shape(path).token(name)
        except UnreadableError:
            return None

    def holds(self, answer: Answer, path: str) -> bool:
        """Whether the answer about an open file is true."""
        facts = self._open.get(path)
        is_same = answer.facts is facts and facts is not None
        return is_same and self.holds_elsewhere(answer, path) and self._mean_the_same(answer.names)

    def holds_elsewhere(self, answer: Answer, path: str) -> bool:
        """Whether all is as it was that an answer came from, but for the text of the file itself and what classes are."""
        return (
            answer.facts is not None
            and answer.structure == self._disk.structure
            and (answer.named is None or answer.named is self._named)
            and answer.config == self._moment.config(path)
            and self._are_the_same(answer.tokens)
        )

    def are_models_true(self, known: Models, config: ProjectConfig) -> bool:
        """Whether the factories of a configuration are what they were."""
        return (
            known.structure == self._disk.structure
            and known.config == config
            and known.holders == self._moment.open_holders(config.root, needles_of(config))
            and self._are_the_same(known.tokens)
        )

    def is_spared(self, answer: Answer, changed: str) -> bool:
        """Whether a change of the file `changed`, and of no other, leaves what an answer came from as it was."""
        is_same = changed not in answer.tokens or self.token(changed) == answer.tokens[changed]
        return is_same and self._mean_the_same(answer.names, changed)

    def _are_the_same(self, tokens: Mapping[str, object]) -> bool:
        return all(self.token(each) == token for each, token in tokens.items())

    def _mean_the_same(self, names: Mapping[tuple[str, str], object], changed: str | None = None) -> bool:
        return all(
            self.name_token(path, name) == token
            for (path, name), token in names.items()
            if changed is None or path == changed or name.startswith(HEIRS)
        )

    def spare(self, answers: Mapping[str, Answer], path: str, previous: Facts, facts: Facts) -> None:
        """Keep the answers that only asked a file for names, where an edit of it left these names what they were."""
        asked = {each: answer for each, answer in answers.items() if answer.tokens.get(path) is previous}
        if not asked or not (
            self._is_quiet(path, previous.source.data) and self._is_quiet(path, facts.source.data)
        ):
            return
        names = _names_that_differ(shape_of(path, previous), shape_of(path, facts))
        if names is None:
            return
        words = [name.encode("utf-8", "surrogatepass") for name in names]
        for each, answer in asked.items():
            passed = [each, *(other for other in answer.tokens if other != path)] if words else []
            if not any(self._mentions(other, words) for other in passed):
                answer.tokens[path] = facts

    def _mentions(self, path: str, words: Iterable[bytes]) -> bool:
        try:
            data = self._moment.data(path)
        except UnreadableError:
            return True
        return any(word in data for word in words)

    def outline(self, path: str) -> Outline | None:
        """What the names of a file on the disk mean, where nothing else of it counts, and where it is known anyhow."""
        shape = self._disk.shapes.get(path)
        if shape is None or path in self._open or self._is_of_factories(path):
            return None
        if path not in self._outlines:
            try:
                is_whole = not self._is_quiet(path, self._moment.data(path))
            except UnreadableError:
                is_whole = True
            self._outlines[path] = None if is_whole else outline_of(shape)
        return self._outlines[path]

    def _is_quiet(self, path: str, data: bytes) -> bool:
        """Whether what a file does inside of its functions means nothing to others."""
        is_of_factories = self._is_of_factories(path)
        return not is_of_factories and is_quiet(path, data, self._moment.config(path).isolation_parameters)

    def _is_of_factories(self, path: str) -> bool:
        return any(path in models.tokens for models in self._disk.models.values())


def _names_that_differ(before: Shape, after: Shape) -> frozenset[str] | None:
    """The names that do not mean the same in both; None where any name may."""
    if before.has_error or after.has_error:
        return None
    if before == after:  # which is so for most edits, and quickly seen
        return frozenset()
    was, is_ = outline_of(before), outline_of(after)
    return names_that_differ(was, is_) if was is not None and is_ is not None else None
