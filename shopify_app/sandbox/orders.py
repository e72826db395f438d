"""The orders of a pretended shop: kept by their webhook bodies, listed by SQL."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import fields
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import F, Q, QuerySet

from shopify_app.sandbox import paging
from shopify_app.sandbox.answers import Told, head_answer, order_answer
from shopify_app.sandbox.models import PretendedOrder, PretendedRefund, PretendedShop
from shopify_app.sandbox.money import Json
from shopify_app.sandbox.paging import BadPage
from shopify_app.sandbox.schema import Unmodelled

WINDOW = timedelta(days=60)
ALL_ORDERS = "read_all_orders"
DEEPEST = 25_000
SORTED_BY = {
    None: "processed_at",
    "PROCESSED_AT": "processed_at",
    "UPDATED_AT": "updated_at",
    "CREATED_AT": "created_at",
    "ID": "number",
}
TERM = re.compile(r"(\w+):(>=|<=|>|<|)(?:'([^']*)'|\"([^\"]*)\"|([^\s'\"]+))")
TIMES = ("updated_at", "created_at", "processed_at")
LOOKUP = {">=": "gte", "<=": "lte", ">": "gt", "<": "lt", "": "exact"}


@transaction.atomic
def keep(shop: PretendedShop, told: Told) -> PretendedOrder:
    """The order as it is now; an older state of it is replaced."""
    body = told.order
    row, _ = PretendedOrder.objects.update_or_create(
        shop=shop,
        number=body["id"],
        defaults=_columns(told),
        create_defaults=_columns(told),
    )
    PretendedOrder.objects.filter(pk=row.pk).update(version=F("version") + 1)
    _find_refunds(shop, {row.number: row}, [told])
    return row


@transaction.atomic
def keep_new(shop: PretendedShop, many: Iterable[Told]) -> int:
    """Many orders that are not kept yet, in a few statements."""
    told = list(many)
    rows = [PretendedOrder(shop=shop, number=one.order["id"], **_columns(one)) for one in told]
    made = PretendedOrder.objects.bulk_create(rows, batch_size=1000)
    _find_refunds(shop, {row.number: row for row in made}, told)
    return len(made)


def _columns(told: Told) -> dict[str, Any]:
    body = told.order
    return {
        "created_at": _moment(body["created_at"]),
        "processed_at": _moment(body.get("processed_at") or body["created_at"]),
        "updated_at": _moment(body["updated_at"]),
        "head": head_answer(told),
        "told": {one.name: getattr(told, one.name) for one in fields(Told)},
    }


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


def _find_refunds(
    shop: PretendedShop, rows: Mapping[int, PretendedOrder], told: Iterable[Told]
) -> None:
    found = [
        PretendedRefund(shop=shop, order=rows[one.order["id"]], number=refund["id"])
        for one in told
        for refund in one.order.get("refunds") or []
    ]
    PretendedRefund.objects.bulk_create(found, ignore_conflicts=True)


def told_of(row: PretendedOrder) -> Told:
    """JSON has turned the ids of products into text."""
    kept = dict(row.told)
    kept["products"] = {int(number): facts for number, facts in kept["products"].items()}
    return Told(**kept)


def forget(shop: PretendedShop, number: int) -> None:
    """Deleted in Shopify."""
    PretendedOrder.objects.filter(shop=shop, number=number).delete()


def visible(shop: PretendedShop) -> QuerySet[PretendedOrder]:
    """Without `read_all_orders` those of the last 60 days only (contract 8.7)."""
    rows = PretendedOrder.objects.filter(shop=shop)
    if ALL_ORDERS in shop.scopes:
        return rows
    return rows.filter(created_at__gte=shop.now() - WINDOW)


def one(shop: PretendedShop, gid: str) -> Json | None:
    row = visible(shop).filter(number=_number("Order", gid)).first()
    return None if row is None else order_answer(told_of(row))


def refund(shop: PretendedShop, gid: str) -> Json | None:
    rows = visible(shop).filter(refunds__number=_number("Refund", gid))
    order = next((order_answer(told_of(row)) for row in rows[:1]), None)
    if order is None:
        return None
    return next((found for found in order["refunds"] if found["id"] == gid), None)


def dispute(shop: PretendedShop, gid: str) -> Json | None:
    """As an order was told it: id, status, amount, initiatedAt."""
    row = visible(shop).filter(told__disputes__contains=[{"id": gid}]).first()
    found = told_of(row).disputes if row else ()
    return next((one for one in found if one["id"] == gid), None)


def _number(kind: str, gid: str) -> int:
    match = re.fullmatch(rf"gid://shopify/{kind}/(\d{{1,18}})", gid)
    if match is None:
        raise BadPage(f"Invalid global id '{gid}'")
    return int(match[1])


class Listed(dict[str, Any]):
    """An order of a list: its head is there; anything more is read when it is asked for."""

    def __init__(self, row_id: int, head: Json) -> None:
        super().__init__(head)
        self.row_id = row_id

    def __missing__(self, name: str) -> Any:
        whole = order_answer(told_of(PretendedOrder.objects.get(pk=self.row_id)))
        for key, value in whole.items():
            self.setdefault(key, value)
        if name not in whole:
            raise KeyError(name)
        return whole[name]


def page(shop: PretendedShop, **args: Any) -> dict[str, Any]:
    """`orders(query:, sortKey:, first:, after:)`. Raises BadPage, Unmodelled."""
    if any(args.get(name) is not None for name in ("last", "before", "savedSearchId")):
        raise Unmodelled("orders is paged by first and after only")
    size, rows = paging.wanted(args), visible(shop).filter(_wanted(args.get("query") or "", shop))
    column = _column(args.get("sortKey"))
    ways = (F(column).desc(), F("number").desc()) if args.get("reverse") else (column, "number")
    before, rows = _after(args.get("after"), column, rows, down=bool(args.get("reverse")))
    listed = list(rows.order_by(*ways).values_list("pk", "head", column, "number")[: size + 1])
    if before + len(listed) > DEEPEST:
        raise BadPage(f"Pagination is limited to {DEEPEST} objects.")
    shown = listed[:size]
    return paging.connection(
        [Listed(row_id, head) for row_id, head, _, _ in shown],
        [_cursor(at, n, before + i) for i, (_, _, at, n) in enumerate(shown, start=1)],
        more=len(listed) > size,
        before=before > 0,
    )


def count(shop: PretendedShop, **args: Any) -> Json:
    found = visible(shop).filter(_wanted(args.get("query") or "", shop)).count()
    return {"count": found, "precision": "EXACT"}


def _column(key: str | None) -> str:
    if key not in SORTED_BY:
        raise Unmodelled(f"orders sorted by {key}")
    return SORTED_BY[key]


def _cursor(at: datetime | int, number: int, place: int) -> str:
    return paging.cursor([at if isinstance(at, int) else at.isoformat(), number, place])


def _after(
    cursor: str | None, column: str, rows: QuerySet[PretendedOrder], *, down: bool
) -> tuple[int, QuerySet[PretendedOrder]]:
    """How many rows were shown before, and those that are left."""
    if cursor is None:
        return 0, rows
    try:
        value, number, place = paging.place_of(cursor)
        at = value if column == "number" else datetime.fromisoformat(value)
    except (TypeError, ValueError):
        raise BadPage("Invalid cursor for current pagination sort.") from None
    beyond = "lt" if down else "gt"
    left = rows.filter(**{f"{column}__{beyond}e": at})
    later = Q(**{f"{column}__{beyond}": at}) | Q(**{column: at, f"number__{beyond}": number})
    return int(place), left.filter(later)


def _wanted(query: str, shop: PretendedShop) -> Q:
    """The filters the product is known to need. Raises Unmodelled for any other: Shopify would
    quietly leave it out, and a test would compare too many orders."""
    rest = re.sub(r"\bAND\b", " ", TERM.sub(" ", query)).strip()
    if rest:
        raise Unmodelled(f"the search {rest!r}")
    found = Q()
    for name, sign, *texts in TERM.findall(query):
        found &= _term(name, sign, next(filter(None, texts), ""), shop)
    return found


def _term(name: str, sign: str, text: str, shop: PretendedShop) -> Q:
    if name in TIMES:
        return Q(**{f"{name}__{LOOKUP[sign]}": _searched(text, shop)})
    if name == "id" and text.isdigit():
        return Q(**{f"number__{LOOKUP[sign]}": int(text)})
    if name == "name" and not sign:
        return Q(head__name=text)
    if name == "test" and not sign:
        return Q(head__test=text == "true")
    if (name, sign, text) == ("status", "", "any"):
        return Q()
    raise Unmodelled(f"the search {name}:{sign}{text}")


def _searched(text: str, shop: PretendedShop) -> datetime:
    """A time of a search: without an offset it is the shop's."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise Unmodelled(f"the time {text!r} in a search") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=ZoneInfo(shop.time_zone))
