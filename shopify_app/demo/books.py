"""The books of the fictional shops: the chart of accounts, and which code stands for what."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from shopify_app.demo.connections import Connection, Row
from shopify_app.demo.shops import GIFT_CARD, MALAYSIA, ShopProfile, TaxRate

DEBTOR = "300-C0001"

ROLES = {  # account role -> number of its account
    "shipping": "500-100",
    "tips": "450-100",
    "gift_card": "450-200",
    "discount": "520-000",
    "returns": "510-000",
    "returns_nostock": "510-100",
    "allowance": "520-100",
    "restock_fee": "530-000",
    "rounding": "900-100",
}
NAMES = {
    "300-000": ("Trade debtors", "debtor_control"),
    "460-000": ("Sales and service tax payable", "tax"),
    "450-100": ("Tips for staff", "liability"),
    "450-200": ("Gift cards outstanding", "liability"),
    "500-000": ("Sales", "income"),
    "500-100": ("Shipping charged", "income"),
    "510-000": ("Sales returned", "income"),
    "510-100": ("Sales returned, not restocked", "income"),
    "520-000": ("Discounts", "income"),
    "520-100": ("Allowances", "income"),
    "530-000": ("Restocking fees", "income"),
    "900-000": ("Bank charges", "bank_charge"),
    "900-100": ("Rounding", "expense"),
}
# (title, rate) -> code in SQL Accounting, code in AutoCount
TAX_CODES = {
    ("Sales Tax", Decimal("0.1")): ("ST", "S-10"),
    ("Sales Tax", Decimal("0.05")): ("ST5", "S-5"),
    ("Service Tax", Decimal("0.08")): ("SV", "SV-8"),
    ("GST", Decimal("0.09")): ("SR", "SR-9"),
    ("GST", Decimal("0.08")): ("SR8", "SR-8"),
    ("GST", Decimal("0")): ("ZR", "ZR"),
}
TARIFF = "4202"


@dataclass(frozen=True, slots=True, kw_only=True)
class BookPlan:
    """One company file for one shop, and the mappings a merchant would make for it."""

    connection: Connection
    profile: ShopProfile
    key: str

    @property
    def company(self) -> Row:
        """The sandbox company to open."""
        books = {
            "name": f"{self.profile.name} {self.key[-6:]}",
            "currency": self.profile.currency,
            "accounts": [
                {"code": self.account(number), "name": name, "type": kind}
                for number, (name, kind) in NAMES.items()
            ]
            + [
                {"code": code, "name": f"Clearing {gateway}", "type": "asset"}
                for gateway, code in self.clearing.items()
                if gateway != "gift_card"
            ],
            "debtors": [self.debtor | {"name": "Online sales"}],
            "tax_codes": [
                {"code": self.tax_code(tax), "rate": int(tax.rate * 100)}
                for tax in self._taxes()
                if self.tax_code(tax)
            ],
            "payment_methods": [
                {"code": self.payment_method(gateway), "account": account}
                for gateway, account in self.clearing.items()
            ],
        }
        return self.connection.opening(self.key, books, self._items())

    @property
    def chosen(self) -> Row:
        """What the merchant says to connect it."""
        return self.connection.chosen(self.key, self.profile.currency)

    @property
    def debtor(self) -> Row:
        return {"currency": self.profile.currency, "code": DEBTOR}

    @property
    def clearing(self) -> dict[str, str]:
        """Gateway -> account its money moves through; gift cards draw the liability."""
        gateways = [*self.profile.gateways, self.profile.late_gateway]
        numbers = {g: f"310-{place:03}" for place, g in enumerate(gateways, start=1)}
        numbers["gift_card"] = ROLES["gift_card"]
        return {gateway: self.account(number) for gateway, number in numbers.items()}

    def account(self, number: str) -> str:
        return self.connection.account(number)

    def payment_method(self, gateway: str) -> str:
        return self.connection.payment_method(gateway, self.clearing[gateway])

    def tax_code(self, tax: TaxRate) -> str:
        """The books' code, "" for a tax nobody gave a code."""
        codes = TAX_CODES.get((tax.title, tax.rate))
        return self.connection.own(*codes) if codes else ""

    def items(self, *, late: bool = False) -> list[Row]:
        """Mapping rows of the products; with `late` of the one that was forgotten."""
        early = (*self.profile.catalogue, self.profile.late_tax, GIFT_CARD)
        chosen = (self.profile.late_product,) if late else early
        account = self.account("500-000")
        return [{"match": "sku", "value": item.sku, "account": account} for item in chosen]

    def taxes(self, *, late: bool = False) -> list[Row]:
        (last,) = self.profile.late_tax.taxes
        return [
            {
                "title": tax.title,
                "rate": str(tax.rate),
                "code": self.tax_code(tax),
                "tariff_code": TARIFF if self.connection.tariff_codes else "",
            }
            for tax in self._taxes()
            if self.tax_code(tax) and (tax == last) is late
        ]

    def gateways(self, *, late: bool = False) -> list[Row]:
        return [
            {"gateway": gateway, "account": self.payment_method(gateway)}
            for gateway in self.clearing
            if (gateway == self.profile.late_gateway) is late
        ]

    def roles(self) -> list[Row]:
        return [{"role": role, "account": self.account(n)} for role, n in ROLES.items()]

    def _items(self) -> list[Row]:
        """The shop's products as items of the books, under the names both systems have for them."""
        return [
            {"code": item.sku, "description": item.title, "productName": item.title}
            for item in self.profile.shelf
        ]

    def _taxes(self) -> list[TaxRate]:
        """Every tax of the shop, once."""
        profile = self.profile
        products = [*profile.catalogue, profile.late_product, profile.late_tax, profile.never]
        found = [*profile.shipping_taxes, *(tax for product in products for tax in product.taxes)]
        return list(dict.fromkeys(found))


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoCompany:
    """Empty books for whoever wants to connect a shop of their own (docs/connectors.md)."""

    connection: Connection

    @property
    def plan(self) -> BookPlan:
        key = f"demo-{self.connection}"
        return BookPlan(connection=self.connection, profile=MALAYSIA, key=key)

    @property
    def company(self) -> Row:
        return {**self.plan.company, "name": f"Kedai Contoh, {self.connection.title}"}
