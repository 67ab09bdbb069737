"""Why a line is flagged, or is not: in words, for hover and for `ssot-lsp explain`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ssot_lsp.candidates import candidates, wanted
from ssot_lsp.files import UnreadableError
from ssot_lsp.ide.bases import base_page, bases_on
from ssot_lsp.provenance import provenance
from ssot_lsp.rules import CONFIGURATION_RULES, LAST_RULE, RULES, by_name
from ssot_lsp.suppressions import silencer_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ssot_lsp.analysis import Analysis
    from ssot_lsp.finding import Finding
    from ssot_lsp.mocks import Site
    from ssot_lsp.rules.base import RuleContext
    from ssot_lsp.text import Span

_ABOUT_SITES = frozenset({"unjustified-mock", "forbidden-mock"})


def explain(analysis: Analysis, path: str, line: int) -> str:
    """Why a 0-based line of the file at absolute `path` is or is not flagged, in Markdown."""
    return "\n\n".join(_paragraphs(analysis, path, line))


def _paragraphs(analysis: Analysis, path: str, line: int) -> Iterator[str]:
    excluded = analysis.why_excluded(path)
    if excluded is not None:
        yield f"Nothing is flagged here, because the file is excluded: {excluded}."
        return
    try:
        context = analysis.context(path)
        findings = analysis.findings(path)
    except UnreadableError as error:
        yield f"Nothing is flagged here, because the file cannot be read: it {error}."
        return
    lines = analysis.lines(path)
    here = [each for each in findings if lines.line_of(each.span.start) == line]
    for finding in here:
        yield from _of_finding(context, analysis, finding)
        rule = by_name(finding.rule)
        if rule is not None:
            yield rule.summary
    if context is None:
        if not here:
            yield "Nothing is flagged here, because the file is no test file (`test-files` in the configuration)."
        return
    flagged = {each.span for each in here}
    sites = [site for site in context.mocks.sites if lines.line_of(site.span.start) == line]
    silent = [site for site in sites if site.span not in flagged]
    for site in silent:
        yield _why_silent(context, site, analysis)
    others = [
        *_hidden(context, analysis, line, here),
        *(base_page(analysis, path, base) for base in bases_on(analysis, path, line)),
    ]
    yield from others
    if not here and not silent and not others:
        yield _why_nothing(context, analysis, path, line)


def explain_finding(analysis: Analysis, path: str, finding: Finding) -> str:
    """Why there is this finding, in Markdown: where the name comes from, and what would do instead."""
    try:
        context = analysis.context(path)
    except UnreadableError:
        context = None
    return "\n\n".join(_of_finding(context, analysis, finding))


def _of_finding(context: RuleContext | None, analysis: Analysis, finding: Finding) -> Iterator[str]:
    yield f"**{finding.rule}** ({finding.shown_severity.label}): {finding.message}."
    site = (
        next((each for each in context.mocks.sites if each.span == finding.span), None) if context else None
    )
    if context is not None and site is not None:
        yield provenance(analysis, context, site)
        if finding.rule == "unjustified-mock":
            yield (
                "No `# Mock justification: reason` stands above or behind the statement, and neither the function nor "
                "a class around it has one or is `@mock_justified`."
            )
        if finding.rule == "forbidden-mock":
            yield f"`levels` asks for L{context.level} here, and `forbid-mocks-from` is L{context.config.forbid_mocks_from}."
        if finding.rule in _ABOUT_SITES:
            yield from _best_method(analysis, context, site)


def _best_method(analysis: Analysis, context: RuleContext, site: Site) -> Iterator[str]:
    """Which factory method fits the double, and what speaks for it."""
    try:
        factories = analysis.factories(context.path)
        found = candidates(factories, wanted(context.mocks, site), context.config.factory_map)
    except UnreadableError:
        return
    for each in found[:1]:
        head = "" if each.factory.is_module else f"{each.factory.name}."
        yield f"`{head}{each.method.name}` fits: {'; '.join(each.reasons)}."


def _why_silent(context: RuleContext, site: Site, analysis: Analysis) -> str:
    written = ".".join(site.call.path)
    if context.forbids_mocks and site.root is site:
        return f"`{written}` is not flagged: {_why_hidden(context, analysis, 'forbidden-mock', site.span)}."
    justification = context.justifications.of(site)
    lines = context.facts.source.lines
    if justification is not None:
        line = lines.line_of(justification.span.start) + 1
        return f"`{written}` is not flagged: the justification on line {line} covers it."
    root = site.root
    if root is None:
        return f"`{written}` is not flagged: it configures a double that comes from a factory or from another file."
    if root is not site:
        line = lines.line_of(root.span.start) + 1
        return f"`{written}` is not flagged by itself: it belongs to `{root.name}` on line {line}, which speaks for it."
    return f"`{written}` is not flagged: {_why_hidden(context, analysis, 'unjustified-mock', site.span)}."


def _hidden(context: RuleContext, analysis: Analysis, line: int, here: list[Finding]) -> Iterator[str]:
    """What other rules than those about sites would say of a line, and why they do not."""
    lines = context.facts.source.lines
    shown = {(each.rule, each.span) for each in here}
    for rule in RULES:
        if rule.name in _ABOUT_SITES or rule.name in CONFIGURATION_RULES or rule.name == LAST_RULE:
            continue
        for finding in rule.check(context):
            if lines.line_of(finding.span.start) != line or (rule.name, finding.span) in shown:
                continue
            why = _why_hidden(context, analysis, rule.name, finding.span, called="it")
            yield f"`{rule.name}` says nothing: {why}. It would say: {finding.message}."


def _why_hidden(
    context: RuleContext, analysis: Analysis, rule: str, span: Span, *, called: str | None = None
) -> str:
    """Why a rule does not say what it has to say of a place; `called` instead of its name."""
    source = context.facts.source
    silencer = silencer_of(context.suppressions, rule, source.byte(span.start))
    if silencer is not None:
        return f"the suppression on line {source.lines.line_of(silencer.span.start) + 1} hides it"
    return f"{called or f'`{rule}`'} is switched off here (configuration of `{analysis.config(context.path).root}`)"


def _why_nothing(context: RuleContext, analysis: Analysis, path: str, line: int) -> str:
    lines = analysis.lines(path)
    if not 0 <= line < len(lines):
        return f"The file has only {len(lines)} lines."
    span = lines.span_of(line)
    if context.mocks.is_exempt(
        context.facts.source.byte(span.start + len(lines.content(line)) - len(lines.content(line).lstrip()))
    ):
        return "Nothing is flagged here, because doubles for all are made here: the rules about mocks leave it alone."
    return "Nothing on this line creates a double or names a base class: no finding, and none that is hidden."
