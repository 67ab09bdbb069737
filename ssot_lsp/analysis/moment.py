"""The files of one moment: open documents over the disk, and where they are looked for."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from ssot_lsp.analysis.checking import is_configuration
from ssot_lsp.index.factories import needles_of
from ssot_lsp.index.heirs import is_of
from ssot_lsp.text import Lines

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from ssot_lsp.analysis.disk import Disk
    from ssot_lsp.analysis.open_shapes import OpenShapes
    from ssot_lsp.config import ProjectConfig
    from ssot_lsp.facts import Facts
    from ssot_lsp.index.environment import Installed
    from ssot_lsp.index.heirs import Mentions
    from ssot_lsp.index.modules import ModuleMap
    from ssot_lsp.index.shapes import Shape


class Moment:
    """What the files say, whatever is asked about them. `documents` are the open ones."""

    def __init__(self, disk: Disk, documents: Mapping[str, Facts], shapes: OpenShapes) -> None:
        self._disk = disk
        self._open = documents
        self._shapes = shapes
        self._conftests: dict[tuple[str, str], tuple[str, ...]] = {}

    # --- configuration

    def config(self, path: str) -> ProjectConfig:
        """The configuration for a file."""
        return self._disk.config(path)

    def why_excluded(self, path: str) -> str | None:
        """Why nothing is said of a file, in words; None where it is not excluded."""
        return self._disk.why_excluded(path)

    # --- one file

    def text(self, path: str) -> str:
        """The text of a file, without a byte order mark; raises UnreadableError."""
        facts = self._open.get(path)
        return facts.source.text if facts is not None else self._text_on_disk(path)

    def lines(self, path: str) -> Lines:
        """The line starts of a file; raises UnreadableError."""
        if path in self._open or not is_configuration(path):
            return self.facts(path).source.lines
        return Lines(self._text_on_disk(path))

    def _text_on_disk(self, path: str) -> str:
        if is_configuration(path):
            return self._disk.files.read(path).text
        return self._disk.facts(path).source.text

    def data(self, path: str) -> bytes:
        """The bytes of a file's text as it is read for names; raises UnreadableError."""
        facts = self._open.get(path)
        return facts.source.data if facts is not None else self._disk.data(path)

    def facts(self, path: str) -> Facts:
        """What a file says; raises UnreadableError."""
        facts = self._open.get(path)
        return facts if facts is not None else self._disk.facts(path)

    def shape(self, path: str) -> Shape:
        """What a file defines; raises UnreadableError."""
        facts = self._open.get(path)
        if facts is None:
            return self._disk.shape(path)
        return self._shapes.of(path, facts)

    # --- all files

    def holders(self, root: str, needles: Iterable[bytes]) -> frozenset[str]:
        """The Python files below `root` of which the text holds one of `needles`, open documents included."""
        needles = tuple(needles)
        return self.open_holders(root, needles) | (self._disk.holders(root, needles) - self._open.keys())

    def definers(self, root: str, needles: Iterable[bytes]) -> frozenset[str]:
        """The same where it can be done without for a while: until the files have been gone through, the open ones.

        Only in an editor, where somebody else does that meanwhile, see `Workspace.search_elsewhere`.
        """
        needles = tuple(needles)

        def usual() -> Iterable[bytes]:
            config = self._disk.config_of_folder(root)
            names = (each.rpartition(".")[2] for each in config.base_classes if "." not in each)
            yield from needles_of(config)
            yield from (f"class {each}".encode("utf-8", "surrogatepass") for each in names)

        found = self._disk.definers(root, needles, usual)
        return self.open_holders(root, needles) | (found - self._open.keys())

    def known_holders(self, root: str, needles: Iterable[bytes]) -> frozenset[str] | None:
        """The same as `holders`, but None in an editor where the files have not been gone through for these yet."""
        needles = tuple(needles)
        found = self.definers(root, needles)
        return found if self._disk.knows(root, needles) else None

    @property
    def is_searching(self) -> bool:
        """Whether files are being gone through elsewhere, so that some are not known yet."""
        return self._disk.is_searching

    def open_holders(self, root: str, needles: Iterable[bytes]) -> frozenset[str]:
        """The open ones among `holders`."""
        below = root.rstrip(os.sep) + os.sep
        return frozenset(
            path
            for path, facts in self._open.items()
            if (path.startswith(below) or not os.path.isabs(path))
            and any(map(facts.holds, needles))
            and self.why_excluded(path) is None
        )

    def heirs(self, root: str, name: str) -> tuple[tuple[str, Mentions], ...] | None:
        """The files below `root` that mention `name` as a base, or by another name.

        None where it is not known yet: in an editor somebody else goes through the files first.
        """
        on_disk = self._disk.heirs(root, name)
        if on_disk is None:
            return None
        found = {path: mentions for path, mentions in on_disk if path not in self._open}
        for path, facts in self._open.items():
            if is_of(path, root) and self.why_excluded(path) is None:
                mentions = self._shapes.mentions(path, facts)
                if name in mentions.headers or name in mentions.renamed:
                    found[path] = mentions
        return tuple(sorted(found.items()))

    # --- modules

    def workspace_modules(self) -> ModuleMap:
        """Where the modules of the workspace are."""
        return self._disk.modules

    def installed_modules(self) -> Installed:
        """Where the modules are that are installed."""
        return self._disk.installed()

    def module_path(self, module: str, importer: str) -> str | None:
        """The file of a dotted module as seen from the file `importer`."""
        return self._disk.modules.path_of(module, importer) if os.path.isabs(importer) else None

    def importable(self, path: str, importer: str) -> str | None:
        """The dotted module by which the file `importer` can import the file at `path`; None where it cannot."""
        if not (os.path.isabs(path) and os.path.isabs(importer)):
            return None
        return self._disk.modules.importable(path, importer)

    def conftests(self, path: str) -> Iterable[str]:
        """The conftest files that apply to a file, nearest first, up to the root of its configuration."""
        folder, root = os.path.dirname(path), self.config(path).root
        known = self._conftests.get((folder, root))
        if known is None:
            known = self._conftests[folder, root] = tuple(self._find_conftests(folder, root))
        return known

    def _find_conftests(self, folder: str, root: str) -> Iterator[str]:
        while folder:
            conftest = os.path.join(folder, "conftest.py")
            if conftest in self._open or self._disk.files.is_file(conftest):
                yield conftest
            above = os.path.dirname(folder)
            if folder in {root, above}:
                return
            folder = above
