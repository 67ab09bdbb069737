"""What a rule has to say about a place in a file: plain, picklable, in offsets, without fixes."""

from __future__ import annotations

from enum import IntEnum
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from ssot_lsp.text import Span


_BASELINED = (True,)


class Severity(IntEnum):
    """How bad it is; the numbers are those of the protocol, so that smaller is worse."""

    ERROR = 1
    WARNING = 2
    INFORMATION = 3
    HINT = 4

    @property
    def label(self) -> str:
        """The name in messages, JSON and configuration: `error`, `warning`, `information`, `hint`."""
        return self.name.lower()


class Related(NamedTuple):
    """Another place that belongs to a finding, in the same file or another one."""

    path: str
    span: Span
    message: str


class Finding(NamedTuple):
    """One diagnostic. `path` is absolute; `span` and all of `related` are code points of their files.

    `subject` is the construct in short and free of its place (`MagicMock in test_pay`), for explanations and
    fingerprints. `unnecessary` asks the editor to fade the text. `covers` lists the child sites of a mock root.
    `is_baselined`: the baseline knows it, so that it is shown as a hint.
    """

    rule: str
    path: str
    span: Span
    message: str
    severity: Severity
    related: tuple[Related, ...] = ()
    subject: str = ""
    unnecessary: bool = False
    is_baselined: bool = False

    def baselined(self) -> Finding:
        """The same, as the baseline knows it."""
        # Asked for each finding at each key, and `_make` takes twice as long.
        return tuple.__new__(Finding, self[:-1] + _BASELINED)

    @property
    def shown_severity(self) -> Severity:
        """How bad it is for a reader: what the baseline knows is a hint."""
        return Severity.HINT if self.is_baselined else self.severity

    @property
    def covers(self) -> tuple[Span, ...]:
        """The spans of the child sites that this one finding stands for."""
        return tuple(each.span for each in self.related if each.path == self.path)
