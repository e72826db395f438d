"""Two fictional shops, one Malaysian and one Singaporean: what they sell and how they are paid.

Names, prices and codes are invented. Prices are in the shop's currency; the Malaysian shop adds
tax on top (sales tax 10 %, service tax 8 %), the Singaporean one quotes prices with 9 % GST inside.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class TaxRate:
    """A tax as the shop's checkout names it; `rate` is a fraction."""

    title: str
    rate: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Product:
    """Something on the shelf. No taxes means exempt; a rate of 0 means zero-rated."""

    sku: str
    title: str
    price: Decimal
    taxes: tuple[TaxRate, ...] = ()
    variant_title: str = ""
    gift_card: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ShopProfile:
    """A shop before it is opened. `card` is the gateway most customers use, `later` those whose
    money comes days after the order. What is `late` is mapped in the middle of the demo; `never`
    is a product whose code or tax nobody maps, so that its order stays held."""

    handle: str
    name: str
    prefix: str
    currency: str
    country: str
    city: str
    time_zone: str
    utc_offset_hours: int
    taxes_included: bool
    trigger: str  # when the invoice is made: paid or created
    catalogue: tuple[Product, ...]
    shipping: tuple[tuple[str, str, Decimal], ...]  # title, code, price
    shipping_taxes: tuple[TaxRate, ...]
    gateways: tuple[str, ...]
    card: str
    later: tuple[str, ...]
    late_product: Product
    late_gateway: str
    late_tax: Product  # the only product with that tax
    never: Product

    @property
    def shelf(self) -> tuple[Product, ...]:
        """Everything it sells, each SKU once."""
        every = (*self.catalogue, self.late_product, self.late_tax, self.never, GIFT_CARD)
        return tuple({product.sku: product for product in reversed(every)}.values())[::-1]


def _money(text: str) -> Decimal:
    return Decimal(text)


SALES_TAX = TaxRate(title="Sales Tax", rate=Decimal("0.1"))
SERVICE_TAX = TaxRate(title="Service Tax", rate=Decimal("0.08"))
SALES_TAX_LOW = TaxRate(title="Sales Tax", rate=Decimal("0.05"))
GST = TaxRate(title="GST", rate=Decimal("0.09"))
GST_ZERO = TaxRate(title="GST", rate=Decimal("0"))
GST_OLD = TaxRate(title="GST", rate=Decimal("0.08"))
PACKAGING_LEVY = TaxRate(title="Packaging Levy", rate=Decimal("0.01"))


def _malaysian_catalogue() -> tuple[Product, ...]:
    sst = (SALES_TAX,)
    return (
        Product(sku="KR-MUG-01", title="Teh Tarik Mug", price=_money("45.90"), taxes=sst),
        Product(sku="KR-TOTE-02", title="Batik Tote Bag", price=_money("89.00"), taxes=sst),
        Product(sku="KR-KOPI-05", title="Kopi Beans", price=_money("32.50"), variant_title="500 g"),
        Product(sku="KR-WAU-03", title="Wau Bulan Kite", price=_money("129.95"), taxes=sst),
        Product(sku="KR-SAMBAL-1", title="Sambal Bilis Jar", price=_money("18.35")),
        Product(sku="KR-TIKAR-4", title="Woven Pandan Mat", price=_money("210.00"), taxes=sst),
        Product(sku="KR-PEWTER-7", title="Pewter Hibiscus Pin", price=_money("66.66"), taxes=sst),
        Product(
            sku="KR-CLASS-1",
            title="Batik Painting Class",
            price=_money("150.00"),
            taxes=(SERVICE_TAX,),
        ),
        Product(
            sku="KR-WRAP-9", title="Songket Gift Wrap", price=_money("12.90"), taxes=(SERVICE_TAX,)
        ),
    )


def _singaporean_catalogue() -> tuple[Product, ...]:
    gst = (GST,)
    return (
        Product(sku="PB-KAYA-01", title="Pandan Kaya Jar", price=_money("9.80"), taxes=gst),
        Product(sku="PB-TEE-02", title="Merlion Tee", price=_money("39.90"), taxes=gst),
        Product(sku="PB-TILE-03", title="Peranakan Coaster", price=_money("10.00"), taxes=gst),
        Product(sku="PB-TEA-04", title="Chrysanthemum Tea Tin", price=_money("24.50"), taxes=gst),
        Product(sku="PB-LAMP-05", title="Shophouse Lamp", price=_money("118.00"), taxes=gst),
        Product(sku="PB-BOOK-06", title="Hawker Recipes", price=_money("33.35"), taxes=gst),
        Product(
            sku="PB-PRINT-7", title="Export Art Print", price=_money("75.00"), taxes=(GST_ZERO,)
        ),
        Product(sku="PB-STAMP-8", title="Collector Stamps", price=_money("15.20")),
    )


MALAYSIA = ShopProfile(
    handle="kedai-rimba",
    name="Kedai Rimba",
    prefix="KR",
    currency="MYR",
    country="MY",
    city="Petaling Jaya",
    time_zone="Asia/Kuala_Lumpur",
    utc_offset_hours=8,
    taxes_included=False,
    trigger="paid",
    catalogue=_malaysian_catalogue(),
    shipping=(
        ("Standard (West Malaysia)", "STD-WM", _money("8.00")),
        ("Sabah and Sarawak", "STD-EM", _money("15.50")),
    ),
    shipping_taxes=(),
    gateways=(
        "Billplz",
        "iPay88",
        "GrabPay",
        "Touch 'n Go eWallet",
        "Cash on Delivery (COD)",
        "Bank Deposit",
        "gift_card",
    ),
    card="Billplz",
    later=("Cash on Delivery (COD)", "Bank Deposit"),
    late_product=Product(
        sku="KR-ORKID-1", title="Orchid in a Pot", price=_money("58.00"), taxes=(SALES_TAX,)
    ),
    late_gateway="ShopBack PayLater",
    late_tax=Product(
        sku="KR-BISKUT", title="Coconut Biscuits", price=_money("14.60"), taxes=(SALES_TAX_LOW,)
    ),
    never=Product(sku="KR-DURIAN", title="Durian Tasting Box", price=_money("188.00")),
)

SINGAPORE = ShopProfile(
    handle="peranakan-box",
    name="Peranakan Box",
    prefix="PB",
    currency="SGD",
    country="SG",
    city="Singapore",
    time_zone="Asia/Singapore",
    utc_offset_hours=8,
    taxes_included=True,
    trigger="created",
    catalogue=_singaporean_catalogue(),
    shipping=(
        ("Courier", "COURIER", _money("5.00")),
        ("Same day", "SAMEDAY", _money("13.90")),
    ),
    shipping_taxes=(GST,),
    gateways=("shopify_payments", "GrabPay", "Bank Deposit", "gift_card", "PayNow by HitPay"),
    card="shopify_payments",
    later=("Bank Deposit", "PayNow by HitPay"),
    late_product=Product(
        sku="PB-ORCHID", title="Orchid Candle", price=_money("28.90"), taxes=(GST,)
    ),
    late_gateway="Atome",
    late_tax=Product(sku="PB-FAN-10", title="Rattan Fan", price=_money("21.60"), taxes=(GST_OLD,)),
    never=Product(
        sku="PB-KAYA-01", title="Pandan Kaya Jar", price=_money("9.80"), taxes=(PACKAGING_LEVY,)
    ),
)

PROFILES = (MALAYSIA, SINGAPORE)
GIFT_CARD = Product(sku="GIFT-500", title="Gift Card", price=_money("500.00"), gift_card=True)
