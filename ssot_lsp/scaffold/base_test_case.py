"""The two base classes of this test suite: `SSotBaseTestCase` and `SSotAsyncTestCase`.

Both are `unittest.TestCase`s, so they have all assert methods, and run alike under pytest and
under `python -m unittest`. What they add:

* **Nothing passes unrun.** A plain TestCase calls an `async def test_…`, drops the coroutine
  and reports success; here it is awaited. Set-up that nobody would call or await is refused
  where the class is defined, with the name to use instead.
* **The environment is each test's own.** Whatever `setUp`, the test and `tearDown` do to
  `os.environ` is undone, also when they fail; `temp_env_vars` sets variables for a block.
* **Metrics.** `record_metric` and `increment_metric` note numbers, the execution time is noted
  by itself, `get_all_metrics` returns them.
* **Cleanup.** `enter_context` enters a context manager until the test ends. `addCleanup` is
  unittest's own, and works here as everywhere.
* `self.mock_factory` is the factory.

This file is yours: add what all your tests need. It needs nothing but the standard library and
the factory, Python 3.9 or later.
"""

from __future__ import annotations

import asyncio
import contextlib
import functools
import inspect
import os
import time
import unittest
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

from .mock_factory import SSotMockFactory

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from contextlib import AbstractAsyncContextManager, AbstractContextManager

T = TypeVar("T")

_NEVER_AWAITED = {
    "setUp": "asyncSetUp",
    "tearDown": "asyncTearDown",
    "setup_method": "asyncSetUp",
    "teardown_method": "asyncTearDown",
    "setUpClass": "a plain `def setUpClass`",
    "tearDownClass": "a plain `def tearDownClass`",
    "setup_class": "a plain `def setUpClass`",
    "teardown_class": "a plain `def tearDownClass`",
}
_NEVER_CALLED = {
    "async_setup_method": "asyncSetUp",
    "async_teardown_method": "asyncTearDown",
}


def _what_never_runs(cls: type) -> Iterator[str]:
    """Say what neither unittest nor pytest would run, though it looks as if, and what to do."""
    for name, instead in _NEVER_AWAITED.items():
        if inspect.iscoroutinefunction(getattr(cls, name, None)):
            yield f"{name} is async and would never be awaited: use {instead}"
    for name, instead in _NEVER_CALLED.items():
        if hasattr(cls, name):
            yield f"{name} would never be called: use {instead}"
    for name in ("asyncSetUp", "asyncTearDown"):
        if hasattr(cls, name) and not issubclass(cls, unittest.IsolatedAsyncioTestCase):
            yield f"{name} would never be called: derive from SSotAsyncTestCase"
    for name in dir(cls):
        test = getattr(cls, name, None) if name.startswith("test") else None
        if inspect.isgeneratorfunction(test) or inspect.isasyncgenfunction(test):
            yield f"{name} would never run, it yields: take the `yield` out"


