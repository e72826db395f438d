"""A shop with one of everything in it, and a canary in every field a person could read."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.test import override_settings

from accounting import catalogue, codec
from accounting.backfill_totals import nothing
from accounting.catalogue import Told
from accounting.documents.document import (
    Allocation,
    Document,
    DocumentLine,
    Entry,
    Key,
    Kind,
    Role,
    Why,
)
from accounting.mapping_import import KINDS
from accounting.mapping_preview import nothing as dry_run_of_nothing
from accounting.models import (
    Attempt,
    Backfill,
    BackfillOrder,
    Book,
    BookCheck,
    BookDifference,
    BookSighting,
    Catalogue,
    Code,
    CodeList,
    Debtor,
    DebtorCode,
    GatewayMapping,
    ItemMapping,
    MappingImport,
    MappingPreview,
    Order,
    ProjectMapping,
    RoleMapping,
    SeenGateway,
    SeenTax,
    StatementApproval,
    Store,
    TaxMapping,
    TieDay,
    TieDifference,
    TieFigure,
    Variant,
)
from accounting.models import Document as Row
from accounting.sealing import seal
from shopify_app.models import (
    AccountantLink,
    AccountantSession,
    Delivery,
    Episode,
    Mail,
    MailAddress,
    MailSettings,
    OfflineToken,
    PersonalDataAccess,
    PrivacyRequest,
    ProductReading,
    Reconciliation,
    Shop,
    ShopDetails,
    ShopPlan,
    ShopReading,
)
from shopify_app.privacy_export import Compiled
from tests.books import make_row

SEAL_KEYS = [base64.b64encode(bytes(32)).decode()]


@dataclass
class Filled:
    """The rows of one shop; `ids` fills the parameters of any route."""

    order: Order
    rows: list[Row]
    delivery: Delivery
    mapping: ItemMapping
    backfill: Backfill
    request: PrivacyRequest
    difference: BookDifference
    address: MailAddress
    link: AccountantLink
    file: MappingImport
    preview: MappingPreview

    @property
    def ids(self) -> dict[str, int]:
        return {
            "order_id": self.order.order_id,
            "document_id": self.rows[0].pk,
            "delivery_id": self.delivery.pk,
            "backfill_id": self.backfill.pk,
            "request_id": self.request.pk,
            "difference_id": self.difference.pk,
            "address_id": self.address.pk,
            "link_id": self.link.pk,
            "import_id": self.file.pk,
            "preview_id": self.preview.pk,
        }


def fill(shop: Shop, now: datetime, *, canary: str = "", order_id: int = 5001) -> Filled:
    """One order with invoice, payment and knock-off, mappings, a connection and a delivery."""
    Shop.objects.filter(pk=shop.pk).update(seen_at=datetime.now(UTC))  # so that no page notes it
    store = shop.store
    store.book = Book.objects.create(
        name=f"Books {canary}", system="sql_accounting", state="active", trouble=canary
    )
    store.prefix = "KR"
    store.save()
    _list_codes(store.book, now, canary)
    _connect(shop, now, canary)
    item = _map(store, store.book, canary)
    order = _hold(store, order_id, now, canary)
    _sweep(shop, now, canary)
    _offer(shop, now, canary)
    rows = [_row(order, entry, now, canary) for entry in entries(order, canary)]
    _try(rows[0], now, canary)
    difference = _compare(rows[0], now, canary)
    _tie(order, now, canary)
    _describe(shop, now, canary)
    delivery = _refuse(shop, now, canary)
    backfill, request = _backfill(order, now, canary), _ask(shop, now, canary)
    file, preview = _consider(store, now, canary)
    return Filled(
        order=order,
        rows=rows,
        delivery=delivery,
        mapping=item,
        backfill=backfill,
        request=request,
        difference=difference,
        address=_tell(shop, now, canary),
        link=_let_look(shop, now, canary),
        file=file,
        preview=preview,
    )


def _let_look(shop: Shop, now: datetime, canary: str) -> AccountantLink:
    """A link that is open, and a visit through it with a cookie that nobody has."""
    link = AccountantLink.objects.create(
        shop=shop,
        label=f"Firm {canary}",
        secret_sha256="5" * 64,
        created_at=now,
        created_by=f"staff {canary}",
        ends_at=now + timedelta(days=3650),
    )
    cookie = hashlib.sha256(str(link.pk).encode()).hexdigest()
    AccountantSession.objects.create(
        link=link, cookie_sha256=cookie, began_at=now, ends_at=link.ends_at
    )
    return link


def _consider(store: Store, now: datetime, canary: str) -> tuple[MappingImport, MappingPreview]:
    """A file of mappings that waits for a decision, a dry run that is done, and what was seen."""
    SeenGateway.objects.create(
        store=store, gateway=f"new{canary}".casefold(), shown=f"New {canary}", seen_at=now
    )
    SeenTax.objects.create(
        store=store, title=f"new{canary}", rate=Decimal("0.06"), shown=f"New {canary}", seen_at=now
    )
    row = {"role": "tips", "account": f"540-{canary}"[:20]}
    file = MappingImport.objects.create(
        store=store,
        what="roles",
        name=f"{canary}.csv",
        content="role,account\r\n",
        state="ready",
        counts=dict.fromkeys(KINDS, 0) | {"added": 1},
        examples={"added": [{"line": 2, "row": row}]},
        asked_at=now,
        asked_by=f"staff {canary}",
    )
    preview = MappingPreview.objects.create(
        store=store,
        what="roles",
        rows=[row],
        state="done",
        since=now,
        result=dry_run_of_nothing(),
        asked_at=now,
        asked_by=f"staff {canary}",
        finished_at=now,
    )
    return file, preview


def _map(store: Store, book: Book, canary: str) -> ItemMapping:
    """One mapping of each kind. Returns that of the product."""
    Debtor.objects.create(store=store, currency="MYR", code=f"300-{canary}"[:12])
    item = ItemMapping.objects.create(store=store, match="sku", value=f"sku{canary}", account="500")
    TaxMapping.objects.create(store=store, title=f"sst{canary}", rate=Decimal("0.08"), code="SV")
    GatewayMapping.objects.create(store=store, gateway=f"pay{canary}", account="310")
    RoleMapping.objects.create(store=store, role="shipping", account=f"530-{canary}"[:20])
    ProjectMapping.objects.create(store=store, by="source", value="pos", project=f"P{canary}"[:20])
    DebtorCode.objects.create(
        store=store,
        book=book,
        kind="customer",
        source_id=7,
        currency="MYR",
        code=f"30{canary}"[:12],
    )
    return item


def _hold(store: Store, order_id: int, now: datetime, canary: str) -> Order:
    return Order.objects.create(
        store=store,
        order_id=order_id,
        name=f"#1001{canary}",
        state=Order.State.HELD,
        problems=[
            {"code": "UNMAPPED_ITEM", "subject": f"KOPI{canary}", "message": "Map it.", "terms": []}
        ],
        flags=[{"code": "CUSTOMER_CREDIT", "message": f"Too much {canary}.", "terms": []}],
        note=f"Not paid yet.{canary}",
        facts_at=now,
        planned_at=now,
        refetch_trouble=f"Shopify refuses to show this order (DENIED{canary}). It is judged by "
        "what has arrived.",
    )


def _describe(shop: Shop, now: datetime, canary: str) -> None:
    """What Shopify said of the shop and of its plan."""
    ShopDetails.objects.create(
        shop=shop,
        name=f"Kedai {canary}",
        currency=shop.store.currency,
        time_zone=shop.store.time_zone,
        read_at=now,
    )
    ShopPlan.objects.create(shop=shop, name=f"Plan {canary}", status="ACTIVE", read_at=now)


def _refuse(shop: Shop, now: datetime, canary: str) -> Delivery:
    """A webhook that could not be understood."""
    return Delivery.objects.create(
        shop_domain=shop.domain,
        webhook_id=f"webhook{canary}",
        topic="orders/create",
        body=b"secret",
        received_at=now,
        state=Delivery.State.FAILED,
        path="line_items[0].price",
        error=f"is no amount {canary}",
    )


def _connect(shop: Shop, now: datetime, canary: str) -> None:
    """A token that nobody opens, where the shop has none yet."""
    pair = {
        "access": canary.encode(),
        "refresh": canary.encode(),
        "issued_at": now,
        "access_expires_at": now + timedelta(hours=1),
        "refresh_expires_at": now + timedelta(days=36_500),
        "scopes": ",".join(settings.SHOPIFY_SCOPES),
    }
    _, new = OfflineToken.objects.get_or_create(shop=shop, defaults=pair)
    if new:
        Shop.objects.filter(pk=shop.pk).update(scopes=pair["scopes"])


def _ask(shop: Shop, now: datetime, canary: str) -> PrivacyRequest:
    """A data request that was answered, with an export that nobody but the shop may open, and
    somebody who has looked."""
    PersonalDataAccess.objects.create(
        shop=shop, at=now, who=f"staff {canary}", what="export", subject=canary
    )
    request = PrivacyRequest.objects.create(
        shop_domain=shop.domain,
        topic="customers/data_request",
        state="done",
        received_at=now,
        due_at=now + timedelta(days=30),
        done_at=now,
        error=canary,
        evidence={"counts": {"orders": 1}},
        export_until=now + timedelta(days=3650),
    )
    found = Compiled(orders=[{"name": canary}], debtor_codes=[], webhooks=[])
    with override_settings(LEJAR_SEAL_KEYS=SEAL_KEYS):
        request.sealed_export = seal(found.text(request, now), row=f"privacy request {request.pk}")
    request.save()
    return request


def _tell(shop: Shop, now: datetime, canary: str) -> MailAddress:
    """Somebody who was told something, and waits to be told that it is over."""
    MailSettings.objects.create(shop=shop, offline_minutes=20)
    address = MailAddress(shop=shop, language="en", added_at=now)
    with override_settings(LEJAR_SEAL_KEYS=SEAL_KEYS):
        address.put(f"office{canary}@kedai.test")
    address.save()
    episode = Episode.objects.create(shop=shop, kind="refused", facts={"x": canary}, found_at=now)
    Mail.objects.create(
        shop=shop, address=address, episode=episode, phase="told", asked_at=now, trouble=canary
    )
    return address


def _list_codes(book: Book, now: datetime, canary: str) -> None:
    debtors = CodeList.objects.create(
        book=book, name="debtors", generation=1, count=1, read_at=now, trouble=f"Gone {canary}"
    )
    Code.objects.create(
        list=debtors, generation=1, key="300-w001", code="300-W001", name=f"Online {canary}"
    )


def _sweep(shop: Shop, now: datetime, canary: str) -> None:
    """A sweep over the shop's orders that was stopped."""
    ShopReading.objects.create(shop=shop, trouble="refused", code=canary, sweep_at=now)
    Reconciliation.objects.create(
        shop=shop,
        state="stopped",
        message=f"Refused {canary}",
        since=now,
        until=now,
        reached_at=now,
        started_at=now,
        moved_at=now,
    )


