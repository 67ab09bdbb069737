"""Where doubles are made for all: inside of a factory, in a module that is one, and beside an SSOT base class."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from ssot_lsp.config import ProjectConfig
    from ssot_lsp.facts import Facts, Unit


class Modules(Protocol):
    """What tells whether a dotted name means a file."""

    def module_path(self, module: str, importer: str) -> str | None:
        """The file of a dotted module as seen from the file `importer`."""


class SourceOfTruth:
    """What of one version of one file makes doubles for all, under one configuration."""

    def __init__(self, path: str, facts: Facts, config: ProjectConfig, modules: Modules) -> None:
        self._path = path
        self._facts = facts
        self._modules = modules
        self._factories = self._here(config.factory)
        bases = self._here(config.base_classes)
        self._is_whole_file = any(
            "." in each and modules.module_path(each, path) == path for each in config.factory
        ) or any(container.name in bases for container in facts.classes)

    def holds(self, byte: int) -> bool:
        """Whether this byte of the file stands in it."""
        return self._is_whole_file or any(
            each.start <= byte < each.end for each in self._facts.classes if each.name in self._factories
        )

    def holds_unit(self, unit: Unit) -> bool:
        """Whether a definition stands in it."""
        return self._is_whole_file or unit.container.name in self._factories

    def _here(self, names: tuple[str, ...]) -> frozenset[str]:
        """The last names of those configured names, bare or dotted, that can mean a definition in this file."""
        split = (each.rpartition(".") for each in names)
        return frozenset(
            name
            for module, _, name in split
            if not module or self._modules.module_path(module, self._path) == self._path
        )
