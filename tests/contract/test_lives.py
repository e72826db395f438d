"""Generated lives through every connection: what stands in the books at the end is what the lives
themselves kept count of."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from decimal import Decimal
from itertools import count

import pytest

from accounting import ways
from accounting.documents.rules import GatewayCode, ItemCode, Rules, TaxCode
from tests.accounting.lived import LIABILITIES, CannotBeWritten, Lived, lived
from tests.contract.bench import Bench
from tests.fresh import drawn

LIVES = 300  # for each connection
BOOKS = 6  # that share them; each commit draws one, LEJAR_HEAVY=1 plays all
MOST_HELD = 0.3  # for each that is written; books that take no lines below zero hold the most
OWED = ("invoice", "debit_note", "refund")
TARIFF = "6109"


def rules_for(bench: Bench, rules: Rules) -> Rules:
    """The rules of a life with the codes of these books."""
    accounts, methods = bench.connection.accounts, bench.connection.methods
    ledger = ways.ledger(bench.book)
    tariff = TARIFF if ledger.tariff_prefixes else ""
    policy = rules.policy if ledger.negative_lines else replace(rules.policy, discounts="net")
    own = {name: methods[code.account] for name, code in rules.gateways.items()}
    cards = {gateway: methods[role] for gateway, role in LIABILITIES.items()}
    return replace(
        rules,
        policy=policy,
        ledger=ledger,
        items={match: _item(code, accounts, tariff) for match, code in rules.items.items()},
        taxes={
            tax: TaxCode(code=code.code, tariff_code=tariff) for tax, code in rules.taxes.items()
        },
        gateways={name: GatewayCode(account=code) for name, code in (own | cards).items()},
        accounts={role: accounts[name] for role, name in rules.accounts.items()},
    )


def _item(code: ItemCode, accounts: Mapping[str, str], tariff: str) -> ItemCode:
    return ItemCode(
        account=accounts[code.account],
        returns_account=accounts[code.returns_account],
        returns_nostock_account=accounts[code.returns_nostock_account],
        tariff_code=tariff,
    )


def lives_for(bench: Bench, book: int) -> list[Lived]:
    """The first lives that these books can take, of their share of the seeds."""
    found: list[Lived] = []
    for seed in count(book, BOOKS):
        with suppress(CannotBeWritten):
            found.append(lived(seed, lambda rules: rules_for(bench, rules)))
        if len(found) == LIVES // BOOKS:
            assert seed < LIVES * (1 + MOST_HELD)
            return found
    raise AssertionError


def assert_books_show(bench: Bench, lives: list[Lived]) -> None:
    """Every document of the lives and no other, what each debtor owes, and what moved through each
    account for money."""
    shown = bench.documents()
    assert sorted(row["number"] for row in shown) == sorted(
        document.number for each in lives for document in each.documents
    )
    owed: defaultdict[str, Decimal] = defaultdict(Decimal)
    for row in shown:
        left = row["outstanding"] or row["unapplied"] or Decimal(0)
        owed[row["debtor"]] += left if row["kind"] in OWED else -left
    assert {debtor: left for debtor, left in owed.items() if left} == {
        each.debtor: each.owed for each in lives if each.documents and each.owed
    }
    balances = bench.balances()
    moved: defaultdict[str, Decimal] = defaultdict(Decimal)
    for each in lives:
        for name, amount in each.moved.items():
            moved[bench.connection.accounts[name]] += amount
    assert {account: balances.get(account, 0) for account in moved} == dict(moved)


@pytest.mark.timeout(600)
@pytest.mark.parametrize("book", drawn(range(BOOKS)))
def test_generated_lives_end_with_the_books_that_they_kept_count_of(
    bench: Bench, book: int
) -> None:
    lives = lives_for(bench, book)
    for each in lives:
        bench.queue(*each.entries)

    bench.send_until_quiet()

    assert set(bench.states().values()) == {"posted"}, bench.messages()
    assert_books_show(bench, lives)
    checked = bench.check_books()
    assert (checked.state, checked.message, checked.unproved) == ("finished", "", 0)
    assert bench.differences() == set()
