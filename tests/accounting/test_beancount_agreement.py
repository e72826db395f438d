"""Two journals of the same books, written by two programs that share no code, read by a third.

Documents go into the sandbox over HTTP as the connectors write them. Lejar's journal of them and
the sandbox's own must then agree document by document and account by account, to the sen.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

import pytest
import requests
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from accounting.connectors.acctbridge import profile
from accounting.connectors.acctbridge.gateway import AcctBridge
from accounting.connectors.http import Http
from accounting.documents.build import build
from accounting.documents.document import Document, Entry
from accounting.documents.journal import Place
from accounting.documents.rules import GatewayCode, ItemCode, Rules, TaxCode
from accounting.facts import Fact, merge
from accounting.journal_text import account_names, journal_text
from tests.accounting.lived import facts_of_life
from tests.casefiles import load
from tests.facts import make_rules
from tests.judge import Verdict, judge

pytestmark = pytest.mark.django_db(transaction=True)

KEY, DEBTOR, TIMEOUT = "lb_live_agreement", "300-C0001", 30
CASES = (
    "e1-paid-order",
    "e3-split-tender",
    "e6-gift-card-sold",
    "e7-discounts-and-tip",
    "e9-restocking-fee-kept",
)
SEEDS = range(12)
ROLES = {
    "shipping": "500-100",
    "gift_card": "450-200",
    "store_credit": "450-300",
    "tips": "450-100",
    "duties": "540-000",
    "fees": "540-100",
    "discount": "550-000",
    "returns": "510-000",
    "returns_nostock": "510-100",
    "allowance": "520-100",
    "restock_fee": "530-000",
}
CLEARING = {  # gateway -> account; gift cards draw their liability
    "stripe": "310-001",
    "ipay88": "310-002",
    "hitpay": "310-003",
    "cashondeliverycod": "310-004",
    "giftcard": "450-200",
    "shopifystorecredit": "450-300",
    "cash": "310-005",
}
CONTROL, TAX = "300-000", "460-000"


@dataclass(frozen=True, slots=True, kw_only=True)
class System:
    """How one accounting system writes codes."""

    name: str
    sst: str
    gst: str
    zero: str = ""

    def account(self, number: str) -> str:
        return number + self.zero

    def method(self, gateway: str) -> str:
        """SQL Accounting takes the account itself, AutoCount has payment methods of their own."""
        return gateway.upper()[:10] if self.zero else CLEARING[gateway]

    def rules(self, prefix: str, trigger: str) -> Rules:
        tariff = "" if self.zero else "6109"
        sales = ItemCode(account=self.account("500-000"), tariff_code=tariff)
        return make_rules(
            prefix=prefix,
            trigger=trigger,
            cash_debtors={"MYR": DEBTOR},
            items={("default", ""): sales, ("no_product", ""): sales},
            taxes={
                ("sst", Decimal("0.1"), False): TaxCode(code=self.sst, tariff_code=tariff),
                ("gst", Decimal("0.09"), False): TaxCode(code=self.gst, tariff_code=tariff),
            },
            gateways={name: GatewayCode(account=self.method(name)) for name in CLEARING},
            accounts={role: self.account(number) for role, number in ROLES.items()},
        )

    def company(self) -> dict[str, Any]:
        numbers = {"500-000", *ROLES.values(), *CLEARING.values()}
        accounts = [{"code": self.account(n), "name": n, "type": "income"} for n in sorted(numbers)]
        return {
            "name": "Kedai",
            "system": self.name,
            "key": KEY,
            "currency": "MYR",
            "accounts": accounts,
            "debtors": [{"code": DEBTOR, "name": "Online customers"}],
            "tax_codes": [{"code": self.sst, "rate": 10}, {"code": self.gst, "rate": 9}],
            "payment_methods": [
                {"code": self.method(gateway), "account": self.account(number)}
                for gateway, number in CLEARING.items()
            ],
        }

    def in_the_books(self, place: Place, code: str) -> str:
        """The account of the books that a code of ours ends up in."""
        if place is Place.LEDGER:
            methods = {self.method(gateway): number for gateway, number in CLEARING.items()}
            return self.account(methods[code]) if code in methods else code
        return self.account(CONTROL if place is Place.RECEIVABLE else TAX)


SQL = System(name="sql_accounting", sst="ST", gst="SR")
AUTOCOUNT = System(name="autocount", sst="S-10", gst="SR-9", zero="0")
Keep = Callable[[System, Sequence[Entry]], Verdict]


@pytest.fixture
def keep(
    live_server: LiveServer, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Keep]:
    """Writes entries into a company of the sandbox and gives its journal, as judged."""
    handler = live_server.thread.httpd.RequestHandlerClass
    monkeypatch.setattr(handler, "disable_nagle_algorithm", True)  # no waiting for answers
    settings.ROOT_URLCONF = "tests.accounting.sandbox.urls"
    with Http(allow_loopback=True) as http:

        def kept(system: System, entries: Sequence[Entry]) -> Verdict:
            sandbox = f"{live_server.url}/sandbox"
            opened = requests.post(
                f"{sandbox}/companies", json=system.company(), timeout=TIMEOUT
            ).json()
            connector = _connector(system, f"{sandbox}/acctbridge", http)
            for entry in entries:
                connector.post(entry)
            page = f"{sandbox}/companies/{opened['id']}/journal.beancount"
            return judge(requests.get(page, timeout=TIMEOUT).content.decode())

        yield kept


def _connector(system: System, url: str, http: Http) -> AcctBridge:
    usual = profile.load(system.name, None)
    without_pauses = replace(usual, transport=replace(usual.transport, min_interval=0))
    return AcctBridge(without_pauses, KEY, url, http, home_currency="MYR")


def planned(facts: Sequence[Fact], rules: Rules) -> list[Entry]:
    plan = build(merge(facts), rules, (), stem="", settled=True)
    assert plan.problems == ()
    return list(plan.entries)


def assert_journals_agree(system: System, ours: Sequence[Document], theirs: Verdict) -> None:
    mine = judge(journal_text(ours, title="Kedai", home_currency="MYR"))
    assert (mine.errors, theirs.errors) == ((), ())
    named = {name: system.in_the_books(*key) for key, name in account_names(ours).items()}
    for document in ours:
        posted = _by_code(mine.posted(document.number), named)
        assert posted == _by_code(theirs.posted(document.number), theirs.codes())
    assert len(mine.transactions) == len(theirs.transactions) == len(ours)
    balances = {account: amount for (account, _), amount in mine.balances().items()}
    booked = {account: amount for (account, _), amount in theirs.balances().items()}
    assert _by_code(balances, named) == _by_code(booked, theirs.codes()) != {}


def _by_code(amounts: dict[str, Decimal], codes: dict[str, str]) -> dict[str, Decimal]:
    sums: dict[str, Decimal] = {}
    for account, amount in amounts.items():
        sums[codes[account]] = sums.get(codes[account], Decimal(0)) + amount
    return {code: amount for code, amount in sums.items() if amount}


def documents(entries: Sequence[Entry]) -> list[Document]:
    return [entry for entry in entries if isinstance(entry, Document)]


@pytest.mark.parametrize("system", [SQL, AUTOCOUNT], ids=lambda system: system.name)
def test_both_sides_write_the_same_journal_of_everyday_orders(system: System, keep: Keep) -> None:
    rules = system.rules("SH", "created")
    entries = [entry for name in CASES for entry in planned(load(name).facts, rules)]

    theirs = keep(system, entries)

    assert_journals_agree(system, documents(entries), theirs)


def test_both_sides_write_the_same_journal_of_generated_lives(keep: Keep) -> None:
    entries: list[Entry] = []
    for seed in SEEDS:
        rules = SQL.rules(f"L{seed}", "created")
        entries += planned(facts_of_life(seed), rules)

    theirs = keep(SQL, entries)

    assert_journals_agree(SQL, documents(entries), theirs)


def test_a_document_the_books_hold_with_another_sen_is_found(keep: Keep) -> None:
    entries = planned(load("e1-paid-order").facts, SQL.rules("SH", "created"))
    theirs = keep(SQL, entries)
    invoice, payment = documents(entries)

    changed = replace(payment, total=payment.total + Decimal("0.01"))

    with pytest.raises(AssertionError):
        assert_journals_agree(SQL, [invoice, changed], theirs)
