"""The buyer's identity on e-invoices of their own, and what happens where there is none."""

from __future__ import annotations

import json
from dataclasses import fields, replace
from datetime import date, timedelta
from typing import Any

import pytest

from accounting import codec
from accounting.documents.build import build
from accounting.documents.document import (
    Allocation,
    BuyerIdentity,
    Debtor,
    Document,
    Entry,
    Kind,
    Plan,
    dump,
    load,
)
from accounting.documents.personal import nameless, without_buyer
from accounting.documents.rules import EInvoicing, Policy, Rules
from accounting.facts import Customer, Fact, Order, TaxDetails, merge
from tests.facts import (
    ORDERED_AT,
    REFUNDED_AT,
    make_order,
    make_paid_order,
    make_refund,
    make_refund_transaction,
    make_rules,
    make_transaction,
)

SINCE = date(2026, 7, 1)
TYPED = TaxDetails(tin="C90000000017", id_type="BRN", id_number="209901000123", name="Contoh Sdn")
IDENTITY = BuyerIdentity(
    name="Contoh Sdn", tin="C90000000017", id_type="registration", id_number="209901000123"
)
MALFORMED = replace(TYPED, tin="90000000017")
BUSINESS = Customer(id=7, company_id=5, company="Kedai Contoh Sdn Bhd")
GONE = {"current_total_price": "0.00", "total_outstanding": "0.00"}


def rules(*, asks_buyer: bool = True, since: date = SINCE, **policy: Any) -> Rules:
    return make_rules(einvoice=EInvoicing(since=since, asks_buyer=asks_buyer), **policy)


def plan_of(*facts: Fact, by: Rules, sealed: tuple[Entry, ...] = ()) -> Plan:
    return build(merge(facts), by, sealed, stem="", settled=True)


def paid(details: TaxDetails | None, **changes: Any) -> tuple[Order, Fact]:
    return make_paid_order(tax_details=details, **changes), make_transaction()


def refunded(details: TaxDetails | None, **changes: Any) -> tuple[Fact, ...]:
    later = {"origin": False, "updated_at": REFUNDED_AT, **GONE, **changes}
    return (
        *paid(details, **changes),
        make_order(tax_details=details, **later),
        make_refund(transaction_ids=(8200000000102,)),
        make_refund_transaction(),
    )


def documents(plan: Plan, *kinds: Kind) -> list[Document]:
    assert plan.problems == ()
    return [e for e in plan.entries if isinstance(e, Document) and e.kind in kinds]


def invoice(plan: Plan) -> Document:
    (found,) = documents(plan, Kind.INVOICE)
    return found


def said(plan: Plan) -> list[tuple[str, tuple[tuple[str, str], ...]]]:
    return [(flag.code, flag.terms) for flag in plan.flags]


def test_who_gave_tin_and_identification_has_an_e_invoice_of_their_own() -> None:
    plan = plan_of(*paid(TYPED), by=rules())

    assert (invoice(plan).einvoice, invoice(plan).identity) == ("individual", IDENTITY)
    assert plan.flags == ()
    assert [d.identity for d in documents(plan, Kind.PAYMENT)] == [None]


@pytest.mark.parametrize("customer", [None, BUSINESS])
def test_a_malformed_tin_is_flagged_and_the_sale_posted(customer: Customer | None) -> None:
    plan = plan_of(*paid(MALFORMED, customer=customer), by=rules())

    assert (invoice(plan).einvoice, invoice(plan).identity) == ("consolidated", None)
    assert said(plan) == [("BUYER_IDENTITY", (("wrong characters", "TIN"),))]
    assert MALFORMED.tin not in codec.text(plan)


def test_a_sale_that_needs_the_buyer_and_has_none_is_flagged() -> None:
    plan = plan_of(*paid(None, customer=BUSINESS), by=rules())

    assert invoice(plan).einvoice == "consolidated"
    missing = (("missing", "TIN"), ("missing", "ID type"), ("missing", "ID number"))
    assert said(plan) == [("BUYER_IDENTITY", missing)]