def _offer(shop: Shop, now: datetime, canary: str) -> None:
    """A product with a suggestion, from a reading that was stopped."""
    reading = ProductReading.objects.create(
        shop=shop, state="stopped", message=f"Refused {canary}", started_at=now, moved_at=now
    )
    Catalogue.objects.create(store=shop.store, read_at=now)
    told = Told(
        variant_id=9000,
        product_id=7000,
        sku=f"KOPI{canary}",
        title=f"Kopi {canary}",
        vendor=f"Kilang {canary}",
        product_type=f"Drinks {canary}",
        tags=(f"tag {canary}",),
    )
    catalogue.tell(store_id=shop.store_id, told=[told], reading=reading.pk)
    Variant.objects.filter(store=shop.store).update(
        suggested_by="sku", suggested_item=f"I{canary}", suggested_account="500", examined=1
    )


def entries(order: Order, canary: str) -> list[Entry]:
    invoice, payment = _invoice(order, canary), _payment(order, canary)
    return [invoice, payment, _knock_off(order, payment, invoice)]


def _head(order: Order) -> dict[str, Any]:
    """What all entries of one order have in common."""
    return {
        "date": date(2026, 11, 20),
        "currency": "MYR",
        "customer": "300-W001",
        "order_name": order.name,
        "order_id": order.order_id,
    }


