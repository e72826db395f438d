"""What must hold, counted in the books' own journal: E1 to E5, E9 and E10 (engine, section 4).

Each check returns sentences with the figures in them; no sentence means that it holds. E6 and E7
are watched where the calls are made (`calls`), E11 is the world becoming quiet (`world`).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from decimal import Decimal

from accounting.documents.document import ZERO, Kind
from shopify_app.demo.expected import ExpectedOrder
from shopify_app.simulation.books import Books
from shopify_app.simulation.expected import Expected
from shopify_app.simulation.journal import Written

MOST_ATTEMPTS = 40  # writes of one document; five without an answer stop it until a person acts
MOST_AN_HOUR = 8  # of these
ROWS, ROWS_EACH = 100, 20  # of any table: whatever happens, and for each delivery and order
SIGNS = {Kind.INVOICE: 1, Kind.DEBIT_NOTE: 1, Kind.REFUND: 1, Kind.PAYMENT: -1}
SIGNS[Kind.CREDIT_NOTE] = -1


Skipped = tuple[Kind, str, Decimal]  # kind, number and total of what a person left out


def unique(journal: Sequence[Written]) -> list[str]:
    """E1: one live document per number, and under one Shopify id one of each role."""
    found: list[str] = []
    numbers: dict[tuple[Kind, str], int] = {}
    for written in journal:
        key = (written.kind, written.number.casefold())
        numbers[key] = numbers.get(key, 0) + 1
        if numbers[key] == 2:
            found.append(f"E1: {written.kind} {written.number} is in the books twice")
    return found


def isolated(books: Books, prefixes: Collection[str]) -> list[str]:
    """E4: every document's number begins with the prefix of a store that sells into these books."""
    return [
        f"E4: {written.number} is in the books of {books.name}, which are not its shop's"
        for written in books.journal
        if written.kind is not Kind.CUSTOMER and written.asked.split("-")[0] not in prefixes
    ]


def of(stem: str, journal: Iterable[Written]) -> list[Written]:
    """The order's own documents: its number, alone or before a dash."""
    start = f"{stem}-"
    return [one for one in journal if one.asked == stem or one.asked.startswith(start)]


def sums(
    told: Expected, journal: Sequence[Written], left_out: Sequence[Skipped] = ()
) -> Iterator[str]:
    """E2 and E5: every order that must stand in the books does, to the sen; none that must not.
    Of what people left out so much less stands there, and not all is knocked off."""
    numbers = {written.asked for written in journal}
    for order in told.orders.values():
        documents = of(order.stem, journal)
        absent = [one for one in left_out if one[1] not in numbers and _has(order.stem, one[1])]
        if _was_touched(order.stem, left_out):
            yield from _differing(order, documents, absent)
            continue
        if not documents:
            yield f"E5: {order.name} ({order.stem}) is not in the books"
            continue
        yield from _differing(order, documents)
        yield from _open(order, documents)
    for order in told.perhaps.values():
        yield from _too_much(order, of(order.stem, journal))
    for stem in sorted(told.none):
        if documents := of(stem, journal):
            yield f"E4: {documents[0].asked} is in the books, and nothing of {stem} should be"


def _has(stem: str, number: str) -> bool:
    return number == stem or number.startswith(f"{stem}-")


def _was_touched(stem: str, left_out: Sequence[Skipped]) -> bool:
    return any(_has(stem, number) for _, number, _ in left_out)


def _compared(
    order: ExpectedOrder, documents: Sequence[Written], absent: Sequence[Skipped] = ()
) -> list[tuple[str, Decimal, Decimal]]:
    found: dict[Kind, Decimal] = {}
    totals = [(written.kind, written.total) for written in documents]
    for kind, total in [*totals, *((kind, total) for kind, _, total in absent)]:
        found[kind] = found.get(kind, ZERO) + total
    credit = found.get(Kind.CREDIT_NOTE, ZERO) - found.get(Kind.DEBIT_NOTE, ZERO)
    return [
        ("invoiced", found.get(Kind.INVOICE, ZERO), order.invoiced),
        ("paid", found.get(Kind.PAYMENT, ZERO), order.paid),
        ("credited", credit, order.credited),
        ("refunded", found.get(Kind.REFUND, ZERO), order.refunded),
    ]


