"""Erasing a buyer, and at the end a store: what may not be kept goes, the trail of figures stays.

Facts and documents are rewritten without who bought, and hashed anew, so that each row still proves
itself; numbers, amounts, taxes, dates, codes and the digests of what was sent remain (ADR 32). What
stands in the merchant's books is theirs. An erased order stays erased: `posting.record_facts`
takes the buyer out of all that is told of it later.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime
from functools import reduce
from operator import or_
from typing import Any

from django.db import models, transaction
from django.db.models import Q, QuerySet
from django.db.models.functions import Cast

from accounting import audit, codec, outbox, posting
from accounting.documents import personal
from accounting.documents.document import dump, load
from accounting.facts import Order as OrderFact
from accounting.models import (
    Attempt,
    Audit,
    Book,
    BookCheck,
    BookDifference,
    Catalogue,
    Code,
    CodeList,
    DebtorCode,
    Document,
    Fact,
    MappingImport,
    MappingPreview,
    Order,
    SeenGateway,
    SeenTax,
    Store,
    Variant,
)

WHO = "Shopify"
ERASED = "Erased with the buyer's personal data."
NEVER_TOLD = "The buyer was erased before Shopify told of the order."
TYPED = ["reason", "label"]  # what people type, in details of the audit trail
SHORTEST = 3  # a shorter text is no name: everything would quote it

Counts = Counter[str]


class Busy(Exception):
    """A document of the order is being sent just now; try again in a moment."""


def erase_buyer(*, store_id: int, order_id: int, now: datetime) -> Counts:
    """Erase who bought one order, `order_id` being Shopify's, in all that is kept of it here.

    Returns how many rows of each kind were changed; empty for an order of another store. An order
    never heard of is noted, so that it comes without its buyer. Raises Busy.
    """
    with transaction.atomic():
        posting.lock_id(order_id)
        if Order.objects.filter(order_id=order_id).exclude(store=store_id).exists():
            return Counter()
        order = _locked(store_id, order_id, now)
        documents = list(order.document_set.select_for_update().order_by("id"))
        _not_while_sending(documents, now)
        words = _words(order, documents)
        erased = Counter(orders=1, facts=_facts(order), documents=_documents(documents, words))
        erased.update(_said(order, documents, words))
        if order.erased_at is None:
            audit.note(store_id, WHO, "buyer erased", now, order=order_id)
        order.erased_at = now
        _order(order, words)
        return erased


def unerased(store_id: int, *, since: datetime, limit: int) -> list[int]:
    """Shopify's ids of orders that were not erased since then."""
    rows = Order.objects.filter(Q(erased_at=None) | Q(erased_at__lt=since), store=store_id)
    return list(rows.order_by("id").values_list("order_id", flat=True)[:limit])


def _locked(store_id: int, order_id: int, now: datetime) -> Order:
    never = {"facts_at": now, "state": Order.State.EXCLUDED, "note": NEVER_TOLD}
    Order.objects.get_or_create(store_id=store_id, order_id=order_id, defaults=never)
    return Order.objects.select_for_update().get(store_id=store_id, order_id=order_id)


def _not_while_sending(documents: Iterable[Document], now: datetime) -> None:
    """The answer to a call under way may quote the buyer, and is kept when it comes."""
    sending = {row.book_id for row in documents if row.state == Document.State.SENDING}
    if Book.objects.filter(id__in=sending, leased_until__gt=now).exists():
        raise Busy(Busy.__doc__)


# --- what is personal in it ------------------------------------------------------------------


def _words(order: Order, documents: Iterable[Document]) -> frozenset[str]:
    """Every text that goes with the buyer, folded: what others may have quoted."""
    pairs: list[tuple[Any, Any]] = [(f, personal.without_buyer(f)) for _, f in _versions(order)]
    entries = [load(row.payload) for row in documents]
    pairs += [(entry, personal.nameless(entry)) for entry in entries]
    gone = {
        text
        for before, after in pairs
        for text in _texts(codec.dump(before)) - _texts(codec.dump(after))
    }
    return frozenset(text.casefold() for text in gone if len(text) >= SHORTEST)


def _versions(order: Order) -> list[tuple[Fact, OrderFact]]:
    rows = Fact.objects.filter(order=order, kind="order").order_by("id")
    return [(row, codec.load(OrderFact, row.body)) for row in rows]


def _texts(value: Any) -> set[str]:
    if isinstance(value, str):
        return {value.strip()}
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return {text for each in inner for text in _texts(each)}


def _without(value: Any, words: frozenset[str]) -> Any:
    """A JSON value in which each text that quotes one of the words is replaced."""
    if isinstance(value, str):
        return ERASED if any(word in value.casefold() for word in words) else value
    if isinstance(value, list):
        return [_without(each, words) for each in value]
    if isinstance(value, dict):
        return {name: _without(each, words) for name, each in value.items()}
    return value


# --- one kind of row after the other ---------------------------------------------------------


def _facts(order: Order) -> int:
    """Rewrite the versions of the order. Two that differ in the buyer only become one."""
    changed = 0
    for row, fact in _versions(order):
        bare = personal.without_buyer(fact)
        if bare == fact:
            continue
        changed += 1
        kept, body = codec.text(bare), codec.dump(bare)
        same = Fact.objects.filter(store=row.store_id, kind=row.kind, source_id=row.source_id)
        if same.filter(sha256=codec.digest(kept)).exists():
            row.delete()
        else:
            Fact.objects.filter(id=row.id).update(body=body, sha256=codec.digest(kept))
    return changed


