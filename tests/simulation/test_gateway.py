"""The simulated gateway under the real connector: every fault is what the real thing would be."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from random import Random

import pytest
from django.conf import settings

from accounting import connections
from accounting.connectors.acctbridge.gateway import AcctBridge
from accounting.connectors.acctbridge.profile import load
from accounting.connectors.base import (
    Connector,
    Misconfigured,
    Receipt,
    Rejected,
    Unavailable,
    Uncertain,
)
from accounting.connectors.http import Answer
from accounting.documents.document import Allocation, Entry, Kind
from accounting.models import Book, Store
from shopify_app.simulation import faults
from shopify_app.simulation.baton import Killed
from shopify_app.simulation.book_faults import (
    CLOSED,
    DOWN,
    GONE,
    KEY,
    OTHER_TROUBLES,
    SIBLING,
    STRANGER,
    Odds,
)
from shopify_app.simulation.books import Books
from shopify_app.simulation.exchange import HOST
from shopify_app.simulation.gateway import Gateway
from tests.accounting.connectors.entries import customer, invoice, payment, shipping
from tests.contract.life import paid_order, returned_order, whole_life
from tests.simulation.clock import LoneWorker

KEYS = ("lb_live_first", "lb_live_second")
PROFILE = load("sql_accounting", None)
CALM = Odds()


class World:
    """Two companies, each with a connector of its own."""

    def __init__(self, odds: Odds = CALM, seed: int = 1) -> None:
        self.clock = LoneWorker()
        self.books, self.sibling = Books(name="Kedai"), Books(name="Toko")
        companies = dict(zip(KEYS, (self.books, self.sibling), strict=True))
        self.gateway = Gateway(self.clock, Random(seed), companies, odds)

    def connector(self, key: str = KEYS[0]) -> Connector:
        return AcctBridge(
            PROFILE,
            key,
            f"https://{HOST}",
            self.gateway,
            home_currency="MYR",
            debtors=("300-C0001",),
            now=lambda: self.clock.now().timestamp(),
            wait=self.clock.pass_time,
        )

    def numbers(self) -> list[str]:
        return [document.number for document in self.books.journal]


def world_with(fault: str) -> World:
    """One in which every call goes wrong in this way."""
    return World(Odds(fault=1.0, weights={fault: 1.0}), seed=3)


def unkeyed(entries: Sequence[Entry]) -> list[Entry]:
    """Each with an id of its own: those of the tests share some."""
    return [
        entry
        if isinstance(entry, Allocation)
        else replace(entry, key=replace(entry.key, source_id=at))
        for at, entry in enumerate(entries, start=1)
    ]


@pytest.mark.parametrize("life", [paid_order, returned_order, whole_life])
def test_a_whole_life_is_written_found_again_and_settled(
    life: Callable[[], Sequence[Entry]],
) -> None:
    world = World()
    connector = world.connector()

    for entry in unkeyed(life()):
        assert connector.find(entry) is None
        shown = connector.post(entry)
        found = connector.find(entry)
        assert found is not None
        assert shown in (found, None)  # a new customer is looked up

    documents = [one for one in world.books.journal if one.kind is not Kind.CUSTOMER]
    left = {one.number: one.open for one in documents}
    written = [one.number for one in life() if not isinstance(one, Allocation)]
    assert world.numbers() == written
    assert life is not whole_life or set(left.values()) == {Decimal("0.00")}
    assert (world.books.problems(), world.books.overlaps()) == ([], [])


def test_a_store_reaches_its_books_with_the_key_it_was_connected_with(
    db: None, connected: Callable[[str], Book]
) -> None:
    world = World()

    found = world.gateway.connector_for(connected(KEYS[1])).identity()

    assert found == ""  # no customers are known yet, but the key opened the list
    assert [call.path for call in world.sibling.calls] == ["customer"]
    assert world.books.calls == []


def test_a_store_whose_key_was_rotated_needs_the_new_one(
    db: None, connected: Callable[[str], Book]
) -> None:
    world = World()
    book = connected(KEYS[0])
    world.gateway.rotate_key(world.books)

    with pytest.raises(Misconfigured):
        world.gateway.connector_for(book).identity()
    book = connected(world.gateway.key_of(world.books))

    assert world.gateway.connector_for(book).identity() == ""


@pytest.fixture
def connected(product_keys: None) -> Callable[[str], Book]:
    """connected(key) gives the one store's book, connected with it."""

    def connect(key: str) -> Book:
        store = Store.objects.first() or Store.objects.create(name="Kedai", prefix="SH")
        return connections.connect(
            store_id=store.id,
            system="sql_accounting",
            way="acctbridge",
            home_currency="MYR",
            credentials={"key": key},
            settings={},
            who="merchant",
            now=LoneWorker().now(),
        )

    return connect


