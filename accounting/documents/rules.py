"""The merchant's rules as values: which code stands for what, and which policy applies.

`Rules` holds only what one order can need; `mapping` reads it from the database in a constant
number of statements. Look-ups return None for "nobody said", never a guess.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal

from accounting import codec
from accounting.documents.document import Kind
from accounting.facts import Line, TaxLine


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemCode:
    """Where a product's sales go. Empty returns accounts fall back to `account`."""

    account: str
    item_code: str = ""
    tariff_code: str = ""
    returns_account: str = ""
    returns_nostock_account: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TaxCode:
    """The tax code of the books; `tariff_code` for products that have none of their own."""

    code: str
    tariff_code: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class GatewayCode:
    """The payment method or clearing account in the books. `cash` turns on cash rounding: what
    Shopify did not round is rounded to the currency's cash step."""

    account: str
    cash: bool = False


MARKETPLACES = ("shopee", "lazada", "tiktok")


@dataclass(frozen=True, slots=True, kw_only=True)
class EInvoicing:
    """Which e-invoice category documents carry (treatment section 8). Empty `since`: none.

    An order of a business customer, or over `threshold` in the shop's currency, is individual.
    With `asks_buyer` the shop's checkout asks the buyer for TIN and identification: then an order
    is individual where they are given, and only there.
    """

    since: date | None = None
    threshold: Decimal = Decimal("10000.00")
    threshold_inclusive: bool = True  # the sum itself counts: the safe side
    relaxed_until: date | None = None  # until then the threshold does not bind
    asks_buyer: bool = field(default=False, metadata=codec.LEFT_OUT)


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """Merchant settings with the defaults of the accounting treatment, section 6."""

    prefix: str
    time_zone: str
    currency: str
    cash_debtors: Mapping[str, str] = field(default_factory=dict)  # currency -> debtor code
    trigger: str = "paid"  # paid, created
    partial_payment: str = "post"  # post, wait
    invoice_date: str = "order"  # order, trigger
    zero_value: str = "post"  # post, skip
    unrefunded_cancellation: str = "credit"  # credit, hold
    settle: timedelta = timedelta(minutes=10)
    cut_over: date | None = None
    books_closed: date | None = None
    closed_period: str = "next_open_day"  # next_open_day, hold
    excluded_sources: tuple[str, ...] = MARKETPLACES  # patterns; "tag:…" is one on order tags
    included_sources: tuple[str, ...] = ()  # look like a marketplace and are the shop's own
    fold_window: timedelta = timedelta(0)
    currency_side: str = "shop"  # shop, presentment
    fx_tolerance: Decimal = Decimal("0.02")  # of the amount, for one exchange difference
    customers: str = "cash"  # cash, customer, company
    discounts: str = "net"  # net, gross
    refund_account: str = ""  # "" for the gateway the money went back through
    earlier_refunds: str = "hold"  # hold, credit: refunds of orders from before the cut-over
    gift_card_skus: tuple[str, ...] = ()  # of third-party cards
    tax_registered: bool = True  # False holds an order that was charged tax
    show_buyer: bool = False  # name and address on invoices, which outlive their erasure here
    project_by: str = "none"  # none, location, source
    project_fallback: str = ""
    einvoice: EInvoicing = EInvoicing()


@dataclass(frozen=True, slots=True, kw_only=True)
class TaxMethod:
    """How the books arrive at tax (treatment 4.5): as they are told, or by their own arithmetic on
    each line or over the document. `inclusive` and `adjustment` say what they can also be given."""

    explicit: bool = True
    scope: str = "line"  # line, document
    rounding: str = "half_up"  # half_up, half_even
    inclusive: bool = False
    adjustment: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class TextLengths:
    """The most characters of each free text that the books take; 0 for any number."""

    description: int = 0
    line: int = 0
    reference: int = 0
    gateway: int = 0
    name: int = 0
    address: int = 0  # one line of it
    email: int = 0
    phone: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Ledger:
    """What the connected books can take. `tariff_prefixes`: tax codes starting so need a tariff
    code on every line (SST codes on AR documents of SQL Account)."""

    name: str = "the books"
    kinds: frozenset[Kind] = frozenset(Kind)
    tariff_prefixes: tuple[str, ...] = ()
    number_length: int = 20
    negative_lines: bool = True
    tax: TaxMethod = TaxMethod()
    texts: TextLengths = TextLengths()


