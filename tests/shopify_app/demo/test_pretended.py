"""The demo's shops are known at the pretended Shopify, order by order, to the sen."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from shopify_app.demo import pretended
from shopify_app.demo.lives import live
from shopify_app.demo.pretended import PretendedShop
from shopify_app.demo.shops import PROFILES, ShopProfile
from shopify_app.sandbox import schema
from shopify_app.sandbox.answers import Told, order_answer
from tests.shopify_app.demo.conftest import MakeStage
from tests.shopify_app.sandbox import documents


@pytest.mark.parametrize("profile", PROFILES, ids=lambda profile: profile.handle)
def test_every_order_of_the_demo_can_be_read_anew(
    make_stage: MakeStage, profile: ShopProfile
) -> None:
    for life in live(make_stage(profile), 40):
        tree = order_answer(Told(**pretended.told(life.webhooks)))
        root = {"order": lambda tree=tree, **_: tree}

        for text in documents.OF_AN_ORDER:
            outcome = schema.run(text, root, {"id": tree["id"]})
            assert outcome.errors == []
        agreed = sum(
            Decimal(sale["totalAmount"]["shopMoney"]["amount"])
            for agreement in tree["agreements"]
            for sale in agreement["sales"]
        )
        left = Decimal(tree["currentTotalPriceSet"]["shopMoney"]["amount"])
        cancelled = tree["cancelledAt"] is not None
        assert agreed == left or cancelled


def test_a_shop_and_its_orders_are_brought_over_http(
    make_stage: MakeStage, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[tuple[str, str, Any]] = []
    monkeypatch.setattr(
        pretended, "ask", lambda method, url, json: calls.append((method, url, json))
    )
    stage = make_stage(PROFILES[0])
    lives = live(stage, 130)
    shop = PretendedShop(url="http://127.0.0.1:8000", domain=stage.shop.domain)

    shop.open(stage.shop)
    shop.keep(lives)
    shop.keep_lost(lives)

    (method, page, facts), *batches, lost = calls
    assert (method, page) == ("PUT", shop.page)
    assert (facts["currency"], facts["number"]) == ("MYR", stage.shop.id)
    assert [len(body) for _, _, body in batches] == [100, len(lives) - 2 - 100]
    assert sorted(len(told["order"]["refunds"]) for told in lost[2]) == [0, 0, 1]


def test_lejar_is_led_to_the_pretended_shop() -> None:
    url = pretended.address("http://127.0.0.1:8000").replace("{shop}", "a.myshopify.com")

    assert url == "http://127.0.0.1:8000/sandbox/shopify/a.myshopify.com"
