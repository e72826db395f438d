"""Shops on a stage with a fixed seed and a fixed clock."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from random import Random

import pytest

from shopify_app.demo.checkout import Checkout
from shopify_app.demo.figures import Ids
from shopify_app.demo.lives import Stage
from shopify_app.demo.records import OpenShop
from shopify_app.demo.shops import ShopProfile

MakeStage = Callable[..., Stage]


@pytest.fixture
def make_stage(now: datetime) -> MakeStage:
    ids = Ids(17_000_000_000_000)

    def make(profile: ShopProfile, seed: int = 1) -> Stage:
        shop = OpenShop(profile=profile, domain=f"{profile.handle}.myshopify.com", id=ids())
        checkout = Checkout(shop=shop, ids=ids)
        return Stage(shop=shop, checkout=checkout, ids=ids, random=Random(seed), now=now)

    return make
