"""The tie-out as people read it: days, months and the statement for the accountant.

    daily      three figures a day, for a chart
    month      every day of a month, with what differs and whether that is explained
    day        one day by gateway and by tax, and the orders that differ
    statement  a month to print, to approve and to compare with what was approved

Amounts are `Decimal` in the currency beside them. All but single orders is read from the sums that
`tie_figures` keeps, so that no page depends on the number of orders.
"""

from __future__ import annotations

import calendar
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import Count, F, Max, Min, Sum

from accounting import audit, codec
from accounting.currencies import decimals
from accounting.models import (
    BookCheck,
    Document,
    StatementApproval,
    Store,
    TieDay,
    TieDifference,
    TieDue,
    TieRecount,
)
from accounting.tie.stated import MONEY, SALES, TAX

ZERO = Decimal(0)
MOST_LISTED = 500  # differences on one statement
PAGE = 50  # differences of one day
AGREES, EXPLAINED, DIFFERS, NOTHING = "agrees", "explained", "differs", "nothing"
DOCUMENT_KINDS = ("invoice", "debit_note", "credit_note", "payment", "refund")


class Changed(Exception):
    """The figures have changed since you looked. Look at them again, then approve them."""


class Counting(Exception):
    """The figures are still being counted. Wait a moment, look again, then approve them."""


# --- lines -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """The three columns and what their differences come to. `explained` and `wrong` count single
    differences, of which several may cancel out."""

    currency: str
    shopify: Decimal = ZERO
    documents: Decimal = ZERO
    books: Decimal = ZERO
    documents_explained: Decimal = ZERO
    documents_wrong: Decimal = ZERO
    books_explained: Decimal = ZERO
    books_wrong: Decimal = ZERO
    explained: int = 0
    wrong: int = 0

    @property
    def documents_differ(self) -> Decimal:
        """What documents have more than Shopify."""
        return self.documents - self.shopify

    @property
    def books_differ(self) -> Decimal:
        """What the books have more than documents."""
        return self.books - self.documents

    @property
    def unexplained(self) -> Decimal:
        """Of both differences, what nobody can explain."""
        return self.documents_wrong + self.books_wrong

    @property
    def status(self) -> str:
        if self.wrong or not self._adds_up():
            return DIFFERS
        if self.explained:
            return EXPLAINED
        return AGREES if self.shopify or self.documents or self.books else NOTHING

    def _adds_up(self) -> bool:
        """Whether the reasons are the difference, to the sen."""
        documents = self.documents_explained + self.documents_wrong
        books = self.books_explained + self.books_wrong
        return (documents, books) == (self.documents_differ, self.books_differ)


SUMS = (
    "shopify",
    "documents",
    "books",
    "documents_explained",
    "documents_wrong",
    "books_explained",
    "books_wrong",
    "explained",
    "wrong",
)


def _sum(currency: str, rows: Iterable[TieDay | Line]) -> Line:
    sums: dict[str, Any] = dict.fromkeys(SUMS[:-2], ZERO) | {"explained": 0, "wrong": 0}
    for row in rows:
        for name in SUMS:
            sums[name] += getattr(row, name)
    places = decimals(currency)
    exact = {name: _shown(value, places) for name, value in sums.items()}
    return Line(currency=currency, **exact)


def _shown(value: Any, places: int) -> Any:
    """With the currency's decimals; never rounded."""
    if isinstance(value, int):
        return value
    step = Decimal(1).scaleb(-places)
    quantized = value.quantize(step)
    return quantized if quantized == value else value.normalize()


# --- days ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class DayTotals:
    """Sales with tax, less what was given back, of one day in the shop's currency."""

    date: date
    shop: Decimal = ZERO
    documents: Decimal = ZERO
    books: Decimal = ZERO


def daily(store_id: int, *, first: date, last: date) -> list[DayTotals]:
    """Every day from `first` to `last`, both included. Orders that are written in another currency
    than the shop's are not in it."""
    rows = TieDay.objects.filter(
        store=store_id, view=SALES, date__range=(first, last), currency=F("store__currency")
    ).values("date")
    sums = rows.annotate(shop=Sum("shopify"), written=Sum("documents"), held=Sum("books"))
    found = {
        row["date"]: DayTotals(
            date=row["date"], shop=row["shop"], documents=row["written"], books=row["held"]
        )
        for row in sums
    }
    count = (last - first).days + 1
    days = (first + timedelta(days=each) for each in range(count))
    return [found.get(each, DayTotals(date=each)) for each in days]


@dataclass(frozen=True, slots=True, kw_only=True)
class DayLine:
    """One day of a month in one currency. Sales and money both must agree."""

    date: date
    sales: Line
    tax: Line
    money: Line

    @property
    def status(self) -> str:
        return worst([self.sales.status, self.tax.status, self.money.status])


