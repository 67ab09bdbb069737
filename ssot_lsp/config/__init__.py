"""What a project wants: `[tool.ssot-lsp]` of pyproject.toml or ssot-lsp.toml, and what pytest was told.

Invariant: there always is one. Whatever is wrong in a file becomes a `Problem` at the place where it stands, and what
it spoils keeps its last good state or its default.

- `folders` which configuration holds where, remembered for each folder.
- `reading` what a file states, and what is wrong with it.
- `project` what can be set, with its defaults.
"""

from ssot_lsp.config.folders import CONFIGURATION_NAMES, Configs, is_configuration
from ssot_lsp.config.project import (
    ALL_RULES,
    BASELINE,
    DEFAULT_TEST_FILES,
    RULE_NAMES,
    EventSet,
    Justification,
    Problem,
    ProjectConfig,
    Replacement,
)
from ssot_lsp.config.reading import OWN_NAME, PROJECT_NAME, did_you_mean, parse

__all__ = [
    "ALL_RULES",
    "BASELINE",
    "CONFIGURATION_NAMES",
    "DEFAULT_TEST_FILES",
    "OWN_NAME",
    "PROJECT_NAME",
    "RULE_NAMES",
    "Configs",
    "EventSet",
    "Justification",
    "Problem",
    "ProjectConfig",
    "Replacement",
    "did_you_mean",
    "is_configuration",
    "parse",
]
