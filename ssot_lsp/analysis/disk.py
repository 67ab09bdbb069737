"""What is known of files that are not open, and the searches over all of them."""

from __future__ import annotations

import os
from collections import OrderedDict
from typing import TYPE_CHECKING, NamedTuple

from ssot_lsp.baseline import Baselines
from ssot_lsp.config import Configs
from ssot_lsp.facts import Facts
from ssot_lsp.files import UnreadableError
from ssot_lsp.index.answers import HEIRS as HEIRS_OF
from ssot_lsp.index.answers import HOLDERS, said_by_holder, said_of_base
from ssot_lsp.index.environment import Installed, environment_of
from ssot_lsp.index.factories import needles_of
from ssot_lsp.index.heirs import Heirs
from ssot_lsp.index.method_memory import Memory
from ssot_lsp.index.modules import ModuleMap
from ssot_lsp.index.search import Search
from ssot_lsp.index.shape_reading import shape_of
from ssot_lsp.source import Source
from ssot_lsp.tree import Tree

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from ssot_lsp.analysis.answers import Hidden, Models
    from ssot_lsp.analysis.checking import World
    from ssot_lsp.config import ProjectConfig
    from ssot_lsp.files import Files
    from ssot_lsp.fingerprints import Fingerprints
    from ssot_lsp.index.answers import Answer
    from ssot_lsp.index.answers import Search as Asked
    from ssot_lsp.index.answers import Searched as Noted
    from ssot_lsp.index.heirs import Mentions
    from ssot_lsp.index.shapes import Shape

# What is kept of files on the disk that others lead to, in code points of text; a tree is some ten times that.
_KEPT_TEXT = 6_000_000


class Searched(NamedTuple):
    """What was found in a folder; `number` says which files count, and so whether it is still true."""

    search: Search
    number: int


