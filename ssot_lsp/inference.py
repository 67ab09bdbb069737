"""What an expression is where the index does not know: the only user of jedi.

Asked for hovers, completions, definitions and signatures, never by a rule: what a rule says must be the same in the
editor, in the terminal and on every machine, and jedi guesses. It runs in one thread of its own, one question at a
time, for two seconds at most, and stops when the answer is no longer wanted.

Nothing of the workspace is ever imported or run. Jedi does import what it finds no source for (extension modules), and
for that it puts the workspace on `sys.path`, in this process or in the interpreter of a virtual environment that it
found. So it is given an environment of ours, which looks for files of Python source in given folders and imports
nothing but modules that are built into the interpreter.
"""

from __future__ import annotations

import os
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

from ssot_lsp.index.origins import Origin
from ssot_lsp.text import Lines

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from concurrent.futures import Future
    from types import FrameType

    from ssot_lsp.text import Span

LIMIT = 2.0  # seconds of this thread's own time for one question
_CALLS = 64  # between two looks at the clock
_NAME = "ssot_lsp_asks"
_LIBRARY = os.path.dirname(os.__file__)


class Question(NamedTuple):
    """Asks what the expression at `span` is, in code points of the document at `path`.

    `texts` are the documents that are open, this one among them, by their paths. `folders` are where modules are
    looked for.
    """

    path: str
    span: Span
    texts: Mapping[str, str]
    folders: tuple[str, ...]


class Inference:
    """One worker, which answers one question after the other."""

    def __init__(self, limit: float = LIMIT) -> None:
        self._limit = limit
        self._pool: ThreadPoolExecutor | None = None

    def ask(self, question: Question, is_wanted: Callable[[], bool]) -> Future[tuple[Origin, ...]]:
        """The classes that the expression is or is an instance of; none where that is not known in time.

        `is_wanted` is asked from the worker again and again.
        """
        if self._pool is None:
            self._pool = ThreadPoolExecutor(max_workers=1, thread_name_prefix="ssot-lsp-inference")
        return self._pool.submit(infer, question, is_wanted, self._limit)

    def stop(self) -> None:
        """Let the worker go."""
        if self._pool is not None:
            self._pool.shutdown(wait=False, cancel_futures=True)


class _Stopped(BaseException):
    """Jedi has taken too long, or nobody wants to know any more. Not to be caught by jedi."""


def infer(question: Question, is_wanted: Callable[[], bool], limit: float) -> tuple[Origin, ...]:
    """What `Inference.ask` says, here and now."""
    if not is_wanted():
        return ()
    jedi = _jedi()
    start, end = question.span
    text = question.texts[question.path]
    # Jedi says what a name is, and an expression has none: it is given one.
    text = f"{text[:start]}({_NAME} := {text[start:end]}){text[end:]}"
    line, column = Lines(text).place(start + 1)
    until = time.thread_time() + limit
    calls = 0

    def look(_frame: FrameType, event: str, _argument: object) -> None:
        nonlocal calls
        if event == "call":
            calls += 1
            if calls % _CALLS == 0 and (time.thread_time() > until or not is_wanted()):
                raise _Stopped

    try:
        environment = jedi.Environment(question.texts)
        project = jedi.Project(
            os.path.dirname(question.path), sys_path=(*question.folders, _LIBRARY), smart_sys_path=False
        )
        script = jedi.Script(text, path=question.path, environment=environment, project=project)
        sys.setprofile(look)
        return tuple(_origins(script.infer(line + 1, column)))
    except (Exception, _Stopped):  # noqa: BLE001 - jedi raises whatever its bugs raise: then nothing is known
        return ()
    finally:
        sys.setprofile(None)


def _origins(found: Iterable[Any]) -> Iterable[Origin]:
    for each in found:
        if each.module_path is not None and each.type in {"class", "instance", "module"}:
            name = each.full_name.removeprefix(each.module_name).lstrip(".") if each.full_name else ""
            if name or each.type == "module":
                yield Origin(str(each.module_path), name)


@lru_cache(maxsize=1)
def _jedi() -> Any:
    """What is used of jedi, loaded when it is first asked, and kept from running anything."""
    import jedi  # noqa: PLC0415 - takes a quarter of a second, and most sessions never ask it
    from jedi.api.environment import InterpreterEnvironment  # noqa: PLC0415
    from jedi.file_io import FileIO  # noqa: PLC0415
    from jedi.inference.compiled.subprocess import InferenceStateSameProcess  # noqa: PLC0415
    from jedi.inference.compiled.subprocess.functions import ImplicitNSInfo  # noqa: PLC0415

    jedi.settings.auto_import_modules = []
    jedi.settings.dynamic_params = False  # looks through the whole project for calls
    jedi.settings.dynamic_params_for_other_modules = False

    class OpenDocument(FileIO):  # type: ignore[misc]
        """A file that has another text than on the disk."""

        def __init__(self, path: str, text: str) -> None:
            super().__init__(path)
            self._text = text

        def read(self) -> str:
            return self._text

        def get_last_modified(self) -> float | None:
            return None  # never taken from a cache

    class State(InferenceStateSameProcess):  # type: ignore[misc]
        """Where jedi looks for modules."""

        texts: Mapping[str, str]

        def load_module(self, dotted_name: str, **_: object) -> Any:
            """Import a module that is part of the interpreter itself, and no other."""
            if dotted_name not in sys.builtin_module_names:
                return None
            return self.__getattr__("load_module")(dotted_name=dotted_name, sys_path=[])

        def get_module_info(
            self,
            string: str,
            full_name: str | None = None,
            path: Iterable[str] | None = None,
            sys_path: Iterable[str] | None = None,
            **_: object,
        ) -> tuple[Any, bool | None]:
            """The file of a module or package, by its name alone; (None, False) for one that is built in."""
            spaces = []
            for folder in (path if path is not None else sys_path) or ():
                below = os.path.join(str(folder), string)
                for file, is_package in ((os.path.join(below, "__init__.py"), True), (f"{below}.py", False)):
                    if file in self.texts:
                        return OpenDocument(file, self.texts[file]), is_package
                    if os.path.isfile(file):
                        return FileIO(file), is_package
                if os.path.isdir(below):
                    spaces.append(below)
            if path is None and string in sys.builtin_module_names:
                return None, False
            return (ImplicitNSInfo(full_name or string, spaces), True) if spaces else (None, None)

    class Environment(InterpreterEnvironment):  # type: ignore[misc]
        """This interpreter, without its `sys.path`."""

        def __init__(self, texts: Mapping[str, str]) -> None:
            super().__init__()
            self._texts = texts

        def get_inference_state_subprocess(self, inference_state: Any) -> State:
            state = State(inference_state)
            state.texts = self._texts
            return state

        def get_sys_path(self) -> list[str]:
            return [_LIBRARY]

    class Used:
        """What `infer` uses."""

    used: Any = Used()
    used.Script, used.Project, used.Environment = jedi.Script, jedi.Project, Environment
    # What the first question would spend its time on: the stubs of the built-in names.
    nowhere = jedi.Project(_LIBRARY, sys_path=(_LIBRARY,), smart_sys_path=False)
    jedi.Script("a = str()\na", environment=Environment({}), project=nowhere).infer(2, 0)
    return used