class SSotBaseTestCase(unittest.TestCase):
    """The base of tests whose set-up awaits nothing.

    Prepare in `setUp` and clean up in `tearDown`, each with a call of `super()`. An async test
    gets an event loop of its own; tests that share one with their set-up want `SSotAsyncTestCase`.
    """

    mock_factory: ClassVar[type[SSotMockFactory]] = SSotMockFactory

    def __init_subclass__(cls, **kwargs: Any) -> None:
        """Refuse a class of which something would silently not run."""
        super().__init_subclass__(**kwargs)
        for complaint in _what_never_runs(cls):
            message = f"{cls.__qualname__}.{complaint}"
            raise TypeError(message)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._metrics: dict[str, Any] = {}
        self._started: float | None = None
        self._is_run_by_pytest = False

    def run(self, result: unittest.TestResult | None = None) -> unittest.TestResult | None:
        """Run the test as unittest does, in an environment that is put back afterwards."""
        self._is_run_by_pytest = type(result).__module__.split(".")[0] == "_pytest"
        self._await_async_test()
        environment = dict(os.environ)
        self._started = time.perf_counter()
        try:
            return super().run(result)
        finally:
            self._metrics["execution_time"] = time.perf_counter() - self._started
            self._started = None
            _restore_environment(environment)

    def setUp(self) -> None:
        """Prepare the test; called before each one. An override calls `super().setUp()` first."""
        super().setUp()
        if not self._is_run_by_pytest:  # which calls these two itself
            test = getattr(self, self._testMethodName)
            self.setup_method(test)
            self.addCleanup(self.teardown_method, test)

    def setup_method(self, method: Callable[..., Any] | None = None) -> None:
        """Prepare the test, by the name that pytest has for it; called once by either runner."""

    def teardown_method(self, method: Callable[..., Any] | None = None) -> None:
        """Clean up after the test, by the name that pytest has for it."""

    # Environment

    @contextlib.contextmanager
    def temp_env_vars(self, **variables: str | None) -> Iterator[None]:
        """Set environment variables for a block, or take those that are None away.

        with self.temp_env_vars(STAGE="test", API_KEY=None): ...
        """
        environment = dict(os.environ)
        try:
            for name, value in variables.items():
                if value is None:
                    os.environ.pop(name, None)
                else:
                    os.environ[name] = value
            yield
        finally:
            _restore_environment(environment, variables)

    # Metrics

    def record_metric(self, name: str, value: Any) -> None:
        """Note a value under a name; the last one counts."""
        self._metrics[name] = value

    def increment_metric(self, name: str, by: float = 1) -> None:
        """Add to a number, which starts at 0."""
        self._metrics[name] = self._metrics.get(name, 0) + by

    def get_metric(self, name: str, default: Any = None) -> Any:
        """Return what was noted under a name."""
        return self.get_all_metrics().get(name, default)

    def get_all_metrics(self) -> dict[str, Any]:
        """Return all that was noted, and `execution_time`: the seconds since the test began."""
        if self._started is None:
            return dict(self._metrics)
        return {**self._metrics, "execution_time": time.perf_counter() - self._started}

    # Cleanup

    def enter_context(self, context: AbstractContextManager[T]) -> T:
        """Enter a context manager until the test ends, and return what it yields.

        gateway = self.enter_context(patch("shop.gateway"))
        """
        stack = contextlib.ExitStack()
        self.addCleanup(stack.close)
        return stack.enter_context(context)

    def _await_async_test(self) -> None:
        """Put a function that runs the event loop in the place of an async test."""
        has_loop = isinstance(self, unittest.IsolatedAsyncioTestCase)
        test = getattr(self, self._testMethodName, None)
        if has_loop or not inspect.iscoroutinefunction(test):
            return

        @functools.wraps(test)
        def run_test() -> None:
            asyncio.run(test())

        setattr(self, self._testMethodName, run_test)


class SSotAsyncTestCase(SSotBaseTestCase, unittest.IsolatedAsyncioTestCase):
    """The base of tests whose set-up awaits something, on the same event loop as the test.

    Prepare in `asyncSetUp`, which comes after `setUp`, and clean up in `asyncTearDown`. Coroutines
    are cleaned up by unittest's `addAsyncCleanup`. Plain tests work here as well.
    """

    async def enter_async_context(self, context: AbstractAsyncContextManager[T]) -> T:
        """Enter an async context manager until the test ends, and return what it yields."""
        stack = contextlib.AsyncExitStack()
        self.addAsyncCleanup(stack.aclose)
        return await stack.enter_async_context(context)


def _restore_environment(
    before: Mapping[str, str],
    names: Mapping[str, Any] | None = None,
) -> None:
    """Give the variables `names`, by default all, the values that they had in `before`."""
    for name in {*before, *os.environ} if names is None else names:
        if name not in before:
            os.environ.pop(name, None)
        elif os.environ.get(name) != before[name]:
            os.environ[name] = before[name]
