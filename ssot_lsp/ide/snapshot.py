"""What the answers for editors ask of one moment of a workspace: `analysis.Analysis` is one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from ssot_lsp.index.receivers import World

if TYPE_CHECKING:
    from ssot_lsp.config import ProjectConfig
    from ssot_lsp.facts import Facts
    from ssot_lsp.finding import Finding
    from ssot_lsp.index.classes import Classes
    from ssot_lsp.index.factory import Factory
    from ssot_lsp.index.origins import Origins
    from ssot_lsp.text import Lines


class Snapshot(World, Protocol):
    """One moment of a workspace; whatever reads a file raises UnreadableError."""

    def text(self, path: str) -> str:
        """The text of a file."""

    def lines(self, path: str) -> Lines:
        """Its lines."""

    def facts(self, path: str) -> Facts:
        """What it says."""

    def origins(self, path: str) -> Origins:
        """Where its names come from."""

    def classes(self, path: str) -> Classes:
        """Its classes, and what they derive from."""

    def config(self, path: str) -> ProjectConfig:
        """The configuration for it."""

    def factories(self, path: str) -> tuple[Factory, ...]:
        """The factories that its configuration names."""

    def finding_at(self, path: str, offset: int) -> Finding | None:
        """The worst finding at a place of it."""

    def explain_finding(self, path: str, finding: Finding) -> str:
        """Why there is a finding, in Markdown."""