def test_a_consumer_who_typed_nothing_is_no_news() -> None:
    plan = plan_of(*paid(None), by=rules())

    assert invoice(plan).einvoice == "consolidated"
    assert plan.flags == ()


@pytest.mark.parametrize("details", [None, TYPED, MALFORMED])
@pytest.mark.parametrize("customer", [None, BUSINESS])
def test_a_merchant_who_asks_for_nothing_gets_what_they_always_got(
    details: TaxDetails | None, customer: Customer | None
) -> None:
    plan = plan_of(*paid(details, customer=customer), by=rules(asks_buyer=False))

    always = plan_of(*paid(None, customer=customer), by=rules(asks_buyer=False))
    assert [codec.sha256(dump(e)) for e in plan.entries] == [
        codec.sha256(dump(e)) for e in always.entries
    ]
    assert invoice(plan).einvoice == ("individual" if customer else "consolidated")
    assert plan.flags == ()


def test_before_e_invoicing_there_is_neither_identity_nor_flag() -> None:
    for details in (TYPED, MALFORMED):
        plan = plan_of(*paid(details), by=rules(since=date(2027, 1, 1)))

        assert (invoice(plan).einvoice, invoice(plan).identity) == ("", None)
        assert plan.flags == ()


def test_a_credit_note_names_the_buyer_its_invoice_names() -> None:
    plan = plan_of(*refunded(TYPED), by=rules())

    (note,) = documents(plan, Kind.CREDIT_NOTE)
    assert (note.einvoice, note.identity) == ("individual", IDENTITY)


@pytest.mark.parametrize(("first", "later"), [(TYPED, None), (None, TYPED), (TYPED, MALFORMED)])
@pytest.mark.parametrize("asks_buyer", [True, False])
def test_what_corrects_an_invoice_in_the_books_is_as_that_invoice_is(
    first: TaxDetails | None, later: TaxDetails | None, asks_buyer: bool
) -> None:
    sealed = plan_of(*paid(first), by=rules()).entries

    plan = plan_of(*refunded(later), by=rules(asks_buyer=asks_buyer), sealed=sealed)

    (note,) = documents(plan, Kind.CREDIT_NOTE)
    assert (note.einvoice, note.identity) == (
        ("individual", IDENTITY) if first else ("consolidated", None)
    )


@pytest.mark.parametrize("at_once", [True, False])
def test_what_corrects_a_sale_from_before_e_invoicing_names_nobody(at_once: bool) -> None:
    by = rules(since=ORDERED_AT.date() + timedelta(days=1))
    sealed = () if at_once else plan_of(*paid(TYPED), by=by).entries

    plan = plan_of(*refunded(TYPED), by=by, sealed=sealed)

    (note,) = documents(plan, Kind.CREDIT_NOTE)
    assert (note.einvoice, note.identity) == ("consolidated", None)


def test_details_that_come_after_the_invoice_are_told() -> None:
    sealed = plan_of(*paid(None), by=rules()).entries

    plan = plan_of(
        *paid(None),
        make_paid_order(tax_details=TYPED, origin=False, updated_at=REFUNDED_AT),
        by=rules(),
        sealed=sealed,
    )

    assert plan.entries == ()
    assert [flag.code for flag in plan.flags] == ["BUYER_IDENTITY"]
    assert "after the invoice" in plan.flags[0].message


def test_an_invoice_that_names_the_buyer_stays_unflagged() -> None:
    sealed = plan_of(*paid(TYPED), by=rules()).entries

    plan = plan_of(
        *paid(TYPED),
        make_paid_order(tax_details=MALFORMED, origin=False, updated_at=REFUNDED_AT),
        by=rules(),
        sealed=sealed,
    )

    assert (plan.entries, plan.flags) == ((), ())


def test_an_order_without_an_invoice_here_is_not_flagged() -> None:
    by = rules(cut_over=date(2026, 11, 21), earlier_refunds="credit")

    plan = plan_of(*refunded(MALFORMED), by=by)

    assert documents(plan, Kind.INVOICE) == []
    assert "BUYER_IDENTITY" not in [flag.code for flag in plan.flags]