WRITING: Mapping[str, tuple[type[Exception] | None, bool]] = {
    **dict.fromkeys(("refused", "no address", "not trusted"), (Unavailable, False)),
    **dict.fromkeys(("offline", "429", "429 with a time"), (Unavailable, False)),
    **dict.fromkeys(("401", "403", "404"), (Misconfigured, False)),
    **dict.fromkeys(("408", "409", "500", "502", "503", "504"), (Uncertain, False)),
    **dict.fromkeys(("reset", "black hole", "page", "error in 200"), (Uncertain, False)),
    "late commit": (Uncertain, False),
    "422": (Rejected, False),
    **dict.fromkeys(("reset after", "lost", "slow drip", "truncated"), (Uncertain, True)),
    **dict.fromkeys(("500 after", "502 after", "503 after", "504 after"), (Uncertain, True)),
    **dict.fromkeys(("page after", "error in 200 after"), (Uncertain, True)),
    "answer of another": (None, False),
    "answer of another after": (None, True),
    "shows another amount": (None, True),
    "another amount": (None, True),
    "renumbered": (None, False),
}


def test_every_fault_is_tried() -> None:
    assert set(WRITING) == set(faults.WRITES)
    assert set(READING) == set(faults.READS)


@pytest.mark.parametrize("fault", sorted(WRITING))
def test_a_fault_of_a_write_is_what_the_connector_says_and_what_the_books_show(fault: str) -> None:
    failure, held = WRITING[fault]
    world = world_with(fault)

    if failure is None:
        world.connector().post(invoice())
    else:
        with pytest.raises(failure):
            world.connector().post(invoice())

    assert (world.books.find(Kind.INVOICE, "SH-1001") is not None) is held
    assert world.books.problems() == []
    assert f"Kedai: POST customer-invoice SH-1001: {fault}" in world.clock.trace
    assert all(call.ended is not None for call in world.books.calls)


READING: Mapping[str, type[Exception] | None] = {
    **dict.fromkeys(faults.READS, Unavailable),
    **dict.fromkeys(("401", "403", "404"), Misconfigured),
    **dict.fromkeys(("shows another amount", "answer of another"), None),
}
LIES = {"409", "422", "error in 200", "shows another amount", "answer of another"}


@pytest.mark.parametrize("fault", sorted(READING))
def test_a_fault_of_a_look_up_fails_it_or_is_known_to_mislead(fault: str) -> None:
    failure = READING[fault]
    world = world_with(fault)

    if failure is None:
        world.connector().find(invoice())
    else:
        with pytest.raises(failure):
            world.connector().find(invoice())

    assert world.numbers() == []
    assert (world.books.misled == {"SH-1001"}) is (fault in LIES)


def test_an_amount_that_is_only_shown_wrongly_is_written_rightly() -> None:
    world = world_with("shows another amount")

    shown = world.connector().post(invoice())

    held = world.books.find(Kind.INVOICE, "SH-1001")
    assert shown is not None
    assert held is not None
    assert (shown.total, held.total) == (Decimal("108.00"), Decimal("107.00"))
    assert world.books.meddled == set()


@pytest.mark.parametrize("entry", [invoice(), payment()], ids=["invoice", "payment"])
def test_another_amount_stands_in_the_books_until_a_person_corrects_it(entry: Entry) -> None:
    world = world_with("another amount")
    kind = entry.kind

    shown = world.connector().post(entry)

    assert shown is not None
    assert shown.total == entry.total + 1
    assert world.books.meddled == {entry.number}
    world.gateway.put_right(world.books)
    held = world.books.find(kind, entry.number)
    assert held is not None
    assert held.total == entry.total
    assert world.books.problems() == []


