"""Names of files followed to what they are: through conditions, imports, aliases, stars and classes.

Nothing is guessed. What cannot be known is `Unknown`, with its cause; where a name may be one of several things, all
of them are followed. Names are taken as they are bound where the class statement stands, as Python does: by the last
statement before it that runs.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Protocol

from ssot_lsp.files import UnreadableError
from ssot_lsp.index.absent import World as SourcesOfModules
from ssot_lsp.index.absent import may_be_made, package_without
from ssot_lsp.index.libraries import builtin_class, library_class
from ssot_lsp.index.shapes import ClassKey
from ssot_lsp.index.things import LONGEST_CHAIN, Module, Unknown, Way

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from ssot_lsp.definitions import Import, Path
    from ssot_lsp.index.shapes import Bound, ClassInfo, Guard, Shape
    from ssot_lsp.index.things import Memory, Thing, Touched

_LIBRARY_MODULES = frozenset(
    {"unittest.case", "unittest.async_case", "unittest.mock", "json.encoder", "html.parser"}
)


class Sources(SourcesOfModules, Protocol):
    """What is asked of other files."""


class Names:
    """Follows names over one moment of a workspace."""

    def __init__(self, sources: Sources, memory: Memory) -> None:
        self._sources = sources
        self._memory = memory
        self.lookups: dict[tuple[str, str], str | None] = {}
        """Which modules were asked for, by importer and name, and the file that each was."""

    def info(self, key: ClassKey) -> ClassInfo | None:
        """The class as it stands now; None outside of all sources."""
        shape = self.shape(key.path) if key.path else None
        if shape is None:
            return None
        return shape.info(key)

    def shape(self, path: str) -> Shape | None:
        """The shape of a file, None where it cannot be read."""
        try:
            return self._sources.shape(path)
        except UnreadableError:
            return None

    def owner(self, info: ClassInfo) -> ClassInfo | None:
        """The class around a class."""
        name = info.name.rpartition(".")[0]
        shape = self.shape(info.path) if name else None
        if shape is None:
            return None
        around = (each for each in shape.classes if each.name == name and each.start <= info.start < each.end)
        return next(around, None)

    def resolve(
        self, path: str, names: Path, at: int | None = None, owner: ClassInfo | None = None
    ) -> tuple[Thing, ...]:
        """What an attribute path may be, in a file at a byte, or at its end; `owner` is the class around."""
        return self.lookup(path, names, at, owner, Way(set(), 0))

    def lookup(
        self,
        path: str,
        names: Path,
        at: int | None,
        owner: ClassInfo | None,
        way: Way,
    ) -> tuple[Thing, ...]:
        """The same for who asks on the `way` of another question, which notes what was touched."""
        shape = self.shape(path)
        if shape is None or not names or way.is_too_long:
            return (Unknown(f"`{'.'.join(names)}` leads too far" if names else "it is an expression"),)
        name = names[0]
        way.trail.add((path, name))
        bounds: Sequence[Bound] = ()
        if owner is not None:
            bounds = self._effective(path, shape, owner.names.get(name, ()), at, way)
        if not bounds:
            owner = None
            bounds = self._effective(path, shape, shape.names.get(name, ()), at, way)
        heads: list[Thing] = []
        last = max((each.at for each in bounds), default=-1)
        for star in reversed(shape.stars) if owner is None else ():
            if star.at < last or (at is not None and star.at > at):
                continue
            found = self._star(path, star, name, way)
            if found is not None:
                heads += found
                bounds = ()
                break
        for bound in bounds:
            heads += self._of_bound(path, name, bound, way, owner)
        if not heads:
            builtin = builtin_class(name)
            if builtin is not None:
                heads.append(ClassKey("", builtin))
            elif shape.is_dynamic or any(self._may_bring(path, each, name) for each in shape.stars):
                heads.append(Unknown(f"`{name}` may come to be in ways that are not looked into"))
            else:
                heads.append(Unknown(f"`{name}` is not defined"))
        return self._descended(heads, names[1:], way)

    def dotted(
        self, path: str, names: Path, at: int | None, owner: ClassInfo | None = None, depth: int = 0
    ) -> str:
        """The dotted name of what lies outside of the workspace, as it is imported; empty where it is not known."""
        shape = self.shape(path)
        if not names or shape is None or depth > LONGEST_CHAIN:
            return ""
        bounds: Sequence[Bound] = ()
        if owner is not None:
            bounds = self._effective(path, shape, owner.names.get(names[0], ()), at, Way(set(), depth))
        bounds = bounds or self._effective(path, shape, shape.names.get(names[0], ()), at, Way(set(), depth))
        if len({(each.target, each.aliases) for each in bounds}) != 1:
            return ".".join(names) if not bounds and not shape.stars else ""
        bound = bounds[0]
        if bound.what == "alias" and len(bound.aliases) == 1:
            return self.dotted(path, (*bound.aliases[0], *names[1:]), bound.at, None, depth + 1)
        if bound.what != "import" or bound.target is None:
            return ""
        module = self._absolute(path, bound.target)
        if module is None:
            return ""
        name = bound.target.name
        return self._dotted_of(path, module, names[1:] if name is None else (name, *names[1:]), depth)

    def _dotted_of(self, path: str, module: str, rest: Path, depth: int) -> str:
        found = self._workspace_path(module, path)
        if found is not None and rest and rest[0] in getattr(self.shape(found), "names", ()):
            inner = self.dotted(found, rest, None, None, depth + 1)
            if inner or not self._sources.installed_modules().holds(found):
                return inner
        return ".".join((module, *rest))  # also for what an installed package defines

    def _descended(self, heads: Iterable[Thing], names: Path, way: Way) -> tuple[Thing, ...]:
        things = list(dict.fromkeys(heads))
        for name in names:
            things = [found for each in things for found in self._attribute(each, name, way.deeper())]
        return tuple(dict.fromkeys(things))

    def _of_bound(
        self,
        path: str,
        name: str,
        bound: Bound,
        way: Way,
        owner: ClassInfo | None,
    ) -> tuple[Thing, ...]:
        if bound.what == "class" and bound.info is not None:
            return (bound.info.key,)
        if bound.what == "import" and bound.target is not None:
            return self._import(path, bound.target, way.deeper())
        if bound.what == "alias":
            return tuple(
                each
                for alias in bound.aliases
                for each in self.lookup(path, alias, bound.at, owner, way.deeper())
            )
        return (Unknown(f"`{name}` is bound to an expression"),)

    def _effective(
        self,
        path: str,
        shape: Shape,
        bounds: Sequence[Bound],
        at: int | None,
        way: Way,
    ) -> list[Bound]:
        """Those of `bounds` that may be the one that counts at a byte, or at the end."""
        found: list[Bound] = []
        branches: dict[int, set[int]] = {}
        for bound in reversed(bounds):
            if at is not None and bound.at >= at:
                continue
            state = self._state(path, shape, bound.guards, way)
            if state == "never":
                continue
            found.append(bound)
            if state == "always":
                break
            if len(bound.guards) == 1 and (guard := bound.guards[0]).branches:
                seen = branches.setdefault(guard.statement, set())
                seen.add(guard.branch)
                attempt = shape.tries.get(guard.statement)
                if len(seen | (attempt.gives_up if attempt is not None else set())) == guard.branches:
                    break
        found.reverse()
        return found

    def _state(self, path: str, shape: Shape, guards: Sequence[Guard], way: Way) -> str:
        state = "always"
        for guard in guards:
            if guard.kind == "never":
                return "never"
            if guard.kind != "try":
                state = "maybe"
                continue
            outcome = self._outcome(path, shape, guard.statement, way)
            if outcome == "maybe":
                state = "maybe"
            elif (outcome == "ends") != (guard.branch == 0):
                return "never"
            elif outcome == "fails" and guard.branches > 2:
                state = "maybe"
        return state

    def _outcome(self, path: str, shape: Shape, statement: int, way: Way) -> str:
        """Whether the body of a `try` "ends" or "fails", by its imports; "maybe" where that is not known."""
        key = (path, statement)
        known = self._memory.tries.get(key)
        if known is None:
            own: set[Touched] = set()
            attempt = shape.tries.get(statement)
            outcome = "maybe"
            if attempt is not None and not way.is_too_long and attempt.imports:
                states = [self._import_state(path, each, Way(own, way.depth)) for each in attempt.imports]
                if "fails" in states:
                    outcome = "fails"
                elif "maybe" not in states and attempt.is_plain:
                    outcome = "ends"
            known = self._memory.tries[key] = outcome, frozenset(own)
        outcome, touched = known
        way.trail.update(touched)
        return outcome

    def _import_state(self, path: str, target: Import, way: Way) -> str:
        module = self._absolute(path, target)
        if module is None:
            return "fails"
        if not module or module.partition(".")[0] in sys.stdlib_module_names:
            return "ends" if library_class(f"{module}.{target.name}") or target.name is None else "maybe"
        found = self._path_of(module, path)
        if found is None:
            return "fails" if self._package_without(module, path, way) else "maybe"
        if target.name is None or target.name == "*":
            return "ends"
        things = self._attribute(Module(found, module, path), target.name, way.deeper())
        if any(isinstance(each, Unknown) for each in things):
            return "fails" if any(isinstance(each, Unknown) and each.missing for each in things) else "maybe"
        return "ends"

    def _package_without(self, module: str, importer: str, way: Way) -> str | None:
        """The file of the package that surely lacks a module; None where that is not sure."""
        asked: set[str] = set()
        found = package_without(self._sources, module, importer, asked)
        way.trail.update((each, "__path__") for each in asked)
        return found

    def _import(self, importer: str, target: Import, way: Way) -> tuple[Thing, ...]:
        module = self._absolute(importer, target)
        if module is None:
            return (Unknown(f"`{'.' * target.level}{target.module}` leads out of the package"),)
        if way.is_too_long:
            return (Unknown(f"`{module}` leads too far"),)
        if target.name is None:
            return (Module(self._path_of(module, importer), module, importer),)
        return self._attribute(Module(self._path_of(module, importer), module, importer), target.name, way)

    def _attribute(self, thing: Thing, name: str, way: Way) -> tuple[Thing, ...]:
        if isinstance(thing, Unknown):
            return (thing,)
        if isinstance(thing, ClassKey):
            return self._class_member(thing, name, way)
        whole = f"{thing.name}.{name}"
        if thing.path is not None:
            found = self._member(thing.path, name, way)
            if any(isinstance(each, Unknown) and each.missing for each in found):
                below = self._path_of(whole, thing.importer)
                if below is not None or self._is_folder(whole, thing.importer):
                    return (Module(below, whole, thing.importer),)
                if may_be_made(self._sources, whole, thing.path):
                    return (Unknown(f"the module `{whole}` may be made"),)
            return found
        library = library_class(whole)
        if library is not None:
            return (ClassKey("", library),)
        below = self._path_of(whole, thing.importer)
        if below is not None or whole in _LIBRARY_MODULES or self._is_folder(whole, thing.importer):
            return (Module(below, whole, thing.importer),)
        top = thing.name.partition(".")[0]
        if top in sys.stdlib_module_names:
            return (Unknown(f"`{whole}` of the standard library is not looked into"),)
        package = self._package_without(thing.name, thing.importer, way)
        if package is not None:
            return (Unknown(f"there is no module `{thing.name}`", (package, thing.name)),)
        return (Unknown(f"the module `{thing.name}` is not found"),)

    def _class_member(self, key: ClassKey, name: str, way: Way) -> tuple[Thing, ...]:
        info = self.info(key)
        shape = self.shape(key.path) if key.path else None
        if info is None or shape is None or way.is_too_long:
            return (Unknown(f"`{key.name}.{name}` is not looked into"),)
        way.trail.add((key.path, key.name.partition(".")[0]))
        bounds = self._effective(key.path, shape, info.names.get(name, ()), None, way)
        if not bounds:
            return (Unknown(f"`{key.name}` itself does not define `{name}`"),)
        return tuple(
            each for bound in bounds for each in self._of_bound(key.path, name, bound, way.deeper(), info)
        )

    def _member(self, path: str, name: str, way: Way) -> tuple[Thing, ...]:
        """What the module at `path` calls `name` when all of it has run."""
        key = (path, name)
        known = self._memory.members.get(key)
        if known is None:
            if way.is_too_long:
                return (Unknown(f"`{name}` leads too far"),)
            own: set[Touched] = {key}
            # For those who come back here on the way: an import cycle that defines nothing.
            circle = Unknown(f"`{name}` is imported in a circle", ("", name))
            self._memory.members[key] = (circle,), frozenset(own)
            found = self._find_member(path, name, Way(own, way.depth))
            known = self._memory.members[key] = found, frozenset(own)
            paths = {path for path, _ in own}
            self._memory.paths |= paths
            self._memory.used |= paths
        found, touched = known
        way.trail.update(touched)
        return found

    def _find_member(self, path: str, name: str, way: Way) -> tuple[Thing, ...]:
        shape = self.shape(path)
        if shape is None:
            return (Unknown(f"{path} cannot be read"),)
        bounds = self._effective(path, shape, shape.names.get(name, ()), None, way)
        last = max((each.at for each in bounds), default=-1)
        for star in reversed(shape.stars):
            if star.at > last and (found := self._star(path, star, name, way)) is not None:
                return found
        things = [each for bound in bounds for each in self._of_bound(path, name, bound, way, None)]
        if things:
            return tuple(dict.fromkeys(things))
        if shape.names.get(name) or shape.is_dynamic or path.endswith(".pyi"):
            return (Unknown(f"`{name}` may come to be in ways that are not looked into"),)
        if any(self._may_bring(path, each, name) for each in shape.stars):
            return (Unknown(f"a star import that leads elsewhere may bring `{name}`"),)
        if shape.has_error:
            return (Unknown(f"{path} is not complete"),)
        module = self._sources.workspace_modules().name_of(path)
        return (Unknown(f"`{module}` does not define `{name}`", (path, name)),)

    def _star(self, importer: str, star: Bound, name: str, way: Way) -> tuple[Thing, ...] | None:
        """What a star import brings by that name; None where it surely brings nothing, or leads elsewhere."""
        module = self._absolute(importer, star.target) if star.target is not None else None
        found = self._path_of(module, importer) if module else None
        if found is None or found == importer or way.is_too_long:
            library = library_class(f"{module}.{name}") if module else None
            return (ClassKey("", library),) if library is not None else None
        shape = self.shape(found)
        way.trail.add((found, "__all__"))
        if shape is None or not shape.exports_name(name):
            return None
        things = self._member(found, name, way.deeper())
        if all(isinstance(each, Unknown) and each.missing for each in things):
            return None
        return things

    def _may_bring(self, importer: str, star: Bound, name: str) -> bool:
        """Whether a star import leads to where nobody looks."""
        module = self._absolute(importer, star.target) if star.target is not None else None
        if not module:
            return True
        if module.partition(".")[0] in sys.stdlib_module_names:
            return library_class(f"{module}.{name}") is not None or name[:1].isupper()
        found = self._path_of(module, importer)
        if found is None:
            return True
        shape = self.shape(found)
        return shape is None or shape.is_dynamic or (shape.has_all and shape.exports is None)

    def _absolute(self, importer: str, target: Import) -> str | None:
        if not target.level:
            return target.module
        return self._sources.workspace_modules().absolute(importer, target.level, target.module)

    def _workspace_path(self, module: str, importer: str) -> str | None:
        found = self._sources.workspace_modules().path_of(module, importer)
        self.lookups[importer, module] = found
        return found

    def _is_folder(self, module: str, importer: str) -> bool:
        if module.partition(".")[0] in sys.stdlib_module_names:
            return False
        installed = self._sources.installed_modules()
        if not installed.holds(importer) and self._sources.workspace_modules().is_folder(module, importer):
            return True
        return installed.is_folder(module)

    def _path_of(self, module: str, importer: str) -> str | None:
        if module.partition(".")[0] in sys.stdlib_module_names:
            return None
        installed = self._sources.installed_modules()
        if installed.holds(importer):
            return installed.path_of(module, importer)
        found = self._workspace_path(module, importer)
        return found if found is not None else installed.path_of(module)
