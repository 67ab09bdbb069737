"""Completions of what is said about mocks: justifications, their levels, and rules that are to be silent."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ssot_lsp.definitions import Kind
from ssot_lsp.fixes import escaped
from ssot_lsp.ide.import_completion import bound_as, import_of
from ssot_lsp.ide.item import Completion
from ssot_lsp.justifications import comment_pattern
from ssot_lsp.rules import CONFIGURATION_RULES, LAST_RULE, RULES
from ssot_lsp.text import Span

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from ssot_lsp.config import Justification, ProjectConfig
    from ssot_lsp.facts import Facts
    from ssot_lsp.finding import Finding
    from ssot_lsp.ide.call_context import Call, Context
    from ssot_lsp.ide.place import Place, Site, World
    from ssot_lsp.text import Edit, Lines

LEVELS = (
    "all is mocked",
    "a real subject, mocked dependencies",
    "real dependencies in the process",
    "real local services",
    "staging",
    "production",
)
"""What the levels of realism mean, from L0 on."""

_USUAL_LEVEL = 1
_SUPPRESSION = re.compile(r"#+[ \t]*ssot:[ \t]*ignore(?:-file)?\b[ \t]*\[([^\]]*)\Z", re.IGNORECASE)
_RULE_START = re.compile(r"[\w-]*\Z")
_RULE_END = re.compile(r"[\w-]*")
_WORDS = re.compile(r"#+[ \t]*(\w[\w \t]*)?\Z")
_LEVEL_START = re.compile(r"[lL]?\d?\Z")
_MADE_BY_NO_COMMENT = CONFIGURATION_RULES | {LAST_RULE}
# What is said of suppressions themselves is no reason to name the rule in one.
_ABOUT_SUPPRESSIONS = frozenset({"unknown-rule-in-suppression", LAST_RULE})


def in_comment(world: World, path: str, context: Context) -> Iterator[Completion]:
    """What completes in a comment: names of rules, the start of a justification, its level. Raises UnreadableError."""
    source, config = world.facts(path).source, world.config(path)
    before = source.text[context.word.start : context.cursor]
    if match := _SUPPRESSION.search(before):
        yield from _rules(source.text, context, match.group(1), world.findings(path), source.lines)
        return
    pattern = comment_pattern(config.justification.comments) if config.justification.comments else None
    match = pattern.match(before) if pattern is not None else None
    if match is not None:
        yield from _levels(context.cursor, before[match.end() :], config.level(path))
    elif (match := _WORDS.match(before)) is not None:
        yield from _justifications(context.cursor, match.group(1) or "", config, path)


def _justifications(cursor: int, typed: str, config: ProjectConfig, path: str) -> Iterator[Completion]:
    """The usual way to start a justification, where what stands in the comment may be its start."""
    settings = config.justification
    if not settings.comments or not settings.comments[0].lower().startswith(typed.lower()):
        return
    level = f"{_level(config, path)}: " if settings.require_level else ""
    span = Span(cursor - len(typed), cursor)
    text = f"{settings.comments[0]}: {level}"
    yield Completion(
        f"{settings.comments[0]}:",
        "snippet",
        span,
        span,
        text,
        0,
        snippet=f"{escaped(text)}${{1:reason}}$0",
        detail="why this mock is made by hand",
        found_by=settings.comments[0],
        page=("rule", "unjustified-mock"),
    )


def decorators(site: Site, config: ProjectConfig, path: str) -> Iterator[Completion]:
    """The decorator that justifies, by the name that it has here or with its import."""
    names = {each.rpartition(".")[2]: each.rpartition(".")[0] for each in config.justification.decorators}
    bound = next((each for each in _bound_decorators(site.place, names)), None)
    edits: tuple[Edit, ...] = ()
    if bound is not None:
        name = bound
    else:
        name, module = next(((name, module) for name, module in names.items() if module), ("", ""))
        found = import_of(site, name, module) if name and bound_as(site.place, name) is None else None
        if found is None:
            return
        edits = (found.edit,)
    opening = f'{name}("{_level(config, path)}: '
    yield Completion(
        name,
        "snippet",
        site.insert,
        site.context.word,
        name if site.is_called else f'{opening}")',
        0,
        snippet="" if site.is_called else f'{escaped(opening)}${{1:reason}}")$0',
        detail="why all mocks in this are made by hand",
        found_by=name,
        edits=edits,
        page=("rule", "unjustified-mock"),
    )


def _bound_decorators(place: Place, names: Collection[str]) -> Iterator[str]:
    """What the module calls one of `names`."""
    for name, bound in place.facts.module.names.items():
        for _, binding in bound:
            if (binding.target.name if binding.target is not None else name) in names:
                yield name


def names_reason(call: Call, settings: Justification, facts: Facts) -> bool:
    """Whether the argument of a decorator's call is the reason of a justification."""
    names = {each.rpartition(".")[2] for each in settings.decorators}
    name = call.path[-1]
    own = {
        binding.target.name
        for binding in facts.imports()
        if binding.kind is Kind.IMPORT and binding.target is not None and binding.name == name
    }
    return bool(names & {name, *own}) and call.keyword in {"", "reason"} and not call.positional


def levels(context: Context, typed: str, least: int | None) -> Iterator[Completion]:
    """The levels that a reason can start with, in a string of which `typed` stands before the cursor."""
    return _levels(context.cursor, typed, least)


def _levels(cursor: int, typed: str, least: int | None) -> Iterator[Completion]:
    if not _LEVEL_START.fullmatch(typed):
        return
    usual = max(_USUAL_LEVEL, least or 0)
    order = [usual, *(each for each in range(least or 0, len(LEVELS)) if each != usual)]
    span = Span(cursor - len(typed), cursor)
    for rank, number in enumerate(order):
        text = f"L{number}: "
        yield Completion(
            f"L{number}",
            "value",
            span,
            span,
            text,
            rank,
            snippet=f"{text}${{1:reason}}$0",
            detail=LEVELS[number],
            found_by=f"L{number}",
        )


def _level(config: ProjectConfig, path: str) -> str:
    return f"L{config.level(path) or _USUAL_LEVEL}"


def _rules(
    text: str, context: Context, named: str, findings: tuple[Finding, ...], lines: Lines
) -> Iterator[Completion]:
    """The rules that are not named yet; those that speak nearby come first."""
    start = _RULE_START.search(text, context.word.start, context.cursor)
    end = _RULE_END.match(text, context.cursor)
    first = start.start() if start is not None else context.cursor
    whole = Span(first, end.end() if end is not None else context.cursor)
    line = lines.line_of(context.cursor)
    near = {
        each.rule: abs(lines.line_of(each.span.start) - line)
        for each in sorted(findings, key=lambda each: -abs(lines.line_of(each.span.start) - line))
        if each.rule not in _ABOUT_SUPPRESSIONS
    }
    others = {each.strip() for each in named[: len(named) - (context.cursor - first)].split(",")}
    names = [each.name for each in RULES if each.name not in _MADE_BY_NO_COMMENT | others]
    names.sort(key=lambda each: near.get(each, len(lines)))
    summaries = {each.name: each.summary for each in RULES}
    for rank, name in enumerate(names):
        yield Completion(
            name,
            "rule",
            Span(first, context.cursor),
            whole,
            name,
            rank,
            detail=summaries[name],
            found_by=name,
            page=("rule", name),
        )
