"""Any value of a fact or document type, for tests that state what holds for all of them.

`values_of(kind)` reads the annotations. The pools are small on purpose, so that ids and times
collide and versions differ in few fields. `relaxed` are the settings to run such tests with: the
same examples every time, no files kept, no clock.
"""

from __future__ import annotations

import types
import typing
from dataclasses import fields, is_dataclass
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

relaxed = settings(
    derandomize=True,
    database=None,
    deadline=None,
    max_examples=60,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)

START = datetime(2026, 11, 20, 2, 0, tzinfo=UTC)
KUALA_LUMPUR = timezone(timedelta(hours=8))
POOLS: dict[Any, st.SearchStrategy[Any]] = {
    int: st.integers(1, 3),
    bool: st.booleans(),
    str: st.sampled_from(["", "a", "success", "pending", "failure", "Kopi “O” 咖啡"]),
    Decimal: st.sampled_from([Decimal(text) for text in ("0", "0.00", "1.5", "1.50", "-7.25")]),
    datetime: st.sampled_from([START, START.astimezone(KUALA_LUMPUR), START + timedelta(hours=1)]),
}


def values_of(kind: Any, **given: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """Values of the annotation `kind`; for a dataclass, `given` replaces some of its fields."""
    origin = typing.get_origin(kind)
    if origin in (typing.Union, types.UnionType):
        return st.one_of(*(values_of(arg) for arg in typing.get_args(kind)))
    if kind is type(None):
        return st.none()
    if origin is tuple:
        return st.lists(values_of(typing.get_args(kind)[0]), max_size=2).map(tuple)
    if is_dataclass(kind):
        hints = typing.get_type_hints(kind)
        read = {f.name: values_of(hints[f.name]) for f in fields(kind) if f.name not in given}
        return st.builds(typing.cast(Any, kind), **read, **given)
    return POOLS[kind]