def _invoice(order: Order, canary: str) -> Document:
    coffee = DocumentLine(
        role="sales",
        account="500-001",
        description=f"Kopi gunung {canary}",
        quantity=2,
        unit_price=Decimal("45.00"),
        net=Decimal("90.00"),
        tax_code="SV-8",
        tax_rate=Decimal("0.08"),
        tax=Decimal("7.20"),
        why=Why(
            fact="line item 41",
            amount="2 x 45.00 = 90.00 (treatment 4.1)",
            code=f"product mapping sku kopi{canary}; tax mapping SST 0.08",
        ),
    )
    shipping = DocumentLine(
        role="shipping",
        account="530-SHIP",
        description="Pos Laju",
        quantity=1,
        unit_price=Decimal("10.00"),
        net=Decimal("10.00"),
        why=Why(
            fact="shipping line 51",
            amount="10.00 = 10.00 (treatment 4.1)",
            code="account of shipping",
        ),
    )
    return Document(
        kind=Kind.INVOICE,
        key=Key(role=Role.INVOICE, source_id=order.order_id),
        number="KR-1001",
        total=Decimal("107.20"),
        description=f"Order {canary}",
        lines=(coffee, shipping),
        **_head(order),
    )


def _payment(order: Order, canary: str) -> Document:
    return Document(
        kind=Kind.PAYMENT,
        key=Key(role=Role.PAYMENT, source_id=order.order_id + 1),
        number="KR-1001-P1",
        total=Decimal("107.20"),
        description=f"Payment {canary}",
        account="310-IPAY",
        gateway="iPay88",
        why=Why(
            fact="transaction 61",
            amount="sale of 107.20 MYR",
            code=f"gateway mapping ipay88{canary}",
        ),
        **_head(order),
    )