def test_a_customer_of_their_own_is_opened_with_their_identity() -> None:
    by = replace(rules(customers="company"), debtors={"company 5 MYR": "300-K0001"})

    named = plan_of(*paid(TYPED, customer=BUSINESS), by=by).entries[0]
    unnamed = plan_of(*paid(MALFORMED, customer=BUSINESS), by=by).entries[0]

    assert isinstance(named, Debtor)
    assert isinstance(unnamed, Debtor)
    assert (named.identity, unnamed.identity) == (IDENTITY, None)
    assert load(json.loads(json.dumps(dump(named)))) == named


def test_what_is_not_used_stands_in_no_kept_text() -> None:
    """Else everything hashed before the field existed would be another thing than now."""
    order, transaction = paid(None, customer=BUSINESS)
    by = replace(
        rules(asks_buyer=False, customers="company"), debtors={"company 5 MYR": "300-K0001"}
    )

    entries = plan_of(order, transaction, by=by).entries
    kept = [dump(entry) for entry in entries]

    assert "tax_details" not in codec.dump(order)
    assert "asks_buyer" not in codec.dump(EInvoicing())
    assert [list(payload) for payload in kept if "identity" in payload] == []
    assert [load(payload) for payload in kept] == list(entries)


def test_what_is_used_comes_back_as_it_was_kept() -> None:
    order, transaction = paid(TYPED)
    found = invoice(plan_of(order, transaction, by=rules()))

    assert codec.load(Order, json.loads(codec.text(order))) == order
    assert load(json.loads(codec.text(dump(found)))) == found
    assert codec.load(Policy, codec.dump(rules().policy)).einvoice.asks_buyer


# --- erasing ---------------------------------------------------------------------------------


CANARY = "CANARY7F3"


def canaries(cls: type, **values: Any) -> Any:
    """A value of which each text is a canary."""
    texts = {f.name: CANARY for f in fields(cls) if f.type == "str"}
    return cls(**{**texts, **values})


PERSONAL = canaries(Customer, id=7, company_id=5, address=(CANARY,))


def test_an_erased_order_is_one_that_was_told_without_its_buyer() -> None:
    order = make_paid_order(customer=PERSONAL, tax_details=canaries(TaxDetails))

    erased = without_buyer(order)

    assert CANARY in codec.text(order)
    assert CANARY not in codec.text(erased)
    assert erased == make_paid_order(customer=Customer(id=7, company_id=5))
    assert without_buyer(make_order()) == make_order()


def test_other_facts_have_no_buyer() -> None:
    assert without_buyer(make_transaction()) == make_transaction()
    assert without_buyer(make_refund()) == make_refund()


def test_an_erased_document_keeps_its_figures_and_nobodys_name() -> None:
    by = replace(
        rules(customers="company", show_buyer=True), debtors={"company 5 MYR": "300-K0001"}
    )
    plan = plan_of(*paid(None, customer=PERSONAL), by=by)
    entries = [
        entry if isinstance(entry, Allocation) else replace(entry, identity=canaries(BuyerIdentity))
        for entry in plan.entries
    ]

    erased = [nameless(entry) for entry in entries]

    assert CANARY in codec.text([dump(entry) for entry in plan.entries])
    assert CANARY not in codec.text([dump(entry) for entry in erased])
    assert [(e.kind, e.key, e.number, e.total, e.date) for e in erased] == [
        (e.kind, e.key, e.number, e.total, e.date) for e in entries
    ]
    assert {type(entry) for entry in erased} == {Debtor, Document, Allocation}
    assert [entry.name for entry in erased if isinstance(entry, Debtor)] == ["300-K0001"]


def test_orders_whose_buyer_was_erased_are_planned_as_before() -> None:
    sealed = plan_of(*paid(TYPED), by=rules()).entries
    kept = tuple(nameless(entry) for entry in sealed)

    plan = plan_of(*map(without_buyer, refunded(TYPED)), by=rules(), sealed=kept)

    (note,) = documents(plan, Kind.CREDIT_NOTE)
    assert (note.einvoice, note.identity) == ("individual", None)
    assert plan.flags == ()