def test_a_document_that_the_books_renumber_is_not_found_until_a_person_corrects_it() -> None:
    world = world_with("renumbered")

    assert world.connector().post(invoice()) is None
    world.gateway.heal()

    assert world.connector().find(invoice()) is None
    assert (world.numbers(), world.books.meddled) == (["AUTO-00001"], {"SH-1001"})
    world.gateway.put_right(world.books)
    assert world.connector().find(invoice()) is not None


def test_a_renumbered_document_that_is_sent_again_is_a_double() -> None:
    world = world_with("renumbered")
    world.connector().post(invoice())
    world.gateway.heal()

    world.connector().post(invoice())

    assert any("are one invoice" in problem for problem in world.books.problems())


def test_a_late_write_is_there_after_a_look_up_that_did_not_show_it() -> None:
    world = world_with("late commit")
    with pytest.raises(Uncertain):
        world.connector().post(invoice())
    before = world.numbers()

    world.clock.pass_time(faults.LONGEST_LATE)
    with pytest.raises(Uncertain):
        world.connector().post(payment())

    assert (before, world.numbers()) == ([], ["SH-1001"])
    assert "Kedai: customer-invoice SH-1001 at last: 201" in world.clock.trace


def test_a_late_write_whose_number_was_taken_meanwhile_is_refused_by_the_books() -> None:
    world = world_with("late commit")
    with pytest.raises(Uncertain):
        world.connector().post(invoice())
    sent = Gateway(world.clock, Random(1), {KEYS[0]: world.books}, CALM)
    late, world.gateway = world.gateway, sent
    world.connector().post(invoice())

    late.heal()

    assert world.numbers() == ["SH-1001"]
    assert world.clock.trace[-1] == "Kedai: customer-invoice SH-1001 at last: 409"


@pytest.mark.parametrize("fault", ["black hole", "lost", "slow drip"])
def test_a_call_without_an_answer_takes_all_the_time_it_may(fault: str) -> None:
    world = world_with(fault)
    connector = world.connector()
    begun = world.clock.now()

    with pytest.raises(Uncertain):
        connector.post(invoice())

    assert world.clock.now() - begun == timedelta(seconds=connector.call_seconds)


def test_a_worker_that_slept_past_its_deadline_sends_nothing() -> None:
    world = World()
    world.clock.at["before send"] = lambda: world.clock.pass_time(101)

    with pytest.raises(Unavailable, match="no time left"):
        world.connector().post(invoice())

    assert (world.numbers(), world.books.calls) == ([], [])


def test_a_worker_that_slept_past_its_deadline_after_the_write_does_not_know_of_it() -> None:
    world = World()
    world.clock.at["after remote commit"] = lambda: world.clock.pass_time(101)

    with pytest.raises(Uncertain):
        world.connector().post(invoice())

    assert world.numbers() == ["SH-1001"]


def test_a_worker_that_sleeps_with_the_answer_in_hand_keeps_it() -> None:
    world = World()
    world.clock.at["before recording"] = lambda: world.clock.pass_time(101)

    shown = world.connector().post(invoice())

    assert isinstance(shown, Receipt)
    assert world.clock.points == [
        "before send",
        "under way",
        "after remote commit",
        "before recording",
    ]


def test_a_worker_killed_after_the_write_leaves_it_in_the_books_and_no_call_open() -> None:
    class Killed(BaseException):
        pass

    def die() -> None:
        raise Killed

    world = World()
    world.clock.at["after remote commit"] = die

    with pytest.raises(Killed):
        world.connector().post(invoice())

    assert world.numbers() == ["SH-1001"]
    assert [call.ended for call in world.books.calls] == [world.clock.now()]


def test_a_worker_killed_over_its_call_may_have_asked_and_the_books_do_it_late() -> None:
    def die() -> None:
        raise Killed

    landed = []
    for seed in range(20):
        world = World(seed=seed)
        world.clock.at["under way"] = die
        with pytest.raises(Killed):
            world.connector().post(invoice())
        assert world.numbers() == []
        world.gateway.heal()
        landed.append(world.numbers())

    assert {tuple(numbers) for numbers in landed} == {(), ("SH-1001",)}


