"""What one AutoCount Cloud book is set to: decimals, roundings, fiscal years, and its masters.

A book of this system keeps these lists in `Company.masters` (`autocount_cloud_opening` has them):
`locations`, `departments`, `areas`, `sales_agents`, `currencies`, `tax_entities`, which are codes;
`keys` (`code` is the Key-ID, `secret` the API-Key if not the company's, `permissions` those of the
key if not all, `user`), `fiscal_years` (`from`, `to`, `open`), `decimals` (`places` of a `code` of
DECIMALS), `payment_methods` (the settings of each) and `settings` (`value` of a `code`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_EVEN, ROUND_HALF_UP, Decimal
from typing import Any

from django.db.models import QuerySet

from accounting.sandbox import masters, taxes
from accounting.sandbox.autocount_cloud_tables import CLOSED, NOT_EXISTS, TYPE_CODES
from accounting.sandbox.models import Account, Company, Debtor, Item, PaymentMethod, TaxCode
from accounting.sandbox.wire import Refused

ROUNDINGS = {"halfup": ROUND_HALF_UP, "bankers": ROUND_HALF_EVEN}
HABITS = {"halfup": "half_up", "bankers": "half_even"}
DECIMALS: Mapping[str, int] = {"quantity": 2, "price": 2, "money": 2, "rate": 12}
NOT_POSTABLE = (Account.DEBTOR_CONTROL, "parent")
TWENTIETH = Decimal("0.05")


def refused(message: str, rule: str, status: int = 400) -> Refused:
    """A refusal of the books. The contract shows 400 wherever it shows a status for one."""
    return Refused(message, status=status, rule=rule)


def not_exists(what: str, code: str, rule: str = "18.3 D") -> Refused:
    return refused(NOT_EXISTS.format(what, code), rule)


@dataclass(frozen=True, slots=True)
class Book:
    """The settings of one company, read anew for every call."""

    company: Company

    def switch(self, name: str, default: Any) -> Any:
        return self.company.switches.get(name, default)

    @property
    def truncates(self) -> bool:
        return bool(self.switch("length_policy", "refuse") == "truncate")

    def rounded(self, value: Decimal, kind: str) -> Decimal:
        """The value with the book's decimals for its kind: quantity, price, money or rate."""
        places = self.row("decimals", kind).get("places", DECIMALS[kind])
        rule = ROUNDINGS[self.switch("number_rounding", "halfup")]
        return value.quantize(Decimal(1).scaleb(-places), rule)

    def tax_habit(self, *, inclusive: bool) -> taxes.Habit:
        return taxes.Habit(
            scope=self.switch("rounding", taxes.DOCUMENT),
            rounding=HABITS[self.switch("number_rounding", "halfup")],
            inclusive=inclusive,
            spread=True,
        )

    def five_sen(self, total: Decimal, *, asked: bool) -> Decimal:
        """What is added to the total to reach the nearest 5 sen, where the book rounds to it."""
        setting = self.switch("five_sen", "off")
        if setting == "off" or (setting == "tick" and not asked):
            return Decimal("0.00")
        steps = (total / TWENTIETH).quantize(Decimal(1), ROUND_HALF_UP)
        return (steps * TWENTIETH - total).quantize(Decimal("0.01"))

    def require_open(self, day: date) -> None:
        """Refuse a day that was closed, or that lies outside the open fiscal years. A book opened
        without any has all open."""
        years = masters.listed(self.company, "fiscal_years")
        shown = day.isoformat()
        is_closed = shown <= (self.switch("closed_until", None) or "")
        if is_closed or (years and not any(_holds(year, shown) for year in years)):
            raise refused(CLOSED.format(shown), "18.4 D")

    def require_tax_date(self, values: Mapping[str, Any]) -> None:
        if values.get("taxDate", values["docDate"]) < values["docDate"]:
            raise refused("Tax date must be on or after the document date", "18.4 D")

    @property
    def deleted(self) -> set[str]:
        """Codes that the switches take away, as if somebody had deleted them."""
        return set(self.switch("deleted", []))

    def _found(self, rows: QuerySet[Any], codes: Iterable[str], what: str) -> dict[str, Any]:
        wanted = set(codes)
        found = {row.code: row for row in rows.filter(code__in=wanted)} if wanted else {}
        if missing := (wanted - set(found)) | (wanted & self.deleted):
            raise not_exists(what, min(missing))
        return found

    def row(self, name: str, code: str) -> dict[str, Any]:
        """The row of a list of the company that has no table; empty where there is none."""
        rows = masters.listed(self.company, name)
        return next((row for row in rows if row["code"] == code), {})

    def setting(self, code: str) -> str:
        return str(self.row("settings", code).get("value", ""))

    def require_listed(self, name: str, what: str, code: str | None) -> None:
        if code and (code in self.deleted or not self.row(name, code)):
            raise not_exists(what, code)

    def require_term(self, term: str) -> None:
        """Letter by letter, dots and case included."""
        if term in self.deleted or term not in self.company.terms:
            raise not_exists("CreditTerm", term, "18.3 O")

    def rate(self, currency: str, given: Decimal | None) -> Decimal:
        """Home currency for one unit of the document's: 1 at home, said for any other."""
        own = self.is_home(currency)
        if given is None and not own:
            raise refused("CurrencyRate is required.", "18.3 A")
        found = Decimal(1) if given is None else given
        if found <= 0 or (own and found != 1):
            raise refused(f"CurrencyRate {found:f} is not valid for {currency}", "18.3 A")
        return found

    def debtor(self, code: str, what: str = "Debtor") -> Debtor:
        found = Debtor.objects.filter(company=self.company, code=code).first()
        if found is None or code in self.deleted:
            raise not_exists(what, code)
        return found

    def accounts(self, codes: Iterable[str]) -> dict[str, Account]:
        """Leaf accounts that may stand in a line."""
        leaves = Account.objects.filter(company=self.company).exclude(type__in=NOT_POSTABLE)
        return self._found(leaves, codes, "Account")

    def tax_codes(self, codes: Iterable[str]) -> dict[str, TaxCode]:
        rows = TaxCode.objects.filter(company=self.company).select_related("account")
        return self._found(rows, codes, "TaxCode")

    def products(self, codes: Iterable[str]) -> dict[str, Item]:
        return self._found(Item.objects.filter(company=self.company), codes, "Product")

    def methods(self, codes: Iterable[str]) -> dict[str, PaymentMethod]:
        rows = PaymentMethod.objects.filter(company=self.company).select_related("account")
        return self._found(rows, codes, "PaymentMethod")

    def method_settings(self, code: str) -> dict[str, Any]:
        """journalType, bankChargeAccount, bankChargePercent and the like of a payment method."""
        return self.row("payment_methods", code)

    def rounding_account(self) -> Account:
        rows = Account.objects.filter(company=self.company, type="rounding").order_by("code")
        if not (found := rows.first()):
            raise refused("The rounding account is not set", "18.7 A")
        return found

    def is_home(self, currency: str) -> bool:
        return currency == self.company.currency

    def type_codes(self) -> dict[str, str]:
        """The kinds of document that open items are made of, and their codes."""
        given = self.switch("ko_type_codes", list(TYPE_CODES.values()))
        return dict(zip(TYPE_CODES, given, strict=True))

    def require_new_account(self, code: str) -> None:
        """A debtor's code must be new in the chart and fit the book's account code format."""
        taken = Account.objects.filter(company=self.company, code__iexact=code).exists()
        if taken or Debtor.objects.filter(company=self.company, code__iexact=code).exists():
            raise refused(f"Account {code} already exists", "18.3 D")
        wanted = self.setting("account_code_format")
        if wanted and not re.fullmatch(wanted, code):
            raise refused(f"AccNo {code} does not fit the account code format", "18.3 D")


def _holds(year: Mapping[str, Any], day: str) -> bool:
    return bool(year.get("open", True) and year["from"] <= day <= year["to"])
