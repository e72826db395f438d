"""Rows 38 to 40 and R8: what an edit adds, raises and lowers, before the invoice and after it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from accounting.documents.build import build
from accounting.documents.document import Role
from accounting.facts import Agreement, Fact, Sale, merge
from tests.accounting.documents.stories import (
    EDITED_AT,
    READ_AT,
    agreement,
    documents,
    holds,
    lines,
    newest,
    only_problem,
    plan_of,
    refund,
    sale,
    totals,
)
from tests.facts import (
    make_edit,
    make_line,
    make_order,
    make_refund_line,
    make_rules,
    make_shipping_line,
    make_tax,
    make_transaction,
    money,
)

TAXED = make_order(lines=(make_line(taxes=(make_tax("5.00"),)),))
PAID_TAXED = make_transaction(amount="55.00")
PAID_AFTER_THE_EDIT = make_transaction(amount="45.00", processed_at=EDITED_AT + timedelta(hours=1))


def second(*sales: Sale) -> Agreement:
    """An edit a day after the first."""
    return agreement(2, *sales, at=EDITED_AT + timedelta(days=1))


def test_a_price_lowered_after_the_invoice_is_taken_off_the_sale_itself() -> None:
    """Row 40, without a refund record: E on the sale's own account, no goods come back."""
    order = make_order()
    cheaper = newest(order, lines=(make_line(price="45.00"),), total_outstanding="-5.00")

    plan = plan_of(order, cheaper, make_transaction(), agreement(1, sale("-5.00")))

    [note] = documents(plan, Role.REDUCTION)
    [line] = note.lines
    assert (line.role, line.account, line.quantity, str(line.net)) == ("sales", "sales", 1, "5.00")
    assert not line.restock
    assert note.corrects == "SH-1001"
    assert [flag.code for flag in plan.flags] == ["CUSTOMER_CREDIT"]


def test_each_edit_that_raised_a_price_has_a_document_of_its_own() -> None:
    """Row 39, R21: the agreements say which edit raised it by how much, tax included."""
    dearer = make_line(price="80.00", taxes=(make_tax("8.00"),))
    facts: list[Fact] = [
        newest(TAXED, lines=(dearer,), total_outstanding="33.00"),
        agreement(1, sale("11.00", "1.00")),
        second(sale("22.00", "2.00")),
    ]

    plan = plan_of(TAXED, PAID_TAXED, *facts)

    assert holds(plan) == []
    assert lines(plan, Role.INCREASE) == [
        ("sales", 1, "10.00", "1.00"),
        ("sales", 1, "20.00", "2.00"),
    ]


def test_a_price_raised_by_one_edit_and_lowered_by_the_next_is_both() -> None:
    """R8: Q of the first edit and E of the second, and E settles Q (2.6)."""
    dearer = make_line(price="60.00", taxes=(make_tax("6.00"),))
    facts: list[Fact] = [
        newest(TAXED, lines=(dearer,), total_outstanding="11.00"),
        agreement(1, sale("33.00", "3.00")),
        second(sale("-22.00", "-2.00")),
    ]

    plan = plan_of(TAXED, PAID_TAXED, *facts)

    assert totals(plan, Role.INCREASE, Role.REDUCTION) == ["Q 33.00", "E 22.00"]
    assert lines(plan, Role.REDUCTION) == [("sales", 1, "20.00", "2.00")]


@pytest.mark.parametrize("said", [("21.00", "2.00"), ("22.00", "1.00")])
def test_edits_that_do_not_add_up_to_the_change_are_held(said: tuple[str, str]) -> None:
    """G2: no edit is guessed where the agreements say another sum or another tax."""
    dearer = make_line(price="80.00", taxes=(make_tax("8.00"),))
    facts: list[Fact] = [
        newest(TAXED, lines=(dearer,), total_outstanding="33.00"),
        agreement(1, sale("11.00", "1.00")),
        second(sale(*said)),
    ]

    problem = only_problem(plan := plan_of(TAXED, PAID_TAXED, *facts))

    assert (problem.code, problem.subject) == ("FACTS_INCOMPLETE", "G2")
    assert ("sales 15200000000001", "units +0, net +30.00, tax +3.00") in problem.terms
    assert ("edits that are known", "9900000000001, 9900000000002") in problem.terms
    assert plan.entries == ()