class Disk:
    """What is known of files that are not open. Shared by all snapshots of a workspace."""

    def __init__(
        self, files: Files, folders: Iterable[str], adjust: Callable[[ProjectConfig], ProjectConfig] | None
    ) -> None:
        self.files = files
        self.folders = tuple(folders)
        self.configs = Configs(files, self.folders)
        self.modules = ModuleMap(files, self.folders, self._pythonpath)
        self.structure = 0
        self.versions: dict[str, int] = {}
        self._adjust = adjust
        self._adjusted: dict[int, tuple[ProjectConfig, ProjectConfig]] = {}
        self._facts: OrderedDict[str, Facts] = OrderedDict()
        self._kept = 0
        self._data: OrderedDict[str, bytes] = OrderedDict()
        self._kept_data = 0
        self._trees: dict[str, Tree] = {}
        self._excluded: dict[str, str | None] = {}  # why, by path
        self._searches: dict[str, Search] = {}
        # What was written while a search is made elsewhere; how often searches were thrown away; who makes them.
        self._searching: dict[str, set[str]] = {}
        self._thrown_away = 0
        self.search_later: Callable[[str, tuple[bytes, ...]], None] | None = None
        # What is said of a configuration file may need a walk through all files: for which ones, and who has made it.
        self.searches_for: Callable[[str], bool] | None = None
        self.asked_elsewhere: World | None = None
        self.memory = Memory()
        self.models: dict[tuple[str, tuple[str, ...]], Models] = {}
        self.baselines = Baselines(files)
        self.hidden: dict[str, Hidden] = {}
        self.fingerprints: dict[str, Fingerprints] = {}  # of open documents
        self.shapes: dict[str, Shape] = {}
        self._heirs: dict[str, Heirs] = {}
        self.noted: Noted | None = None
        self._installed: Installed | None = None

    def config(self, path: str) -> ProjectConfig:
        """The configuration for a file."""
        return self.config_of_folder(os.path.dirname(path))

    def config_of_folder(self, folder: str) -> ProjectConfig:
        """The configuration for the files of a folder."""
        config = self.configs.of_folder(folder)
        if self._adjust is None:
            return config
        known = self._adjusted.get(id(config))
        if known is None:
            known = self._adjusted[id(config)] = (config, self._adjust(config))
        return known[1]

    def _pythonpath(self, folder: str) -> tuple[str, ...]:
        return self.configs.of_folder(folder).pytest.pythonpath

    def facts(self, path: str) -> Facts:
        """What a file says; raises UnreadableError."""
        facts = self._facts.get(path)
        if facts is not None:
            self._facts.move_to_end(path)
            return facts
        facts = self._facts[path] = Facts(Source.parse(self.files.read(path).text), is_last=True)
        self._kept += len(facts.source.text)
        while self._kept > _KEPT_TEXT and len(self._facts) > 1:
            _, oldest = self._facts.popitem(last=False)
            self._kept -= len(oldest.source.text)
        return facts

    def let_go(self, path: str) -> None:
        """Free what is kept of a file."""
        self.shapes.pop(path, None)
        self.let_go_of_tree(path)

    def let_go_of_tree(self, path: str) -> None:
        """Free the tree of a file, which is most of it."""
        facts = self._facts.pop(path, None)
        if facts is not None:
            self._kept -= len(facts.source.text)

    def data(self, path: str) -> bytes:
        """The bytes of a file's text as it is read for names; raises UnreadableError."""
        facts = self._facts.get(path)
        if facts is not None:
            return facts.source.data
        data = self._data.get(path)
        if data is None:
            data = self.files.read(path).text.encode("utf-8", "surrogatepass")
            self._data[path] = data
            self._kept_data += len(data)
            while self._kept_data > _KEPT_TEXT and len(self._data) > 1:
                _, oldest = self._data.popitem(last=False)
                self._kept_data -= len(oldest)
        return data

    def shape(self, path: str) -> Shape:
        """What a file defines; raises UnreadableError."""
        shape = self.shapes.get(path)
        if shape is None:
            is_kept = path in self._facts
            shape = self.shapes[path] = shape_of(path, self.facts(path))
            if not is_kept and self.installed().holds(path):
                self.let_go_of_tree(path)
        return shape

    def heirs(self, root: str, name: str) -> Iterable[tuple[str, Mentions]] | None:
        """The files below `root` that mention `name` as a base, or by another name; None where it is not known yet."""
        heirs = self._heirs.get(root)
        if heirs is None:
            heirs = self._heirs[root] = Heirs(self.files, root, self.config_of_folder)
        if self.noted is not None:
            self.noted.add((root, HEIRS_OF, name))
        if self.search_later is None:
            return heirs.files(name)
        needle = name.encode("utf-8", "surrogatepass")
        holders = self.definers(root, (needle,), tuple)
        search = self._searches.get(root)
        return heirs.among(name, holders) if search is not None and search.knows((needle,)) else None

    def installed(self) -> Installed:
        """Where the modules are that are installed."""
        if self._installed is None:
            self._installed = Installed(self.files, environment_of(self.files, self.folders))
        return self._installed

    def why_excluded(self, path: str) -> str | None:
        """Why nothing is said of a file, in words; None where it is not excluded."""
        if path not in self._excluded:
            self._excluded[path] = self._why_excluded(path)
        return self._excluded[path]

    def _why_excluded(self, path: str) -> str | None:
        config = self.config(path)
        root = config.root
        if not os.path.isabs(path) or not root:
            return None
        tree = self._trees.get(root)
        if tree is None:
            tree = self._trees[root] = Tree(self.files, root, self.config_of_folder)
        return tree.why_excluded(path)

    def holders(self, root: str, needles: Iterable[bytes]) -> frozenset[str]:
        """The files below `root` of which the text holds one of `needles`."""
        search = self._searches.get(root)
        if search is None:
            search = self._searches[root] = Search(self.files, root, self.config_of_folder)
        needles = tuple(needles)
        if self.noted is not None:
            for each in needles:
                self.noted.add((root, HOLDERS, each.decode("utf-8", "surrogatepass")))
        return frozenset().union(*search.holders(needles).values())

    def answer(self, search: Asked) -> Answer:
        """What each file says to a search, as far as it says something."""
        root, kind, words = search
        if kind == HEIRS_OF:
            said = {path: said_of_base(mentions, words) for path, mentions in self.heirs(root, words) or ()}
        else:
            needle = words.encode("utf-8", "surrogatepass")
            said = {path: self._said_by(path, needle) for path in self.holders(root, (needle,))}
        return {path: each for path, each in said.items() if each is not None}

    def _said_by(self, path: str, needle: bytes) -> int | None:
        try:
            return said_by_holder(self.files.bytes_of(path), needle)
        except UnreadableError:
            return None

    def definers(
        self, root: str, needles: Iterable[bytes], usual: Callable[[], Iterable[bytes]]
    ) -> frozenset[str]:
        """The same as `holders` where it can be done without for a while; `usual` is what else will be asked."""
        needles = tuple(needles)
        search = self._searches.get(root)
        if search is not None and search.knows(needles):
            return self.holders(root, needles)
        if self.search_later is None:
            self.holders(root, (*needles, *usual()))  # going through all files once does for all who ask
            return self.holders(root, needles)
        if root not in self._searching:
            self._searching[root] = set()
            self.search_later(root, tuple(dict.fromkeys((*needles, *usual()))))
        return frozenset()

    def knows(self, root: str, needles: tuple[bytes, ...]) -> bool:
        """Whether all files were gone through for `needles`, or may be now."""
        search = self._searches.get(root)
        return self.search_later is None or (search is not None and search.knows(needles))

    @property
    def is_searching(self) -> bool:
        """Whether files are being gone through elsewhere, so that some are not known yet."""
        return bool(self._searching)

    def search(self, root: str, needles: tuple[bytes, ...]) -> Searched:
        """Go through a folder, in another thread; what is found is for `take_search`."""
        number = self._thrown_away
        configs = Configs(self.files, self.folders)  # of its own: this is another thread
        search = Search(self.files, root, configs.of_folder)
        search.holders(needles)
        return Searched(search, number)

    def take_search(self, found: Searched | None, root: str) -> None:
        """Take over what `search` has found, None where it has failed."""
        changed = self._searching.pop(root, set())
        self.structure += 1
        if found is None or found.number != self._thrown_away:
            return  # what was left out is no longer the same: whoever still wants it asks again
        search = found.search
        search.changed(changed)
        if root in self._searches:
            search.merge(self._searches[root])
        self._searches[root] = search

    def _forget_searches(self) -> None:
        self._searches.clear()
        self._thrown_away += 1

    def changed(self, paths: Iterable[str]) -> None:
        """Note that files were created, changed or deleted."""
        paths = tuple(paths)
        for written in self._searching.values():
            written.update(paths)
        for path in paths:
            self.versions[path] = self.versions.get(path, 0) + 1
            facts = self._facts.pop(path, None)
            if facts is not None:
                self._kept -= len(facts.source.text)
            self._kept_data -= len(self._data.pop(path, b""))
            self.shapes.pop(path, None)
        for heirs in self._heirs.values():
            heirs.changed(paths)
        is_same_tree = all(map(self.modules.is_still_there, paths))
        self.modules.forget(paths)
        self.baselines.forget(paths)
        self._trees.clear()
        self._excluded.clear()
        if self.configs.forget(paths):
            self.modules.look_again()
            self._adjusted.clear()
            self._forget_searches()
            self._heirs.clear()
        are_others = [search.changed(paths) for search in self._searches.values()]
        # New content alone is seen by those who depend on the file.
        if not is_same_tree or any(are_others):
            self.structure += 1
        for path in paths:
            if not self.files.is_file(path):
                self.memory.forget(path)

    def is_other_holder(self, before: Facts | None, after: Facts | None) -> bool:
        """Whether a document begins or ceases to have the name of a factory that somebody has asked for."""
        needles = {each for models in self.models.values() for each in needles_of(models.config)}
        return any(
            (before is not None and before.holds(needle)) != (after is not None and after.holds(needle))
            for needle in needles
        )

    def set_folders(self, folders: Iterable[str]) -> None:
        """Take other workspace folders."""
        self.folders = tuple(folders)
        self.configs.set_folders(self.folders)
        self.modules = ModuleMap(self.files, self.folders, self._pythonpath)
        self._adjusted.clear()
        self._trees.clear()
        self._excluded.clear()
        self._forget_searches()
        self._heirs.clear()
        self._installed = None
        self.models.clear()
        self.structure += 1
