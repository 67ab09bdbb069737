"""What names say: their words, whether they read as a function, and which name was meant by a wrong one."""

from __future__ import annotations

import re
from difflib import SequenceMatcher
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

# What nearly every name of a double or of a method that makes one says.
_GENERIC = frozenset(
    {
        *("mock", "mocks", "mocked", "fake", "stub", "dummy", "double", "spy", "test", "create", "make"),
        *("build", "get", "new", "setup", "the", "a", "an", "my", "for", "with", "instance", "object", "obj"),
        *("fixture", "of", "and", "to", "from", "standard", "default", "real", "async", "sync"),
    }
)
# Short forms that stand for the same thing wherever they were seen; nothing that is merely related.
_SHORT = {
    "ws": "websocket",
    "db": "database",
    "ctx": "context",
    "config": "configuration",
    "cfg": "configuration",
    "conf": "configuration",
    "conn": "connection",
    "msg": "message",
}
_PARTS = re.compile(r"[A-Z]+(?![a-z])|[A-Z][a-z]+|[a-z]+|\d+")
_DOUBLES = frozenset({"mock", "mocked", "fake", "stub", "dummy", "spy", "patched"})
_MAKING = frozenset({"get", "create", "make", "build", "new", "setup", "provide"})
# What starts the name of a function, and hardly that of a thing.
_VERBS = frozenset(
    {
        *("get", "create", "make", "build", "setup", "provide", "on", "is", "has", "can", "should", "do"),
        *("set", "send", "receive", "handle", "fetch", "delete", "remove", "add", "append", "insert", "save"),
        *("update", "emit", "notify", "publish", "subscribe", "unsubscribe", "register", "unregister", "pop"),
        *(
            "validate",
            "verify",
            "apply",
            "execute",
            "invoke",
            "parse",
            "render",
            "convert",
            "resolve",
            "find",
        ),
        *("retrieve", "compute", "calculate", "generate", "initialize", "initialise", "ensure", "wait"),
        *("raise", "return", "enqueue", "dequeue", "encode", "decode", "authenticate", "authorize", "reset"),
        *(
            "init",
            "attach",
            "detach",
            "allocate",
            "deallocate",
            "destroy",
            "terminate",
            "extend",
            "unreserve",
        ),
        *("undefine", "populate", "assign", "replace", "rename", "perform", "configure", "enable", "disable"),
        *("activate", "deactivate", "unlock", "unmount", "evict", "instantiate", "determine", "detect"),
        *(
            "discover",
            "normalize",
            "serialize",
            "deserialize",
            "transform",
            "extract",
            "increment",
            "decrement",
        ),
        *("maintain", "assert", "connect", "disconnect", "acquire", "release", "maybe", "try", "put", "push"),
    }
)
# The same of what is patched, which is a function more often than not.
_VERBS_OF_PATCHED = _VERBS | {
    *("open", "close", "start", "stop", "run", "call", "read", "write", "load", "store", "check", "log"),
    *("list", "process", "request", "refresh", "schedule", "limit", "move", "dispatch", "lookup", "query"),
    *("search", "import", "format", "copy", "print", "exit", "kill", "spawn", "submit", "cancel", "watch"),
    *("warn", "wrap", "select", "sync", "download", "upload", "install", "prepare", "launch", "collect"),
}
# What follows these tells more of a thing, and not what it is.
_PREPOSITIONS = frozenset({"from", "to", "for", "of", "with", "by", "via"})
_LEAST_MEANT = 0.6
_LEAST_LETTERS = 0.8
_LEAST_SLIP = 0.75
_MOST = 3


def words(name: str, vocabulary: Collection[str] = ()) -> tuple[str, ...]:
    """The words of a name that mean something: `create_mock_websocket` and `mockWS` both say `websocket`.

    Neighbours that make one word of `vocabulary` are one: `WebSocket`.
    """
    return _meaning((part.lower() for part in _PARTS.findall(name)), vocabulary)


def head(name: str, vocabulary: Collection[str] = ()) -> tuple[str, ...]:
    """The words of what a name is about: a `websocket_from_agent` is a websocket, a `mock_for_agent` an agent."""
    parts = [part.lower() for part in _PARTS.findall(name)]
    for index, part in enumerate(parts):
        if part in _PREPOSITIONS and (found := _meaning(parts[:index], vocabulary)):
            return found
    return _meaning(parts, vocabulary)


def verb(name: str, *, is_patched: bool = False) -> str:
    """The word by which a name is that of a function, as in `send_message` and `mock_on_message`; empty in any other.

    What is patched and says from or for what it is, `connection_for_write`, is a function too.
    """
    if name[:1].isupper():
        return ""
    parts: list[str] = [part.lower() for part in _PARTS.findall(name)]
    while parts and parts[0] in _DOUBLES:
        parts.pop(0)
    if not any(part not in _DOUBLES for part in parts[1:]):
        return ""
    if parts[0] in (_VERBS_OF_PATCHED if is_patched else _VERBS):
        return parts[0]
    prepositions = [part for part in parts[1:] if part in _PREPOSITIONS]
    return prepositions[0] if is_patched and prepositions else ""


def product(name: str) -> str:
    """What a function makes by its name: `socket` for `make_socket`; empty where its name does not say that it makes."""
    first, _, rest = name.lstrip("_").partition("_")
    return rest if first in _MAKING else ""


def is_of_double(name: str) -> bool:
    """Whether a name says of itself that it is a double's."""
    return any(part.lower() in _DOUBLES for part in _PARTS.findall(name))


def did_you_mean(name: str, names: Iterable[str]) -> tuple[str, ...]:
    """The names that may have been meant by `name`, best first, at most three: by words, then by letters."""
    known = tuple(names)
    vocabulary = frozenset(word for each in known for word in words(each))
    asked = set(words(name, vocabulary))
    scores: dict[str, tuple[float, float]] = {}
    for each in known:
        if each == name:
            continue
        own = set(words(each))
        shared = 2 * len(asked & own) / (len(asked) + len(own)) if asked and own else 0.0
        letters = SequenceMatcher(None, name.lower(), each.lower()).ratio()
        if not all(any(_is_slip(word, other) for other in (*own, *_GENERIC)) for word in asked - own):
            letters = 0.0  # `execution_engine` is no slip for `execution_context`
        if shared >= _LEAST_MEANT or letters >= _LEAST_LETTERS:
            scores[each] = (shared if shared >= _LEAST_MEANT else 0.0, letters)
    best = sorted(scores, key=lambda each: (-max(scores[each]), -sum(scores[each]), each))
    if best and max(scores[best[0]]) == 1.0:  # the very same words: nothing else was meant
        best = [each for each in best if max(scores[each]) == 1.0]
    return tuple(best[:_MOST])


def _meaning(parts: Iterable[str], vocabulary: Collection[str]) -> tuple[str, ...]:
    joined: list[str] = []
    for part in (_SHORT.get(each, each) for each in parts):
        if joined and joined[-1] + part in {*vocabulary, *_SHORT.values()}:
            joined[-1] += part
        else:
            joined.append(part)
    return tuple(
        dict.fromkeys(
            part for part in joined if part not in _GENERIC and not part.isdigit() and len(part) > 1
        )
    )


def _is_slip(word: str, other: str) -> bool:
    return SequenceMatcher(None, word, other).ratio() >= _LEAST_SLIP
