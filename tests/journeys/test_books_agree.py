"""From the signed webhook to the books: what stands there is what Shopify says.

Everything is real but the accounting system: deliveries over HTTP, the product's own work, its
connectors over HTTP, and the sandbox's double-entry books, read as their bookkeeper reads them.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from decimal import Decimal
from random import Random
from typing import Any

import pytest
from django.utils import timezone

from accounting import connections
from accounting.connectors.base import Code, CodeList, Connector, Health, Page, Receipt, Uncertain
from accounting.documents.document import Allocation, Document, Entry, Kind
from accounting.models import Attempt, Book, Order
from shopify_app.demo.connections import (
    AUTOCOUNT_CLOUD,
    CONNECTIONS,
    SQL_ACCOUNT_API,
    Connection,
)
from tests.journeys.conftest import MakeMerchant
from tests.journeys.merchant import Merchant, Webhook
from tests.journeys.stories import (
    IN_MALAYSIA,
    Story,
    cancelled,
    in_singapore,
    not_restocked,
    paid_later,
    restocked,
    two_tenders,
)

Tell = Callable[[], Story]
everywhere = pytest.mark.parametrize("connection", CONNECTIONS, ids=str)
SOME = (two_tenders, not_restocked)


def assert_books_show(merchant: Merchant, stories: Sequence[Story]) -> None:
    """Exactly these documents, nothing left to pay or to knock off, and these balances."""
    documents: dict[str, Any] = {}
    balances: defaultdict[str, Decimal] = defaultdict(Decimal)
    for story in stories:
        documents |= story.documents
        for name, amount in story.balances.items():
            balances[name] += amount
    assert merchant.failed_deliveries() == []
    assert merchant.unfinished() == []
    assert merchant.totals() == documents
    assert merchant.still_open() == {}
    assert merchant.balances() == {name: amount for name, amount in balances.items() if amount}


# --- everyday orders ---


@everywhere
@pytest.mark.parametrize("tell", IN_MALAYSIA, ids=lambda tell: tell.__name__)
def test_the_books_show_what_happened(
    tell: Tell, connection: Connection, make_merchant: MakeMerchant
) -> None:
    story, merchant = tell(), make_merchant(connection)

    merchant.tell_all(story.webhooks)
    merchant.work_until_quiet()

    assert_books_show(merchant, [story])
    assert merchant.order(story.order_id).problems == []


@everywhere
def test_prices_with_tax_inside_are_taken_apart_to_the_cent(
    connection: Connection, make_merchant: MakeMerchant
) -> None:
    story, merchant = in_singapore(), make_merchant(connection, currency="SGD")

    merchant.tell_all(story.webhooks)
    merchant.work_until_quiet()

    assert_books_show(merchant, [story])
    assert {row["currency"] for row in merchant.documents()} == {"SGD"}


@everywhere
def test_an_unpaid_order_is_owed_until_it_is_paid(
    connection: Connection, make_merchant: MakeMerchant
) -> None:
    story, merchant = paid_later(), make_merchant(connection, trigger="created")
    bought, first, *rest = story.webhooks

    merchant.tell(bought)
    merchant.work_until_quiet()
    owed = merchant.still_open(), merchant.balances()["debtors"]
    merchant.tell(first)
    merchant.work_until_quiet()
    after_first = merchant.still_open()
    merchant.tell_all(rest)
    merchant.work_until_quiet()

    assert owed == ({"SH-1002": Decimal("90.00")}, Decimal("90.00"))
    assert after_first == {"SH-1002": Decimal("90.00")}  # Shopify has not yet said 50.00
    assert_books_show(merchant, [story])


@everywhere
def test_nothing_is_written_for_an_order_that_is_not_paid(
    connection: Connection, make_merchant: MakeMerchant
) -> None:
    story, merchant = paid_later(), make_merchant(connection)

    merchant.tell(story.webhooks[0])
    merchant.work_until_quiet()

    assert merchant.documents() == []
    assert merchant.journal() == []
    order = merchant.order(story.order_id)
    assert (order.state, order.note) == (Order.State.EXCLUDED, "Not paid yet.")


def test_a_cancellation_after_posting_is_credited_not_erased(make_merchant: MakeMerchant) -> None:
    story, merchant = cancelled(), make_merchant(SQL_ACCOUNT_API)

    merchant.tell_all(story.webhooks[:2])
    merchant.work_until_quiet()
    before = merchant.contents()
    merchant.tell_all(story.webhooks[2:])
    merchant.work_until_quiet()

    assert [row["number"] for row in before] == ["SH-1006", "SH-1006-P1006PAY1"]
    assert_books_show(merchant, [story])
    assert all(row in merchant.contents() for row in before)


# --- books and networks that misbehave ---


LOST = [{"fault": fault, "when": "after"} for fault in ("502", "reset", "html", "truncated")]
NEVER = [{"fault": fault, "when": "before"} for fault in ("502", "reset", "html", "500")]
FAULTS: dict[str, dict[str, Any]] = {
    "every answer lost": {"faults": [{**each, "times": 3} for each in LOST]},
    "every write turned away": {"faults": [{**each, "times": 2} for each in NEVER]},
    "every third one of each": {"faults": [{**e, "times": 9, "every": 3} for e in LOST + NEVER]},
    "lists that come whole": {"filter_ignored": True, "faults": [{**LOST[0], "times": 9}]},
}


@everywhere
@pytest.mark.parametrize("name", FAULTS)
def test_books_that_misbehave_end_as_if_nothing_had_happened(
    name: str, connection: Connection, make_merchant: MakeMerchant
) -> None:
    stories, merchant = [tell() for tell in SOME], make_merchant(connection)
    merchant.throw_switches(**FAULTS[name])

    for story in stories:
        merchant.tell_all(story.webhooks)
    merchant.work_until_quiet()

    assert Attempt.objects.exclude(outcome="accepted").exists()
    assert_books_show(merchant, stories)


AWAY = {
    "acctbridge": "The accounting PC is not connected",
    "sql_account_api": "Service Unavailable",
    "autocount_cloud": "The instance is offline",
}


@everywhere
def test_books_that_were_away_get_everything_once_they_are_back(
    connection: Connection, make_merchant: MakeMerchant
) -> None:
    story, merchant = two_tenders(), make_merchant(connection)
    merchant.throw_switches(offline=True)

    merchant.tell_all(story.webhooks)
    for _ in range(5):
        merchant.work()
        merchant.clock.advance(minutes=20)
    while_away = merchant.documents(), Book.objects.get().trouble
    merchant.throw_switches()
    merchant.work_until_quiet()

    assert while_away[0] == []
    assert AWAY[connection.way] in while_away[1]
    assert Attempt.objects.exclude(outcome="accepted").count() == 0
    assert_books_show(merchant, [story])


@everywhere
def test_what_was_said_to_have_failed_is_found_when_it_was_saved_all_the_same(
    connection: Connection, make_merchant: MakeMerchant
) -> None:
    story, merchant = two_tenders(), make_merchant(connection)
    faults = [{"fault": "error_in_200", "when": "after", "times": 99}]
    merchant.throw_switches(faults=faults)

    merchant.tell_all(story.webhooks)
    merchant.work_until_quiet()

    assert merchant.rejected() == []
    assert_books_show(merchant, [story])


RATE = 12  # calls a minute


def test_books_that_take_few_calls_a_minute_get_everything_without_a_refusal(
    make_merchant: MakeMerchant, monkeypatch: pytest.MonkeyPatch
) -> None:
    stories, merchant = [tell() for tell in SOME], make_merchant(AUTOCOUNT_CLOUD)
    monkeypatch.setattr(timezone, "now", merchant.clock)  # whose minutes the books count, too
    merchant.throw_switches(rate_limit=RATE)

    for story in stories:
        merchant.tell_all(story.webhooks)
    merchant.work_until_quiet()

    assert_books_show(merchant, stories)
    calls = merchant.calls()
    assert len(calls) > 2 * RATE
    assert {call["status"] for call in calls} <= {200, 201, 404}
    assert Attempt.objects.filter(outcome="unavailable").exists()  # stopped before it was sent
    assert not Book.objects.exclude(trouble="").exists()


class LostAndLate:
    """A connector that loses the first answer about everything, and whose lists do not show a
    document until it has been sent once more."""

    def __init__(self, connector: Connector, sent: Counter[str]) -> None:
        self._connector, self._sent = connector, sent
        self.profile, self.kinds = connector.profile, connector.kinds
        self.settling, self.looks_first = connector.settling, connector.looks_first
        self.call_seconds = connector.call_seconds

    def identity(self) -> str:
        return self._connector.identity()

    def codes(self, wanted: CodeList) -> Iterator[Code] | None:
        return self._connector.codes(wanted)

    def documents(self, kind: Kind, after: str = "") -> Page:
        return self._connector.documents(kind, after)

    def check(self) -> Health:
        return self._connector.check()

    def find(self, entry: Entry, *, settled_further: bool = False) -> Receipt | None:
        late = isinstance(entry, Document) and self._sent[entry.number] < 2
        return None if late else self._connector.find(entry)

    def post(self, entry: Entry, settles: Sequence[Allocation] = ()) -> Receipt | None:
        self._sent[entry.number] += 1
        receipt = self._connector.post(entry, settles)
        if self._sent[entry.number] == 1:
            raise Uncertain("The answer was lost.")
        return receipt


@pytest.mark.parametrize("status", [409, 422])
@everywhere
def test_a_document_sent_twice_is_taken_once(
    connection: Connection, status: int, make_merchant: MakeMerchant
) -> None:
    story, merchant = restocked(), make_merchant(connection)
    sent: Counter[str] = Counter()
    merchant.connector_for = lambda book: LostAndLate(connections.connector_for(book), sent)
    merchant.throw_switches(duplicate_status=status)

    merchant.tell_all(story.webhooks)
    merchant.work_until_quiet()

    assert {sent[number] for number in story.documents} == {2}
    assert Attempt.objects.filter(outcome="duplicate").count() == len(story.documents)
    assert_books_show(merchant, [story])


# --- webhooks in any order ---


def shuffled(stories: Sequence[Story], random: Random) -> list[Webhook]:
    """Every webhook once or twice, in any order at all."""
    webhooks = [webhook for story in stories for webhook in story.webhooks]
    webhooks += random.sample(webhooks, len(webhooks) // 3)
    random.shuffle(webhooks)
    return webhooks


@everywhere
@pytest.mark.parametrize("seed", [1, 2])
def test_any_order_of_webhooks_ends_in_the_same_books(
    seed: int, connection: Connection, make_merchant: MakeMerchant
) -> None:
    stories, merchant = [tell() for tell in IN_MALAYSIA], make_merchant(connection)
    random = Random(seed)

    for webhook in shuffled(stories, random):
        merchant.tell(webhook)
        if random.random() < 0.3:
            merchant.work()
        merchant.clock.advance(minutes=random.choice([0, 0, 1, 30]))
    merchant.work_until_quiet()

    assert_books_show(merchant, stories)
