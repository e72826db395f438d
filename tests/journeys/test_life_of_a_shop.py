"""A shop's life through the real parts: installed, told, read, cut off, gone, back and erased."""

from __future__ import annotations

import json
import logging
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from typing import Any

import pytest

from accounting.models import GatewayMapping, ItemMapping, Order
from shopify_app import admin_api, shopify_http, tokens
from shopify_app.models import Delivery, OfflineToken, PrivacyRequest, ShopDetails
from shopify_app.sandbox.models import PretendedDelivery
from tests.accounting.races import together
from tests.casefiles import FOLDER
from tests.journeys.merchant import Merchant
from tests.journeys.shopkeeping import Counter
from tests.journeys.stories import Story, line, restocked, two_tenders
from tests.shopify_app.both_forms import bodies_of
from tests.shopify_app.private import CANARY, CUSTOMER_ID, canary, inconsistent, personal, places

Json = dict[str, Any]
WORKERS = 8
NOTICE = "Lejar has to be connected to Shopify again"


def tell(counter: Counter, story: Story) -> None:
    for webhook in story.webhooks:
        counter.happens(webhook.topic, webhook.payload)


def invoices(merchant: Merchant) -> set[str]:
    return {number for number, (kind, _, _) in merchant.totals().items() if kind == "invoice"}


# --- installed -------------------------------------------------------------------------------


def test_the_first_page_installs_and_the_shop_is_read(counter: Counter) -> None:
    page = counter.open_page()
    counter.work()

    assert page.status_code == 200
    assert counter.issued == 1
    details = ShopDetails.objects.get(shop=counter.shop)
    assert (details.currency, details.time_zone) == ("MYR", "Asia/Kuala_Lumpur")
    assert details.shopify_id == counter.pretended.number
    assert counter.shop.scopes == "read_orders,read_products"
    assert str(counter.shop.store.cut_over_date) == "2026-11-19"
    assert counter.notices() == set()


def test_a_token_somebody_else_signed_installs_nothing(
    counter: Counter, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "tests.journeys.shopkeeping.SECRET", "another secret of somebody else's app"
    )

    page = counter.open_page()

    assert page.status_code == 302  # to App Bridge, for another token
    assert counter.issued == 0
    assert not OfflineToken.objects.exists()


def test_orders_told_by_shopifys_own_sender_end_in_the_books(
    counter: Counter, merchant: Merchant
) -> None:
    stories = [two_tenders(), restocked()]

    counter.change(deliveries={"duplicate": 1, "reorder": True})
    for story in stories:
        tell(counter, story)
    counter.work_until_quiet()

    assert merchant.failed_deliveries() == []
    assert merchant.totals() == {**stories[0].documents, **stories[1].documents}


def test_what_came_before_the_first_page_waits_for_it(counter: Counter) -> None:
    order_id = counter.sells(1001)
    counter.work()
    parked = set(Delivery.objects.values_list("state", flat=True))

    counter.open_page()
    counter.work()

    assert parked == {Delivery.State.PARKED}
    assert counter.order(order_id).name == "#1001"


# --- tokens ----------------------------------------------------------------------------------


def test_of_eight_workers_that_need_a_new_token_one_asks_for_it(
    counter: Counter, merchant: Merchant
) -> None:
    counter.clock.advance(hours=2)
    shop, before = counter.shop, counter.issued

    def ask() -> Any:
        try:
            return admin_api.ask(shop, "ShopBootstrap", now=counter.clock()).data["shop"]["name"]
        finally:
            shopify_http.client().close()

    with ThreadPoolExecutor(WORKERS) as pool:
        names = together(pool, [ask] * WORKERS)

    assert names == [counter.pretended.name] * WORKERS
    assert counter.issued == before + 1


def test_a_token_that_shopify_ended_early_is_refreshed_once(
    counter: Counter, merchant: Merchant
) -> None:
    tokens.access_token(counter.shop.pk, now=counter.clock())
    counter.do("expire_tokens")
    before = counter.issued

    for _ in range(2):
        admin_api.ask(counter.shop, "ShopBootstrap", now=counter.clock())

    assert counter.issued == before + 1


def test_when_the_refresh_token_dies_the_page_reconnects_and_what_waited_goes_on(
    counter: Counter, merchant: Merchant
) -> None:
    counter.work_until_quiet()
    counter.do("expire_tokens", refresh=True)
    with counter.dropping():
        lost = counter.sells(1001)
    counter.sweep()
    dead = (counter.reading.trouble, Order.objects.filter(order_id=lost).exists())

    counter.change(faults=[{"fault": "503", "on": "token"}])
    noticed = counter.open_page("attention").text
    counter.clock.advance(minutes=1)
    healed = counter.open_page("attention").text
    counter.work_until_quiet()

    assert dead == ("reconnect", False)
    assert NOTICE in noticed
    assert NOTICE not in healed
    assert counter.reading.trouble == ""
    assert counter.order(lost).refetched_at is not None
    assert invoices(merchant) == {"SH-1001"}


# --- read anew -------------------------------------------------------------------------------


def expected(case: str) -> list[tuple[str, str, Decimal]]:
    """Kind, date and total of what a case of the specification posts. Numbers may hold the id of
    an agreement, and Shopify gives that."""
    stated = json.loads((FOLDER / case / "expected.json").read_text(encoding="utf-8"))
    rows = stated["documents"]
    return sorted((each["kind"], each["date"], Decimal(each["total"])) for each in rows)


