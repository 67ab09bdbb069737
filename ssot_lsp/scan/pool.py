"""Several processes for many files: how the work is parted, and how it ends early."""

from __future__ import annotations

import contextlib
import gc
import signal
from typing import TYPE_CHECKING

from ssot_lsp.scan.checker import Checker, Part, failed

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator, Sequence

    from ssot_lsp.files import Files, Found
    from ssot_lsp.scan.report import Options

_POOL_FROM = 1_500_000  # bytes to parse: below, starting processes costs more than it saves
_MOMENT = 0.1  # seconds between two looks at whether the run is wanted still
_CHUNKS_PER_JOB = 8  # so that all processes end at nearly the same time


def results_of(
    found: Sequence[Found], folders: tuple[str, ...], options: Options, files: Files | None
) -> Generator[Part, None, None]:
    """The results for the files, in any order, from as many processes as are worth it.

    Where nothing has come for a moment that is told too, by a part without results, so that the run can be ended.
    """
    if options.jobs > 1 and files is None and sum(each.stamp.size for each in found) >= _POOL_FROM:
        yield from _from_pool(found, folders, options)
    elif found:
        checker = Checker(folders, options, files)
        for each in found:
            yield checker.check_all((each.path,))


def _from_pool(
    found: Sequence[Found], folders: tuple[str, ...], options: Options
) -> Generator[Part, None, None]:
    import multiprocessing  # noqa: PLC0415 - what is known already, or little, needs no processes: 30 ms saved
    from concurrent.futures import FIRST_COMPLETED, ProcessPoolExecutor, wait  # noqa: PLC0415
    from concurrent.futures.process import BrokenProcessPool  # noqa: PLC0415

    chunks = list(chunks_of(found, options.jobs * _CHUNKS_PER_JOB))
    pool = ProcessPoolExecutor(
        min(options.jobs, len(chunks)),
        multiprocessing.get_context("spawn"),
        _start_process,
        (folders, options),
    )
    try:
        with _interrupts_ignored():  # the processes inherit that: an interrupt is the business of this one
            futures = {pool.submit(_check_chunk, chunk): chunk for chunk in chunks}
        waiting = set(futures)
        while waiting:
            done, waiting = wait(waiting, _MOMENT, FIRST_COMPLETED)
            if not done:
                yield Part()
            for future in done:
                if isinstance(future.exception(), BrokenProcessPool):
                    reason = "the process that checked it ended unexpectedly"
                    yield Part([failed(path, reason) for path in futures[future]])
                else:
                    yield future.result()
        pool.shutdown()
    except BaseException:
        processes = list((pool._processes or {}).values())  # noqa: SLF001 - those of other runs go on
        pool.shutdown(wait=False, cancel_futures=True)
        for process in processes:
            process.terminate()
        raise


def chunks_of(found: Sequence[Found], number: int) -> Iterator[tuple[str, ...]]:
    """The paths in about `number` parts of equal size in bytes, neighbours together, since they share what they import.

    The largest files come first, one by one, so that none of them is the last to end.
    """
    limit = sum(each.stamp.size for each in found) / number
    large = sorted((each for each in found if each.stamp.size >= limit), key=lambda each: -each.stamp.size)
    yield from ((each.path,) for each in large)
    chunk: list[str] = []
    size = 0
    for each in found:
        if each.stamp.size >= limit:
            continue
        chunk.append(each.path)
        size += each.stamp.size
        if size >= limit:
            yield tuple(chunk)
            chunk, size = [], 0
    if chunk:
        yield tuple(chunk)


@contextlib.contextmanager
def _interrupts_ignored() -> Iterator[None]:
    try:
        previous = signal.signal(signal.SIGINT, signal.SIG_IGN)
    except ValueError:  # not the main thread, which alone hears of interrupts
        yield
        return
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, previous)


_checker: Checker | None = None  # of this process, when it is one of the pool


def _start_process(folders: tuple[str, ...], options: Options) -> None:
    global _checker  # noqa: PLW0603 - the pool has no other place for what its tasks share
    gc.disable()  # the checker frees each file by itself, and the process is short-lived
    _checker = Checker(folders, options)


def _check_chunk(paths: Sequence[str]) -> Part:
    assert _checker is not None  # noqa: S101 - for the types; the pool calls _start_process first
    return _checker.check_all(paths)
