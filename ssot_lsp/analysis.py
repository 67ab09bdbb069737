"""The one door to the engine: a `Workspace` that changes, and an `Analysis` that does not.

The editor writes into the workspace and asks a snapshot; so does the command line. An answer is remembered with what
it depended on (its own text, the configuration, other files) and given again while all of that is the same, so that
a keystroke costs the file that it falls into and nothing else.
"""

from __future__ import annotations

import os
from collections import OrderedDict
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, NamedTuple
from weakref import proxy

from ssot_lsp.baseline import BaselineError, Baselines, Key
from ssot_lsp.config import OWN_NAME, PROJECT_NAME, Configs
from ssot_lsp.facts import Facts
from ssot_lsp.files import Files, Tree, UnreadableError
from ssot_lsp.fingerprints import Fingerprint, Fingerprints
from ssot_lsp.index.answers import HEIRS as HEIRS_OF
from ssot_lsp.index.answers import HOLDERS, said_by_holder, said_of_base
from ssot_lsp.index.answers import Searched as Noted
from ssot_lsp.index.class_search import may_speak
from ssot_lsp.index.classes import HEIRS, Classes
from ssot_lsp.index.environment import Installed, environment_of
from ssot_lsp.index.extraction import Memory
from ssot_lsp.index.factories import Factories, needles_of
from ssot_lsp.index.fixtures import Fixtures
from ssot_lsp.index.heirs import Heirs, is_of, mentions_in
from ssot_lsp.index.lineages import Memory as ClassMemory
from ssot_lsp.index.modules import ModuleMap
from ssot_lsp.index.origins import Known, Origins
from ssot_lsp.index.receivers import Receivers
from ssot_lsp.index.search import Search
from ssot_lsp.index.shapes import merged, shape_of
from ssot_lsp.index.ways import Ways
from ssot_lsp.mocks import Mocks, may_import_creators
from ssot_lsp.rules import CONFIGURATION_RULES, LAST_RULE, RULES
from ssot_lsp.rules.base import RuleContext, Silenced
from ssot_lsp.source import Source
from ssot_lsp.text import Lines

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from ssot_lsp.baseline import Baseline
    from ssot_lsp.config import ProjectConfig
    from ssot_lsp.finding import Finding
    from ssot_lsp.fixes import Change, Fix
    from ssot_lsp.index.answers import Answer
    from ssot_lsp.index.answers import Search as Asked
    from ssot_lsp.index.factories import Found
    from ssot_lsp.index.factory import Factory
    from ssot_lsp.index.heirs import Mentions
    from ssot_lsp.index.shapes import Shape
    from ssot_lsp.index.ways import Offered
    from ssot_lsp.inference import Question
    from ssot_lsp.text import Span

_RULE_NAMES = frozenset(rule.name for rule in RULES)
_CONFIGURATION_FILES = frozenset({OWN_NAME, PROJECT_NAME})
_MOCK_NEEDLES = next(rule.needles for rule in RULES if rule.name == "unjustified-mock")
_NO_FACTS = Facts(Source.parse(""))
# What is kept of files on the disk that others lead to, in code points of text; a tree is some ten times that.
_KEPT_TEXT = 6_000_000


@dataclass(frozen=True, slots=True)
class FileReport:
    """What there is to say of one file, and what that depends on.

    `suppressed` counts findings that `# ssot: ignore` hides. `dependencies` are absolute paths of other files,
    `lookups` the dotted modules that were asked for with the files that they are.
    """

    path: str
    findings: tuple[Finding, ...] = ()
    suppressed: int = 0
    is_test: bool = False
    dependencies: tuple[str, ...] = ()
    lookups: tuple[tuple[str, str | None], ...] = ()
    is_lasting: bool = True
    """False where any file that comes may change it."""


@dataclass(slots=True)
class _Answer:
    """A report with the state of the world that it is true of.

    `tokens` are of files that count as a whole; `names` of those of which only what some names mean counts.
    `named` is set where factories were asked for: it stands for which open documents have their names.
    """

    report: FileReport
    context: RuleContext | None
    facts: Facts | None
    config: ProjectConfig
    tokens: dict[str, object]
    structure: int
    names: dict[tuple[str, str], object] = field(default_factory=dict)
    named: object = None


class _Models(NamedTuple):
    """The factories of a configuration with the state of the world that they are true of."""

    found: Found
    tokens: dict[str, object]
    structure: int
    config: ProjectConfig
    holders: frozenset[str]


class _Hidden(NamedTuple):
    """Which findings of a file a baseline knows, with the state of the world that this is true of."""

    baseline: Baseline
    keys: list[Key]
    structure: int
    is_known: list[bool]


class Searched(NamedTuple):
    """What was found in a folder; `number` says which files count, and so whether it is still true."""

    search: Search
    number: int