def paid_here(body: Json) -> Json:
    """By a gateway that this merchant has mapped."""
    text = json.dumps(body)
    for gateway in ("billplz", "stripe", "paypal"):
        text = text.replace(f'"{gateway}"', '"Contoh Pay"')
    found: Json = json.loads(text)
    return found


@pytest.mark.parametrize(
    "case",
    [
        "cancelled-with-a-deposit-kept",
        "e11-edited-after-its-invoice",
        "more-units-after-the-invoice",
        "paid-in-another-currency-refetched",
    ],
)
def test_what_webhooks_cannot_say_is_read_and_posted(
    case: str, counter: Counter, merchant: Merchant
) -> None:
    told = [(topic, body) for topic, body in bodies_of(case) if topic != "refetch"]

    for topic, body in told:
        counter.happens(topic, paid_here(body))
    counter.work_until_quiet()

    (found,) = Order.objects.all()
    assert found.refetched_at is not None
    assert (found.problems, found.refetch_trouble) == ([], "")
    assert sorted(merchant.totals().values()) == expected(case)


# --- swept -----------------------------------------------------------------------------------


def test_a_delivery_that_was_lost_is_found_by_the_sweep_and_posted(
    counter: Counter, merchant: Merchant
) -> None:
    known = counter.sells(1001)
    counter.work_until_quiet()
    with counter.dropping():
        lost = counter.sells(1002)
    counter.work_until_quiet()
    before = invoices(merchant)

    counter.sweep()

    assert counter.swept() == (1, 0, True)
    assert before == {"SH-1001"}
    assert invoices(merchant) == {"SH-1001", "SH-1002"}
    assert counter.order(lost).refetched_at is not None
    assert counter.order(known).refetched_at is None


# --- gone and back ---------------------------------------------------------------------------


def test_a_shop_that_leaves_and_comes_back_finds_its_mappings(
    counter: Counter, merchant: Merchant
) -> None:
    counter.sells(1001)
    counter.work_until_quiet()
    mapped = (ItemMapping.objects.count(), GatewayMapping.objects.count())

    counter.change(deliveries={"delay": 3600})
    counter.do("uninstall")
    late = PretendedDelivery.objects.get(topic="app/uninstalled")
    counter.change(deliveries={"duplicate": 1})
    counter.happens("app/uninstalled", json.loads(bytes(late.body)))
    counter.work()
    gone = counter.shop
    counter.clock.advance(minutes=1)
    counter.do("install")
    page = counter.open_page()
    counter.sells(1002)
    counter.clock.advance(hours=1)
    counter.work_until_quiet()

    assert (gone.state, gone.scopes, gone.store.sending) == ("uninstalled", "", False)
    late.refresh_from_db()
    assert late.state == "delivered"
    assert page.status_code == 200
    assert (counter.shop.state, counter.shop.store.sending) == ("active", True)
    assert (ItemMapping.objects.count(), GatewayMapping.objects.count()) == mapped
    assert invoices(merchant) == {"SH-1001", "SH-1002"}


# --- privacy ---------------------------------------------------------------------------------


@pytest.fixture
def bought(counter: Counter, merchant: Merchant) -> int:
    """An order full of personal data, told, read anew and posted with the buyer's name."""
    counter.do("grant", scopes=["read_customers", "read_orders", "read_products"])
    counter.work()
    counter.open_page()  # a token for what was granted
    counter.api.patch("store", {"show_buyer": True, "customers": "customer", "debtor_prefix": "30"})
    bare = line(1001)
    engraved = [{"name": "Engraving", "value": canary("engraving")}]
    given = personal(line_items=[bare | {"properties": engraved}])
    order_id = counter.sells(1001, **given)
    counter.work_until_quiet()
    assert counter.api.get(f"orders/{order_id}")
    counter.post(f"orders/{order_id}/refetch", {})
    counter.work_until_quiet()
    return order_id


def asked(counter: Counter, topic: str, order_id: int) -> PrivacyRequest:
    who = {"id": CUSTOMER_ID, "email": f"{CANARY}@customer.test", "phone": canary("asked")}
    key = "orders_to_redact" if topic.endswith("redact") else "orders_requested"
    counter.do("privacy", topic=topic, customer=who, **{key: [order_id]})
    counter.work()
    return PrivacyRequest.objects.get(topic=topic)


def test_what_is_kept_of_a_customer_is_given_out_and_then_erased(
    counter: Counter, merchant: Merchant, bought: int, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    kept, books = places(), merchant.totals()

    request = asked(counter, "customers/data_request", bought)
    export = json.dumps(counter.api.get(f"privacy/requests/{request.id}/export"))
    redacted = asked(counter, "customers/redact", bought)
    counter.work_until_quiet()

    assert kept >= {"accounting_fact.body", "shopify_app_delivery.body"}
    assert CANARY in export
    assert (request.state, redacted.state) == ("done", "done")
    assert places() == set()
    assert CANARY not in caplog.text
    assert inconsistent() == []
    assert merchant.totals() == books


def test_after_a_shop_is_erased_nothing_personal_is_left_in_any_table(
    counter: Counter, merchant: Merchant, bought: int
) -> None:
    counter.do("uninstall")
    counter.work()
    counter.clock.advance(days=2)

    counter.do("privacy", topic="shop/redact")
    counter.work()

    assert PrivacyRequest.objects.get().state == "done"
    assert counter.shop.state == "redacted"
    assert places() == set()
    assert not OfflineToken.objects.exists()
