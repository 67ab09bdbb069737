"""The rules over one file."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Protocol

from ssot_lsp.config import OWN_NAME, PROJECT_NAME
from ssot_lsp.rules import CONFIGURATION_RULES, LAST_RULE, RULES
from ssot_lsp.rules.base import Silenced
from ssot_lsp.suppressions import silencer_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ssot_lsp.config import ProjectConfig
    from ssot_lsp.finding import Finding
    from ssot_lsp.rules.base import RuleContext

RULE_NAMES = frozenset(rule.name for rule in RULES)
_IN_ORDER = sorted(RULES, key=lambda each: each.name == LAST_RULE)
_CONFIGURATION_FILES = frozenset({OWN_NAME, PROJECT_NAME})


class World(Protocol):
    """What is asked about a configuration file."""

    def text(self, path: str) -> str:
        """The text of a file; raises UnreadableError."""

    def missing_factories(self, path: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """The names for which no factory is found, and the files where the others stand."""

    def searches_for(self, path: str) -> bool:
        """Whether all Python files may be gone through for it."""


def is_configuration(path: str) -> bool:
    """Whether a file is one of settings, by its name."""
    return os.path.basename(path) in _CONFIGURATION_FILES


def check(context: RuleContext) -> tuple[tuple[Finding, ...], int]:
    """The findings of a test file that are to be shown, in order, and how many are suppressed."""
    config, path = context.config, context.path
    source = context.facts.source
    context.silenced = silenced = Silenced()
    shown: list[Finding] = []
    for rule in _IN_ORDER:
        severity = config.severity_of(rule.name, rule.severity)
        if severity is None or rule.name in CONFIGURATION_RULES or not config.is_enabled(rule.name, path):
            continue
        for finding in rule.check(context):
            silencer = None
            if context.suppressions and rule.name != LAST_RULE:
                start = source.byte(finding.span.start)
                silencer = silencer_of(context.suppressions, rule.name, start)
            if silencer is not None:
                silenced.add(silencer, rule.name)
            else:
                changed = rule.name in config.severity
                shown.append(finding._replace(severity=severity) if changed else finding)
    shown.sort(key=lambda each: (each.span, each.rule))
    return tuple(shown), silenced.count


def of_configuration(context: ConfigurationContext) -> Iterator[Finding]:
    """The findings of a configuration file."""
    config = context.config
    for rule in RULES:
        severity = config.severity_of(rule.name, rule.severity)
        if rule.name in CONFIGURATION_RULES and severity is not None:
            for finding in rule.check(context):  # type: ignore[arg-type]
                changed = rule.name != "invalid-configuration" and rule.name in config.severity
                yield finding._replace(severity=severity) if changed else finding


class ConfigurationContext:
    """What rules about a configuration file ask of a context: there is no Python here."""

    def __init__(self, path: str, config: ProjectConfig, world: World) -> None:
        self.path = path
        self.config = config
        self.dependencies: tuple[str, ...] = ()
        self.is_lasting = True
        self._world = world

    def text(self) -> str:
        """The text of the configuration file."""
        return self._world.text(self.path)

    def missing_factories(self) -> tuple[str, ...]:
        """The names of factories in the configuration that are defined nowhere."""
        missing, self.dependencies = self._world.missing_factories(self.path)
        # A search notices what comes to be of a bare name; of a dotted name, any file may bring it.
        self.is_lasting = not any("." in each for each in missing) and self._world.searches_for(self.path)
        return missing
