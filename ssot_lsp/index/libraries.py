"""The classes of the standard library that tests derive from, written down: their bases, and what they offer.

A table, because it holds wherever the interpreter keeps its sources, if it has any, and for 3.10 to 3.14 alike.
"""

from __future__ import annotations

import builtins

OBJECT = "object"
TEST_CASE = "unittest.TestCase"
ASYNC_TEST_CASE = "unittest.IsolatedAsyncioTestCase"
GENERIC = "typing.Generic"
PROTOCOL = "typing.Protocol"

_BASES: dict[str, tuple[str, ...]] = {
    TEST_CASE: (OBJECT,),
    ASYNC_TEST_CASE: (TEST_CASE,),
    "unittest.FunctionTestCase": (TEST_CASE,),
    "doctest.DocTestCase": (TEST_CASE,),
    GENERIC: (OBJECT,),
    PROTOCOL: (GENERIC,),
    "abc.ABC": (OBJECT,),
    "threading.Thread": (OBJECT,),
    "threading.local": (OBJECT,),
    "contextlib.ContextDecorator": (OBJECT,),
    "logging.Filterer": (OBJECT,),
    "logging.Handler": ("logging.Filterer",),
    "json.JSONEncoder": (OBJECT,),
    "string.Formatter": (OBJECT,),
    "argparse.Action": ("argparse._AttributeHolder",),
    "argparse._AttributeHolder": (OBJECT,),
    "ast.NodeVisitor": (OBJECT,),
    "ast.NodeTransformer": ("ast.NodeVisitor",),
    "html.parser.HTMLParser": ("_markupbase.ParserBase",),
    "_markupbase.ParserBase": (OBJECT,),
}
_OTHER_NAMES = {
    "unittest.case.TestCase": TEST_CASE,
    "unittest.async_case.IsolatedAsyncioTestCase": ASYNC_TEST_CASE,
    "unittest.case.FunctionTestCase": "unittest.FunctionTestCase",
    "typing_extensions.Generic": GENERIC,
    "typing_extensions.Protocol": PROTOCOL,
    "json.encoder.JSONEncoder": "json.JSONEncoder",
}

TEST_CASE_NAMES = frozenset(
    {
        *("addClassCleanup", "addCleanup", "addTypeEqualityFunc", "assertAlmostEqual", "assertAlmostEquals"),
        *("assertCountEqual", "assertDictContainsSubset", "assertDictEqual", "assertEndsWith", "assertEqual"),
        *("assertEquals", "assertFalse", "assertGreater", "assertGreaterEqual", "assertHasAttr", "assertIn"),
        *("assertIs", "assertIsInstance", "assertIsNone", "assertIsNot", "assertIsNotNone"),
        *("assertIsSubclass", "assertLess", "assertLessEqual", "assertListEqual", "assertLogs"),
        *("assertMultiLineEqual", "assertNoLogs", "assertNotAlmostEqual", "assertNotAlmostEquals"),
        *("assertNotEndsWith", "assertNotEqual", "assertNotEquals", "assertNotHasAttr", "assertNotIn"),
        *("assertNotIsInstance", "assertNotIsSubclass", "assertNotRegex", "assertNotRegexpMatches"),
        *("assertNotStartsWith", "assertRaises", "assertRaisesRegex", "assertRaisesRegexp", "assertRegex"),
        *("assertRegexpMatches", "assertSequenceEqual", "assertSetEqual", "assertStartsWith", "assertTrue"),
        *("assertTupleEqual", "assertWarns", "assertWarnsRegex", "assert_", "countTestCases", "debug"),
        *("defaultTestResult", "doClassCleanups", "doCleanups", "enterClassContext", "enterContext", "fail"),
        *("failIf", "failIfEqual", "failUnless", "failUnlessEqual", "failUnlessRaises", "failureException"),
        *("id", "longMessage", "maxDiff", "run", "setUp", "setUpClass", "shortDescription", "skipTest"),
        *("subTest", "tearDown", "tearDownClass", "_testMethodName", "_testMethodDoc", "_outcome"),
    }
)
"""What `unittest.TestCase` offers to tests, in any version."""
ASYNC_TEST_CASE_NAMES = frozenset({"asyncSetUp", "asyncTearDown", "addAsyncCleanup", "enterAsyncContext"})
"""What `IsolatedAsyncioTestCase` offers besides."""


def library_class(dotted: str) -> str | None:
    """The name that a class of the standard library goes by in the tables; None for one that is not in them."""
    name = _OTHER_NAMES.get(dotted, dotted)
    if name in _BASES or name == OBJECT:
        return name
    return None


def builtin_class(name: str) -> str | None:
    """The name that a class goes by that needs no import; None where there is none."""
    found = getattr(builtins, name, None)
    if name == OBJECT:
        return OBJECT
    return f"builtins.{found.__name__}" if isinstance(found, type) else None


def library_bases(name: str) -> tuple[str, ...]:
    """The bases of a class that `library_class` or `builtin_class` named."""
    if name.startswith("builtins."):
        found = getattr(builtins, name.partition(".")[2])
        return tuple(OBJECT if base is object else f"builtins.{base.__name__}" for base in found.__bases__)
    return _BASES.get(name, ())


def library_names(name: str) -> frozenset[str]:
    """What a class of the tables itself offers to tests, as far as it is known."""
    return {TEST_CASE: TEST_CASE_NAMES, ASYNC_TEST_CASE: ASYNC_TEST_CASE_NAMES}.get(name, frozenset())
