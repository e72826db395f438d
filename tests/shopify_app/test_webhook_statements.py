"""A webhook costs one statement: a transaction around it would be two more trips, and silent."""

from __future__ import annotations

import pytest
from pytest_django import DjangoAssertNumQueries, Settings

from shopify_app.models import Delivery
from tests.deliveries import SECRET, deliver


@pytest.mark.django_db(transaction=True)
def test_a_delivery_is_stored_by_one_statement(
    settings: Settings, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    settings.SHOPIFY_API_SECRETS = [SECRET]

    with django_assert_num_queries(1):
        response = deliver(b"{}")

    assert response.status_code == 200
    assert Delivery.objects.get().state == Delivery.State.NEW


@pytest.mark.django_db(transaction=True)
def test_a_delivery_brought_again_is_one_statement_too(
    settings: Settings, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    settings.SHOPIFY_API_SECRETS = [SECRET]
    deliver(b"{}")

    with django_assert_num_queries(1):
        response = deliver(b"{}")

    assert response.status_code == 200
    assert Delivery.objects.count() == 1
