"""A discounted sale shown at its price, with the discount on a line of its own (treatment row 19).

Merchants who watch what they give away choose this; the sums are those of the net line (4.1, "Gross
presentation").
"""

from __future__ import annotations

from decimal import Decimal
from typing import NamedTuple

from accounting.documents.money import exact, share


class Gross(NamedTuple):
    """The price line and its discount line, which is negative. Both carry the same tax code, and
    together they are the net line."""

    gross_net: Decimal
    gross_tax: Decimal
    discount_net: Decimal
    discount_tax: Decimal


def gross(
    *,
    net: Decimal,
    tax: Decimal,
    charged: Decimal,
    discount: Decimal,
    taxes_included: bool,
    currency: str,
) -> Gross | None:
    """How a line of `net` plus `tax` looks without its `discount`.

    `charged` is price x quantity less discounts, and `discount` what was taken off: both contain
    tax when the order's prices do, all in `currency`. The discount's own tax is its share of the
    line's, half away from zero. None where there is nothing to show: no discount, or one that left
    nothing to take a share of. Raises Inexact when an amount is finer than the currency.
    """
    if not discount or not charged:
        return None
    of_tax = share(tax, discount, charged, currency)
    of_net = exact(discount, currency) - (of_tax if taxes_included else 0)
    return Gross(
        gross_net=exact(net, currency) + of_net,
        gross_tax=exact(tax, currency) + of_tax,
        discount_net=-of_net,
        discount_tax=-of_tax,
    )
