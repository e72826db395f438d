"""Facts and documents survive being kept as JSON."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounting import codec
from accounting.documents.document import Key, Role
from accounting.facts import KINDS, Edit, MoneyBag, Transaction
from tests.strategies import relaxed, values_of

KOPI = MoneyBag(shop=Decimal("12.50"), presentment=Decimal("3.75"))


@relaxed
@given(st.data())
@pytest.mark.parametrize("kind", KINDS.values(), ids=list(KINDS))
def test_a_fact_read_back_is_the_fact_that_was_kept(kind: Any, data: st.DataObject) -> None:
    fact = data.draw(values_of(kind))

    kept = json.loads(json.dumps(codec.dump(fact)))

    assert codec.load(kind, kept) == fact


@relaxed
@given(st.data())
@pytest.mark.parametrize("kind", KINDS.values(), ids=list(KINDS))
def test_reading_back_keeps_the_canonical_text(kind: Any, data: st.DataObject) -> None:
    fact = data.draw(values_of(kind))

    again = codec.load(kind, json.loads(codec.text(fact)))

    assert codec.text(again) == codec.text(fact)
    assert codec.sha256(again) == codec.sha256(fact)


@dataclass(frozen=True, kw_only=True)
class Grown:
    """Something that had only `old` when it was first kept."""

    old: int
    seen: bool = field(default=False, metadata=codec.LEFT_OUT)
    note: str = field(default="", metadata=codec.LEFT_OUT)
    named: MoneyBag | None = field(default=None, metadata=codec.LEFT_OUT)


def test_a_field_that_came_later_leaves_older_texts_as_they_were() -> None:
    assert codec.text(Grown(old=1)) == '{"old":1}'
    assert codec.load(Grown, {"old": 1}) == Grown(old=1)


def test_a_field_that_came_later_is_kept_where_it_says_something() -> None:
    said = Grown(old=1, seen=True, note="-", named=KOPI)

    assert codec.dump(said).keys() == {"old", "seen", "note", "named"}
    assert codec.load(Grown, codec.dump(said)) == said


def test_money_is_kept_as_text_with_its_decimals() -> None:
    assert codec.dump(KOPI) == {"shop": "12.50", "presentment": "3.75"}


def test_a_power_of_ten_is_written_out() -> None:
    assert codec.dump(Decimal("1E+3")) == "1000"


def test_one_moment_has_one_text_in_every_time_zone() -> None:
    here = datetime(2026, 11, 30, 16, 30, tzinfo=UTC)
    there = here.astimezone(timezone(timedelta(hours=8)))

    assert codec.text(here) == codec.text(there) == '"2026-11-30T16:30:00+00:00"'


def test_a_date_and_an_enum_read_back_as_themselves() -> None:
    assert codec.load(date, codec.dump(date(2026, 11, 30))) == date(2026, 11, 30)
    assert codec.load(Key, codec.dump(Key(role=Role.REFUND, source_id=7))).role is Role.REFUND


def test_nested_tuples_read_back_as_tuples() -> None:
    edit = Edit(
        id=1,
        order_id=2,
        committed_at=datetime(2026, 11, 21, tzinfo=UTC),
        additions=((15, 2), (16, 1)),
    )

    assert codec.load(Edit, json.loads(codec.text(edit))).additions == ((15, 2), (16, 1))


def test_a_field_that_is_not_known_is_ignored() -> None:
    newer = codec.dump(KOPI) | {"loyalty": "1.00"}

    assert codec.load(MoneyBag, newer) == KOPI


def test_a_row_written_before_a_field_existed_takes_its_default() -> None:
    whole = codec.dump(
        Transaction(
            id=1,
            order_id=2,
            as_of=datetime(2026, 11, 21, tzinfo=UTC),
            kind="sale",
            status="success",
            gateway="cash",
            amount=Decimal("5.00"),
            currency="MYR",
            processed_at=datetime(2026, 11, 21, tzinfo=UTC),
        )
    )
    older = {key: value for key, value in whole.items() if key not in ("unsaid", "rounding")}

    assert codec.load(Transaction, older) == codec.load(Transaction, whole)


@pytest.mark.parametrize("value", [1.5, datetime(2026, 11, 30), object(), [0.1]])  # noqa: DTZ001 (refused)
def test_what_must_not_stand_near_money_is_refused(value: Any) -> None:
    with pytest.raises(TypeError):
        codec.dump(value)
