"""Names that are taken from a factory which surely lacks them, by mistake."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ssot_lsp.index.expectations import is_expected

if TYPE_CHECKING:
    from ssot_lsp.index.factory_uses import FactoryUse


def is_missing(use: FactoryUse) -> bool:
    """Whether what is taken from the factory is not there, and nothing says that this is known."""
    return (
        use.is_member
        and not use.factory.has(use.name)
        and not _is_made(use)
        and not _is_half_typed(use)
        and not is_expected(use.unit, use.reference.span[0], ("AttributeError",))
    )


def _is_made(use: FactoryUse) -> bool:
    """Whether the file looks for the name by itself, or makes what it stands for."""
    word = re.escape(use.name.encode("utf-8", "surrogatepass"))
    return re.search(rb"[\"']" + word + rb"[\"']|\." + word + rb"\s*=(?!=)", use.unit.data) is not None


def _is_half_typed(use: FactoryUse) -> bool:
    """Whether the name only follows a dot that the next line took for its own."""
    unit = use.unit
    start, end = (unit.start + each for each in use.reference.span)
    return unit.node.has_error and b"\n" in unit.data[start:end]