class _Disk:
    """What is known of files that are not open. Shared by all snapshots of a workspace."""

    def __init__(
        self, files: Files, folders: Iterable[str], adjust: Callable[[ProjectConfig], ProjectConfig] | None
    ) -> None:
        self.files = files
        self.folders = tuple(folders)
        self.configs = Configs(files, self.folders)
        self.modules = ModuleMap(files, self.folders)
        self.structure = 0
        self.versions: dict[str, int] = {}
        self._adjust = adjust
        self._adjusted: dict[int, tuple[ProjectConfig, ProjectConfig]] = {}
        self._facts: OrderedDict[str, Facts] = OrderedDict()
        self._kept = 0
        self._data: OrderedDict[str, bytes] = OrderedDict()
        self._kept_data = 0
        self._trees: dict[str, Tree] = {}
        self._searches: dict[str, Search] = {}
        # What was written while a search is made elsewhere; how often searches were thrown away; who makes them.
        self._searching: dict[str, set[str]] = {}
        self._thrown_away = 0
        self.search_later: Callable[[str, tuple[bytes, ...]], None] | None = None
        # What is said of a configuration file may need a walk through all files: for which ones, and who has made it.
        self.searches_for: Callable[[str], bool] | None = None
        self.asked_elsewhere: Analysis | None = None
        self.memory = Memory()
        self.models: dict[tuple[str, tuple[str, ...]], _Models] = {}
        self.baselines = Baselines(files)
        self.hidden: dict[str, _Hidden] = {}
        self.shapes: dict[str, Shape] = {}
        self._heirs: dict[str, Heirs] = {}
        self.noted: Noted | None = None
        self._installed: Installed | None = None

    def config(self, path: str) -> ProjectConfig:
        return self.config_of_folder(os.path.dirname(path))

    def config_of_folder(self, folder: str) -> ProjectConfig:
        config = self.configs.of_folder(folder)
        if self._adjust is None:
            return config
        known = self._adjusted.get(id(config))
        if known is None:
            known = self._adjusted[id(config)] = (config, self._adjust(config))
        return known[1]

    def facts(self, path: str) -> Facts:
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
        self.shapes.pop(path, None)
        self.let_go_of_tree(path)

    def let_go_of_tree(self, path: str) -> None:
        facts = self._facts.pop(path, None)
        if facts is not None:
            self._kept -= len(facts.source.text)

    def data(self, path: str) -> bytes:
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
        shape = self.shapes.get(path)
        if shape is None:
            is_kept = path in self._facts
            shape = self.shapes[path] = shape_of(path, self.facts(path))
            if not is_kept and self.installed().holds(path):
                self.let_go_of_tree(path)
        return shape

    def heirs(self, root: str, name: str) -> Iterable[tuple[str, Mentions]] | None:
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
        if self._installed is None:
            self._installed = Installed(self.files, environment_of(self.files, self.folders))
        return self._installed

    def why_excluded(self, path: str) -> str | None:
        config = self.config(path)
        root = config.root
        if not os.path.isabs(path) or not root:
            return None
        tree = self._trees.get(root)
        if tree is None:
            tree = self._trees[root] = Tree(self.files, root, self.config_of_folder)
        return tree.why_excluded(path)

    def holders(self, root: str, needles: Iterable[bytes]) -> frozenset[str]:
        search = self._searches.get(root)
        if search is None:
            search = self._searches[root] = Search(self.files, root, self.config_of_folder)
        needles = tuple(needles)
        if self.noted is not None:
            for each in needles:
                self.noted.add((root, HOLDERS, each.decode("utf-8", "surrogatepass")))
        return frozenset().union(*search.holders(needles).values())

    def answer(self, search: Asked) -> Answer:
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
        search = self._searches.get(root)
        return self.search_later is None or (search is not None and search.knows(needles))

    @property
    def is_searching(self) -> bool:
        return bool(self._searching)

    def search(self, root: str, needles: tuple[bytes, ...]) -> Searched:
        number = self._thrown_away
        configs = Configs(self.files, self.folders)  # of its own: this is another thread
        search = Search(self.files, root, configs.of_folder)
        search.holders(needles)
        return Searched(search, number)

    def take_search(self, found: Searched | None, root: str) -> None:
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
        if self.configs.forget(paths):
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
        return any(
            (before is not None and needle in before.source.data)
            != (after is not None and needle in after.source.data)
            for needle in {each for models in self.models.values() for each in needles_of(models.config)}
        )

    def set_folders(self, folders: Iterable[str]) -> None:
        self.folders = tuple(folders)
        self.configs.set_folders(self.folders)
        self.modules = ModuleMap(self.files, self.folders)
        self._adjusted.clear()
        self._trees.clear()
        self._forget_searches()
        self._heirs.clear()
        self._installed = None
        self.models.clear()
        self.structure += 1


