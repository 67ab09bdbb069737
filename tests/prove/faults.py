"""Whether fixed tests still find the faults that the original ones found: mutations of the subject, in a seeded order."""

from __future__ import annotations

import ast
import itertools
import random
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING

from .executed import run_with_lines
from .mutations import mutations, parses
from .running import SuiteError, failing

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from .mutations import Mutation
    from .running import Outcomes, Suite

SEED = 4
_TRIES = 8  # as many mutations are tried for each that is wanted
_SECONDS = 300


@dataclass(frozen=True, slots=True)
class Trial:
    """One mutation that made original tests fail: how many, and those of them that no longer do when fixed."""

    mutation: Mutation
    test_file: str
    failed: int
    lost: tuple[str, ...]


def trials(original: Suite, fixed: Suite, wanted: int) -> Iterator[Trial]:
    """Mutations that make a test fail which was changed by fixes, until there are as many as `wanted`."""
    found = 0
    for path, mutation, sound in itertools.islice(_candidates(original, fixed), wanted * _TRIES):
        trial = _tried(original, fixed, path, mutation, sound)
        if trial is not None and trial.lost:
            # Once more: a test may also fail by chance.
            again = _tried(original, fixed, path, mutation, sound)
            lost = tuple(each for each in trial.lost if again is not None and each in again.lost)
            trial = Trial(mutation, path, trial.failed, lost)
        if trial is not None:
            found += 1
            yield trial
        if found == wanted:
            return


def changed_files(original: Suite, fixed: Suite) -> list[str]:
    """The test files that fixes have changed, as seen from the copies."""
    return [
        path.relative_to(fixed.folder).as_posix()
        for folder in fixed.project.tests
        for path in sorted((fixed.folder / folder).rglob("test_*.py"))
        if path.read_bytes() != (original.folder / path.relative_to(fixed.folder)).read_bytes()
    ]


def _candidates(original: Suite, fixed: Suite) -> Iterator[tuple[str, Mutation, Outcomes]]:
    """A test file, a mutation of what its changed tests run, and how it ends without; from each file in turn."""
    chance = random.Random(SEED)
    paths = changed_files(original, fixed)
    chance.shuffle(paths)
    queues = deque(_of_file(original, fixed, path, random.Random(f"{SEED} {path}")) for path in paths)
    while queues:
        queue = queues.popleft()
        if (found := next(queue, None)) is not None:
            yield found
            queues.append(queue)


def _of_file(
    original: Suite, fixed: Suite, path: str, chance: random.Random
) -> Iterator[tuple[str, Mutation, Outcomes]]:
    try:
        sound, lines = run_with_lines(original, path, _SECONDS)
    except SuiteError:
        return
    names = _changed_functions(original.folder / path, fixed.folder / path)
    is_set_up = any(not name.startswith("test") for name in names)
    ran: dict[str, set[int]] = {}
    for name, files in lines.items():
        for file, numbers in files.items() if is_set_up or name in names else ():
            ran.setdefault(file, set()).update(numbers)
    found = [
        each
        for subject in subjects(original, path)
        for each in mutations(original.folder, subject)
        if each.line in ran.get(subject, ())
    ]
    chance.shuffle(found)
    for each in found:
        if parses(each.applied((original.folder / each.path).read_bytes())):
            yield path, each, sound


def subjects(suite: Suite, path: str) -> list[str]:
    """The modules that a test file is about: those of its own name among what it imports, else all of these."""
    package, sources = suite.project.package, suite.project.sources
    top = suite.folder / sources
    found: set[Path] = set()
    for node in ast.walk(ast.parse((suite.folder / path).read_bytes())):
        if isinstance(node, ast.Import):
            names = [each.name for each in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names = [node.module, *(f"{node.module}.{each.name}" for each in node.names)]
        else:
            continue
        for name in names:
            parts = name.split(".")
            if parts[0] != package or parts == [package]:
                continue
            module = top.joinpath(*parts)
            found.update(module.glob("*.py") if module.is_dir() else [])
            if module.with_suffix(".py").is_file():
                found.add(module.with_suffix(".py"))
    stem = path.rpartition("/")[2].removesuffix(".py").removeprefix("test_")
    named = {each for each in found if each.stem == stem}
    return sorted(each.relative_to(suite.folder).as_posix() for each in named or found)


def _tried(
    original: Suite, fixed: Suite, path: str, mutation: Mutation, sound: Mapping[str, tuple[str, ...]]
) -> Trial | None:
    """What a mutation does to both; None where it makes no test fail that fixes have changed."""
    data = (original.folder / mutation.path).read_bytes()
    copies = [suite.folder / mutation.path for suite in (original, fixed)]
    try:
        for copy in copies:
            copy.write_bytes(mutation.applied(data))
        with ThreadPoolExecutor(2) as pool:
            before, after = pool.map(lambda suite: suite.run([path], _SECONDS), (original, fixed))
    except SuiteError:  # it cannot even be imported, or hangs
        return None
    finally:
        for copy in copies:
            copy.write_bytes(data)
    failed = failing(sound, before)
    if not _any_changed(failed, original.folder / path, fixed.folder / path):
        return None
    return Trial(mutation, path, len(failed), tuple(sorted(failed - failing(sound, after))))


def _any_changed(tests: Sequence[str] | frozenset[str], original: Path, fixed: Path) -> bool:
    """Whether one of some tests is not as it was, by itself or by what its file sets up for it."""
    names = _changed_functions(original, fixed)
    is_set_up = any(not name.startswith("test") for name in names)
    return any(is_set_up or each.rpartition("::")[2].partition("[")[0] in names for each in tests)


def _changed_functions(original: Path, fixed: Path) -> set[str]:
    before, after = _functions(original), _functions(fixed)
    return {name for name, text in before.items() if after.get(name) != text}


def _functions(path: Path) -> dict[str, str]:
    """What each function holds, by its name alone: equal names count as one."""
    found: dict[str, str] = {}
    for node in ast.walk(ast.parse(path.read_bytes())):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            found[node.name] = found.get(node.name, "") + ast.dump(node)
    return found
