"""What a store's products could be mapped to, worked out ahead, slice by slice.

A catalogue of 100,000 variants and 20,000 items of the books is not compared while a person waits:
a worker examines what is new or changed at once, and everything again when the books' items were
read, all products were read, or a mapping changed that concerns very many. What it finds is kept
with the variant and shown with its reason; nothing is ever mapped by it without the merchant's word
(`products.accept`).
"""

from __future__ import annotations

import json
import logging
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field

from django.db import DatabaseError, connection, transaction

from accounting import catalogue, known_codes, mapping
from accounting.connectors.base import CodeList
from accounting.models import Catalogue, Code, Store, Variant
from accounting.models import CodeList as ListRow
from accounting.models.catalogue import OWN
from accounting.posting import database_failed
from accounting.product_names import Item, Items, Proposal, barcodes_in

log = logging.getLogger(__name__)

SLICE = 500
MAJORITY = 80  # per cent of a vendor's or type's mapped products that agree on an account
FEWEST = 2  # mapped products before they say anything
NEW = 0
SHOWN = ("suggested_by", "suggested_item", "suggested_name", "suggested_account", "likeness")


def go_on(*, stopping: Callable[[], bool] = lambda: False, most: int = 20) -> int:
    """Examine up to `most` slices of the stores that wait for it. Returns how many variants.

    A store that the database fails at is passed over until the next time, so that those behind it
    are reached.
    """
    examined, known, failed = 0, _Known(), set[int]()
    for _ in range(most):
        store_id = None if stopping() else _next_store(failed)
        if store_id is None:
            break
        try:
            examined += _slice_safely(store_id, known)
        except DatabaseError:
            log.exception("products of store %s could not be examined now", store_id)
            failed.add(store_id)
    return examined


def _next_store(failed: Collection[int]) -> int | None:
    """A store with something new comes first: somebody may be looking at it."""
    new = Variant.objects.filter(examined=NEW).exclude(store_id__in=failed)
    found = new.order_by("store_id", "id").values_list("store_id", flat=True).first()
    if found is None:
        due = Catalogue.objects.filter(is_due=True).exclude(store_id__in=failed)
        found = due.order_by("store_id").values_list("store_id", flat=True).first()
    return found


def _slice_safely(store_id: int, known: _Known) -> int:
    """A variant that no suggestion can be worked out for, or kept of, has none until it changes or
    all are examined again; the others of its slice have theirs."""
    try:
        return _slice(store_id, known)
    except Exception as error:
        if database_failed(error):
            raise
        log.exception("a slice of the products of store %s is examined one by one", store_id)
    examined = [_one_safely(store_id, known) for _ in range(SLICE)]
    if left := examined.count(None):
        log.error("%s products of store %s are left without a suggestion", left, store_id)
    return sum(filter(None, examined))


def _one_safely(store_id: int, known: _Known) -> int | None:
    try:
        return _slice(store_id, known, most=1)
    except Exception as error:
        if database_failed(error):
            raise
        _leave_next(store_id)
        return None


@transaction.atomic
def _leave_next(store_id: int) -> None:
    generation = Catalogue.objects.values_list("generation", flat=True).get(store_id=store_id)
    left = [row.pk for row in _to_examine(store_id, generation, most=1)]
    Variant.objects.filter(pk__in=left).update(examined=generation, suggested_by="")


@dataclass(slots=True)
class _Known:
    """The books' items, read once for as long as one store is at it."""

    store_id: int = 0
    generation: tuple[int, int] = (0, 0)
    items: Items = field(default_factory=Items)

    def of(self, store: Store) -> Items:
        found = _items_list(store)
        if (store.pk, found) != (self.store_id, self.generation):
            self.store_id, self.generation = store.pk, found
            self.items = Items.of(_usable(store, found))
        return self.items


def _items_list(store: Store) -> tuple[int, int]:
    lists = ListRow.objects.filter(book=store.book_id, name=CodeList.ITEMS.value)
    return lists.values_list("id", "generation").first() or (0, 0)


def _usable(store: Store, found: tuple[int, int]) -> Iterable[Item]:
    """Items in use whose codes these books could take back."""
    form = known_codes.form(store.pk, "items")
    rows = Code.objects.filter(list=found[0], generation=found[1], active=True)
    longest: int = Variant._meta.get_field("suggested_item").max_length or 0
    for code, name, detail in rows.values_list("code", "name", "detail").iterator(2000):
        if len(code) <= longest and not form.wrong("item_code", code):
            yield Item(code=code, name=name, barcodes=barcodes_in(detail))


@transaction.atomic
def _slice(store_id: int, known: _Known, *, most: int | None = None) -> int:
    most = most or SLICE
    mapping.unchanging(store_id)
    store = Store.objects.get(pk=store_id)
    state, _ = Catalogue.objects.get_or_create(store_id=store_id)
    rows = _to_examine(store_id, state.generation, most)
    if len(rows) < most:
        same = Catalogue.objects.filter(store_id=store_id, generation=state.generation)
        same.update(is_due=False)
    if rows:
        catalogue.decide([row.pk for row in rows])
        _suggest(store_id, known.of(store), [row.pk for row in rows], state.generation)
    return len(rows)