def test_where_a_number_is_taken_twice_a_late_write_lands_before_the_last_two_looks() -> None:
    for seed in range(20):
        world = World(Odds(fault=1.0, weights={"late commit": 1.0}), seed)
        world.books.takes_twice = True
        with pytest.raises(Uncertain):
            world.connector().post(invoice())

        world.clock.pass_time(sum(settings.LEJAR_QUIET_SECONDS[:-1]))
        with pytest.raises(Uncertain):
            world.connector().post(payment())

        assert world.numbers() == ["SH-1001"]


def test_where_a_number_is_taken_twice_both_documents_stand_and_lejar_finds_both() -> None:
    world = World()
    world.books.takes_twice = True
    connector = world.connector()

    connector.post(invoice())
    connector.post(invoice())

    assert world.numbers() == ["SH-1001", "SH-1001"]
    assert any("are one invoice" in problem for problem in world.books.problems())
    with pytest.raises(Rejected, match="2 documents numbered SH-1001"):
        connector.find(invoice())


def test_lejar_looks_before_it_writes_where_a_number_is_taken_twice(
    db: None, connected: Callable[[str], Book]
) -> None:
    world = World()
    world.sibling.takes_twice = True

    looks = [world.gateway.connector_for(connected(key)).looks_first for key in KEYS]

    assert looks == [False, True]


@pytest.mark.parametrize("takes_twice", [False, True])
def test_anothers_empty_list_is_told_only_where_the_number_stops_a_second_document(
    takes_twice: bool,
) -> None:
    world = world_with("answer of another")
    world.books.takes_twice = takes_twice
    empty = Answer(200, {}, b'{"data":[],"totalRecords":0}')
    world.gateway._accounts[KEYS[0]].previous = empty

    shown = world.gateway.request(
        "GET",
        f"https://{HOST}/v1/sqlacc/customer-invoice",
        headers={"Authorization": f"Bearer {KEYS[0]}"},
        params={"DOCNO": "SH-1001"},
        connect_seconds=1,
        total_seconds=1,
    )

    assert (shown is empty) is not takes_twice


def test_calls_of_one_connector_wait_in_the_worlds_time() -> None:
    world = World()
    connector = world.connector()
    begun = world.clock.now()

    connector.identity()
    connector.identity()

    assert world.clock.now() - begun == timedelta(milliseconds=300)
    assert world.books.overlaps() == []


def troubled(name: str, seed: int = 1) -> World:
    """One in which this trouble begins with the next call that it can begin with."""
    return World(Odds(trouble=1.0, troubles={name: 1.0}), seed)


@pytest.mark.parametrize("name", sorted(DOWN))
def test_what_is_down_is_up_again_in_the_end(name: str) -> None:
    world = troubled(name)
    connector = world.connector()
    failed = 0
    for _ in range(20):
        try:
            connector.identity()
        except Unavailable:
            failed += 1

    world.gateway.heal()

    assert failed
    assert connector.identity() == "300-C0001 Kedai"


def test_a_strangers_books_take_nothing_and_show_another_company() -> None:
    world = troubled(STRANGER)
    connector = world.connector()

    assert connector.identity() == "300-C0001 is missing"
    for entry in (invoice(), payment(), customer()):
        with pytest.raises(Rejected):
            connector.post(entry)
    world.gateway.put_right(world.books)

    assert world.gateway.stranger.journal == []
    assert list(world.gateway.stranger.customers) == []


def test_a_siblings_books_open_only_where_lejar_asks_whose_they_are() -> None:
    world = troubled(SIBLING)
    connector = world.connector()

    connector.post(invoice())
    found = connector.identity()
    world.gateway.put_right(world.books)

    assert found == "300-C0001 Toko"
    assert world.numbers() == ["SH-1001"]
    assert world.sibling.journal == []


def test_a_closed_period_refuses_until_a_person_opens_it() -> None:
    world = troubled(CLOSED)

    with pytest.raises(Rejected, match="fiscal year"):
        world.connector().post(invoice())
    assert world.numbers() == []
    world.gateway.heal()

    assert world.connector().post(invoice()) is not None