class Workspace:
    """The open documents over the disk. Changed by one thread alone; ask its snapshots."""

    def __init__(
        self,
        files: Files | None = None,
        folders: Iterable[str] = (),
        *,
        adjust: Callable[[ProjectConfig], ProjectConfig] | None = None,
    ) -> None:
        """Start with no open document. `adjust` changes each configuration that is read (the command line's way)."""
        self._disk = _Disk(files or Files(), folders, adjust)
        self._open: dict[str, Facts] = {}
        self._answers: dict[str, _Answer] = {}
        self._known = Known()
        self._class_memory = ClassMemory()
        self._shapes = _OpenShapes()
        self._named = object()

    def write(self, path: str, text: str) -> frozenset[str]:
        """Give a document its text, opening it if need be; the other open paths whose findings may differ now."""
        previous = self._open.get(path)
        source = previous.source.revise(text) if previous is not None else Source.parse(text)
        if previous is not None and source is previous.source:
            return frozenset()
        return self._put(path, Facts(source, previous))

    def install(self, path: str, prepared: Analysis) -> frozenset[str]:
        """Take over the text of `path`, and the answer about it, from a snapshot that `Analysis.prepare` made."""
        affected = self._put(path, prepared.facts(path))
        answer = prepared.answer(path)
        if answer is not None:
            self._answers[path] = answer
        return affected

    def _put(self, path: str, facts: Facts) -> frozenset[str]:
        previous = self._open.get(path)
        self._forget(path)
        before = self._shape_if_known(path)
        if previous is None and before is not None:
            self._shapes.keep_good(path, before)
        self._open = {**self._open, path: facts}
        self._compare_shapes(path, before)
        if previous is not None:
            self._spare(path, previous, facts)
        else:
            self._disk.versions[path] = self._disk.versions.get(path, 0) + 1
        return self._dependents(path, self._disk.is_other_holder(previous, facts))

    def close(self, path: str) -> frozenset[str]:
        """Let the disk be the truth again; the open paths whose findings may differ now."""
        previous = self._open.get(path)
        if previous is None:
            return frozenset()
        before = self._shape_if_known(path)
        self._open = {each: facts for each, facts in self._open.items() if each != path}
        self._shapes.close(path)
        self._compare_shapes(path, before)
        self._answers.pop(path, None)
        if not self._disk.files.is_file(path):
            self._disk.memory.forget(path)
        self._forget(path)
        return self._dependents(path, self._disk.is_other_holder(previous, None))

    def _forget(self, path: str) -> None:
        # A new object, so that a snapshot that is still asked elsewhere does not fill in what is no longer true.
        if path in self._known.files:
            self._known = Known()

    def _spare(self, path: str, previous: Facts, facts: Facts) -> None:
        """Keep the answers that only asked a file for names, where an edit of it left these names what they were."""
        answers = [
            (each, answer)
            for each, answer in list(self._answers.items())
            if each in self._open and answer.tokens.get(path) is previous
        ]
        if not answers or not (self._is_quiet(path, previous) and self._is_quiet(path, facts)):
            return
        before, after = shape_of(path, previous), shape_of(path, facts)
        if before.has_error or after.has_error:
            return
        changed = before.names_that_differ(after)
        words = [name.encode("utf-8", "surrogatepass") for name in changed]
        for each, answer in answers:
            passed = [each, *(other for other in answer.tokens if other != path)] if words else []
            if not any(self._mentions(other, words) for other in passed):
                answer.tokens[path] = facts

    def _mentions(self, path: str, words: Iterable[bytes]) -> bool:
        try:
            data = self.snapshot().data(path)
        except UnreadableError:
            return True
        return any(word in data for word in words)

    def _is_quiet(self, path: str, facts: Facts) -> bool:
        """Whether what a file does inside of its functions means nothing to others: no doubles, identities, fixtures."""
        data = facts.source.data
        identities = (each.encode() for each in self._disk.config(path).isolation_parameters)
        return not (
            os.path.basename(path) == "conftest.py"
            or any(word in data for word in (*_MOCK_NEEDLES, b"fixture", b"actory", *identities))
            or any(path in models.tokens for models in self._disk.models.values())
        )

    def _shape_if_known(self, path: str) -> Shape | None:
        """The shape of a file, if anything is remembered that it may have gone into."""
        if path not in self._class_memory.paths:
            return None
        try:
            return self.snapshot().shape(path)
        except UnreadableError:
            return None

    def _compare_shapes(self, path: str, before: Shape | None) -> None:
        """Drop what was found out about classes that `path` does not say any more."""
        memory = self._class_memory
        if path not in memory.paths:
            return
        try:
            after = self.snapshot().shape(path)
        except UnreadableError:
            after = None
        if before == after:
            return
        names = memory.names_of(path)
        if before is not None and after is not None:
            names = {name for name in names if before.token(name) != after.token(name)}
        self._class_memory = memory.without((path, name) for name in names)

    def changed(self, paths: Iterable[str]) -> frozenset[str]:
        """Note that files were created, changed or deleted on disk; the open paths whose findings may differ now."""
        self._disk.changed(paths)
        self._known = Known()
        self._class_memory = ClassMemory()
        analysis = self.snapshot()
        return frozenset(path for path in self._open if not analysis.is_current(path))

    def search_elsewhere(self, search_later: Callable[[str, tuple[bytes, ...]], None]) -> None:
        """From now on do without what takes a walk through a folder to find, until somebody has made it.

        `search_later` is called, in any thread, with what is to be given to `search`.
        """
        self._disk.search_later = search_later

    def search(self, root: str, needles: tuple[bytes, ...]) -> Searched:
        """Go through a folder, in another thread; what is found is for `take_search`."""
        return self._disk.search(root, needles)

    def take_search(self, found: Searched | None, root: str) -> None:
        """Take over what `search` has found, None where it has failed: from now on it is known."""
        self._disk.take_search(found, root)
        self._known = Known()

    def ignore_baselines(self) -> None:
        """Go on as if there were no baseline anywhere."""
        self._disk.baselines.is_ignored = True

    def set_folders(self, folders: Iterable[str]) -> None:
        """Take other workspace folders."""
        self._disk.set_folders(folders)
        self._known = Known()
        self._class_memory = ClassMemory()

    def search_only_for(self, searches_for: Callable[[str], bool]) -> None:
        """Go through all files for what is said of a configuration file only where `searches_for` says so of it."""
        self._disk.searches_for = searches_for

    def note_searches(self) -> Noted:
        """From now on note all searches over the files of the disk."""
        self._disk.noted = noted = Noted()
        return noted

    def answer(self, search: Asked) -> Answer:
        """What each file on the disk says to a search, as far as it says something."""
        return self._disk.answer(search)

    def ask_elsewhere(self, analysis: Analysis) -> None:
        """Go through no files for what is said of a configuration file: take what another moment knows."""
        self._disk.asked_elsewhere = analysis

    def is_open(self, path: str) -> bool:
        """Whether `path` has a text of its own here."""
        return path in self._open

    def snapshot(self) -> Analysis:
        """Answers about this moment; costs nothing."""
        of_classes = self._class_memory, self._shapes
        return Analysis(self._disk, self._open, self._answers, self._known, of_classes, named=self._named)

    def _dependents(self, path: str, is_other_holder: bool) -> frozenset[str]:  # noqa: FBT001 - what has changed
        """The open paths whose findings may differ because the text at `path` does."""
        if is_other_holder:
            self._named = object()
        analysis = self.snapshot()
        return frozenset(
            each
            for each, answer in self._answers.items()
            if each in self._open
            and each != path
            and ((is_other_holder and answer.named is not None) or not analysis.is_spared(answer, {path}))
        )