def test_untaxed_charges_are_divided_among_edits_without_any_tax() -> None:
    """R21, where there is no tax to divide."""
    order = make_order()
    facts: list[Fact] = [
        newest(order, lines=(make_line(price="53.00"),), total_outstanding="3.00"),
        agreement(1, sale("1.00")),
        second(sale("2.00")),
    ]

    plan = plan_of(order, make_transaction(), *facts)

    assert totals(plan, Role.INCREASE) == ["Q 1.00", "Q 2.00"]


def test_dearer_shipping_is_one_more_document() -> None:
    """Row 39: a raised shipping line is Q, also where goods were edited too."""
    order = make_order(shipping_lines=(make_shipping_line(),))
    dearer = make_shipping_line(price="10.00")
    said = sale("2.00", line_type="shipping", line_id=5300000000001)

    plan = plan_of(
        order,
        newest(order, shipping_lines=(dearer,), total_outstanding="2.00"),
        make_transaction(amount="58.00"),
        agreement(1, said),
    )

    assert lines(plan, Role.INCREASE) == [("shipping", 1, "2.00", "0.00")]


def test_duties_and_fees_that_an_edit_raised_are_one_document() -> None:
    """Row 39 with row 18: the totals of an order have no lines to be named by."""
    order = make_order(duties="5.00", additional_fees="2.00")
    raised = newest(
        order, duties=money("7.00"), additional_fees=money("3.00"), total_outstanding="3.00"
    )
    said = [
        sale("2.00", line_type="duty", line_id=None),
        sale("1.00", line_type="additional_fee", line_id=None),
    ]

    plan = plan_of(order, raised, make_transaction(amount="57.00"), agreement(1, *said))

    assert totals(plan, Role.INCREASE) == ["Q 3.00"]
    assert lines(plan, Role.INCREASE) == [
        ("duties", 1, "2.00", "0.00"),
        ("fees", 1, "1.00", "0.00"),
    ]


@pytest.mark.parametrize("said", [agreement(1, sale("-5.00")), make_edit(committed_at=EDITED_AT)])
def test_a_price_lowered_before_the_invoice_is_simply_less_on_it(said: Fact) -> None:
    """Row 38: folded into the invoice, whether or not an agreement lists the edit yet."""
    order = make_order()
    paid_at = PAID_AFTER_THE_EDIT.processed_at
    cheaper = newest(order, lines=(make_line(price="45.00"),), updated_at=paid_at)

    plan = plan_of(order, cheaper, PAID_AFTER_THE_EDIT, said)

    assert holds(plan) == []
    assert totals(plan) == ["IV 45.00", "P 45.00"]


def test_an_edit_that_no_agreement_lists_waits_where_a_later_version_may_show_more() -> None:
    """R8, 2.2: whether the newest price is the edit's or a later one's, nobody has said."""
    order = make_order()
    cheaper = newest(order, lines=(make_line(price="45.00"),))

    plan = plan_of(order, cheaper, PAID_AFTER_THE_EDIT, make_edit(committed_at=EDITED_AT))

    assert holds(plan) == [("FACTS_INCOMPLETE", "edits")]
    assert plan.entries == ()


def test_what_an_edit_lowered_before_the_invoice_is_refunded_at_its_new_price() -> None:
    """4.4: the share is that of the charge as invoiced."""
    order = make_order()
    cheaper = newest(order, lines=(make_line(price="45.00"),), current_total_price="0.00")
    back = refund(1, "45.00", lines=(make_refund_line(subtotal="45.00"),))

    plan = plan_of(order, cheaper, PAID_AFTER_THE_EDIT, agreement(1, sale("-5.00")), *back)

    assert holds(plan) == []
    assert totals(plan, Role.INVOICE, Role.CREDIT) == ["IV 45.00", "C 45.00"]


