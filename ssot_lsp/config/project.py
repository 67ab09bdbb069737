"""What can be set, by default and by a project, and what that says of a file.

How globs are read: `ssot_lsp.globs`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ssot_lsp.globs import compile_globs, relative_to
from ssot_lsp.pytest_settings import PytestConfig

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ssot_lsp.finding import Severity
    from ssot_lsp.text import Span

RULE_NAMES = (
    "unjustified-mock",
    "forbidden-mock",
    "weak-justification",
    "unused-justification",
    "mocked-subject",
    "hand-written-double",
    "incomplete-event-set",
    "non-ssot-base-class",
    "mixed-base-classes",
    "async-test-never-awaited",
    "async-test-in-sync-base",
    "setup-never-called",
    "missing-super-setup",
    "unresolved-base-class",
    "unknown-factory-method",
    "invalid-factory-argument",
    "unknown-mock-type",
    "non-canonical-factory",
    "frozen-double",
    "factory-not-found",
    "missing-user-isolation",
    "shared-user-identity",
    "bypassed-ssot",
    "unused-suppression",
    "unknown-rule-in-suppression",
    "invalid-configuration",
)
"""Every rule that there is or that is planned, so that a configuration may name a rule of a later version."""

ALL_RULES = "ALL"
BASELINE = ".ssot-baseline.json"
HIGHEST_LEVEL = 5
DEFAULT_TEST_FILES = (
    "test_*.py",
    "*_test.py",
    "tests.py",
    "conftest.py",
    "test/",
    "tests/",
    "testing/",
    "test_*/",
    "*_tests/",
)
_REJECTED_WORDS = (
    *("fast", "faster", "speed", "speeds", "quick", "quicker", "quickly", "slow", "performance"),
    *("easy", "easier", "easily", "simple", "simpler", "simplify", "simplicity", "convenient", "convenience"),
    *("mock", "mocks", "mocked", "mocking", "test", "tests", "testing", "need", "needs", "needed"),
    *("necessary", "required", "reason", "reasons", "justification", "justified", "todo", "tbd", "fixme"),
)
_ISOLATION_PARAMETERS = (
    *("user_id", "thread_id", "run_id", "request_id", "websocket_client_id", "connection_id"),
)


@dataclass(frozen=True, slots=True)
class Problem:
    """Something wrong in a configuration file; `span` is code points of the text of the file at `path`."""

    path: str
    span: Span
    message: str
    severity: Severity


@dataclass(frozen=True, slots=True)
class Justification:
    """What counts as a justification, and as a good one."""

    comments: tuple[str, ...] = ("Mock justification", "Justification")
    decorators: tuple[str, ...] = ("mock_justified",)
    """Bare names, or dotted ones that also say where the name is imported from."""
    require_level: bool = False
    rejected_words: tuple[str, ...] = _REJECTED_WORDS


@dataclass(frozen=True, slots=True)
class EventSet:
    """Attributes that belong together, each with one of `prefixes` before it."""

    events: tuple[str, ...]
    prefixes: tuple[str, ...] = ("notify_", "emit_", "send_")


@dataclass(frozen=True, slots=True)
class Replacement:
    """What to use in the place of something; `same_call` when the arguments may stay as they are."""

    use: str
    same_call: bool = False


_EVENT_SETS = (
    EventSet(("agent_started", "agent_thinking", "tool_executing", "tool_completed", "agent_completed")),
)


@dataclass(frozen=True, slots=True)
class ProjectConfig:
    """The settings of all files at and below `root`, which is absolute. Every field has a working default."""

    root: str
    path: str | None = None
    """The file that was read; None when there is none."""
    factory: tuple[str, ...] = ("SSotMockFactory",)
    base_classes: tuple[str, ...] = ("SSotBaseTestCase", "SSotAsyncTestCase")
    test_files: tuple[str, ...] = DEFAULT_TEST_FILES
    exclude: tuple[str, ...] = ()
    select: tuple[str, ...] | None = None
    ignore: tuple[str, ...] = ()
    severity: Mapping[str, Severity] = field(default_factory=dict, hash=False)
    per_file_ignores: tuple[tuple[str, tuple[str, ...]], ...] = ()
    justification: Justification = field(default_factory=Justification)
    levels: tuple[tuple[str, int], ...] = ()
    forbid_mocks_from: int = 4
    real_fixtures: Mapping[str, str] = field(default_factory=dict, hash=False)
    isolation_parameters: tuple[str, ...] = _ISOLATION_PARAMETERS
    event_sets: tuple[EventSet, ...] = _EVENT_SETS
    factory_map: Mapping[str, str] = field(default_factory=dict, hash=False)
    replacements: Mapping[str, Replacement] = field(default_factory=dict, hash=False)
    require_base: bool = False
    baseline: str = BASELINE
    """Relative to `root`."""
    pytest: PytestConfig = field(default_factory=PytestConfig)
    problems: tuple[Problem, ...] = ()

    def is_test_file(self, path: str) -> bool:
        """Whether the rules speak in the file at absolute `path`; it need not exist."""
        return self._matches(self.test_files, path)

    def level(self, path: str) -> int | None:
        """The least realism, 0 to 5, that `levels` asks of the file at `path`; the last glob that matches decides."""
        for glob, level in reversed(self.levels):
            if self._matches((glob,), path):
                return level
        return None

    def severity_of(self, rule: str, default: Severity) -> Severity | None:
        """How bad a finding of `rule` is here, `default` unless it was set; None when the rule is off."""
        return self.severity.get(rule, default) if self._is_selected(rule) else None

    def is_enabled(self, rule: str, path: str) -> bool:
        """Whether `rule` speaks in the file at absolute `path`."""
        if not self._is_selected(rule):
            return False
        return not any(
            (rule in rules or ALL_RULES in rules) and self._matches((glob,), path)
            for glob, rules in self.per_file_ignores
        )

    def _is_selected(self, rule: str) -> bool:
        """A rule's name says more than ALL; where both lists say as much, `ignore` wins."""
        if rule in self.ignore:
            return False
        if self.select is not None and rule in self.select:
            return True
        return ALL_RULES not in self.ignore and (self.select is None or ALL_RULES in self.select)

    def _matches(self, globs: tuple[str, ...], path: str) -> bool:
        relative = relative_to(self.root, path)
        if relative is None:
            relative = re.split(r"[/\\:]", path)[-1]
        return compile_globs(globs).matches(relative)
