"""Whatever arrives, in whatever order, however often: one picture."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from hypothesis import example, given
from hypothesis import strategies as st

from accounting.facts import (
    NOTHING,
    Adjustment,
    Customer,
    Edit,
    Fact,
    Line,
    MoneyBag,
    Order,
    Refund,
    RefundShipping,
    Transaction,
    kind_of,
    merge,
    order_id_of,
    superseded,
)
from tests.strategies import relaxed, values_of

T0 = datetime(2026, 11, 20, 2, 0, tzinfo=UTC)
T1 = T0 + timedelta(hours=1)
T2 = T0 + timedelta(hours=2)
FIVE = MoneyBag(shop=Decimal("5.00"), presentment=Decimal("5.00"))
GOODWILL = Adjustment(id=1, kind="refund_discrepancy", reason="", amount=FIVE, tax=NOTHING)


def order(**changes: Any) -> Order:
    given: dict[str, Any] = {
        "id": 1,
        "name": "#1001",
        "number": 1001,
        "created_at": T0,
        "processed_at": T0,
        "updated_at": T0,
        "currency": "MYR",
        "presentment_currency": "MYR",
        "taxes_included": True,
        "total_price": FIVE,
        "total_tax": Decimal(0),
        "total_outstanding": Decimal(0),
        "current_total_price": Decimal("5.00"),
        "lines": (),
    }
    return Order(**(given | changes))


def transaction(**changes: Any) -> Transaction:
    given: dict[str, Any] = {
        "id": 7,
        "order_id": 1,
        "as_of": T0,
        "kind": "sale",
        "status": "success",
        "gateway": "cash",
        "amount": Decimal("5.00"),
        "currency": "MYR",
        "processed_at": T0,
    }
    return Transaction(**(given | changes))


def refund(**changes: Any) -> Refund:
    given: dict[str, Any] = {"id": 9, "order_id": 1, "as_of": T0, "created_at": T0}
    return Refund(**(given | changes))


SILENCE = st.lists(
    st.sampled_from(["rounding", "test", "reference", "adjustments", "duties", "transaction_ids"]),
    max_size=3,
    unique=True,
).map(lambda names: tuple(sorted(names)))
LINES = st.lists(values_of(Line, discounts=st.just(()), taxes=st.just(())), max_size=2).map(tuple)
UNSAID = st.lists(
    st.sampled_from(["customer", "due_at", "lines.tip", "lines.tags", "lines.product_id"]),
    max_size=3,
    unique=True,
).map(lambda names: tuple(sorted(names)))
ORDERS = values_of(
    Order,
    lines=LINES,
    shipping_lines=st.just(()),
    duty_taxes=st.just(()),
    fee_taxes=st.just(()),
    customer=st.sampled_from([None, Customer(id=1), Customer(id=2)]),
    tax_details=st.none(),
    unsaid=UNSAID,
)
TRANSACTIONS = values_of(
    Transaction, unsaid=SILENCE, status=st.sampled_from(["success", "pending", "failure"])
)
REFUNDS = values_of(
    Refund,
    unsaid=SILENCE,
    lines=st.just(()),
    shipping=st.just(()),
    adjustments=st.sampled_from([(), (GOODWILL,)]),
)
FACTS = st.lists(st.one_of(ORDERS, TRANSACTIONS, REFUNDS, values_of(Edit)), max_size=8)


@relaxed
@given(st.data())
def test_order_and_repetition_of_arrival_do_not_matter(data: st.DataObject) -> None:
    facts = data.draw(FACTS)
    again = data.draw(st.lists(st.sampled_from(facts), max_size=4)) if facts else []
    shuffled = data.draw(st.permutations(facts + again))

    assert merge(shuffled) == merge(facts)


@relaxed
@given(st.lists(FACTS, max_size=4))
def test_dropping_superseded_versions_between_batches_changes_nothing(
    batches: list[list[Fact]],
) -> None:
    kept: list[Fact] = []
    for batch in batches:
        kept += batch
        gone = superseded(fact for fact in kept if isinstance(fact, Order))
        kept = [fact for fact in kept if fact not in gone]

    assert merge(kept) == merge(fact for batch in batches for fact in batch)


BUYERS = st.builds(
    Customer,
    id=st.sampled_from([None, 1, 2]),
    name=st.sampled_from(["", "Mei Contoh"]),
    email=st.sampled_from(["", "mei@contoh.test", "siti@contoh.test"]),
)
WHO_BOUGHT = st.builds(
    order,
    updated_at=st.sampled_from([T0, T1, T2]),
    refetched=st.booleans(),
    origin=st.booleans(),
    customer=st.none() | BUYERS,
    unsaid=UNSAID,
)


NAMED = order(customer=Customer(name="Mei Contoh"))
KNOWN_BY_ID = order(updated_at=T1, customer=Customer(id=1))
NAMELESS = order(updated_at=T2, customer=Customer(country="MY"))


@relaxed
@given(st.lists(st.lists(WHO_BOUGHT, max_size=4), max_size=3))
@example([[NAMED, KNOWN_BY_ID], [NAMELESS]])
def test_who_bought_does_not_depend_on_when_versions_were_dropped(
    batches: list[list[Order]],
) -> None:
    """Read anew or sent, silent, erased, of another buyer: what goes could never be needed."""
    kept: list[Order] = []
    for batch in batches:
        kept += batch
        gone = superseded(kept)
        kept = [version for version in kept if version not in gone]

    assert merge(kept) == merge(version for batch in batches for version in batch)


@relaxed
@given(st.lists(ORDERS, max_size=6))
def test_few_versions_of_an_order_are_kept(orders: list[Order]) -> None:
    """The first, the newest, the one that tells of the cancellation, and of each field that some
    version does not say the newest that does."""
    distinct = list(dict.fromkeys(orders))
    unsaid = {name for order in orders for name in order.unsaid} | {"lines.product_type"}

    assert len(distinct) - len(superseded(distinct)) <= 3 + len(unsaid)


@relaxed
@given(FACTS, FACTS)
def test_merging_in_batches_is_merging_at_once(one: list[Fact], other: list[Fact]) -> None:
    at_once = merge(one + other)

    assert merge(other + one) == at_once
    assert merge(one + other + one) == at_once


@relaxed
@given(FACTS, FACTS)
def test_what_was_seen_once_stays_seen(before: list[Fact], later: list[Fact]) -> None:
    early, late = merge(before), merge(before + later)

    assert early.succeeded <= late.succeeded
    assert early.origin is None or late.origin is not None
    assert early.cancelled_at is None or late.cancelled_at is not None
    assert {r.id for r in early.refunds} <= {r.id for r in late.refunds}


def test_nothing_known_is_an_empty_picture() -> None:
    picture = merge([])

    assert (picture.origin, picture.latest, picture.cancelled_at) == (None, None, None)
    assert [*picture.transactions, *picture.refunds, *picture.edits] == []


def test_a_success_that_later_failed_stays_among_the_succeeded() -> None:
    picture = merge([transaction(as_of=T1, status="failure"), transaction(as_of=T0)])

    assert picture.transactions[0].status == "failure"
    assert picture.succeeded == {7}


def test_at_the_same_time_a_decided_status_beats_an_undecided_one() -> None:
    for undecided in ("pending", "awaiting_response", "unknown"):
        picture = merge([transaction(status=undecided), transaction(status="failure")])

        assert picture.transactions[0].status == "failure"


def test_a_version_without_cancellation_does_not_unset_it() -> None:
    picture = merge([order(updated_at=T2), order(updated_at=T1, cancelled_at=T1)])

    assert picture.latest == order(updated_at=T2)
    assert picture.cancelled_at == T1


def test_the_version_that_tells_of_the_cancellation_is_not_superseded() -> None:
    cancelled = order(updated_at=T1, cancelled_at=T1)

    assert superseded([order(updated_at=T2), cancelled, order()]) == [order()]


def test_the_created_version_stays_the_origin_however_late_it_comes() -> None:
    created = order(origin=True)

    picture = merge([order(updated_at=T2), created])

    assert (picture.origin, picture.latest) == (created, order(updated_at=T2))
    assert superseded([order(updated_at=T2), created]) == []


def test_at_the_same_time_a_refetched_version_beats_a_webhook() -> None:
    refetched = order(refetched=True)

    assert merge([refetched, order(name="#1001-X")]).latest == refetched


def test_a_newer_copy_that_lacks_a_field_erases_nothing() -> None:
    alone = refund(duties=FIVE, adjustments=(GOODWILL,), transaction_ids=(7,))
    embedded = refund(as_of=T2, unsaid=("adjustments", "duties", "transaction_ids"))

    merged = merge([embedded, alone]).refunds[0]

    assert merged == replace(alone, as_of=T2)


def test_a_silent_copy_takes_the_newest_of_what_older_ones_say() -> None:
    first, second = (replace(GOODWILL, id=number) for number in (1, 2))
    copies = [
        refund(as_of=T2, unsaid=("adjustments",)),
        refund(as_of=T0, adjustments=(first,), processed_at=T0),
        refund(as_of=T1, adjustments=(second,)),
    ]

    merged = merge(copies).refunds[0]

    assert merged == refund(as_of=T2, adjustments=(second,), processed_at=T0)


def test_the_tax_of_refunded_shipping_is_the_newest_that_any_copy_tells() -> None:
    row = RefundShipping(id=1, shipping_line_id=None, subtotal=FIVE)
    copies = [
        refund(shipping=(row, replace(row, id=2))),
        refund(as_of=T1, shipping=(replace(row, tax=FIVE), replace(row, id=2))),
        refund(as_of=T2, shipping=(replace(row, tax=NOTHING), replace(row, id=2))),
        refund(as_of=T2 + timedelta(hours=1), shipping=(row, replace(row, id=2))),
    ]

    merged = merge(copies).refunds[0]

    assert [each.tax for each in merged.shipping] == [NOTHING, None]


def test_a_newer_copy_that_says_none_takes_the_amount_away() -> None:
    pending = refund(adjustments=(GOODWILL,), duties=FIVE)
    settled = refund(as_of=T2)

    merged = merge([settled, pending]).refunds[0]

    assert (merged.adjustments, merged.duties) == ((), NOTHING)


def test_silence_that_no_copy_breaks_stays_silence() -> None:
    copies = [refund(unsaid=("duties", "lines")), refund(as_of=T1, unsaid=("duties",))]

    assert merge(copies).refunds[0].unsaid == ("duties",)


def test_a_transaction_keeps_its_refund_when_it_arrives_again_alone() -> None:
    embedded = transaction(kind="refund", refund_id=9, reference="r-1")
    alone = transaction(kind="refund", as_of=T2, unsaid=("reference",))

    merged = merge([alone, embedded]).transactions[0]

    assert (merged.refund_id, merged.reference, merged.as_of) == (9, "r-1", T2)


def test_equal_amounts_written_differently_do_not_depend_on_arrival() -> None:
    short, long = transaction(amount=Decimal("5")), transaction(amount=Decimal("5.00"))

    one, other = merge([short, long]).transactions, merge([long, short]).transactions

    assert str(one[0].amount) == str(other[0].amount)


def test_every_fact_names_its_kind_and_its_order() -> None:
    edit = Edit(id=3, order_id=1, committed_at=T0)
    facts: list[Fact] = [order(), transaction(), refund(), edit]

    assert [kind_of(fact) for fact in facts] == ["order", "transaction", "refund", "edit"]
    assert {order_id_of(fact) for fact in facts} == {1}


def test_of_two_versions_of_one_second_the_first_is_the_older() -> None:
    created = [order(origin=True, name=f"#{i}") for i in range(9)]
    changed = order(cancelled_at=T0)

    for first in created:
        assert merge([first, changed]).latest == changed
        assert merge([changed, first]).origin == first


def line(**changes: Any) -> Line:
    given: dict[str, Any] = {"id": 1, "title": "SHIRT", "quantity": 1, "price": FIVE}
    return Line(**(given | changes))


def test_a_version_that_cannot_say_who_bought_takes_nobody_away() -> None:
    sent = order(origin=True, customer=Customer(id=5, name="Aisyah"), due_at=T2)
    read = order(updated_at=T1, refetched=True, due_at=None, unsaid=("customer",))

    merged = merge([sent, read]).latest

    assert merged == replace(read, customer=Customer(id=5, name="Aisyah"), unsaid=())


def test_what_no_version_says_stays_unsaid() -> None:
    read = order(refetched=True, unsaid=("customer", "lines.tip"))

    assert merge([read]).latest == read


def test_what_only_a_refetch_says_of_a_product_is_known_of_every_version() -> None:
    sent = order(origin=True, lines=(line(), line(id=2)))
    told = (line(product_type="Shirts", tags=("summer",)),)
    read = order(updated_at=T1, refetched=True, lines=told)
    later = order(updated_at=T2, lines=(line(title="Shirt"), line(id=2)))

    picture = merge([later, read, sent])

    assert picture.origin is not None
    assert picture.latest is not None
    assert picture.origin.lines == (*told, line(id=2))
    assert picture.latest.lines == (replace(told[0], title="Shirt"), line(id=2))
    assert superseded([later, read, sent]) == []


def test_of_several_that_say_a_field_the_newest_counts() -> None:
    old = order(refetched=True, lines=(line(product_type="Old"),))
    new = order(updated_at=T1, refetched=True, lines=(line(product_type="New"),))
    later = order(updated_at=T2, lines=(line(),))

    picture = merge([old, later, new])

    assert picture.latest is not None
    assert picture.latest.lines[0].product_type == "New"
    assert superseded([old, later, new]) == [old]


MEI = Customer(id=5, name="Mei Contoh", email="mei@customer.test", address=("Jalan Umpama",))


def test_a_buyer_who_is_no_longer_told_is_not_forgotten() -> None:
    told, silent = order(customer=MEI), order(updated_at=T1)
    partly = order(updated_at=T2, customer=Customer(id=5, email="new@customer.test"))

    assert merged(told, silent).customer == MEI
    known = merged(partly, silent, told).customer
    assert known == replace(MEI, email="new@customer.test")


def test_another_buyer_gets_nothing_of_the_one_before() -> None:
    other = Customer(id=6)

    assert merged(order(customer=MEI), order(updated_at=T1, customer=other)).customer == other


def test_the_version_that_names_the_buyer_is_kept() -> None:
    known = Customer(id=5)
    told, silent = order(customer=MEI), order(updated_at=T1, customer=known)
    newest = order(updated_at=T2, customer=known)

    assert superseded([newest, told, silent]) == [silent]


def merged(*versions: Order) -> Order:
    latest = merge(versions).latest
    assert latest is not None
    assert latest == merge(versions[::-1]).latest
    return latest