def _knock_off(order: Order, payment: Document, invoice: Document) -> Allocation:
    return Allocation(
        key=Key(role=Role.ALLOCATION, source_id=1, source=payment.number, target=invoice.number),
        number="KR-1001-P1_KR-1001",
        source_kind=Kind.PAYMENT,
        source=payment.number,
        target_kind=Kind.INVOICE,
        target=invoice.number,
        amount=Decimal("107.20"),
        source_open=Decimal("107.20"),
        target_open=Decimal("107.20"),
        **_head(order),
    )


def _row(order: Order, entry: Entry, now: datetime, canary: str) -> Row:
    posted = entry.kind is Kind.INVOICE
    row = make_row(
        order,
        entry,
        now,
        payload_sha256=codec.sha256(entry),
        facts_sha256="f" * 64,
        rules_sha256="r" * 64,
        state=Row.State.POSTED if posted else Row.State.REJECTED,
        message="" if posted else f"Payment method does not exist {canary}",
        receipt={"number": entry.number} if posted else None,
        posted_at=now if posted else None,
    )
    row.save()
    return row


def _try(document: Row, now: datetime, canary: str) -> None:
    for seconds, outcome in ((0, "unavailable"), (60, "accepted")):
        Attempt.objects.create(
            store=document.store,
            document=document,
            call="post",
            fence=1,
            profile="acctbridge/sql_accounting@1",
            payload_sha256=document.payload_sha256,
            started_at=now + timedelta(seconds=seconds),
            finished_at=now + timedelta(seconds=seconds + 1),
            outcome=outcome,
            message=f"AcctBridge cannot be reached: {canary}" if outcome == "unavailable" else "",
        )


def _compare(document: Row, now: datetime, canary: str) -> BookDifference:
    """A check of the books that was stopped after it had found something. Returns what it found of
    a document that is not ours."""
    here = {"store": document.store, "book": document.book}
    check = BookCheck.objects.create(
        **here, state="stopped", message=f"Offline {canary}", started_at=now, moved_at=now
    )
    BookSighting.objects.create(
        store=document.store, check_run=check, document=document, equal=False, known_by=canary
    )
    BookDifference.objects.create(
        **here,
        check_run=check,
        document=document,
        code="changed",
        aspect="customer",
        kind="invoice",
        number=document.number,
        books=f"300-{canary}",
        here="300-W001",
        found_at=now,
    )
    return BookDifference.objects.create(
        **here,
        check_run=check,
        code="foreign",
        kind="invoice",
        number=f"KR-9000{canary}",
        books="10.00",
        found_at=now,
        dismissed_at=now,
        dismissed_by=f"staff {canary}",
        dismissed_reason=f"Entered by hand {canary}",
    )


def _tie(order: Order, now: datetime, canary: str) -> None:
    """A day whose payment is not in the books, and a month that somebody approved."""
    store, day, paid = order.store, date(2026, 11, 20), Decimal("107.20")
    place = {"date": day, "view": "money", "name": f"iPay88{canary}", "currency": "MYR"}
    columns = {"shopify": paid, "documents": paid}
    TieFigure.objects.create(store=store, order=order, **place, **columns)
    TieDay.objects.create(store=store, **place, **columns, books_explained=-paid, explained=1)
    TieDifference.objects.create(
        store=store,
        order=order,
        **place,
        side="books",
        reason="refused",
        wrong=False,
        amount=-paid,
        number="KR-1001-P1",
    )
    StatementApproval.objects.create(
        store=store,
        month=day.replace(day=1),
        digest="0" * 64,
        figures={f"money iPay88{canary} MYR books": "107.20"},
        who=f"staff {canary}",
        at=now,
    )


def _backfill(order: Order, now: datetime, canary: str) -> Backfill:
    """One that waits for a decision."""
    found = Backfill.objects.create(
        store=order.store,
        first_date=date(2026, 11, 1),
        last_date=date(2026, 11, 2),
        state="previewed",
        message=f"Refused {canary}",
        totals=nothing() | {"skipped": {f"Tagged {canary}": {"orders": 1, "examples": [canary]}}},
        listed_from=now,
        step_at=now,
        started_at=now,
        started_by=f"staff {canary}",
    )
    BackfillOrder.objects.create(
        store=order.store,
        backfill=found,
        order=order,
        shopify_id=order.order_id,
        outcome="skip",
        note=f"Tagged {canary}",
    )
    return found