def test_a_code_that_was_deleted_comes_back() -> None:
    world = troubled(GONE)
    world.connector().find(invoice())
    assert len(world.books.gone) == 1

    world.clock.pass_time(345_600)
    world.gateway.heal()

    assert world.books.gone == set()


def test_a_key_rotated_in_a_storm_is_not_told_to_the_trace() -> None:
    world = troubled(KEY)

    with pytest.raises(Misconfigured):
        world.connector().identity()
    key = world.gateway.key_of(world.books)
    world.gateway.heal()

    assert key not in KEYS
    assert world.connector(key).identity() == "300-C0001 Kedai"
    assert not any(key in line or KEYS[0] in line for line in world.clock.trace)


# --- storms ----------------------------------------------------------------------------------


def stormy(seed: int) -> World:
    """A life written by somebody patient, who guesses nothing, through what the seed draws."""
    chance = Random(seed)
    world = World(Odds.drawn(chance), seed)
    for entry in unkeyed(returned_order()):
        for _ in range(100):
            if written(world, entry):
                break
            world.clock.pass_time(1000)
            world.gateway.put_right(world.books)
        else:
            world.gateway.heal()
            world.gateway.put_right(world.books)
            assert written(world, entry), (seed, entry.number, world.clock.trace[-10:])
    world.gateway.heal()
    return world


def written(world: World, entry: Entry) -> bool:
    """Whether the books show the entry by now, which is sent when they certainly do not."""
    connector = world.connector(world.gateway.key_of(world.books))
    try:
        if connector.identity() != "300-C0001 Kedai":
            return False
        found = connector.find(entry)
        if found is None:
            connector.post(entry)
            found = connector.find(entry)
    except (Unavailable, Uncertain, Rejected, Misconfigured):
        return False
    return found is not None and found.total in (entry.total, 0, Decimal("107"), Decimal("49.50"))


@pytest.mark.parametrize("seed", range(60))
def test_books_are_whole_after_any_storm(seed: int) -> None:
    world = stormy(seed)

    assert world.books.problems() == []
    assert sorted(world.numbers()) == sorted(
        entry.number for entry in returned_order() if not isinstance(entry, Allocation)
    )
    assert world.gateway.stranger.journal == world.sibling.journal == []


def test_a_seed_tells_the_same_story_twice() -> None:
    awful = [seed for seed in range(60) if Odds.drawn(Random(seed)).fault >= 0.3]

    first, second, other = stormy(awful[0]), stormy(awful[0]), stormy(awful[1])

    assert first.clock.trace == second.clock.trace
    assert first.clock.trace != other.clock.trace


def test_seeds_draw_calm_and_awful_odds_and_every_trouble() -> None:
    drawn = [Odds.drawn(Random(seed)) for seed in range(50)]

    assert min(odds.fault for odds in drawn) == 0
    assert max(odds.fault for odds in drawn) >= 0.3
    assert set(drawn[0].troubles) == {*DOWN, *OTHER_TROUBLES}
    assert set(drawn[0].weights) == set(faults.WRITES)


def test_a_field_that_the_system_does_not_know_is_refused() -> None:
    world = World()
    wrong = replace(PROFILE.objects["invoice"][0], name="documentNumber")
    bent = {**PROFILE.objects, "invoice": (*PROFILE.objects["invoice"], wrong)}
    connector = AcctBridge(
        replace(PROFILE, objects=bent),
        KEYS[0],
        f"https://{HOST}",
        world.gateway,
        home_currency="MYR",
        wait=world.clock.pass_time,
        now=lambda: world.clock.now().timestamp(),
    )

    with pytest.raises(Rejected, match="documentNumber"):
        connector.post(invoice())

    assert world.numbers() == []


def test_a_taxed_line_needs_a_tariff_code_and_tax_a_code() -> None:
    world = World()
    taxed = shipping(tax=Decimal("0.80"))

    with pytest.raises(Rejected, match="tax"):
        world.connector().post(invoice(lines=(taxed,), total=Decimal("8.80")))

    assert world.numbers() == []