def test_an_edit_that_no_agreement_lists_is_held_once_the_invoice_is_due() -> None:
    """R8: Q and E are numbered by the agreement, so without it neither is posted."""
    order = make_order()
    dearer = newest(order, lines=(make_line(price="60.00"),), total_outstanding="10.00")

    problem = only_problem(
        plan := plan_of(order, dearer, make_transaction(), make_edit(committed_at=EDITED_AT))
    )

    assert (problem.code, problem.subject) == ("FACTS_INCOMPLETE", "edits")
    assert ("sales 15200000000001", "10.00") in problem.terms
    assert plan.entries == ()


def test_a_record_of_another_line_does_not_take_back_what_an_edit_removed() -> None:
    """Row 40, never both and never neither: a cap was removed, the tee has the record."""
    cap = make_line(id=15200000000002, title="CAP", price="20.00", quantity=2)
    order = make_order(lines=(make_line(), cap))
    removed = sale("-20.00", action="return", line_id=cap.id, quantity=-1)
    facts: list[Fact] = [
        newest(order, current_total_price="20.00", total_outstanding="-70.00"),
        make_transaction(amount="90.00"),
        agreement(1, removed),
        *refund(0, "", created_at=EDITED_AT, lines=(make_refund_line(),)),
    ]

    plan = plan_of(order, *facts)

    assert holds(plan) == []
    assert totals(plan, Role.CREDIT, Role.REDUCTION) == ["C 50.00", "E 20.00"]


def test_shipping_raised_twice_is_divided_between_both_edits() -> None:
    """R8, for a charge that has no units."""
    order = make_order(shipping_lines=(make_shipping_line(),))
    said: dict[str, Any] = {"line_type": "shipping", "line_id": 5300000000001}

    plan = plan_of(
        order,
        newest(
            order, shipping_lines=(make_shipping_line(price="11.00"),), total_outstanding="3.00"
        ),
        make_transaction(amount="58.00"),
        agreement(1, sale("1.00", **said)),
        second(sale("2.00", **said)),
    )

    assert holds(plan) == []
    assert lines(plan, Role.INCREASE) == [
        ("shipping", 1, "1.00", "0.00"),
        ("shipping", 1, "2.00", "0.00"),
    ]


def test_an_edit_that_touched_a_price_and_left_it_has_no_document() -> None:
    """R21: the agreements group, and only amounts make documents."""
    order = make_order()
    dearer = newest(order, lines=(make_line(price="53.00"),), total_outstanding="3.00")

    plan = plan_of(
        order, dearer, make_transaction(), agreement(1, sale("0.00")), second(sale("3.00"))
    )

    assert holds(plan) == []
    assert [document.number for document in documents(plan, Role.INCREASE)] == [
        "SH-1001-Q3IBZWE0W2"
    ]


TWO = make_order(lines=(make_line(quantity=2),))
ONE_REMOVED = agreement(1, sale("-50.00", action="return", quantity=-1))


def test_units_that_an_edit_took_off_wait_for_the_record_of_them() -> None:
    """G7: E rests on the absence of a refund record, so the order must be read once it is quiet."""
    less = newest(TWO, current_total_price="50.00", total_outstanding="-50.00")
    facts = merge([TWO, less, make_transaction(amount="100.00"), ONE_REMOVED])

    early = build(facts, make_rules(), (), stem="", settled=False)
    quiet = build(facts, make_rules(), (), stem="", settled=True)
    read = build(replace(facts, read_at=READ_AT), make_rules(), (), stem="", settled=True)

    problem = only_problem(early)
    assert (problem.subject, problem.may_pass) == ("edit 9900000000001", True)
    assert totals(early) == totals(quiet) == ["IV 100.00", "P 100.00"]
    assert (only_problem(quiet).may_pass, only_problem(quiet).refetch) == (False, True)
    assert totals(read) == ["IV 100.00", "P 100.00", "E 50.00"]


def test_units_that_an_edit_took_off_may_make_what_was_paid_enough() -> None:
    """R14: 100.00 ordered, 50.00 paid; without the removed tee the order asks for no more."""
    less = newest(TWO, current_total_price="50.00")

    plan = plan_of(
        TWO,
        less,
        make_transaction(amount="50.00"),
        ONE_REMOVED,
        rules=make_rules(partial_payment="wait"),
    )

    assert holds(plan) == []
    assert lines(plan, Role.INVOICE) == [("sales", 1, "50.00", "0.00")]