@dataclass(frozen=True, slots=True, kw_only=True)
class Month:
    """`counting` says that figures are still on their way: of how many orders at least, and
    `recounting` that all of them are."""

    first: date
    last: date
    currency: str
    days: tuple[DayLine, ...]
    total: DayLine
    others: tuple[DayLine, ...] = ()  # totals in other currencies
    counting: int = 0
    recounting: bool = False


WORST = (NOTHING, AGREES, EXPLAINED, DIFFERS)


def worst(statuses: Iterable[str]) -> str:
    return max(statuses, key=WORST.index, default=NOTHING)


def month(store_id: int, *, month: date) -> Month:
    """Every day of the month that `month` is in; totals of other currencies apart."""
    first, last = _ends(month)
    currency = Store.objects.values_list("currency", flat=True).get(id=store_id)
    rows = list(TieDay.objects.filter(store=store_id, date__range=(first, last)))
    mine = [row for row in rows if row.currency == currency]
    by_day: dict[date, list[TieDay]] = {}
    for row in mine:
        by_day.setdefault(row.date, []).append(row)
    days = [first + timedelta(days=each) for each in range((last - first).days + 1)]
    counting, recounting = _counting(store_id)
    return Month(
        first=first,
        last=last,
        currency=currency,
        days=tuple(_day_line(day, currency, by_day.get(day, [])) for day in days),
        total=_day_line(first, currency, mine),
        others=tuple(
            _day_line(first, each, [row for row in rows if row.currency == each])
            for each in sorted({row.currency for row in rows} - {currency})
        ),
        counting=counting,
        recounting=recounting,
    )


def _ends(day: date) -> tuple[date, date]:
    last = calendar.monthrange(day.year, day.month)[1]
    return day.replace(day=1), day.replace(day=last)


def _day_line(day: date, currency: str, rows: Sequence[TieDay]) -> DayLine:
    by_view = {
        view: _sum(currency, (row for row in rows if row.view == view))
        for view in (SALES, TAX, MONEY)
    }
    return DayLine(date=day, sales=by_view[SALES], tax=by_view[TAX], money=by_view[MONEY])


def _counting(store_id: int) -> tuple[int, bool]:
    """How many orders wait to be counted (at most a thousand), and whether all do."""
    waiting = TieDue.objects.filter(store=store_id)[:1000].count()
    return waiting, TieRecount.objects.filter(store=store_id).exists()


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """One gateway or one tax: `rate` in per cent, `name` the code of the books or the gateway."""

    view: str
    rate: str
    name: str
    line: Line


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """`following` is the key after which the next page of differences begins; None on the last."""

    date: date
    places: tuple[Place, ...]
    differences: tuple[TieDifference, ...]
    following: int | None = None
    counting: int = 0
    recounting: bool = False

    def of(self, view: str) -> list[Place]:
        return [place for place in self.places if place.view == view]


def day(store_id: int, *, day: date, after: int = 0) -> Day:
    """One day by sales, tax and gateway, and its single differences, those that nobody can explain
    marked `wrong`, each with its order."""
    rows = TieDay.objects.filter(store=store_id, date=day)
    found = differences(store_id, first=day, last=day).filter(id__gt=after)
    page = list(found[: PAGE + 1])
    counting, recounting = _counting(store_id)
    return Day(
        date=day,
        places=_places(rows),
        differences=tuple(page[:PAGE]),
        following=page[PAGE - 1].pk if len(page) > PAGE else None,
        counting=counting,
        recounting=recounting,
    )


def differences(store_id: int, *, first: date, last: date) -> Any:
    """The single differences of these days, each with its order, in the order of their keys."""
    rows = TieDifference.objects.filter(store=store_id, date__range=(first, last))
    return (
        rows.select_related("order")
        .only(*DIFFERENCE, "order__name", "order__order_id")
        .order_by("id")
    )


DIFFERENCE = (
    "store_id",
    "date",
    "view",
    "name",
    "rate",
    "currency",
    "side",
    "reason",
    "wrong",
    "amount",
    "number",
    "detail",
)


def _places(rows: Iterable[TieDay]) -> tuple[Place, ...]:
    """Sums by gateway and tax over the days of the rows; without places where nothing is left."""
    found: dict[tuple[str, str, str, str], list[TieDay]] = {}
    for row in rows:
        found.setdefault((row.view, row.name, row.rate, row.currency), []).append(row)
    places = (
        Place(view=view, name=name, rate=rate, line=_sum(currency, mine))
        for (view, name, rate, currency), mine in sorted(found.items())
    )
    return tuple(place for place in places if place.line.status != NOTHING)


