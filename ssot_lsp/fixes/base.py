"""What a fix is: offered by title, built when it is chosen, withdrawn when it turns out not to hold."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal, Protocol

from ssot_lsp.index.factory_uses import World as UsingFactories
from ssot_lsp.text import Edit

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from ssot_lsp.facts import Facts
    from ssot_lsp.finding import Finding
    from ssot_lsp.index.classes import Classes
    from ssot_lsp.index.factories import Factories
    from ssot_lsp.index.factory import Factory
    from ssot_lsp.index.origins import Origins
    from ssot_lsp.index.receivers import Receivers
    from ssot_lsp.mocks import Mocks
    from ssot_lsp.text import Lines

Kind = Literal["safe", "review", "snippet"]
"""`safe` never changes a test's outcome; `snippet` leaves something to be filled in by whoever applies it."""

_PLACEHOLDER = re.compile(r"\$\{\d+:((?:[^\\}]|\\.)*)\}|\$\d+|\\(.)", re.DOTALL)
_SPECIAL = re.compile(r"[\\$}]")


class Withdrawn(Exception):  # noqa: N818 - an answer, not an error
    """A fix that cannot be applied after all; the message is the reason, in words for the user."""


@dataclass(frozen=True, slots=True)
class Fix:
    """An offer: `title` in the imperative; `maker` and `arguments` say how the edits are made."""

    title: str
    kind: Kind
    finding: Finding
    maker: str
    arguments: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Change:
    """Edits of the file at `path`. With `is_snippet` their texts are snippets of the protocol: `${1:reason}`, `$0`.

    `elsewhere` are the edits of other files that belong to it, one change for each: all of them are made, or none.
    """

    path: str
    edits: tuple[Edit, ...]
    is_snippet: bool = False
    elsewhere: tuple[Change, ...] = ()

    @property
    def files(self) -> tuple[Change, ...]:
        """This file's change and those elsewhere, each about one file alone."""
        return (replace(self, elsewhere=()), *self.elsewhere) if self.elsewhere else (self,)

    def plain(self) -> Change:
        """The same without snippet syntax, every placeholder with its default: for clients that know no snippets."""
        elsewhere = tuple(each.plain() for each in self.elsewhere)
        if not self.is_snippet:
            return replace(self, elsewhere=elsewhere) if elsewhere else self
        edits = (Edit(each.span, _PLACEHOLDER.sub(_default, each.text)) for each in self.edits)
        return Change(self.path, tuple(edits), elsewhere=elsewhere)


class Snapshot(UsingFactories, Protocol):
    """What fixes ask about one moment of a workspace."""

    def text(self, path: str) -> str:
        """The text of the file at `path`."""

    def lines(self, path: str) -> Lines:
        """Its lines."""

    def facts(self, path: str) -> Facts:
        """What it says."""

    def holders(self, root: str, needles: Iterable[bytes]) -> Iterable[str]:
        """The Python files below `root` of which the text holds one of `needles`."""

    def known_holders(self, root: str, needles: Iterable[bytes]) -> Iterable[str] | None:
        """The same; None where that is not known yet."""

    def data(self, path: str) -> bytes:
        """The bytes of a file's text; raises UnreadableError."""

    def findings(self, path: str) -> tuple[Finding, ...]:
        """What is wrong in it."""

    def mocks(self, path: str) -> Mocks:
        """Its mocks, and where its names come from."""

    def origins(self, path: str) -> Origins:
        """Where its names come from."""

    def receivers(self, path: str) -> Receivers:
        """What in it is a factory."""

    def classes(self, path: str) -> Classes:
        """Its classes, and what they derive from."""

    def factories(self, path: str) -> tuple[Factory, ...]:
        """The factories of its configuration."""

    def factories_of(self, path: str) -> Factories:
        """The models behind them."""

    def module_path(self, module: str, importer: str) -> str | None:
        """The file of a dotted module as seen from the file `importer`."""

    def importable(self, path: str, importer: str) -> str | None:
        """The dotted module by which the file `importer` can import the file at `path`; None where it cannot."""

    def overlay(self, texts: Mapping[str, str]) -> Snapshot:
        """The same moment, had the files at these paths other texts."""

    def fixes(self, finding: Finding) -> tuple[Fix, ...]:
        """What can be offered for a finding, best first."""

    def edit(self, fix: Fix) -> Change:
        """The edit of a fix, built and checked; raises Withdrawn."""


if TYPE_CHECKING:
    Maker = Callable[[Snapshot, Fix], Change]
    """Builds the edits of a fix; raises Withdrawn."""


def escaped(text: str) -> str:
    """`text` as it has to be written inside of a snippet."""
    return _SPECIAL.sub(r"\\\g<0>", text)


def _default(match: re.Match[str]) -> str:
    default, character = match.group(1), match.group(2)
    return _PLACEHOLDER.sub(_default, default) if default else character or ""