TaxIdentity = tuple[str, Decimal, bool]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """`items` is keyed by (match, value), most specific match first; see `ITEM_MATCHES`."""

    policy: Policy
    ledger: Ledger = field(default_factory=Ledger)
    items: Mapping[tuple[str, str], ItemCode] = field(default_factory=dict)
    taxes: Mapping[TaxIdentity, TaxCode] = field(default_factory=dict)
    gateways: Mapping[str, GatewayCode] = field(default_factory=dict)
    accounts: Mapping[str, str] = field(default_factory=dict)  # account role -> account
    debtors: Mapping[str, str] = field(default_factory=dict)  # "customer 123 MYR" -> debtor code
    projects: Mapping[str, str] = field(default_factory=dict)  # location id or source -> project

    def item_for(self, line: Line) -> ItemCode | None:
        found = (self.items.get(match) for match in item_matches(line))
        return next((code for code in found if code), None)

    def tax_for(self, tax: TaxLine) -> TaxCode | None:
        return self.taxes.get(tax_identity(tax))

    def gateway_for(
        self, gateway: str, card_brand: str = "", location_id: int | None = None
    ) -> GatewayCode | None:
        matches = gateway_matches(gateway, card_brand, location_id)
        return next((self.gateways[match] for match in matches if match in self.gateways), None)

    def account_for(self, role: str) -> str | None:
        return self.accounts.get(role) or None


def item_matches(line: Line) -> list[tuple[str, str]]:
    """What a product mapping may match on, most specific first: variant, SKU, product, vendor,
    type, tag, default; what has no product any more, or never had, has a default of its own. Of
    several mapped tags the first in the alphabet decides."""
    matches: list[tuple[str, str]] = []
    if line.variant_id is not None:
        matches.append(("variant", str(line.variant_id)))
    if line.sku:
        matches.append(("sku", line.sku.casefold()))
    if line.product_id is not None:
        matches.append(("product", str(line.product_id)))
    if line.vendor:
        matches.append(("vendor", line.vendor.casefold()))
    if line.product_type:
        matches.append(("type", line.product_type.casefold()))
    matches += [("tag", tag) for tag in sorted({tag.casefold() for tag in line.tags})]
    has_product = line.product_id is not None and line.product_exists
    matches.append(("default", "") if has_product else ("no_product", ""))
    return matches


def tax_identity(tax: TaxLine) -> TaxIdentity:
    """Title case-folded with spaces collapsed, canonical rate, channel liability (4.3)."""
    title = " ".join(tax.title.casefold().split())
    return (title, canonical_rate(tax.rate), tax.channel_liable)


def counting_taxes(taxes: Iterable[TaxLine]) -> list[TaxIdentity]:
    """The different taxes a line is charged, without those of rate 0 and those the channel owes,
    which get a line of their own (4.3, row 46). More than one may be mapped as a set."""
    counting = {tax_identity(tax) for tax in taxes if tax.rate and not tax.channel_liable}
    return sorted(counting)


def tax_set_identity(identities: Iterable[TaxIdentity]) -> TaxIdentity:
    """Under which several taxes of one line are mapped to one code (4.3): their titles in the order
    of the alphabet, joined by " + ", and the sum of their rates."""
    several = sorted(set(identities))
    rates = sum((rate for _, rate, _ in several), Decimal(0))
    return (" + ".join(title for title, _, _ in several), canonical_rate(rates), False)


def canonical_rate(rate: Decimal) -> Decimal:
    """A rate without trailing zeros, at most 4 decimals: 0.1, not 0.10 (contract T1)."""
    return Decimal(format(rate.quantize(Decimal("0.0001")).normalize(), "f"))


def gateway_key(gateway: str) -> str:
    """Letters and digits only, case-folded: "Cash on Delivery (COD)" is "cashondeliverycod"."""
    return re.sub(r"[\W_]+", "", gateway.casefold())


def gateway_matches(gateway: str, card_brand: str, location_id: int | None) -> list[str]:
    """What a gateway mapping may match on, most specific first: `stripe/visa@123`, `stripe/visa`,
    `stripe@123`, `stripe`."""
    name, brand = gateway_key(gateway), gateway_key(card_brand)
    cards = [f"{name}/{brand}", name] if brand else [name]
    if location_id is None:
        return cards
    return [form for card in cards for form in (f"{card}@{location_id}", card)]


def gateway_match(gateway: str, card_brand: str, location: str) -> str:
    """How a gateway mapping reads: one of `gateway_matches`. The parts are keys already."""
    return gateway + (f"/{card_brand}" if card_brand else "") + (f"@{location}" if location else "")
