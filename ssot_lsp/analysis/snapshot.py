"""Answers about one moment. An answer is remembered with what it depended on, and given again while that is the same."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING
from weakref import proxy

from ssot_lsp.analysis.answers import Answer, FileReport, Hidden, Models
from ssot_lsp.analysis.checking import (
    RULE_NAMES,
    ConfigurationContext,
    check,
    is_configuration,
    of_configuration,
)
from ssot_lsp.analysis.moment import Moment
from ssot_lsp.analysis.validity import Validity
from ssot_lsp.baseline import BaselineError, Key
from ssot_lsp.facts import Facts
from ssot_lsp.files import UnreadableError
from ssot_lsp.fingerprints import Fingerprint, Fingerprints
from ssot_lsp.index.class_search import may_speak
from ssot_lsp.index.classes import HEIRS, Classes
from ssot_lsp.index.factories import Factories, needles_of
from ssot_lsp.index.fixtures import Fixtures
from ssot_lsp.index.method_memory import Recollection
from ssot_lsp.index.origins import Known, Origins
from ssot_lsp.index.receivers import Receivers
from ssot_lsp.index.things import Memory as ClassMemory
from ssot_lsp.index.ways import Ways
from ssot_lsp.index.written_imports import written_imports
from ssot_lsp.mocks import Mocks
from ssot_lsp.mocks.creators import may_import_creators
from ssot_lsp.rules import RULES
from ssot_lsp.rules.base import RuleContext
from ssot_lsp.source import Source

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from ssot_lsp.analysis.disk import Disk
    from ssot_lsp.analysis.open_shapes import OpenShapes
    from ssot_lsp.baseline import Baseline
    from ssot_lsp.config import ProjectConfig
    from ssot_lsp.finding import Finding
    from ssot_lsp.fixes import Change, Fix
    from ssot_lsp.index.factories import Found
    from ssot_lsp.index.factory import Factory
    from ssot_lsp.index.ways import Offered
    from ssot_lsp.inference import Question
    from ssot_lsp.text import Span

_MOCK_NEEDLES = next(rule.needles for rule in RULES if rule.name == "unjustified-mock")
_NO_FACTS = Facts(Source.parse(""))


class Analysis(Moment):
    """Answers about one moment. Safe to ask from another thread while the workspace moves on."""

    def __init__(
        self,
        disk: Disk,
        documents: Mapping[str, Facts],
        answers: dict[str, Answer],
        known: Known,
        of_classes: tuple[ClassMemory, OpenShapes],
        *,
        number: int,
        named: object,
    ) -> None:
        """Take what `Workspace.snapshot` gives; not for others to call. `number` grows from moment to moment."""
        self._class_memory, shapes = of_classes
        super().__init__(disk, documents, shapes)
        self._classes: dict[str, Classes] = {}
        self._answers = answers
        self._known = known
        self._structure = disk.structure
        self._number = number
        self._named = named
        self._asked_for_factories = 0  # counts
        self._mocks: dict[str, Mocks] = {}
        self._origins: dict[str, Origins] = {}
        self._receivers: dict[str, Receivers] = {}
        self._factories: dict[tuple[str, tuple[str, ...]], Factories] = {}
        self._words: dict[str, Offered] = {}
        self.validity = Validity(disk, documents, proxy(self), named)

    # --- what there is

    def findings(self, path: str) -> tuple[Finding, ...]:
        """What the editor shows of a file, in the order of its text; an excluded one has nothing to show."""
        if not is_configuration(path) and self._disk.why_excluded(path) is not None:
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
        if is_configuration(path):
            return [Fingerprint("", each.subject) for each in findings]
        source = self.facts(path).source
        fingerprints = self._disk.fingerprints.get(path) if path in self._open else None
        if fingerprints is None or fingerprints.source is not source:
            fingerprints = Fingerprints(source, fingerprints)
            if path in self._open:
                self._disk.fingerprints[path] = fingerprints
        return fingerprints.of(each.span for each in findings)

    def _with_baseline(self, path: str, findings: tuple[Finding, ...]) -> tuple[Finding, ...]:
        """The findings, those in the baseline marked. A baseline that cannot be used hides nothing."""
        if not findings or is_configuration(path):
            return findings
        try:
            baseline = self.baseline(path)
        except BaselineError:
            return findings
        if baseline is None:
            return findings
        state = baseline, [each.rule for each in findings], self.fingerprints(path, findings), self._structure
        hidden = self._disk.hidden.get(path)
        if hidden is None or hidden.state != state:
            keys = [Key(rule, *about) for rule, about in zip(*state[1:3], strict=True)]
            is_known = baseline.hides(path, keys, self._disk.files.is_file)
            hidden = self._disk.hidden[path] = Hidden(state, is_known)
        return tuple(
            each.baselined() if is_known else each
            for each, is_known in zip(findings, hidden.is_known, strict=True)
        )

    def finding_at(self, path: str, offset: int) -> Finding | None:
        """The worst finding whose span holds `offset`, the shortest of equals."""
        found = [each for each in self.findings(path) if each.span.start <= offset <= each.span.end]
        return min(found, key=lambda each: (each.severity, each.span.end - each.span.start), default=None)

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
        imports = tuple(written_imports(data))
        if for_mocks and may_import_creators((target for _, target in imports), origins, _MOCK_NEEDLES):
            return None
        if for_factories and self._ways_of(path).may_reach(proxy(self), path, data, imports, origins):
            return None
        asked: dict[str, str | None] = {}
        if for_classes and may_speak(proxy(self), path, data, imports, asked):
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
            if path in self._disk.shapes:
                self._class_memory.let_go(each.key for each in self._disk.shapes[path].classes)
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
        return Analysis(
            self._disk,
            documents,
            dict(self._answers),
            Known(),
            of_classes,
            number=self._number + 1,
            named=named,
        )

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

    # --- what files need of each other (`index.origins.Texts`, `mocks.sites.Elsewhere`)

    def mocks(self, path: str) -> Mocks:
        """The mocks of a file; raises UnreadableError."""
        mocks = self._mocks.get(path)
        if mocks is None:
            facts = self.facts(path)
            config, before = self.config(path), self._earlier(path)
            mocks = Mocks(path, facts, self.origins(path), config, proxy(self), before=before)
            self._mocks[path] = mocks
        return mocks

    def _earlier(self, path: str) -> Mocks | None:
        """The mocks of an earlier text of an open file, where nothing else that they came from has changed."""
        answer = self._answers.get(path)
        if answer is None or answer.context is None or not self.validity.holds_elsewhere(answer, path):
            return None
        return answer.context.mocks

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
            is_same = known is not None and self.validity.are_models_true(known, config)
            previous = known.found if known is not None and is_same else None
            me = proxy(self)
            found = self._factories[key] = Factories(
                me,
                Recollection(self._disk.memory, self._number),
                config,
                previous,
                lambda new: me.keep_models(key, new, config),
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

    def keep_models(self, key: tuple[str, tuple[str, ...]], found: Found, config: ProjectConfig) -> None:
        """Hand what was found on to later moments, with all that it depends on."""
        known = self._disk.models.get(key)
        if known is not None and known.found == found and self.validity.are_models_true(known, config):
            return
        dependencies = (self._origins[each].dependencies for each in found.touched if each in self._origins)
        tokens = {each: self.validity.token(each) for each in found.touched.union(*dependencies)}
        open_holders = self.open_holders(config.root, needles_of(config))
        self._disk.models[key] = Models(found, tokens, self._structure, config, open_holders)

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

    def class_memory(self) -> ClassMemory:
        """What was found out about classes so far."""
        return self._class_memory

    # --- answers and how long they hold

    def is_current(self, path: str) -> bool:
        """Whether the last answer about an open file still holds."""
        answer = self._answers.get(path)
        return answer is not None and self.validity.holds(answer, path)

    def answer(self, path: str) -> Answer | None:
        """The last answer about a file, to be handed on."""
        return self._answers.get(path)

    def _answer(self, path: str) -> Answer:
        answer = self._answers.get(path)
        facts = self._open.get(path)
        if answer is not None and self.validity.holds(answer, path):
            return answer
        answer = self._compute(path)
        if facts is not None:
            self._answers[path] = answer
        return answer

    def _compute(self, path: str) -> Answer:
        config = self.config(path)
        structure = self._structure  # what is asked of an older moment is not true of the present one
        if is_configuration(path):
            asked = ConfigurationContext(path, config, self)
            findings = tuple(of_configuration(asked))
            report = FileReport(path, findings, dependencies=asked.dependencies, is_lasting=asked.is_lasting)
            return Answer(report, None, self._open.get(path), config, {}, structure, named=self._named)
        facts = self.facts(path)
        if not config.is_test_file(path):
            return Answer(FileReport(path), None, self._open.get(path), config, {}, structure)
        self._let_go(path)
        asked_before = self._asked_for_factories
        mocks = self.mocks(path)
        context = RuleContext(path, facts, config, mocks, rule_names=RULE_NAMES, world=proxy(self))
        _ = context.roots  # while what they depend on can be asked: the context outlives this snapshot
        findings, suppressed = check(context)
        dependencies = mocks.origins.dependencies - {path}
        is_kept = path in self._open  # for others nobody asks how long the answer holds
        tokens = {each: self.validity.token(each) for each in dependencies} if is_kept else {}
        touched = context.classes.touched if context.has_asked_for_classes else frozenset()
        names = {each: self.validity.name_token(*each) for each in touched} if is_kept else {}
        dependencies.update(each for each, name in touched if not name.startswith(HEIRS))
        resolved = context.classes.lookups if context.has_asked_for_classes else {}
        ordered = tuple(sorted(dependencies))
        named = self._named if self._asked_for_factories > asked_before else None
        is_lasting, modules = context.is_lasting, {}
        if named is not None and self.factories_of(path).found.all == ():
            # A search notices the first factory of a bare name; one of a dotted name, any file may bring.
            is_lasting = is_lasting and not any("." in each for each in config.factory)
            modules = {each: self.module_path(each, path) for each in config.factory}
        lookups = tuple(sorted({**modules, **resolved, **mocks.origins.lookups}.items()))
        report = FileReport(
            path,
            findings,
            suppressed,
            is_test=True,
            dependencies=ordered,
            lookups=lookups,
            is_lasting=is_lasting,
        )
        return Answer(report, context, self._open.get(path), config, tokens, structure, names, named)
