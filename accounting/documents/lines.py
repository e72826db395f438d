"""Document lines whose quantity times unit price is the net, exactly (treatment 4.2).

A net that the quantity does not divide becomes two lines one minor unit apart; unit prices are
never rounded. Tax is split with the net, the second line takes the rest.
"""

from __future__ import annotations

from decimal import Decimal

from accounting.documents.codes import Coding
from accounting.documents.document import ZERO, DocumentLine
from accounting.documents.money import exact, from_minor, share, to_minor


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
        )
        for (units, price), line_tax in zip(parts, taxes, strict=True)
    ]


def _parts(quantity: int, net: Decimal, currency: str) -> list[tuple[int, Decimal]]:
    units = max(quantity, 1)
    price, rest = divmod(to_minor(abs(net), currency), units)
    sign = -1 if net < 0 else 1
    parts = [(units - rest, sign * price), (rest, sign * (price + 1))]
    return [(count, from_minor(unit, currency)) for count, unit in parts if count]