def _to_examine(store_id: int, generation: int, most: int) -> list[Variant]:
    """Locked in the order in which everybody locks them."""
    rows = Variant.objects.filter(store_id=store_id, examined__lt=generation)
    first = rows.order_by("examined", "id").values_list("pk", flat=True)[:most]
    locked = Variant.objects.select_for_update(no_key=True).filter(pk__in=list(first))
    return list(locked.order_by("known_as").only("pk"))


def _suggest(store_id: int, items: Items, ids: Sequence[int], generation: int) -> None:
    rows = list(Variant.objects.filter(pk__in=ids).defer("search", "tags").order_by("id"))
    sisters = Sisters.of(store_id, rows)
    for row in rows:
        _note(row, _proposed(row, items), sisters)
    said = [{name: getattr(row, name) for name in ("id", *SHOWN)} for row in rows]
    with connection.cursor() as cursor:
        cursor.execute(NOTE, {"rows": json.dumps(said), "generation": generation})


NOTE = f"""
    UPDATE accounting_variant v SET examined = %(generation)s,
        {", ".join(f"{name} = said.{name}" for name in SHOWN)}
    FROM jsonb_to_recordset(%(rows)s::jsonb) AS said(id bigint, suggested_by text,
        suggested_item text, suggested_name text, suggested_account text, likeness smallint)
    WHERE v.id = said.id
"""  # noqa: S608 (constants)


def _proposed(row: Variant, items: Items) -> Proposal | None:
    if row.mapped_by in OWN or row.gift_card or row.gone:
        return None
    return items.proposal(sku=row.sku, barcode=row.barcode, name=f"{row.title} {row.variant_title}")


def _note(row: Variant, proposal: Proposal | None, sisters: Sisters) -> None:
    by, account = sisters.account_of(row)
    row.suggested_account = account
    row.suggested_by = proposal.by if proposal else by if row.mapped_by == "" else ""
    row.suggested_item = proposal.item.code if proposal else ""
    row.suggested_name = proposal.item.name if proposal else ""
    row.likeness = proposal.likeness if proposal else 0


# --- accounts of the products beside it --------------------------------------------------------

ACCOUNTS = """
    SELECT v.{key}, m.account, count(*) FROM accounting_variant v
    JOIN accounting_itemmapping m ON m.store_id = v.store_id AND m.match = v.mapped_by
     AND m.value = CASE v.mapped_by WHEN 'variant' THEN v.variant_id::text
         WHEN 'sku' THEN v.sku_key WHEN 'product' THEN v.product_id::text END
    WHERE v.store_id = %s AND NOT v.gone AND v.{key} = ANY(%s)
      AND v.mapped_by IN ('variant', 'sku', 'product')
    GROUP BY 1, 2
"""
SISTERS = {
    Variant.SuggestedBy.VENDOR.value: ACCOUNTS.format(key="vendor_key"),
    Variant.SuggestedBy.TYPE.value: ACCOUNTS.format(key="type_key"),
}


@dataclass(frozen=True, slots=True)
class Sisters:
    """The account on which most mapped products of a vendor or type agree, by (which, key)."""

    accounts: dict[tuple[str, str], str]

    @classmethod
    def of(cls, store_id: int, rows: Sequence[Variant]) -> Sisters:
        """For the vendors and types of these rows, in two statements."""
        need = [row for row in rows if row.mapped_by not in OWN]
        keys = {
            "vendor": {row.vendor_key for row in need} - {""},
            "type": {row.type_key for row in need} - {""},
        }
        found: dict[tuple[str, str], str] = {}
        for which, sql in SISTERS.items():
            for value, counted in _counted(sql, store_id, keys[which]).items():
                if account := agreed(counted):
                    found[which, value] = account
        return cls(found)

    def account_of(self, row: Variant) -> tuple[str, str]:
        """By which of the two, and the account; both empty where they say nothing."""
        for which, value in (("vendor", row.vendor_key), ("type", row.type_key)):
            if account := self.accounts.get((which, value)):
                return which, account
        return "", ""


def agreed(counted: Counter[str]) -> str:
    """The account that enough of the products have, "" where they differ or are too few."""
    account, count = max(counted.items(), key=lambda each: (each[1], each[0]), default=("", 0))
    total = counted.total()
    return account if count >= FEWEST and 100 * count >= MAJORITY * total else ""


def _counted(sql: str, store_id: int, keys: set[str]) -> dict[str, Counter[str]]:
    found: dict[str, Counter[str]] = defaultdict(Counter)
    if keys:
        with connection.cursor() as cursor:
            cursor.execute(sql, [store_id, sorted(keys)])
            for key, account, count in cursor.fetchall():
                found[key][account] += count
    return found


def kinds(store_id: int) -> dict[str, int]:
    """How many suggestions there are of each kind."""
    with connection.cursor() as cursor:
        cursor.execute(KINDS, [store_id])
        return dict(cursor.fetchall())


KINDS = """
    SELECT suggested_by, count(*) FROM accounting_variant
    WHERE store_id = %s AND NOT gone AND NOT (mapped_by IN ('variant', 'sku'))
      AND NOT (suggested_by = '') GROUP BY 1
"""
