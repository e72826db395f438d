"""The generator plays Shopify: the same seed is the same life, and its figures follow."""

from __future__ import annotations

from decimal import Decimal
from random import Random

import pytest

from accounting.facts import Order, Transaction, merge, order_id_of
from accounting.soak.figures import ABROAD, HOME, half_up
from accounting.soak.generator import THEMES, life
from accounting.soak.lives import Life
from accounting.soak.truth import expected

SEEDS = range(300)
LIVES = [life(Random(seed)) for seed in SEEDS]


def test_a_seed_is_always_the_same_life() -> None:
    again = life(Random(7))

    assert again.facts == LIVES[7].facts
    assert again.events == LIVES[7].events


def test_facts_come_in_the_order_they_happened() -> None:
    for lived in LIVES:
        versions = [fact.updated_at for fact in lived.facts if isinstance(fact, Order)]

        assert versions == sorted(versions)
        assert {order_id_of(fact) for fact in lived.facts} == {versions and lived.facts[1].id}


def test_every_version_says_what_was_paid() -> None:
    for lived in LIVES:
        for place, fact in enumerate(lived.facts):
            if isinstance(fact, Order) and not lived.exchange.is_foreign:
                said = fact.current_total_price - fact.total_outstanding

                assert said == _net_money(lived, place), (place, fact)


def test_the_last_version_says_what_is_owed() -> None:
    for lived in LIVES:
        latest = merge(lived.facts).latest
        assert latest is not None
        totals = latest.presentment_totals or latest

        places = {"JPY": 0, "BHD": 3}.get(lived.exchange.shown, 2)
        assert totals.total_outstanding == Decimal(lived.owed).scaleb(-places)


def test_what_is_left_of_every_part_is_what_was_charged_less_credits() -> None:
    for lived in LIVES:
        left = sum(
            part.left_subtotal + (0 if lived.inclusive else part.left_tax) for part in lived.parts
        )
        goodwill = lived.credited - (lived.charged - left)

        assert all(part.left_units >= 0 <= part.left_subtotal for part in lived.parts)
        assert left <= lived.charged
        assert abs(goodwill) <= lived.charged + lived.paid


@pytest.mark.parametrize("theme", sorted(THEMES))
def test_every_theme_is_lived(theme: str) -> None:
    alone = [life(Random(seed), frozenset({theme})) for seed in SEEDS]
    without = [life(Random(seed), frozenset()) for seed in SEEDS]

    differ = [a.facts != b.facts or a.rules != b.rules for a, b in zip(alone, without, strict=True)]

    assert sum(differ) >= 5


@pytest.mark.parametrize("role", ["P", "V", "F", "C", "T", "S", "Q", "E", "X", "IV", "N"])
def test_every_kind_of_document_is_expected_somewhere(role: str) -> None:
    wanted = [expected(lived).documents for lived in LIVES]

    assert sum(any(key[0] == role for key in keys) for keys in wanted) >= 3


def test_converted_amounts_are_rounded_half_up_one_by_one() -> None:
    yen = ABROAD[1]

    assert [half_up(5, 10), half_up(4, 10), half_up(-5, 10)] == [1, 0, -1]
    assert yen.sum(1).shop == 3  # 2.85 sen
    assert yen.sum(1000).shop == 2850
    assert HOME.sum(1234).shop == 1234


def _net_money(lived: Life, place: int) -> Decimal:
    """Successful money so far, less change and returns, by the newest copy of each transaction."""
    known: dict[int, Transaction] = {}
    for fact in lived.facts[:place]:
        if isinstance(fact, Transaction):
            known[fact.id] = fact
    money = [t for t in known.values() if t.status == "success"]
    signs = {"sale": 1, "capture": 1, "refund": -1, "change": -1}
    total = sum((t.amount * signs.get(t.kind, 0) for t in money), Decimal(0))
    return total + sum((t.amount for t in money if _is_net_of_change(lived, t)), Decimal(0))


def _is_net_of_change(lived: Life, change: Transaction) -> bool:
    """The sale states what was kept already: its event is the whole sale."""
    if change.kind != "change":
        return False
    sale = next(f for f in lived.facts if isinstance(f, Transaction) and f.id == change.parent_id)
    paid = next(e for e in lived.events if e.role == "P" and e.id == sale.id)
    return Decimal(paid.amount.shown).scaleb(-2) == sale.amount