def _differing(
    order: ExpectedOrder, documents: Sequence[Written], absent: Sequence[Skipped] = ()
) -> Iterator[str]:
    for what, have, want in _compared(order, documents, absent):
        if have != want:
            yield f"E2: {order.stem}: {what} is {have} in the books and {want} in Shopify"


def _too_much(order: ExpectedOrder, documents: Sequence[Written]) -> Iterator[str]:
    for what, have, want in _compared(order, documents):
        if have > want:
            yield f"E2: {order.stem}: {what} is {have} in the books and {want} in Shopify"


def _open(order: ExpectedOrder, documents: Sequence[Written]) -> Iterator[str]:
    """What is left to knock off, and what is still owed."""
    for written in documents:
        if written.unapplied:
            yield f"E2: {written.number} has {written.unapplied} left to knock off"
    owed = sum((written.outstanding or ZERO for written in documents), ZERO)
    if owed != order.receivable:
        yield f"E2: {order.stem}: {owed} is still owed in the books, {order.receivable} in Shopify"


def in_order(
    outbox: Mapping[str, Sequence[tuple[str, str]]], journal: Sequence[Written]
) -> Iterator[str]:
    """E3: the documents of an order came into the books in the order of the outbox. `outbox` has
    kind and number of each, by stem; what stands there twice counts from the first time."""
    latest_first = sorted(journal, key=lambda one: one.written_at, reverse=True)
    written_at = {(one.kind.value, one.asked): one.written_at for one in latest_first}
    for planned in outbox.values():
        latest: tuple[datetime, str] | None = None
        for kind, number in planned:
            at = written_at.get((kind, number))
            if at is None or kind == Kind.CUSTOMER:
                continue
            if latest is not None and at < latest[0]:
                yield f"E3: {number} was written before {latest[1]}"
            latest = (at, number) if latest is None else max(latest, (at, number))


def stored(heard: Iterable[tuple[str, str]], kept: Collection[tuple[str, str]]) -> list[str]:
    """E5: every delivery that was answered 200 is stored."""
    return [
        f"E5: {webhook} of {domain} is lost" for domain, webhook in sorted(set(heard) - set(kept))
    ]


def forged(never: Collection[tuple[str, str]], kept: Collection[tuple[str, str]]) -> list[str]:
    """E4: nothing is stored that Shopify never signed."""
    return [
        f"E4: {webhook} of {domain} was forged" for domain, webhook in sorted({*never} & {*kept})
    ]


def held(told: Expected, found: Mapping[str, Sequence[object]]) -> Iterator[str]:
    """E5: what is not in the books is held, with a reason. `found` are the problems of each held
    order by its name."""
    for name in sorted(told.held - found.keys()):
        yield f"E5: {name} should be held and is not"
    for name, problems in found.items():
        if name not in told.held and not told.is_gone:
            yield f"E5: {name} is held: {problems}"
        if not problems:
            yield f"E5: {name} is held without a reason"


def silent(lines: Iterable[str], words: Collection[str]) -> list[str]:
    """E4 and E8: no log line names a buyer."""
    telling = (line for line in lines if any(word in line for word in words))
    return [f"E4: the log names a buyer: {line[:60]}" for line in telling]


def bounded(attempts: Mapping[str, int]) -> list[str]:
    """E9, by document number."""
    return [
        f"E9: {number} was written {count} times"
        for number, count in sorted(attempts.items())
        if count > MOST_ATTEMPTS
    ]


def bounded_in_an_hour(attempts: Mapping[str, int]) -> list[str]:
    """E9, by document number."""
    return [
        f"E9: {number} was written {count} times within an hour"
        for number, count in sorted(attempts.items())
        if count > MOST_AN_HOUR
    ]


def few_rows(rows: Mapping[str, int], told: int) -> list[str]:
    """E9: no table grows by itself, however much went wrong. `told` are deliveries and orders."""
    most = ROWS + ROWS_EACH * told
    return [f"E9: {table} has {n} rows of {told} told" for table, n in rows.items() if n > most]
