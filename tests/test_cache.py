"""Earlier results: kept where they belong, used only while all that they depend on is as it was."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
import zlib
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from ssot_lsp import cache as cache_module
from ssot_lsp.cache import Cache, Result, Row, cache_folder, cache_path, engine_key
from ssot_lsp.files import Found, Stamp
from ssot_lsp.index.answers import sayings
from ssot_lsp.stamps import digest_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ssot_lsp.index.outlines import Outline

OLD = Stamp(10**18, 100)  # nanoseconds: a day in 2001, bytes
ROW = Row(
    (1, 4),
    (1, 8),
    "unjustified-mock",
    2,
    "why",
    (("", (3, 0), (3, 4), "`Mock` belongs to it"),),
    "    m = Mock()",
    0,
    (("Justify", False),),
)


class World:
    """What a cache asks, by hand."""

    def __init__(self) -> None:
        self.stamps: dict[str, Stamp] = {}
        self.listings: dict[str, int] = {}
        self.modules: dict[tuple[str, str], str] = {}
        self.texts: dict[str, bytes] = {}
        self.outlines: dict[str, Outline] = {}
        self.asked: list[str] = []
        self.written = 1  # when the Python files were

    def stamp(self, path: str) -> Stamp | None:
        return self.stamps.get(path)

    def listing(self, folder: str) -> int:
        self.asked.append(folder)
        return self.listings.get(folder, 0)

    def path_of(self, module: str, folder: str) -> str | None:
        self.asked.append(module)
        return self.modules.get((module, folder))

    def python_files(self, root: str) -> Mapping[str, tuple[int, int]]:
        self.asked.append(root)
        return {path: (self.written, len(data)) for path, data in self.texts.items() if path.startswith(root)}

    def data(self, path: str) -> bytes:
        self.asked.append(path)
        return self.texts[path]

    def outline(self, path: str) -> Outline | None:
        self.asked.append(path)
        return self.outlines.get(path)


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
def path(tmp_path: Path) -> str:
    return str(tmp_path / "folder" / "a.ssot-lsp-cache")


def remember(
    path: str,
    world: World,
    *results: Result,
    stamp: Stamp = OLD,
    config: str = "config",
    key: str = "key",
    listings: dict[str, int] | None = None,
) -> None:
    cache = Cache(path, key, world)
    for result in results:
        cache.put(Found(result.path, stamp), config, result)
    cache.save(listings or {}, lambda _: False)


def recall(
    path: str,
    world: World,
    name: str = "/a.py",
    *,
    stamp: Stamp = OLD,
    config: str = "config",
    key: str = "key",
) -> Result | None:
    return Cache(path, key, world).get(Found(name, stamp), config)


def test_a_result_comes_back_as_it_was(path: str, world: World) -> None:
    result = Result("/a.py", (ROW, ROW), 3, is_test=False)
    remember(path, world, result, Result("/b.py"))
    assert recall(path, world) == result
    assert recall(path, world, "/b.py") == Result("/b.py")
    assert recall(path, world, "/c.py") is None


@pytest.mark.parametrize(
    "change",
    [
        pytest.param({"stamp": Stamp(OLD.mtime_ns + 1, OLD.size)}, id="written"),
        pytest.param({"stamp": Stamp(OLD.mtime_ns, OLD.size + 1)}, id="another size"),
        pytest.param({"config": "other"}, id="another configuration"),
        pytest.param({"key": "other"}, id="another engine"),
    ],
)
def test_what_has_changed_is_not_known(path: str, world: World, change: dict[str, object]) -> None:
    remember(path, world, Result("/a.py", (ROW,)))
    assert recall(path, world) is not None
    assert recall(path, world, **change) is None  # type: ignore[arg-type]


def test_a_file_that_another_depends_on(path: str, world: World) -> None:
    world.stamps["/dep.py"] = OLD
    remember(path, world, Result("/a.py", (ROW,), dependencies=("/dep.py",)), Result("/b.py"))
    assert recall(path, world) is not None
    world.stamps["/dep.py"] = Stamp(OLD.mtime_ns, 1)
    assert recall(path, world) is None
    assert recall(path, world, "/b.py") is not None
    del world.stamps["/dep.py"]
    assert recall(path, world) is None


BASE_OUTLINE = {"": 0, "Base": 1, "Other": 2}


@pytest.mark.parametrize(
    ("outline", "text", "is_known"),
    [
        pytest.param(BASE_OUTLINE, b"class T(Base): ...", True, id="no name"),
        pytest.param({**BASE_OUTLINE, "Other": 3}, b"class T(Base): ...", True, id="a name of no concern"),
        pytest.param(
            {**BASE_OUTLINE, "Base": 3}, b"class T(Base): ...", False, id="a name that is mentioned"
        ),
        pytest.param({"": 0, "Other": 2}, b"class T(Base): ...", False, id="a name that is gone"),
        pytest.param({**BASE_OUTLINE, "Base": 3}, b"class T(BaseCase): ...", True, id="a part of a word"),
        pytest.param({**BASE_OUTLINE, "Base": 3}, b"import middle", False, id="a name that is passed on"),
        pytest.param({**BASE_OUTLINE, "": 1}, b"", False, id="any name"),
        pytest.param(None, b"", False, id="more than names"),
    ],
)
def test_a_file_of_which_the_names_count(
    path: str, world: World, outline: Outline | None, text: bytes, *, is_known: bool
) -> None:
    world.stamps |= {"/base.py": OLD, "/middle.py": OLD}
    world.texts = {"/a.py": text, "/middle.py": b"from base import Base" if b"middle" in text else b""}
    result = Result("/a.py", (ROW,), dependencies=("/base.py", "/middle.py"))
    cache = Cache(path, "key", world)
    cache.take({}, {"/base.py": BASE_OUTLINE, "/middle.py": None}, {})
    cache.put(Found("/a.py", OLD), "config", result)
    cache.save({}, lambda _: False)
    assert recall(path, world) is not None

    world.stamps["/base.py"] = Stamp(OLD.mtime_ns, 1)
    if outline is not None:
        world.outlines["/base.py"] = outline
    assert (recall(path, world) is not None) is is_known


def test_what_was_found_to_hold_is_not_looked_at_again(path: str, world: World) -> None:
    world.stamps["/base.py"] = OLD
    world.texts = {"/a.py": b""}
    cache = Cache(path, "key", world)
    cache.take({}, {"/base.py": BASE_OUTLINE}, {})
    cache.put(Found("/a.py", OLD), "config", Result("/a.py", dependencies=("/base.py",)))
    cache.save({}, lambda _: False)
    world.stamps["/base.py"] = Stamp(OLD.mtime_ns, 1)
    world.outlines["/base.py"] = {"": 0}

    again = Cache(path, "key", world)
    assert again.get(Found("/a.py", OLD), "config") is not None
    again.save({}, lambda _: False)
    world.asked.clear()
    assert recall(path, world) is not None
    assert world.asked == []


def test_a_file_that_counts_as_a_whole_to_some_does_so_to_all(path: str, world: World) -> None:
    world.stamps["/base.py"] = OLD
    cache = Cache(path, "key", world)
    cache.take({}, {"/base.py": BASE_OUTLINE}, {})
    cache.take({}, {"/base.py": None}, {})
    cache.put(Found("/a.py", OLD), "config", Result("/a.py", dependencies=("/base.py",)))
    cache.save({}, lambda _: False)
    world.stamps["/base.py"] = Stamp(OLD.mtime_ns, 1)
    world.outlines["/base.py"] = BASE_OUTLINE

    assert recall(path, world) is None


def test_a_file_that_is_not_there_is_depended_on_too(path: str, world: World) -> None:
    remember(path, world, Result("/a.py", (ROW,), dependencies=("/conftest.py",)))
    assert recall(path, world) is not None
    world.stamps["/conftest.py"] = OLD
    assert recall(path, world) is None


def test_modules_are_looked_up_anew_only_when_a_folder_holds_others(path: str, world: World) -> None:
    world.stamps["/"] = OLD
    world.listings["/"] = 1
    world.modules = {("doubles", "/"): "/doubles.py"}
    lookups = (("doubles", "/doubles.py"), ("celery", None))
    remember(path, world, Result("/a.py", (ROW,), lookups=lookups), listings={"/": 1})
    world.modules = {}
    assert recall(path, world) is not None
    assert world.asked == [], "the folder's own stamp says enough"

    world.stamps["/"] = Stamp(OLD.mtime_ns + 1, 0)
    assert recall(path, world) is not None
    assert world.asked == ["/"], "it was written to, but holds the same"

    world.listings["/"] = 2
    assert recall(path, world) is None
    world.modules = {("doubles", "/"): "/doubles.py"}
    assert recall(path, world) is not None
    world.modules[("celery", "/")] = "/celery.py"
    assert recall(path, world) is None


def test_a_result_that_came_from_a_search_holds_while_the_files_say_the_same(path: str, world: World) -> None:
    base, heirs = ("/", "holders", "class Base"), ("/", "heirs", "Base")
    world.texts = {"/base.py": b"class Base: ...\n", "/other.py": b"x = 1\n"}
    told = sayings(world.texts["/base.py"], (base,))
    cache = Cache(path, "key", world)
    for name, search in (("/a.py", base), ("/b.py", heirs)):
        cache.put(Found(name, OLD), "config", Result(name, (ROW,), searches=(search,)))
    cache.take({base: {"/base.py": told[base]}, heirs: {}}, {}, {})
    cache.save({}, lambda _: False)

    assert recall(path, world, "/a.py") is not None
    world.asked.clear()
    assert recall(path, world, "/b.py") is not None
    assert world.asked == ["/"], "no file is read that is as it was"
    world.texts["/other.py"] = b"class Other(Base): ...\n"
    assert recall(path, world, "/a.py") is not None
    assert recall(path, world, "/b.py") is None
    world.texts["/more.py"] = b"\n    class Base: ...\n"
    assert recall(path, world, "/a.py") is None


def test_a_search_that_two_saw_end_differently_is_not_trusted(path: str, world: World) -> None:
    search = ("/", "heirs", "Base")
    cache = Cache(path, "key", world)
    cache.put(Found("/a.py", OLD), "config", Result("/a.py", (ROW,), searches=(search,)))
    cache.take({search: {}}, {}, {})
    cache.take({search: {"/other.py": 1}}, {}, {})
    cache.save({}, lambda _: False)
    assert recall(path, world, "/a.py") is None


def checked_out(path: str, world: World, *results: Result, **arguments: bytes) -> None:
    """Remember `results` with the digests of all texts, and those that are given as well."""
    cache = Cache(path, "key", world)
    for result in results:
        cache.put(Found(result.path, OLD), "config", result)
    for name, text in world.texts.items():
        cache.take({}, {}, {name: digest_of(text)})
    cache.take({}, {}, {f"/{name}.py": digest_of(text) for name, text in arguments.items()})
    cache.save({}, lambda _: False)


AGAIN = Stamp(OLD.mtime_ns + 1, OLD.size)


@pytest.mark.parametrize(
    ("text", "stamp", "is_known", "asked"),
    [
        pytest.param(b"x = 1\n", AGAIN, True, ["/a.py"], id="with what it said"),
        pytest.param(b"x = 2\n", AGAIN, False, ["/a.py"], id="with something else"),
        pytest.param(b"x = 1\n", Stamp(OLD.mtime_ns + 1, OLD.size + 1), False, [], id="of another size"),
    ],
)
def test_a_file_that_was_written_anew(
    path: str, world: World, text: bytes, stamp: Stamp, *, is_known: bool, asked: list[str]
) -> None:
    world.texts["/a.py"] = b"x = 1\n"
    checked_out(path, world, Result("/a.py", (ROW,)))
    world.texts["/a.py"] = text
    world.asked.clear()
    assert (recall(path, world, stamp=stamp) is not None) is is_known
    assert world.asked == asked


def test_a_file_that_was_written_anew_is_read_once(path: str, world: World) -> None:
    world.texts["/a.py"] = b"x = 1\n"
    checked_out(path, world, Result("/a.py", (ROW,)))
    for name in ("/b.py", "/c.py"):  # there is something to be written
        cache = Cache(path, "key", world)
        assert cache.get(Found("/a.py", AGAIN), "config")
        cache.put(Found(name, OLD), "config", Result(name))
        cache.save({}, lambda _: False)
    world.asked.clear()
    for stamp in (OLD, AGAIN):
        assert recall(path, world, stamp=stamp) is not None
    assert world.asked == []


def test_a_file_just_written_anew_may_be_written_once_more(path: str, world: World) -> None:
    world.texts["/a.py"] = b"x = 1\n"
    checked_out(path, world, Result("/a.py", (ROW,)))
    just_now = Stamp(time.time_ns(), OLD.size)
    cache = Cache(path, "key", world)
    assert cache.get(Found("/a.py", just_now), "config")
    cache.save({}, lambda _: False)
    assert recall(path, world, stamp=just_now) is not None
    world.texts["/a.py"] = b"x = 2\n"
    assert recall(path, world, stamp=just_now) is None


def test_a_dependency_that_was_written_anew(path: str, world: World) -> None:
    world.stamps["/base.py"], world.texts["/base.py"] = OLD, b"class Base: ...\n"
    checked_out(path, world, Result("/a.py", (ROW,), dependencies=("/base.py",)))
    world.stamps["/base.py"] = AGAIN
    assert recall(path, world) is not None
    world.texts["/base.py"] = b"class Case: ...\n"
    assert recall(path, world) is None


def test_a_search_over_files_that_were_written_anew(path: str, world: World) -> None:
    search = ("/root", "holders", "class Base")
    world.texts["/root/base.py"] = b"class Base: ...\n"
    cache = Cache(path, "key", world)
    cache.put(Found("/a.py", OLD), "config", Result("/a.py", searches=(search,)))
    said = sayings(world.texts["/root/base.py"], [search])
    cache.take({search: {"/root/base.py": said[search]}}, {}, {})
    cache.take({}, {}, {name: digest_of(text) for name, text in world.texts.items()})
    cache.save({}, lambda _: False)
    world.written = 2
    world.asked.clear()
    assert recall(path, world) is not None
    assert world.asked == ["/root", "/root/base.py"]
    world.texts["/root/base.py"] = b"class Case: ...\n"
    assert recall(path, world) is None


def test_a_file_that_was_written_while_it_was_read_is_not_known_by_what_it_said(
    path: str, world: World
) -> None:
    world.texts["/a.py"] = b"x = 1\n"
    checked_out(path, world, Result("/a.py", (ROW,)), a=b"x = 2\n")
    for text in (b"x = 1\n", b"x = 2\n"):
        world.texts["/a.py"] = text
        assert recall(path, world, stamp=AGAIN) is None


def test_what_was_not_looked_after_is_not_taken_for_sound_later(path: str, world: World) -> None:
    world.stamps["/"] = OLD
    world.modules = {("doubles", "/"): "/doubles.py"}
    lookups = (("doubles", "/doubles.py"),)
    results = [Result(f"/{name}.py", (ROW,), lookups=lookups) for name in "abc"]
    remember(path, world, *results, listings={"/": 0})
    world.listings["/"] = 7
    world.modules = {("doubles", "/"): "/doubles/__init__.py"}
    world.stamps["/"] = Stamp(OLD.mtime_ns + 1, 0)
    cache = Cache(path, "key", world)
    assert cache.get(Found("/a.py", OLD), "config") is None
    cache.put(
        Found("/a.py", OLD), "config", Result("/a.py", (), lookups=(("doubles", "/doubles/__init__.py"),))
    )
    cache.save({"/": 7}, lambda _: False)
    assert recall(path, world, "/b.py") is None
    assert recall(path, world, "/c.py") is None


def test_a_file_just_written_is_not_remembered(path: str, world: World) -> None:
    now = Stamp(4 * 10**18, 5)  # in 2096: also a clock that runs ahead
    world.stamps["/new.py"] = now
    remember(path, world, Result("/a.py", (ROW,)), stamp=now)
    remember(path, world, Result("/b.py", (ROW,), dependencies=("/new.py",)))
    assert recall(path, world, stamp=now) is None
    assert recall(path, world, "/b.py") is None


def test_what_could_not_be_read_is_not_remembered(path: str, world: World) -> None:
    remember(path, world, Result("/a.py", failure="Permission denied"))
    assert recall(path, world) is None


def test_others_are_kept_and_what_is_gone_is_dropped(path: str, world: World) -> None:
    world.stamps["/dep.py"] = OLD
    remember(path, world, Result("/a.py", (ROW,), dependencies=("/dep.py",)), Result("/b.py", (ROW,)))
    cache = Cache(path, "key", world)
    cache.put(Found("/c.py", OLD), "other", Result("/c.py", (ROW, ROW)))
    cache.save({}, lambda name: name == "/b.py")
    assert recall(path, world) == Result("/a.py", (ROW,))
    assert recall(path, world, "/b.py") is None
    assert recall(path, world, "/c.py", config="other") == Result("/c.py", (ROW, ROW))
    world.stamps["/dep.py"] = Stamp(1, 1)
    assert recall(path, world) is None


def test_what_was_missed_is_not_kept(path: str, world: World) -> None:
    remember(path, world, Result("/a.py", (ROW,)), Result("/b.py", (ROW,)))
    cache = Cache(path, "key", world)
    assert cache.get(Found("/a.py", Stamp(1, 1)), "config") is None
    cache.save({}, lambda _: False)
    assert recall(path, world) is None
    assert recall(path, world, "/b.py") is not None


def test_a_damaged_file_is_no_file(path: str, world: World) -> None:
    remember(path, world, Result("/a.py", (ROW,)))
    with open(path, "rb") as stream:
        whole = stream.read()
    for at in range(len(whole)):
        for damaged in (whole[:at], whole[:at] + bytes([whole[at] ^ 0x55]) + whole[at + 1 :]):
            with open(path, "wb") as stream:
                stream.write(damaged)
            assert recall(path, world) is None


def test_a_file_of_another_version_is_not_decoded(path: str, world: World) -> None:
    remember(path, world, Result("/a.py", (ROW,)))
    with open(path, "rb") as stream:
        magic = stream.readline()
    body = b"\0\0\0\0\0\0\0\4what"
    with open(path, "wb") as stream:
        stream.write(magic.replace(b" cache 1 ", b" cache 0 ") + zlib.crc32(body).to_bytes(4, "big") + body)
    assert recall(path, world) is None
    remember(path, world, Result("/a.py", (ROW,)))
    assert recall(path, world) is not None


def test_a_folder_that_cannot_be_written_is_no_failure(tmp_path: Path, world: World) -> None:
    (tmp_path / "file").write_text("in the way", encoding="utf-8")
    path = str(tmp_path / "file" / "a.ssot-lsp-cache")
    remember(path, world, Result("/a.py", (ROW,)))
    assert recall(path, world) is None
    (tmp_path / "taken").mkdir()
    remember(str(tmp_path / "taken"), world, Result("/a.py", (ROW,)))
    assert sorted(os.listdir(tmp_path)) == ["file", "taken"], "nothing is left lying about"


def test_without_a_path_nothing_is_kept(
    tmp_path: Path, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    cache = Cache(None, "key", world)
    cache.put(Found("/a.py", OLD), "config", Result("/a.py", (ROW,)))
    cache.save({}, lambda _: False)
    assert cache.get(Found("/a.py", OLD), "config") is None
    assert os.listdir(tmp_path) == []


def test_two_writers_leave_one_whole_file(path: str, world: World) -> None:
    first, second = Cache(path, "key", world), Cache(path, "key", world)
    for cache, name in ((first, "/a.py"), (second, "/b.py")):
        cache.put(Found(name, OLD), "config", Result(name, (ROW,)))
    first.save({}, lambda _: False)
    second.save({}, lambda _: False)
    assert recall(path, world, "/b.py") is not None
    assert os.listdir(os.path.dirname(path)) == ["a.ssot-lsp-cache"]


def test_an_unchanged_cache_is_not_written_again_but_marked_as_used(path: str, world: World) -> None:
    remember(path, world, Result("/a.py", (ROW,)))
    os.utime(path, (1, 1))
    before = os.stat(path)
    cache = Cache(path, "key", world)
    assert cache.get(Found("/a.py", OLD), "config") is not None
    cache.save({}, lambda _: False)
    after = os.stat(path)
    assert after.st_ino == before.st_ino
    assert after.st_mtime > before.st_mtime


def test_only_own_files_that_nobody_used_for_long_are_deleted(path: str, world: World) -> None:
    folder = os.path.dirname(path)
    os.makedirs(folder)
    for name in ("old.ssot-lsp-cache", "new.ssot-lsp-cache", "old.cache"):
        with open(os.path.join(folder, name), "wb"):
            pass
        if name.startswith("old"):
            os.utime(os.path.join(folder, name), (1, 1))
    remember(path, world, Result("/a.py", (ROW,)))
    assert sorted(os.listdir(folder)) == ["a.ssot-lsp-cache", "new.ssot-lsp-cache", "old.cache"]


@pytest.mark.parametrize(
    ("platform", "variables", "expected"),
    [
        pytest.param("linux", {"HOME": "/home/me"}, "/home/me/.cache/ssot-lsp", id="Linux"),
        pytest.param("linux", {"HOME": "/home/me", "XDG_CACHE_HOME": "/var/c"}, "/var/c/ssot-lsp", id="XDG"),
        pytest.param(
            "linux", {"HOME": "/home/me", "XDG_CACHE_HOME": "c"}, "/home/me/.cache/ssot-lsp", id="no path"
        ),
        pytest.param("darwin", {"HOME": "/Users/me"}, "/Users/me/Library/Caches/ssot-lsp", id="macOS"),
        pytest.param("win32", {"LOCALAPPDATA": "/local"}, "/local/ssot-lsp/Cache", id="Windows"),
        pytest.param("linux", {"HOME": "/home/me", "SSOT_LSP_CACHE_DIR": "/moved"}, "/moved", id="moved"),
    ],
)
@pytest.mark.skipif(sys.platform == "win32", reason="the expected paths are those of a POSIX system")
def test_where_results_are_kept(
    monkeypatch: pytest.MonkeyPatch, platform: str, variables: dict[str, str], expected: str
) -> None:
    for name in ("HOME", "XDG_CACHE_HOME", "LOCALAPPDATA", "SSOT_LSP_CACHE_DIR"):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(sys, "platform", platform)
    assert cache_folder() == expected


def test_the_name_of_a_cache_tells_workspaces_and_options_apart() -> None:
    paths = [cache_path("/a/repo"), cache_path("/b/repo"), cache_path("/a/repo", "select"), cache_path("/")]
    assert len(set(paths)) == 4
    assert os.path.basename(paths[0] or "").startswith("repo-")
    assert cache_path("/a/repo") == paths[0]


def test_the_key_changes_with_what_all_results_depend_on() -> None:
    assert engine_key("/root") == engine_key("/root") != engine_key("/other")
    for package, module in (("ssot_lsp", "cache"), ("tree_sitter", "__init__")):
        by_digest, by_stamp = f"{package}/{module}.py,sha256=", f"{package}{os.sep}{module}.py "
        assert by_digest in engine_key() or by_stamp in engine_key()


def test_an_environment_that_is_made_anew_has_the_same_key(tmp_path: Path) -> None:
    """Its files have other stamps; what an installer has recorded of them is the same."""
    keys = []
    for name in ("first", "second"):
        place = tmp_path / name
        shutil.copytree(
            Path(cache_module.__file__).parent, place / "ssot_lsp", ignore=lambda *_: ["__pycache__"]
        )
        recorded = place / "ssot_lsp-0.1.0.dist-info"
        recorded.mkdir()
        (recorded / "RECORD").write_text(
            "ssot_lsp/cache.py,sha256=abc,1\nssot_lsp-0.1.0.dist-info/METADATA,sha256=def,1\n"
        )
        code = "from ssot_lsp.cache import engine_key; print(engine_key())"
        environment = {**os.environ, "PYTHONPATH": str(place)}
        run = [sys.executable, "-c", code]
        ended = subprocess.run(run, env=environment, cwd=tmp_path, check=True, capture_output=True, text=True)
        keys.append(ended.stdout)
    assert keys[0] == keys[1]
    assert "ssot_lsp/cache.py,sha256=abc,1\n" in keys[0]
    assert str(tmp_path) not in keys[0]