class _OpenShapes:
    """The shapes of open documents, with the facts that they are of, and what was good of each when it was whole."""

    def __init__(self) -> None:
        self._shapes: dict[str, tuple[Facts, Shape]] = {}
        self._good: dict[str, Shape] = {}
        self._mentions: dict[str, tuple[Facts, Mentions]] = {}

    def of(self, path: str, facts: Facts) -> Shape:
        """The shape of an open document; where it is broken, with what was known of it before."""
        known = self._shapes.get(path)
        if known is not None and known[0] is facts:
            return known[1]
        shape = shape_of(path, facts)
        if not shape.has_error:
            self._good[path] = shape
        elif path in self._good:
            shape = merged(shape, self._good[path])
        self._shapes[path] = facts, shape
        return shape

    def mentions(self, path: str, facts: Facts) -> Mentions:
        """What an open document says of base classes."""
        known = self._mentions.get(path)
        if known is None or known[0] is not facts:
            known = self._mentions[path] = facts, mentions_in(facts.source.data)
        return known[1]

    def keep_good(self, path: str, shape: Shape) -> None:
        """Note the shape that a file had before it was opened."""
        if not shape.has_error:
            self._good.setdefault(path, shape)

    def close(self, path: str) -> None:
        """Forget a document."""
        self._shapes.pop(path, None)
        self._good.pop(path, None)
        self._mentions.pop(path, None)

    def copy(self) -> _OpenShapes:
        """The same, to be changed apart from this."""
        copied = _OpenShapes()
        copied._shapes = dict(self._shapes)
        copied._good = dict(self._good)
        copied._mentions = dict(self._mentions)
        return copied


