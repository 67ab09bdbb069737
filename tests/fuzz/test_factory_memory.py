"""Whatever was typed on the way, what is known of a factory is what a fresh workspace reads from the texts."""

from __future__ import annotations

import os
import re
import tempfile
from random import Random

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule

from ssot_lsp.analysis import Workspace
from ssot_lsp.files import Files

# Each method comes from something else that may change: a helper, a base, a decorator, a constant, another file.
FILES = {
    "factory.py": """\
import functools
from unittest.mock import AsyncMock, MagicMock, Mock

import values
from base import Base, decorated, helper
from values import KINDS, Thing

DEFAULT = "local"
TYPES = ["a", "b"]


def local(m):
    m.started = True
    return m


def counted(function):
    @functools.wraps(function)
    def inner(*args, **kwargs):
        return function(*args, **kwargs)
    return inner


class Other:
    KIND = "x"
    def make(self):
        return MagicMock(other=1)


class SSotMockFactory(Base):
    PREFIX = "own"
    KIND = Other.KIND

    @staticmethod
    def create_user(user_id="u", name=DEFAULT):
        m = MagicMock()
        m.user_id = user_id
        m.name = name
        return local(m)

    @counted
    def create_counted(self, kind):
        if kind == "one":
            return MagicMock(a=1)
        elif kind == "two":
            return AsyncMock()
        raise ValueError(kind)

    @decorated
    def create_decorated(self):
        return Mock(spec=Thing)

    def create_thing(self, **kwargs):
        m = self._help(kwargs.get("level", 1))
        m.prefix = self.PREFIX
        return m

    def _help(self, level):
        m = AsyncMock()
        m.level = level
        return helper(m)

    def create_kind(self, kind):
        if kind not in KINDS:
            raise ValueError(kind)
        return values.make(kind)

    def create_other(self):
        return Other().make()

    def create_typed(self, what):
        if what in TYPES:
            return Thing()
        return self.create_user(KINDS)

    create_alias = create_thing
""",
    "base.py": """\
import functools
from unittest.mock import MagicMock

from values import Thing


class Root:
    def create_root(self):
        return MagicMock(root=1)


class Base(Root):
    PREFIX = "base"

    def create_base(self, x=1):
        return self._inner(x)

    def _inner(self, x):
        m = MagicMock()
        m.x = x
        return m

    def create_from_base(self):
        return Thing()


def helper(m):
    m.helped.return_value = 1
    return m


def decorated(function):
    @functools.wraps(function)
    def inner(*args):
        return function(*args)
    return inner
""",
    "doubles.py": """\
from unittest.mock import MagicMock

from base import decorated
from base import helper as create_helped
from values import *


@decorated
def create_own(kind=KINDS):
    return make(kind)


def create_last():
    return create_own()
""",
    "values.py": """\
from unittest.mock import MagicMock

KINDS = ("x", "y")


class Thing:
    def go(self): ...
    async def run(self): ...


def make(kind):
    m = MagicMock()
    m.kind = kind
    return m
""",
}
CONFIGURATION = '[tool.ssot-lsp]\nfactory = ["SSotMockFactory", "doubles"]\n'
WORDS = sorted({word for text in FILES.values() for word in re.findall(r"\w+|[^\w\s]", text)})
names = st.sampled_from(sorted(FILES))
seeds = st.integers(0, 2**32)  # of an even choice among all words and lines: most seams are a single one


class FactoryEditor(RuleBasedStateMachine):
    """Somebody who edits a factory and what it comes from, word by word and line by line."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory(prefix="workspace")
        self.root = os.path.realpath(self.folder.name)
        for name, text in {**FILES, "pyproject.toml": CONFIGURATION}.items():
            with open(self.path(name), "w", encoding="utf-8") as stream:
                stream.write(text)
        self.texts = dict(FILES)
        self.workspace = self.opened()
        found = self.workspace.snapshot().factories(self.path("test_it.py"))
        assert [(each.known_as, each.notes) for each in found] == [("SSotMockFactory", ()), ("doubles", ())]

    def teardown(self) -> None:
        try:
            self.agree()
        finally:
            self.folder.cleanup()

    @rule(name=names, seed=seeds, word=st.sampled_from(WORDS))
    def replace_a_word(self, name: str, seed: int, word: str) -> None:
        found = list(re.finditer(r"\w+|[^\w\s]", self.texts[name]))
        if found:
            start, end = found[Random(seed).randrange(len(found))].span()
            self.write(name, self.texts[name][:start] + word + self.texts[name][end:])

    @rule(name=names, seed=seeds)
    def copy_a_line(self, name: str, seed: int) -> None:
        random = Random(seed)
        lines = self.texts[name].splitlines(keepends=True)
        if lines:
            lines.insert(random.randrange(len(lines)), random.choice(lines))
            self.write(name, "".join(lines))

    @rule(name=names, seed=seeds)
    def delete_a_line(self, name: str, seed: int) -> None:
        lines = self.texts[name].splitlines(keepends=True)
        if lines:
            del lines[Random(seed).randrange(len(lines))]
            self.write(name, "".join(lines))

    @rule(name=names)
    def undo_all(self, name: str) -> None:
        self.write(name, FILES[name])

    @rule()
    def ask(self) -> None:
        self.workspace.snapshot().factories(self.path("test_it.py"))

    @rule()
    def agree(self) -> None:
        fresh = self.opened()
        fresh.take_what_was_whole(self.workspace)
        path = self.path("test_it.py")
        assert self.workspace.snapshot().factories(path) == fresh.snapshot().factories(path)

    def opened(self) -> Workspace:
        """A workspace in which all texts are open and nothing is known yet."""
        workspace = Workspace(Files(), [self.root])
        for name, text in self.texts.items():
            workspace.write(self.path(name), text)
        return workspace

    def write(self, name: str, text: str) -> None:
        self.texts[name] = text
        self.workspace.write(self.path(name), text)

    def path(self, name: str) -> str:
        return os.path.join(self.root, name)


TestFactoryEditor = FactoryEditor.TestCase
TestFactoryEditor.settings = settings(stateful_step_count=12)
