"""Fixes, applied: text in, text out."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from ssot_lsp.analysis import Workspace
from ssot_lsp.text import apply_edits

if TYPE_CHECKING:
    from ssot_lsp.analysis import Analysis
    from ssot_lsp.finding import Finding
    from ssot_lsp.fixes import Fix

PATH = "/workspace/tests/test_it.py"


def analysed(text: str, **settings: Any) -> Analysis:
    """A moment in which `text` is the one file there is; `settings` are fields of the configuration."""
    workspace = Workspace(folders=["/workspace"], adjust=lambda config: replace(config, **settings))
    workspace.write(PATH, text)
    return workspace.snapshot()


def fixes(text: str, rule: str, *, nth: int = 0, **settings: Any) -> tuple[Fix, ...]:
    """What is offered for the `nth` finding of `rule`."""
    analysis = analysed(text, **settings)
    return analysis.fixes(finding(analysis, rule, nth))


def finding(analysis: Analysis, rule: str, nth: int = 0) -> Finding:
    """The `nth` finding of `rule`."""
    return [each for each in analysis.findings(PATH) if each.rule == rule][nth]


def fixed(text: str, rule: str, maker: str, *, nth: int = 0, **settings: Any) -> str:
    """`text` after the fix that `maker` makes for the `nth` finding of `rule`, gaps shown as `${1:…}`."""
    analysis = analysed(text, **settings)
    (fix,) = (each for each in analysis.fixes(finding(analysis, rule, nth)) if each.maker == maker)
    return apply_edits(text, analysis.edit(fix).edits)