class Analysis:
    """Answers about one moment. Safe to ask from another thread while the workspace moves on."""

    def __init__(
        self,
        disk: _Disk,
        documents: Mapping[str, Facts],
        answers: dict[str, _Answer],
        known: Known,
        of_classes: tuple[ClassMemory, _OpenShapes],
        *,
        named: object,
    ) -> None:
        """Take what `Workspace.snapshot` gives; not for others to call."""
        self._class_memory, self._shapes = of_classes
        self._classes: dict[str, Classes] = {}
        self._disk = disk
        self._open = documents
        self._answers = answers
        self._known = known
        self._structure = disk.structure
        self._named = named
        self._asked_for_factories = 0  # counts
        self._mocks: dict[str, Mocks] = {}
        self._origins: dict[str, Origins] = {}
        self._receivers: dict[str, Receivers] = {}
        self._factories: dict[tuple[str, tuple[str, ...]], Factories] = {}
        self._words: dict[str, Offered] = {}

    # --- what there is

    def findings(self, path: str) -> tuple[Finding, ...]:
        """What the editor shows of a file, in the order of its text; an excluded one has nothing to show."""
        if not _is_configuration(path) and self._disk.why_excluded(path) is not None:
            return ()
        try:
            return self._with_baseline(path, self.report(path).findings)
        except UnreadableError:
            return ()

    def report(self, path: str) -> FileReport:
        """What there is to say of a file, excluded or not, in the baseline or not; raises UnreadableError."""
        return self._answer(path).report

    def examine(self, path: str) -> tuple[FileReport, RuleContext | None]:
        """The report of a file with what the rules saw of it, in one go; raises UnreadableError."""
        answer = self._answer(path)
        return answer.report, answer.context

    def baseline(self, path: str) -> Baseline | None:
        """The baseline for a file, None where there is none; raises BaselineError."""
        return self._disk.baselines.of(self.config(path))

    def baseline_problem(self, path: str) -> str | None:
        """Why the baseline for a file cannot be used, in words; None where it can, or where there is none."""
        try:
            self.baseline(path)
        except BaselineError as error:
            return str(error)
        return None

    def fingerprints(self, path: str, findings: Iterable[Finding]) -> list[Fingerprint]:
        """What each of the findings of a file is about; raises UnreadableError."""
        if _is_configuration(path):
            return [Fingerprint("", each.subject) for each in findings]
        fingerprints = Fingerprints(self.facts(path).source)
        return [fingerprints.of(each.span) for each in findings]

    def _with_baseline(self, path: str, findings: tuple[Finding, ...]) -> tuple[Finding, ...]:
        """The findings, those in the baseline marked. A baseline that cannot be used hides nothing."""
        if not findings or _is_configuration(path):
            return findings
        try:
            baseline = self.baseline(path)
        except BaselineError:
            return findings
        if baseline is None:
            return findings
        abouts = self.fingerprints(path, findings)
        keys = [Key(each.rule, *about) for each, about in zip(findings, abouts, strict=True)]
        structure = self._disk.structure
        hidden = self._disk.hidden.get(path)
        if hidden is None or hidden[:3] != (baseline, keys, structure):
            is_known = baseline.hides(path, keys, self._disk.files.is_file)
            hidden = self._disk.hidden[path] = _Hidden(baseline, keys, structure, is_known)
        return tuple(
            replace(each, is_baselined=True) if is_known else each
            for each, is_known in zip(findings, hidden.is_known, strict=True)
        )

    def finding_at(self, path: str, offset: int) -> Finding | None:
        """The worst finding whose span holds `offset`, the shortest of equals."""
        found = [each for each in self.findings(path) if each.span.start <= offset <= each.span.end]
        return min(found, key=lambda each: (each.severity, each.span.end - each.span.start), default=None)

    def text(self, path: str) -> str:
        """The text of a file, without a byte order mark; raises UnreadableError."""
        facts = self._open.get(path)
        return facts.source.text if facts is not None else self._text_on_disk(path)

    def lines(self, path: str) -> Lines:
        """The line starts of a file; raises UnreadableError."""
        if path in self._open or not _is_configuration(path):
            return self.facts(path).source.lines
        return Lines(self._text_on_disk(path))

    def config(self, path: str) -> ProjectConfig:
        """The configuration for a file."""
        return self._disk.config(path)

    def why_excluded(self, path: str) -> str | None:
        """Why nothing is said of a file, in words; None where it is not excluded."""
        return self._disk.why_excluded(path)

    def facts(self, path: str) -> Facts:
        """What a file says; raises UnreadableError."""
        facts = self._open.get(path)
        return facts if facts is not None else self._disk.facts(path)

    def context(self, path: str) -> RuleContext | None:
        """What the rules saw of a test file; None for any other. Raises UnreadableError."""
        return self._answer(path).context

    def unread(
        self,
        path: str,
        data: bytes,
        *,
        for_mocks: bool = True,
        for_factories: bool = True,
        for_classes: bool = True,
    ) -> FileReport | None:
        """What to say of a file unparsed, for a prefilter; None where it may use mocks or factories by another name.

        Else what is to be said of it, which is nothing, with what that depends on. `data` are its bytes.
        """
        origins = Origins(path, _NO_FACTS, self._disk.modules, proxy(self), self._known)
        if for_mocks and may_import_creators(data, origins, _MOCK_NEEDLES):
            return None
        if for_factories and self._ways_of(path).may_reach(proxy(self), path, data, origins):
            return None
        asked: dict[str, str | None] = {}
        if for_classes and may_speak(proxy(self), path, data, asked):
            return None
        origins.lookups.update(asked)
        origins.dependencies.update(each for each in asked.values() if each is not None)
        lookups = tuple(sorted(origins.lookups.items()))
        dependencies = tuple(sorted(origins.dependencies - {path}))
        return FileReport(path, is_test=True, dependencies=dependencies, lookups=lookups)

    def let_go(self, path: str) -> None:
        """Free at once what is kept of a file that is not open and that no other file asked about."""
        self._classes.pop(path, None)
        if path in self._open or path in self._known.files:
            return
        self._let_go(path)
        if path in self._class_memory.used:
            self._disk.let_go_of_tree(path)
        else:
            self._class_memory.let_go(path)
            self._disk.let_go(path)

    def _let_go(self, path: str) -> None:
        self._mocks.pop(path, None)
        self._origins.pop(path, None)
        self._receivers.pop(path, None)
        self._words.pop(path, None)

    # --- edits

    def fixes(self, finding: Finding) -> tuple[Fix, ...]:
        """What can be offered for a finding, best first; titles only."""
        from ssot_lsp.fixes import fixes_for  # noqa: PLC0415 - a check in the terminal never needs it

        return fixes_for(self, finding)

    def edit(self, fix: Fix) -> Change:
        """The edit of a fix, built and checked; raises `fixes.Withdrawn` with the reason."""
        from ssot_lsp.fixes import Withdrawn, build  # noqa: PLC0415 - as above

        change = build(self, fix)
        for each in change.files:
            if not self._is_fresh(each.path):
                reason = f"`{os.path.basename(each.path)}` was changed on disk meanwhile"
                raise Withdrawn(reason)
        return change

    def _is_fresh(self, path: str) -> bool:
        """Whether a file is as it was read: nobody may have told us of what others write."""
        try:
            return path in self._open or self._disk.files.read(path).text == self.text(path)
        except UnreadableError:
            return False

    def overlay(self, texts: Mapping[str, str], cancelled: Callable[[], bool] | None = None) -> Analysis:
        """The same moment with other texts for some files; raises CancelledError when `cancelled` says so."""
        documents = dict(self._open)
        named = self._named
        for path, text in texts.items():
            previous = self._open.get(path)
            if previous is None:
                source = Source.parse(text, cancelled)
            else:
                source = previous.source.revise(text, cancelled)
            documents[path] = Facts(source, previous)
            if self._disk.is_other_holder(previous, documents[path]):
                named = object()
        of_classes = ClassMemory(), self._shapes.copy()
        return Analysis(self._disk, documents, dict(self._answers), Known(), of_classes, named=named)

    def prepare(self, path: str, text: str, cancelled: Callable[[], bool]) -> Analysis:
        """An overlay with its findings computed, for `Workspace.install`; made in a thread, for large documents."""
        prepared = self.overlay({path: text}, cancelled)
        prepared.findings(path)
        return prepared

    def read_ahead(self) -> None:
        """Read what every question is about before anybody asks: the factories, and where the SSOT bases are."""
        from ssot_lsp.ide.completion import read_factories  # noqa: PLC0415 - as above

        read_factories(self, self._disk.folders)

    # --- words

    def explain(self, path: str, line: int) -> str:
        """Why a 0-based line is or is not flagged, in Markdown."""
        from ssot_lsp.explanation import explain  # noqa: PLC0415 - asked for by people, now and then

        return explain(self, path, line)

    def explain_finding(self, path: str, finding: Finding) -> str:
        """Why there is this finding, in Markdown."""
        from ssot_lsp.explanation import explain_finding  # noqa: PLC0415 - as above

        return explain_finding(self, path, finding)

    def question(self, path: str, span: Span) -> Question:
        """What to ask `inference` with, to learn what the expression at `span` of an open document is."""
        from ssot_lsp.inference import Question  # noqa: PLC0415 - editors ask, now and then

        texts = {each: facts.source.text for each, facts in self._open.items()}
        folders = self._disk.modules.sources(path) if os.path.isabs(path) else self._disk.folders
        return Question(path, span, texts, folders)

    # --- what files need of each other (`index.origins.Texts`, `mocks.Elsewhere`)

    def data(self, path: str) -> bytes:
        """The bytes of a file's text as it is read for names; raises UnreadableError."""
        facts = self._open.get(path)
        return facts.source.data if facts is not None else self._disk.data(path)

    def mocks(self, path: str) -> Mocks:
        """The mocks of a file; raises UnreadableError."""
        mocks = self._mocks.get(path)
        if mocks is None:
            facts = self.facts(path)
            mocks = self._mocks[path] = Mocks(path, facts, self.origins(path), self.config(path), proxy(self))
        return mocks

    def origins(self, path: str) -> Origins:
        """Where the names of a file come from; raises UnreadableError."""
        origins = self._origins.get(path)
        if origins is None:
            facts = self.facts(path)
            origins = self._origins[path] = Origins(path, facts, self._disk.modules, proxy(self), self._known)
        return origins

    def factories(self, path: str) -> tuple[Factory, ...]:
        """The factories that the configuration of a file names, the likeliest definition of each name first."""
        return self.factories_of(path).all()

    def factories_of(self, path: str) -> Factories:
        """The models of factories under the configuration of a file; remembered while what they came from holds."""
        self._asked_for_factories += 1
        config = self.config(path)
        key = (config.root, config.factory)
        found = self._factories.get(key)
        if found is None:
            known = self._disk.models.get(key)
            is_same = known is not None and self._models_hold(known, config)
            previous = known.found if known is not None and is_same else None
            me = proxy(self)
            found = self._factories[key] = Factories(
                me, self._disk.memory, config, previous, lambda new: me.keep_models(key, new, config)
            )
        return found

    def missing_factories(self, path: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """The names in a configuration file for which no factory is found, and the files where the others stand."""
        config = self.config(path)
        if self._disk.asked_elsewhere is not None:
            missing, places = self._disk.asked_elsewhere.missing_factories(path)
            return tuple(each for each in missing if each in config.factory), places
        if not self.searches_for(path):
            return (), ()
        models = self.factories_of(path)
        found = {each.known_as for each in models.all()}
        if self.is_searching:
            return (), ()  # nobody knows yet
        return tuple(each for each in config.factory if each not in found), tuple(
            sorted(models.found.touched)
        )

    def searches_for(self, path: str) -> bool:
        """Whether all Python files may be gone through for what is said of a configuration file."""
        return self._disk.searches_for is None or self._disk.searches_for(path)

    def factory_uses(self, path: str) -> Mapping[tuple[str, str, str], int]:
        """How often each method of the factories for a file is used outside of the factory's own file.

        Keys are path and name of the factory and the name of the method. Reads every file that holds such a name.
        """
        from ssot_lsp.index.uses import uses  # noqa: PLC0415 - asked for by people, now and then

        names = {name for each in self.factories(path) for name in each.methods}
        needles = [name.encode("utf-8", "surrogatepass") for name in names]
        found: dict[tuple[str, str, str], int] = {}
        for each in sorted(self.holders(self.config(path).root, needles)):
            try:
                used = list(uses(self, each, names))
            except UnreadableError:
                continue
            for use in used:
                if each != use.factory.path:
                    key = (use.factory.path, use.factory.name, use.name)
                    found[key] = found.get(key, 0) + 1
        return found

    def holders(self, root: str, needles: Iterable[bytes]) -> frozenset[str]:
        """The Python files below `root` of which the text holds one of `needles`, open documents included."""
        needles = tuple(needles)
        return self._open_holders(root, needles) | (self._disk.holders(root, needles) - self._open.keys())

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
        return self._open_holders(root, needles) | (found - self._open.keys())

    def known_holders(self, root: str, needles: Iterable[bytes]) -> frozenset[str] | None:
        """The same as `holders`, but None in an editor where the files have not been gone through for these yet."""
        needles = tuple(needles)
        found = self.definers(root, needles)
        return found if self._disk.knows(root, needles) else None

    @property
    def is_searching(self) -> bool:
        """Whether files are being gone through elsewhere, so that some are not known yet."""
        return self._disk.is_searching

    def _open_holders(self, root: str, needles: Iterable[bytes]) -> frozenset[str]:
        below = root.rstrip(os.sep) + os.sep
        return frozenset(
            path
            for path, facts in self._open.items()
            if (path.startswith(below) or not os.path.isabs(path))
            and any(needle in facts.source.data for needle in needles)
            and self.why_excluded(path) is None
        )

    def _models_hold(self, known: _Models, config: ProjectConfig) -> bool:
        return (
            known.structure == self._disk.structure
            and known.config == config
            and known.holders == self._open_holders(config.root, needles_of(config))
            and all(
                self._token(each) is token or self._token(each) == token
                for each, token in known.tokens.items()
            )
        )

    def keep_models(self, key: tuple[str, tuple[str, ...]], found: Found, config: ProjectConfig) -> None:
        """Hand what was found on to later moments, with all that it depends on."""
        known = self._disk.models.get(key)
        if known is not None and known.found == found and self._models_hold(known, config):
            return
        dependencies = (self._origins[each].dependencies for each in found.touched if each in self._origins)
        tokens = {each: self._token(each) for each in found.touched.union(*dependencies)}
        open_holders = self._open_holders(config.root, needles_of(config))
        self._disk.models[key] = _Models(found, tokens, self._structure, config, open_holders)

    def ways(self, path: str) -> Offered:
        """The words by which a factory is reached in a file; raises UnreadableError."""
        found = self._words.get(path)
        if found is None:
            found = self._words[path] = self._ways_of(path).words(proxy(self), path)
            self._known.files |= found.files
        return found

    def _ways_of(self, path: str) -> Ways:
        config = self.config(path)
        return self._known.ways.setdefault((config.root, config.factory), Ways())

    def fixtures(self, path: str) -> Fixtures:
        """The fixtures that a file can ask for; raises UnreadableError."""
        return self.receivers(path).fixtures

    def receivers(self, path: str) -> Receivers:
        """What in a file is a factory; raises UnreadableError."""
        receivers = self._receivers.get(path)
        if receivers is None:
            origins = self.origins(path)
            receivers = Receivers(origins, Fixtures(origins, proxy(self)), self.config(path), proxy(self))
            self._receivers[path] = receivers
        return receivers

    def classes(self, path: str) -> Classes:
        """The classes of a file and what they derive from; asking of them raises UnreadableError."""
        classes = self._classes.get(path)
        if classes is None:
            classes = self._classes[path] = Classes(path, proxy(self))
        return classes

    def shape(self, path: str) -> Shape:
        """What a file defines; raises UnreadableError."""
        facts = self._open.get(path)
        if facts is None:
            return self._disk.shape(path)
        return self._shapes.of(path, facts)

    def workspace_modules(self) -> ModuleMap:
        """Where the modules of the workspace are."""
        return self._disk.modules

    def installed_modules(self) -> Installed:
        """Where the modules are that are installed."""
        return self._disk.installed()

    def class_memory(self) -> ClassMemory:
        """What was found out about classes so far."""
        return self._class_memory

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

    def is_spared(self, answer: _Answer, changed: set[str]) -> bool:
        """Whether a change of these files leaves what an answer came from as it was."""
        return all(
            self._token(each) is answer.tokens[each] for each in changed if each in answer.tokens
        ) and self.means_the_same(answer.names, changed)

    def means_the_same(
        self, names: Mapping[tuple[str, str], object], changed: set[str] | None = None
    ) -> bool:
        """Whether names of files mean what they did; with `changed`, if no other files changed."""
        return all(
            self._name_token(path, name) == token
            for (path, name), token in names.items()
            if changed is None or path in changed or name.startswith(HEIRS)
        )

    def _name_token(self, path: str, name: str) -> object:
        if name.startswith(HEIRS):
            word = name.removeprefix(HEIRS)
            heirs = self.heirs(path, word)
            return heirs and {
                each: (mentions.headers.get(word), mentions.renamed.get(word)) for each, mentions in heirs
            }
        try:
            return self.shape(path).token(name)
        except UnreadableError:
            return None

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
        root = self.config(path).root
        folder = os.path.dirname(path)
        while folder:
            conftest = os.path.join(folder, "conftest.py")
            if conftest in self._open or self._disk.files.is_file(conftest):
                yield conftest
            above = os.path.dirname(folder)
            if folder in {root, above}:
                return
            folder = above

    # --- answers and how long they hold

    def is_current(self, path: str) -> bool:
        """Whether the last answer about an open file still holds."""
        answer = self._answers.get(path)
        return answer is not None and self._holds(answer, self._open.get(path), path)

    def answer(self, path: str) -> _Answer | None:
        """The last answer about a file, to be handed on."""
        return self._answers.get(path)

    def _answer(self, path: str) -> _Answer:
        answer = self._answers.get(path)
        facts = self._open.get(path)
        if answer is not None and self._holds(answer, facts, path):
            return answer
        answer = self._compute(path)
        if facts is not None:
            self._answers[path] = answer
        return answer

    def _holds(self, answer: _Answer, facts: Facts | None, path: str) -> bool:
        return (
            answer.facts is facts
            and facts is not None
            and answer.structure == self._disk.structure
            and (answer.named is None or answer.named is self._named)
            and answer.config == self.config(path)
            and all(
                self._token(each) is token or self._token(each) == token
                for each, token in answer.tokens.items()
            )
            and self.means_the_same(answer.names)
        )

    def _token(self, path: str) -> object:
        """What changes when the content of a file does."""
        facts = self._open.get(path)
        return facts if facts is not None else self._disk.versions.get(path, 0)

    def _compute(self, path: str) -> _Answer:
        config = self.config(path)
        structure = self._structure  # what is asked of an older moment is not true of the present one
        if _is_configuration(path):
            asked = _ConfigurationContext(path, config, self)
            findings = tuple(_of_configuration(asked))
            report = FileReport(path, findings, dependencies=asked.dependencies, is_lasting=asked.is_lasting)
            return _Answer(report, None, self._open.get(path), config, {}, structure, named=self._named)
        facts = self.facts(path)
        if not config.is_test_file(path):
            return _Answer(FileReport(path), None, self._open.get(path), config, {}, structure)
        self._let_go(path)
        asked_before = self._asked_for_factories
        mocks = self.mocks(path)
        context = RuleContext(path, facts, config, mocks, rule_names=_RULE_NAMES, world=proxy(self))
        _ = context.roots  # while what they depend on can be asked: the context outlives this snapshot
        findings, suppressed = _check(context)
        dependencies = mocks.origins.dependencies - {path}
        tokens = {each: self._token(each) for each in dependencies}
        touched = context.classes.touched if context.has_asked_for_classes else frozenset()
        names = {each: self._name_token(*each) for each in touched} if path in self._open else {}
        dependencies.update(each for each, name in touched if not name.startswith(HEIRS))
        resolved = context.classes.lookups if context.has_asked_for_classes else {}
        lookups = tuple(sorted({**resolved, **mocks.origins.lookups}.items()))
        ordered = tuple(sorted(dependencies))
        named = self._named if self._asked_for_factories > asked_before else None
        # Where factories were looked for and there are none, any file may bring the first one.
        is_lasting = named is None or not config.factory or self.factories_of(path).found.all != ()
        report = FileReport(
            path,
            findings,
            suppressed,
            is_test=True,
            dependencies=ordered,
            lookups=lookups,
            is_lasting=is_lasting,
        )
        return _Answer(report, context, self._open.get(path), config, tokens, structure, names, named)

    def _text_on_disk(self, path: str) -> str:
        if _is_configuration(path):
            return self._disk.files.read(path).text
        return self._disk.facts(path).source.text


def _is_configuration(path: str) -> bool:
    return os.path.basename(path) in _CONFIGURATION_FILES


def _check(context: RuleContext) -> tuple[tuple[Finding, ...], int]:
    """The findings of a test file that are to be shown, in order, and how many are suppressed."""
    config, path = context.config, context.path
    source = context.facts.source
    context.silenced = silenced = Silenced()
    shown: list[Finding] = []
    for rule in sorted(RULES, key=lambda each: each.name == LAST_RULE):
        severity = config.severity_of(rule.name, rule.severity)
        if severity is None or rule.name in CONFIGURATION_RULES or not config.is_enabled(rule.name, path):
            continue
        for finding in rule.check(context):
            start = source.byte(finding.span.start)
            hiding = next((each for each in context.suppressions if each.silences(rule.name, start)), None)
            if hiding is not None and rule.name != LAST_RULE:
                silenced.add(hiding, rule.name)
            else:
                changed = rule.name in config.severity
                shown.append(replace(finding, severity=severity) if changed else finding)
    shown.sort(key=lambda each: (each.span, each.rule))
    return tuple(shown), silenced.count


def _of_configuration(context: _ConfigurationContext) -> Iterator[Finding]:
    config = context.config
    for rule in RULES:
        severity = config.severity_of(rule.name, rule.severity)
        if rule.name in CONFIGURATION_RULES and severity is not None:
            for finding in rule.check(context):  # type: ignore[arg-type]
                changed = rule.name != "invalid-configuration" and rule.name in config.severity
                yield replace(finding, severity=severity) if changed else finding


class _ConfigurationContext:
    """What rules about a configuration file ask of a context: there is no Python here."""

    def __init__(self, path: str, config: ProjectConfig, analysis: Analysis) -> None:
        self.path = path
        self.config = config
        self.dependencies: tuple[str, ...] = ()
        self.is_lasting = True
        self._analysis = analysis

    def text(self) -> str:
        """The text of the configuration file."""
        return self._analysis.text(self.path)

    def missing_factories(self) -> tuple[str, ...]:
        """The names of factories in the configuration that are defined nowhere."""
        missing, self.dependencies = self._analysis.missing_factories(self.path)
        self.is_lasting = not missing and self._analysis.searches_for(self.path)
        return missing
