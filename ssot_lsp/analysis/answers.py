"""What was found out, with the state of the world that it is true of."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from ssot_lsp.baseline import Baseline
    from ssot_lsp.config import ProjectConfig
    from ssot_lsp.facts import Facts
    from ssot_lsp.finding import Finding
    from ssot_lsp.fingerprints import Fingerprint
    from ssot_lsp.index.factories import Found
    from ssot_lsp.rules.base import RuleContext


@dataclass(frozen=True, slots=True)
class FileReport:
    """What there is to say of one file, and what that depends on.

    `suppressed` counts findings that `# ssot: ignore` hides. `dependencies` are absolute paths of other files,
    `lookups` the dotted modules that were asked for with the files that they are.
    """

    path: str
    findings: tuple[Finding, ...] = ()
    suppressed: int = 0
    is_test: bool = False
    dependencies: tuple[str, ...] = ()
    lookups: tuple[tuple[str, str | None], ...] = ()
    is_lasting: bool = True
    """False where any file that comes may change it."""


@dataclass(slots=True)
class Answer:
    """A report with the state of the world that it is true of.

    `tokens` are of files that count as a whole; `names` of those of which only what some names mean counts.
    `named` is set where factories were asked for: it stands for which open documents have their names.
    """

    report: FileReport
    context: RuleContext | None
    facts: Facts | None
    config: ProjectConfig
    tokens: dict[str, object]
    structure: int
    names: dict[tuple[str, str], object] = field(default_factory=dict)
    named: object = None


class Models(NamedTuple):
    """The factories of a configuration with the state of the world that they are true of."""

    found: Found
    tokens: dict[str, object]
    structure: int
    config: ProjectConfig
    holders: frozenset[str]


class Hidden(NamedTuple):
    """Which findings of a file a baseline knows, with the state of the world that this is true of.

    That is the baseline, the rules and fingerprints of the findings, and which files there are.
    """

    state: tuple[Baseline, list[str], list[Fingerprint], int]
    is_known: list[bool]
