"""The monthly statement for the accountant, and its approval.

An approval keeps the figures it approves, so that the statement can say whether they are the same
since, and if not, what has changed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import JSONField, OuterRef, Q, Subquery, Sum
from django.db.models.expressions import RawSQL

from accounting import audit, codec
from accounting.currencies import decimals
from accounting.models import BookCheck, StatementApproval, TieDay, TieDifference
from accounting.tie.stated import MONEY, SALES
from accounting.tie_lines import (
    DOCUMENT_KINDS,
    KINDS,
    VIEWS,
    ZERO,
    Place,
    ReasonTotal,
    differences,
    ends_of,
    places_of,
    reasons_of,
    shown,
    store,
    worst,
)

MOST_LISTED = 100  # differences on one statement; the pages of its days list the others


class Changed(Exception):
    """The figures have changed since you looked. Look at them again, then approve them."""


class Counting(Exception):
    """The figures are still being counted. Wait a moment, look again, then approve them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KindTotal:
    """The documents of one kind in the month; `first` and `last` are the numbers of the first
    and last of them, by date and then in the order in which they were planned."""

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
    first, last = ends_of(month)
    said = store(store_id, **_besides(first), numbers=_numbers(store_id, first, last))
    rows = list(TieDay.objects.filter(store=store_id, date__range=(first, last)))
    places = places_of(row for row in rows if row.view in VIEWS)
    kinds = _kinds(rows, said["numbers"] or ())
    debtors, clearing = _balances(store_id, first, last)
    reasons = reasons_of(store_id, first, last)
    figures = _figures(places, kinds, debtors, clearing, reasons)
    digest = codec.sha256(figures)
    listed = differences(store_id, first=first, last=last).order_by("-wrong", "date", "id")
    found = tuple(listed[:MOST_LISTED]) if reasons else ()
    return Statement(
        month=first,
        last=last,
        currency=said["currency"],
        places=places,
        kinds=kinds,
        debtors=debtors,
        clearing=clearing,
        reasons=reasons,
        listed=found,
        more=max(sum(each.count for each in reasons) - len(found), 0),
        read_back_at=said["read_back_at"],
        figures=figures,
        digest=digest,
        approved=_approved(said, figures, digest),
        counting=said["counting"],
        recounting=said["recounting"],
    )


def _besides(first: date) -> dict[str, Any]:
    """When the books were last compared whole, and the last approval of the month."""
    done = BookCheck.objects.filter(store=OuterRef("pk"), state=BookCheck.State.FINISHED)
    approvals = StatementApproval.objects.filter(store=OuterRef("pk"), month=first).order_by("-id")
    return {
        "read_back_at": Subquery(done.order_by("-id").values("finished_at")[:1]),
        **{
            f"approved_{name}": Subquery(approvals.values(name)[:1])
            for name in ("who", "at", "digest", "figures")
        },
    }


def _numbers(store_id: int, first: date, last: date) -> RawSQL:
    """The first and last number of each kind and currency: two steps of an index for each."""
    return RawSQL(
        """(
        WITH asked AS (SELECT %s::bigint AS store, %s::date AS first, %s::date AS last),
        kinds AS (
            SELECT DISTINCT store, asked.first, asked.last, name, currency
            FROM asked JOIN accounting_tieday ON store_id = store
                AND date BETWEEN asked.first AND asked.last AND view = 'kinds'
        )
        SELECT jsonb_agg(jsonb_build_array(
            name, currency,
            (SELECT number FROM accounting_document found
             WHERE store_id = store AND kind = kinds.name AND found.currency = kinds.currency
                AND date BETWEEN kinds.first AND kinds.last AND state <> 'skipped'
             ORDER BY date, id LIMIT 1),
            (SELECT number FROM accounting_document found
             WHERE store_id = store AND kind = kinds.name AND found.currency = kinds.currency
                AND date BETWEEN kinds.first AND kinds.last AND state <> 'skipped'
             ORDER BY date DESC, id DESC LIMIT 1)
        )) FROM kinds
        )""",
        [store_id, first, last],
        JSONField(),
    )


def _kinds(rows: Iterable[TieDay], numbers: Iterable[Sequence[str]]) -> tuple[KindTotal, ...]:
    ends = {(kind, currency): (begins, last) for kind, currency, begins, last in numbers}
    found: dict[tuple[int, str], list[TieDay]] = {}
    for row in rows:
        if row.view == KINDS:
            found.setdefault((DOCUMENT_KINDS.index(row.name), row.currency), []).append(row)
    totals = (
        _kind(DOCUMENT_KINDS[place], currency, mine, ends)
        for (place, currency), mine in sorted(found.items())
    )
    return tuple(total for total in totals if total.count)


def _kind(
    kind: str, currency: str, rows: Sequence[TieDay], ends: Mapping[tuple[str, str], Any]
) -> KindTotal:
    first, last = ends.get((kind, currency), ("", ""))
    return KindTotal(
        kind=kind,
        currency=currency,
        count=sum(row.count for row in rows),
        total=shown(sum((row.documents for row in rows), ZERO), decimals(currency)),
        first=first or "",
        last=last or "",
    )


DEBTORS = ""  # in place of a gateway


def _balances(
    store_id: int, first: date, last: date
) -> tuple[tuple[Balance, ...], tuple[Balance, ...]]:
    """Sales less money is what customers owe; money less refunds is what gateways hold. Whatever
    was paid out to the bank or entered by hand is not in it."""
    rows = TieDay.objects.filter(store=store_id, date__lte=last, view__in=(SALES, MONEY))
    sums = rows.values_list("view", "name", "currency").annotate(
        opening=Sum("documents", filter=Q(date__lt=first), default=ZERO), closing=Sum("documents")
    )
    found: dict[tuple[str, str], tuple[Decimal, Decimal]] = {}
    for view, name, currency, opening, closing in sums:
        sign = 1 if view == SALES else -1
        _put(found, (DEBTORS, currency), sign * opening, sign * closing)
        if view == MONEY:
            _put(found, (name or "-", currency), opening, closing)
    balances = [
        Balance(
            currency=currency,
            gateway=gateway,
            opening=shown(opening, decimals(currency)),
            closing=shown(closing, decimals(currency)),
        )
        for (gateway, currency), (opening, closing) in sorted(found.items())
    ]
    debtors = tuple(each for each in balances if each.gateway == DEBTORS)
    moved = (each for each in balances if each.gateway != DEBTORS)
    return debtors, tuple(each for each in moved if each.opening or each.closing)


def _put(
    found: dict[tuple[str, str], tuple[Decimal, Decimal]],
    key: tuple[str, str],
    opening: Decimal,
    closing: Decimal,
) -> None:
    before = found.get(key, (ZERO, ZERO))
    found[key] = (before[0] + opening, before[1] + closing)


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
        rate = f"{place.rate} %" if place.rate else ""
        name = " ".join(filter(None, (place.view, place.name, rate, place.line.currency)))
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


def _approved(said: dict[str, Any], figures: dict[str, Any], digest: str) -> Approved | None:
    if said["approved_who"] is None:
        return None
    then: dict[str, str] = said["approved_figures"]
    changes = [
        (name, then.get(name, "-"), figures.get(name, "-"))
        for name in sorted({*then, *figures})
        if then.get(name) != figures.get(name)
    ]
    return Approved(
        who=said["approved_who"],
        at=said["approved_at"],
        unchanged=said["approved_digest"] == digest,
        changes=tuple(changes),
    )


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