# --- the statement ---------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class KindTotal:
    """The documents of one kind in the month; `first` and `last` are their numbers in the order in
    which they were planned."""

    kind: str
    currency: str
    count: int
    total: Decimal
    first: str
    last: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Balance:
    """What our own documents leave open before and after the month: on the customers' account, or
    (with a `gateway`) between a gateway and the bank."""

    currency: str
    opening: Decimal
    closing: Decimal
    gateway: str = ""

    @property
    def change(self) -> Decimal:
        return self.closing - self.opening


@dataclass(frozen=True, slots=True, kw_only=True)
class ReasonTotal:
    """All differences of one reason in one view and column."""

    view: str
    side: str
    reason: str
    wrong: bool
    currency: str
    count: int
    orders: int
    amount: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Approved:
    """The last approval. `changes` are the totals that are other than they were approved: name,
    then, now."""

    who: str
    at: datetime
    unchanged: bool
    changes: tuple[tuple[str, str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """A month for the accountant. `digest` is of `figures`: whoever approves approves these.
    `read_back_at` is when the books were last compared whole."""

    month: date
    last: date
    currency: str
    places: tuple[Place, ...]
    kinds: tuple[KindTotal, ...]
    debtors: tuple[Balance, ...]
    clearing: tuple[Balance, ...]
    reasons: tuple[ReasonTotal, ...]
    listed: tuple[TieDifference, ...]
    more: int
    read_back_at: datetime | None
    figures: dict[str, Any] = field(repr=False)
    digest: str
    approved: Approved | None = None
    counting: int = 0
    recounting: bool = False

    def of(self, view: str) -> list[Place]:
        return [place for place in self.places if place.view == view]

    @property
    def status(self) -> str:
        return worst(place.line.status for place in self.places)


def statement(store_id: int, *, month: date) -> Statement:
    """The statement of the month that `month` is in, as the figures are now."""
    first, last = _ends(month)
    places = _places(TieDay.objects.filter(store=store_id, date__range=(first, last)))
    kinds = _kinds(store_id, first, last)
    debtors, clearing = _balances(store_id, first, last)
    reasons = _reasons(store_id, first, last)
    figures = _figures(places, kinds, debtors, clearing, reasons)
    digest = codec.sha256(figures)
    listed = list(differences(store_id, first=first, last=last)[:MOST_LISTED])
    counting, recounting = _counting(store_id)
    checks = BookCheck.objects.filter(store=store_id, state=BookCheck.State.FINISHED)
    return Statement(
        month=first,
        last=last,
        currency=Store.objects.values_list("currency", flat=True).get(id=store_id),
        places=places,
        kinds=kinds,
        debtors=debtors,
        clearing=clearing,
        reasons=reasons,
        listed=tuple(listed),
        more=max(sum(each.count for each in reasons) - len(listed), 0),
        read_back_at=checks.order_by("-id").values_list("finished_at", flat=True).first(),
        figures=figures,
        digest=digest,
        approved=_approved(store_id, first, figures, digest),
        counting=counting,
        recounting=recounting,
    )


def _kinds(store_id: int, first: date, last: date) -> tuple[KindTotal, ...]:
    rows = Document.objects.filter(
        store=store_id, date__range=(first, last), kind__in=DOCUMENT_KINDS
    ).exclude(state=Document.State.SKIPPED)
    sums = rows.values("kind", "currency").annotate(
        count=Count("id"), total=Sum("total"), first=Min("id"), last=Max("id")
    )
    found = sorted(sums, key=lambda row: (DOCUMENT_KINDS.index(row["kind"]), row["currency"]))
    ids = [row[name] for row in found for name in ("first", "last")]
    numbers = dict(Document.objects.filter(store=store_id, id__in=ids).values_list("id", "number"))
    return tuple(
        KindTotal(
            kind=row["kind"],
            currency=row["currency"],
            count=row["count"],
            total=_shown(row["total"], decimals(row["currency"])),
            first=numbers[row["first"]],
            last=numbers[row["last"]],
        )
        for row in found
    )


def _balances(
    store_id: int, first: date, last: date
) -> tuple[tuple[Balance, ...], tuple[Balance, ...]]:
    """Sales less money is what customers owe; money less refunds is what gateways hold. Whatever
    was paid out to the bank or entered by hand is not in it."""
    rows = TieDay.objects.filter(store=store_id, date__lte=last, view__in=(SALES, MONEY))
    before = rows.filter(date__lt=first)
    opening, closing = _open(before), _open(rows)
    keys = sorted({*opening, *closing})
    found = [
        Balance(
            currency=currency,
            gateway=gateway or "",
            opening=_shown(opening.get((gateway, currency), ZERO), decimals(currency)),
            closing=_shown(closing.get((gateway, currency), ZERO), decimals(currency)),
        )
        for gateway, currency in keys
    ]
    debtors = (each for (gateway, _), each in zip(keys, found, strict=True) if gateway == DEBTORS)
    clearing = (
        each for (gateway, _), each in zip(keys, found, strict=True) if gateway != DEBTORS
    )
    return tuple(debtors), tuple(each for each in clearing if each.opening or each.closing)


DEBTORS = ""  # in place of a gateway


def _open(rows: Any) -> dict[tuple[str, str], Decimal]:
    found: dict[tuple[str, str], Decimal] = {}
    sums = rows.values_list("view", "name", "currency").annotate(total=Sum("documents"))
    for view, name, currency, total in sums.order_by("view", "name", "currency"):
        owed = total if view == SALES else -total
        found[DEBTORS, currency] = found.get((DEBTORS, currency), ZERO) + owed
        if view == MONEY:
            key = (name or "-", currency)
            found[key] = found.get(key, ZERO) + total
    return found


def _reasons(store_id: int, first: date, last: date) -> tuple[ReasonTotal, ...]:
    rows = TieDifference.objects.filter(store=store_id, date__range=(first, last))
    sums = rows.values("view", "side", "reason", "wrong", "currency").annotate(
        count=Count("id"), orders=Count("order", distinct=True), total=Sum("amount")
    )
    ordered = sums.order_by("-wrong", "view", "-side", "reason", "currency")
    return tuple(
        ReasonTotal(
            **{name: row[name] for name in ("view", "side", "reason", "wrong", "currency")},
            count=row["count"],
            orders=row["orders"],
            amount=_shown(row["total"], decimals(row["currency"])),
        )
        for row in ordered
    )


def _figures(
    places: Sequence[Place],
    kinds: Sequence[KindTotal],
    debtors: Sequence[Balance],
    clearing: Sequence[Balance],
    reasons: Sequence[ReasonTotal],
) -> dict[str, Any]:
    """All that an approval approves, by names that stay."""
    found: dict[str, Any] = {}
    for place in places:
        name = " ".join(filter(None, (place.view, place.name, place.rate, place.line.currency)))
        for column in ("shopify", "documents", "books"):
            found[f"{name} {column}"] = str(getattr(place.line, column))
    for kind in kinds:
        found[f"{kind.kind} {kind.currency} count"] = str(kind.count)
        found[f"{kind.kind} {kind.currency} total"] = str(kind.total)
    for balance in (*debtors, *clearing):
        name = f"open {balance.gateway or 'debtors'} {balance.currency}"
        found[f"{name} opening"], found[f"{name} closing"] = (
            str(balance.opening),
            str(balance.closing),
        )
    for each in reasons:
        name = f"difference {each.view} {each.side} {each.reason} {each.currency}"
        found[name] = f"{each.amount} ({each.count})"
    return found


def _approved(store_id: int, first: date, figures: dict[str, Any], digest: str) -> Approved | None:
    rows = StatementApproval.objects.filter(store=store_id, month=first).order_by("-id")
    row = rows.first()
    if row is None:
        return None
    then: dict[str, str] = row.figures
    changes = [
        (name, then.get(name, "-"), figures.get(name, "-"))
        for name in sorted({*then, *figures})
        if then.get(name) != figures.get(name)
    ]
    return Approved(who=row.who, at=row.at, unchanged=row.digest == digest, changes=tuple(changes))


def approve(*, store_id: int, month: date, digest: str, who: str, now: datetime) -> Statement:
    """Keep that somebody approves the figures with this digest. Raises Changed when they are others
    by now, Counting while they are being counted."""
    with transaction.atomic():
        found = statement(store_id, month=month)
        if found.counting or found.recounting:
            raise Counting(Counting.__doc__)
        if found.digest != digest:
            raise Changed(Changed.__doc__)
        StatementApproval.objects.create(
            store_id=store_id,
            month=found.month,
            digest=digest,
            figures=found.figures,
            who=who,
            at=now,
        )
        name = f"{found.month:%Y-%m}"
        audit.note(store_id, who, "statement approved", now, month=name, digest=digest)
    return statement(store_id, month=month)


# --- as rows of a file -----------------------------------------------------------------------


def lines_of(store_id: int, *, first: date, last: date) -> Iterator[tuple[TieDay, Line]]:
    """Every day, gateway and tax of these days, one after the other."""
    rows = TieDay.objects.filter(store=store_id, date__range=(first, last))
    for row in rows.order_by("date", "view", "name", "rate", "currency").iterator(2000):
        line = _sum(row.currency, [row])
        if line.status != NOTHING:
            yield row, line
