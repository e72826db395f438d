"""Document lines whose quantity times unit price is the net, exactly (treatment 4.1-4.3).

A net that the quantity does not divide becomes two lines one minor unit apart; unit prices are
never rounded. Tax is split with the net, the second line takes the rest. Taxes that cannot share a
line, and discounts that are shown, follow on lines of their own.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from accounting.documents.codes import Codes, Coding, TaxSplit
from accounting.documents.components import Component
from accounting.documents.document import ZERO, DocumentLine, Key, Why
from accounting.documents.gross import Gross, gross
from accounting.documents.money import exact, from_minor, share, to_minor

NET_RULE = "treatment 4.1"


def split(
    *,
    role: str,
    coding: Coding,
    text: str,
    quantity: int,
    net: Decimal,
    tax: Decimal = ZERO,
    currency: str,
    restock: bool = False,
    source_id: int = 0,
    fact: str = "",
    amount: str = "",
) -> list[DocumentLine]:
    """One or two lines for `quantity` units that together cost `net` plus `tax`."""
    parts = _parts(quantity, net, currency)
    first_tax = share(tax, abs(parts[0][0] * parts[0][1]), abs(net), currency) if net else tax
    taxes = [first_tax, tax - first_tax] if len(parts) > 1 else [exact(tax, currency)]
    return [
        DocumentLine(
            role=role,
            account=coding.account,
            description=text,
            quantity=units,
            unit_price=price,
            net=units * price,
            tax_code=coding.tax_code,
            tax_rate=coding.tax_rate,
            tax=line_tax,
            tariff_code=coding.tariff_code,
            item_code=coding.item_code,
            restock=restock,
            source_id=source_id,
            why=Why(fact=fact, amount=amount, code=coding.rule),
        )
        for (units, price), line_tax in zip(parts, taxes, strict=True)
    ]


def _parts(quantity: int, net: Decimal, currency: str) -> list[tuple[int, Decimal]]:
    units = max(quantity, 1)
    price, rest = divmod(to_minor(abs(net), currency), units)
    sign = -1 if net < 0 else 1
    parts = [(units - rest, sign * price), (rest, sign * (price + 1))]
    return [(count, from_minor(unit, currency)) for count, unit in parts if count]


def charge_lines(
    codes: Codes, key: Key, part: Component, currency: str, *, taxes_included: bool, show: bool
) -> list[DocumentLine]:
    """The lines that charge a component. Goods stay at 0.00, other lines without an amount are
    dropped. With `show` a discount stands on a line of its own (row 19)."""
    goods = part.role in ("sales", "gift_card")
    if not goods and not part.net and not part.tax:
        return []
    coding, taxes = codes.sale(part, key), codes.tax_split(part, key)
    amounts = [tax.amount for tax in part.taxes]
    on_line = taxes.on_line(amounts)
    fact = fact_of(part)
    shown = None
    if show and part.role != "gift_card":
        shown = gross(
            net=part.net,
            tax=on_line,
            charged=part.charged,
            discount=part.reduced,
            taxes_included=taxes_included,
            currency=currency,
        )
    lines = split(
        role=part.role,
        coding=coding,
        text=part.title,
        quantity=part.quantity,
        net=shown.gross_net if shown else part.net + part.discount,
        tax=shown.gross_tax if shown else on_line,
        currency=currency,
        source_id=part.source_id,
        fact=fact,
        amount=_reason(part, shown),
    )
    if shown:
        lines += _shown_discount(codes, key, part, coding, shown.discount_net, shown.discount_tax)
    lines += apart_lines(part, taxes, amounts, currency)
    return lines + discount_lines(codes, key, part, part.discount, currency)


def _reason(part: Component, shown: Gross | None) -> str:
    """How the line's net came about, in figures."""
    found = f"{part.arithmetic} = {part.net} ({NET_RULE})"
    if shown:
        return f"{found}, {shown.gross_net} before its discount (row 19)"
    return f"{found}, face value {part.net + part.discount} (R15)" if part.discount else found


def _shown_discount(
    codes: Codes, key: Key, part: Component, coding: Coding, net: Decimal, tax: Decimal
) -> list[DocumentLine]:
    account = codes.untaxed("discount", key)
    return [
        DocumentLine(
            role="discount",
            account=account.account,
            description=f"Discount on {part.title}",
            quantity=1,
            unit_price=net,
            net=net,
            tax_code=coding.tax_code,
            tax_rate=coding.tax_rate,
            tariff_code=coding.tariff_code,
            tax=tax,
            source_id=part.source_id,
            why=Why(fact=fact_of(part), amount="discount shown apart (row 19)", code=account.rule),
        )
    ]


def apart_lines(
    part: Component, taxes: TaxSplit, amounts: Sequence[Decimal], currency: str
) -> list[DocumentLine]:
    """A line for each tax that does not fit on the component's own: its amount on the account of
    the tax, without a code (4.3)."""
    found = []
    for i, coding in taxes.apart:
        text, rule = f"{part.taxes[i].line.title} on {part.title}", "stacked taxes (4.3)"
        if amounts[i]:
            found += _amount("tax_only", coding, text, amounts[i], part, rule, currency)
    return found


def discount_lines(
    codes: Codes, key: Key, part: Component, amount: Decimal, currency: str
) -> list[DocumentLine]:
    """The discount of a gift card, whose liability is its face value (R15): always the other way
    round than the line it belongs to, on an invoice as on a credit note."""
    if not amount:
        return []
    coding, text = codes.untaxed("discount", key), f"Discount on {part.title}"
    return _amount("discount", coding, text, -amount, part, "face value (R15)", currency)


def channel_lines(codes: Codes, key: Key, amount: Decimal, currency: str) -> list[DocumentLine]:
    """Tax that the sales channel owes: on its own account, without a tax code (row 46, R23)."""
    if not amount:
        return []
    return split(
        role="channel_tax",
        coding=codes.untaxed("channel_tax", key),
        text="Tax paid by the sales channel",
        quantity=1,
        net=amount,
        currency=currency,
        fact="tax lines the channel is liable for",
        amount="their sum (row 46)",
    )


def _amount(
    role: str, coding: Coding, text: str, amount: Decimal, part: Component, rule: str, currency: str
) -> list[DocumentLine]:
    return split(
        role=role,
        coding=coding,
        text=text,
        quantity=1,
        net=amount,
        currency=currency,
        source_id=part.source_id,
        fact=fact_of(part),
        amount=rule,
    )


def fact_of(part: Component) -> str:
    """Where in the order a component was read."""
    names = {"shipping": "shipping line", "duties": "duties", "fees": "additional fees"}
    name = names.get(part.role, "line item")
    return f"{name} {part.source_id}" if part.source_id else f"{part.role} of the order"
