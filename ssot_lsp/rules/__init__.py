"""All rules, in one table; a module is a rule, and its docstring is the rule's page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ssot_lsp.rules import (
    async_test_in_sync_base,
    async_test_never_awaited,
    bypassed_ssot,
    factory_not_found,
    forbidden_mock,
    frozen_double,
    hand_written_double,
    incomplete_event_set,
    invalid_configuration,
    invalid_factory_argument,
    missing_super_setup,
    missing_user_isolation,
    mixed_base_classes,
    mocked_subject,
    non_canonical_factory,
    non_ssot_base_class,
    setup_never_called,
    shared_user_identity,
    unjustified_mock,
    unknown_factory_method,
    unknown_mock_type,
    unknown_rule_in_suppression,
    unresolved_base_class,
    unused_justification,
    unused_suppression,
    weak_justification,
)
from ssot_lsp.rules.base import Rule

if TYPE_CHECKING:
    from types import ModuleType

__all__ = ["CONFIGURATION_RULES", "LAST_RULE", "RULES", "Rule", "by_name"]


def _rule(module: ModuleType) -> Rule:
    name = module.__name__.rpartition(".")[2].replace("_", "-")
    words = getattr(module, "words", None)
    return Rule(name, module.__doc__ or "", module.SEVERITY, module.NEEDLES, module.check, words)


RULES: tuple[Rule, ...] = tuple(
    _rule(module)
    for module in (
        unjustified_mock,
        forbidden_mock,
        weak_justification,
        unused_justification,
        mocked_subject,
        incomplete_event_set,
        missing_user_isolation,
        shared_user_identity,
        hand_written_double,
        non_ssot_base_class,
        mixed_base_classes,
        async_test_never_awaited,
        async_test_in_sync_base,
        setup_never_called,
        missing_super_setup,
        unresolved_base_class,
        non_canonical_factory,
        bypassed_ssot,
        unknown_factory_method,
        invalid_factory_argument,
        unknown_mock_type,
        frozen_double,
        unused_suppression,
        unknown_rule_in_suppression,
        factory_not_found,
        invalid_configuration,
    )
)

# Speaks about what the others found, and so comes after them.
LAST_RULE = "unused-suppression"
# Speak in pyproject.toml and ssot-lsp.toml alone.
CONFIGURATION_RULES = frozenset({"factory-not-found", "invalid-configuration"})


def by_name(name: str) -> Rule | None:
    """The rule of this name; None where there is none."""
    return next((rule for rule in RULES if rule.name == name), None)