def _documents(documents: Iterable[Document], words: frozenset[str]) -> int:
    """Freeze them nameless, sent or not. What the books said goes: it may quote what they hold."""
    changed = 0
    for row in documents:
        entry = load(row.payload)
        bare = personal.nameless(entry)
        changes: dict[str, Any] = {"receipt": _without(row.receipt, words)}
        if bare != entry:
            payload = dump(bare)
            changes |= {"payload": payload, "payload_sha256": codec.sha256(payload)}
            changed += 1
        if row.message not in ("", outbox.NOT_NEEDED):
            changes["message"] = ERASED
        Document.objects.filter(id=row.id).update(**changes)
    return changed


def _said(order: Order, documents: Sequence[Document], words: frozenset[str]) -> Counts:
    """What others wrote about it: answers, differences, reasons people gave, names in lists."""
    numbers = [row.number for row in documents]
    customers = [row.number for row in documents if row.kind == "customer"]
    store = Store.objects.get(id=order.store_id)
    answers = Attempt.objects.filter(document__in=documents).exclude(message="")
    wordy = Q(aspect="") | Q(aspect=BookDifference.Aspect.CUSTOMER)
    differences = BookDifference.objects.filter(wordy, document__in=documents).exclude(books="")
    reasons = Audit.objects.filter(
        store=store, detail__number__in=numbers, detail__has_key="reason"
    )
    listed = Code.objects.filter(list__book=store.book_id, list__name="debtors")
    trail = Audit.objects.filter(store=store)
    compared = BookDifference.objects.filter(store=store)
    checks = BookCheck.objects.filter(store=store)
    book = Book.objects.filter(store=store)
    lists = CodeList.objects.filter(book__store=store)
    return Counter(
        answers=answers.update(message=ERASED),
        differences=differences.update(books=ERASED) + _replace(compared, ("books", "here"), words),
        reasons=_unsaid(reasons, "reason") + _replace(trail, ("detail",), words, salt=None),
        names_in_lists=listed.filter(code__in=customers).update(name="", name_key="", detail={}),
        notices=_replace(checks, ("message",), words)
        + _replace(lists, ("trouble",), words)
        + _replace(book, ("trouble", "state_reason"), words),
    )


def _unsaid(rows: QuerySet[Audit], *names: str) -> int:
    """Without what a person typed under these names. The salt goes with it: the digest of the old
    detail stays in the chain (ADR 35), and nobody can find out by trying what it was of."""
    for row in rows:
        row.detail = {key: ERASED if key in names else row.detail[key] for key in row.detail}
        row.salt = None
        row.save(update_fields=["detail", "salt"])
    return len(rows)


def _replace(
    rows: QuerySet[Any], columns: Sequence[str], words: frozenset[str], **with_it: Any
) -> int:
    """Replace each text of these columns that quotes one of the words; set what goes with it."""
    if not words:
        return 0
    texts = {f"{name}_text": Cast(name, models.TextField()) for name in columns}
    quotes = (Q(**{f"{text}__icontains": word}) for text in texts for word in words)
    found = list(rows.alias(**texts).filter(reduce(or_, quotes)))
    for row in found:
        for name in columns:
            setattr(row, name, _without(getattr(row, name), words))
        for name, value in with_it.items():
            setattr(row, name, value)
        row.save(update_fields=[*columns, *with_it])
    return len(found)


def _order(order: Order, words: frozenset[str]) -> None:
    said = ("problems", "flags", "note", "refetch_trouble")
    for name in said:
        setattr(order, name, _without(getattr(order, name), words))
    order.save(update_fields=[*said, "erased_at"])


# --- a store at the end ----------------------------------------------------------------------


@transaction.atomic
def forget_store(*, store_id: int, now: datetime) -> Counts:
    """What is left of a store once its orders are erased: codes of customers, what it sold, what
    people typed, words of the books, and the books' keys where no other store uses these books."""
    store = Store.objects.select_for_update().get(id=store_id)
    differences = BookDifference.objects.filter(store=store)
    typed = Audit.objects.filter(store=store, detail__has_any_keys=TYPED)
    erased = Counter(
        products=Variant.objects.filter(store=store).delete()[0],
        debtor_codes=DebtorCode.objects.filter(store=store).delete()[0],
        reasons=_unsaid(typed, *TYPED),
        differences=differences.update(books="", here=""),
        notices=BookCheck.objects.filter(store=store).exclude(message="").update(message=ERASED),
    )
    for table in (Catalogue, MappingImport, MappingPreview, SeenGateway, SeenTax):
        table._default_manager.filter(store=store).delete()
    if store.book_id and not Store.objects.filter(book=store.book_id).exclude(id=store_id).exists():
        erased["books"] = _forget_book(store.book_id)
        erased["lists"] = CodeList.objects.filter(book=store.book_id).delete()[0]
    audit.note(store_id, WHO, "store erased", now)
    return erased


def _forget_book(book_id: int) -> int:
    """The row stays, for its documents name it; nothing can be sent to it any more."""
    return Book.objects.filter(id=book_id).update(
        name="",
        sealed_credentials=b"",
        settings={},
        state=Book.State.SETUP,
        state_reason="",
        fingerprint="",
        found="",
        findings=[],
        trouble="",
        trouble_count=0,
        trouble_since=None,
        ready_at=None,
    )
