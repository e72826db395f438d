"""Which channels are the merchant's own, left out, or asked about."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounting.documents.rules import MARKETPLACES, Policy
from accounting.documents.sources import KNOWN_MARKETPLACES, excluded_by, unknown_source
from tests.facts import make_order
from tests.strategies import relaxed


def policy_with(**changes: Any) -> Policy:
    return Policy(prefix="SH", time_zone="Asia/Kuala_Lumpur", currency="MYR", **changes)


@pytest.mark.parametrize("source", ["shopee", "Shopee MY", "lazada-connector", "TikTok"])
def test_marketplaces_are_left_out_from_the_start(source: str) -> None:
    order = make_order(source_name=source)

    reason = excluded_by(order, policy_with())

    assert reason == f"Sold through {source}, which is excluded."
    assert unknown_source(order, policy_with()) is None


@pytest.mark.parametrize("source", ["web", "pos", "shopify_draft_order", "580111", "", "iphone"])
def test_the_shops_own_channels_are_neither_left_out_nor_asked_about(source: str) -> None:
    order = make_order(source_name=source, tags=("shopee", "ShopeePay", "excluded"))

    assert excluded_by(order, policy_with()) == ""
    assert unknown_source(order, policy_with()) is None


def test_a_pattern_of_nothing_leaves_nothing_out() -> None:
    order = make_order(source_name="web", tags=("", "vip"))

    assert excluded_by(order, policy_with(excluded_sources=("", " ", "tag:", "tag: "))) == ""


@pytest.mark.parametrize("pattern", ["tag:lelong order", "TAG:Lelong Order", "tag: lelong  order"])
def test_a_tag_leaves_an_order_out_when_the_merchant_says_so(pattern: str) -> None:
    order = make_order(source_name="web", tags=("vip", " Lelong ORDER"))

    reason = excluded_by(order, policy_with(excluded_sources=("shopee", pattern)))

    assert reason == "Tagged “ Lelong ORDER”, which is excluded."


def test_a_tag_pattern_is_the_whole_tag_and_never_a_channel() -> None:
    policy = policy_with(excluded_sources=("tag:sample",))

    assert excluded_by(make_order(source_name="web", tags=("resampled",)), policy) == ""
    assert excluded_by(make_order(source_name="tag:sample"), policy) == ""


@pytest.mark.parametrize(
    ("source", "looks_like"),
    [
        ("zalora-sync", "zalora"),
        ("PG Mall", "pgmall"),
        ("Tik Tok Shop", "tiktok"),
        ("Marketplace Connect", "marketplace"),
    ],
)
def test_a_channel_that_looks_like_a_marketplace_is_asked_about(
    source: str, looks_like: str
) -> None:
    order = make_order(source_name=source)

    problem = unknown_source(order, policy_with())

    assert problem is not None
    assert (problem.code, problem.subject, problem.blocks) == ("SOURCE_UNKNOWN", source, ())
    assert problem.terms == (("channel", source), ("looks like", looks_like))
    assert f"“{source}”" in problem.message
    assert "excluded channels" in problem.message
    assert "your own channels" in problem.message
    assert not problem.may_pass


@pytest.mark.parametrize("included", ["zalora-sync", "Zalora-Sync "])
def test_a_channel_the_merchant_called_own_is_not_asked_about_again(included: str) -> None:
    order = make_order(source_name="Zalora-sync")

    assert unknown_source(order, policy_with(included_sources=(included,))) is None
    assert unknown_source(order, policy_with(included_sources=("zalora",))) is not None


def test_a_channel_of_the_excluded_list_is_left_out_without_a_question() -> None:
    policy = policy_with(excluded_sources=("zalora",))
    order = make_order(source_name="zalora-sync")

    assert excluded_by(order, policy) == "Sold through zalora-sync, which is excluded."
    assert unknown_source(order, policy) is None


def test_a_marketplace_taken_off_the_excluded_list_is_asked_about() -> None:
    order = make_order(source_name="shopee")

    assert unknown_source(order, policy_with(excluded_sources=())) is not None


@relaxed
@given(
    source=st.sampled_from(["web", "", "Shopee", "zalora-sync", "lazada", "Ebay"]),
    excluded=st.sets(st.sampled_from([*MARKETPLACES, "ebay", "tag:vip"])),
    included=st.sets(st.sampled_from(["shopee", "zalora-sync", "web"])),
    tags=st.sets(st.sampled_from(["vip", "Shopee"])),
)
def test_an_order_is_never_both_left_out_and_asked_about(
    source: str, excluded: set[str], included: set[str], tags: set[str]
) -> None:
    policy = policy_with(
        excluded_sources=tuple(sorted(excluded)), included_sources=tuple(sorted(included))
    )
    order = make_order(source_name=source, tags=tuple(sorted(tags)))

    reason, problem = excluded_by(order, policy), unknown_source(order, policy)

    assert not (reason and problem)
    assert bool(problem) <= any(name in source.casefold() for name in KNOWN_MARKETPLACES)
