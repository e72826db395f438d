"""The four connections of the fictional shops: what each calls things, how the company behind it is
opened, and what a merchant fills in.

SQL Accounting writes accounts as 500-000 and takes the clearing account itself as the payment
method; AutoCount writes 500-0000 and has payment methods of their own.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

Row = dict[str, Any]
SQL_ACCOUNTING, AUTOCOUNT = "sql_accounting", "autocount"
SYSTEMS = {SQL_ACCOUNTING: "SQL Accounting", AUTOCOUNT: "AutoCount"}
ITEMS = ("GOODS", "SHIPPING", "DISC", "TIP", "ROUNDING", "ALLOWANCE")


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """What opens one company: `company` is what the sandbox is told, the others what the merchant
    fills in. All of it is known to everybody and opens nothing but the sandbox."""

    company: Row
    credentials: Row
    settings: Row = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Connection:
    """One way to one system. `name` stands in commands and addresses, `title` before people.

    `access` is given the key of a company. `switches` make the sandbox as quick as the demo.
    `tariff_codes`: it wants one with every sales or service tax code. `negative_lines`: it takes
    lines below zero; where not, a fee kept from a refund is a document of its own.
    """

    name: str
    title: str
    system: str
    way: str
    access: Callable[[str], Access]
    tariff_codes: bool = False
    negative_lines: bool = True
    switches: Mapping[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        return self.name

    def own(self, sql_accounting: str, autocount: str) -> str:
        """Of two codes for the same, the one of this system."""
        return sql_accounting if self.system == SQL_ACCOUNTING else autocount

    def account(self, number: str) -> str:
        """`number` as SQL Accounting writes it."""
        return self.own(number, number + "0")

    def payment_method(self, gateway: str, account: str) -> str:
        letters = "".join(letter for letter in gateway.upper() if letter.isalnum())
        return self.own(account, letters[:20])

    def opening(self, key: str, books: Row, items: Sequence[Row] = ()) -> Row:
        """The sandbox's company with `books`, which name the accounts, debtors and codes, and with
        `items` beside those it always has."""
        opened = {**self.access(key).company, **books}
        opened["items"] = [*opened.get("items", ()), *items]
        if "masters" in opened:
            opened["masters"] = {**opened["masters"], **_lists(books)}
        return opened

    def chosen(self, key: str, home_currency: str) -> Row:
        """What the merchant says to connect."""
        access = self.access(key)
        return {
            "system": self.system,
            "way": self.way,
            "home_currency": home_currency,
            "credentials": access.credentials,
            "settings": access.settings,
        }


def _lists(books: Row) -> Row:
    """What AutoCount Cloud knows of the payment methods and currencies of `books` besides."""
    tender = {"journalType": "BANK", "specialAccType": "SBK", "isActive": True}
    currencies = {books["currency"], *(debtor["currency"] for debtor in books["debtors"])}
    return {
        "payment_methods": [{"code": row["code"], **tender} for row in books["payment_methods"]],
        "currencies": sorted(currencies),
    }


def _acctbridge(system: str) -> Callable[[str], Access]:
    def access(key: str) -> Access:
        whole = f"lb_live_{key}"
        return Access(company={"system": system, "key": whole}, credentials={"key": whole})

    return access


def _sql_account_api(key: str) -> Access:
    pair = {"access_key": f"{key}.sql.my/LEJAR", "secret_key": f"secret-of-{key}"}
    return Access(
        company={
            "like": "sql_account",
            "system": SQL_ACCOUNTING,
            "key": pair["access_key"],
            "secret": pair["secret_key"],
            "items": [{"code": f"SHP-{item}"} for item in ITEMS],
        },
        credentials=pair,
        settings={"requests_per_second": "0"},
    )


def _autocount_cloud(key: str) -> Access:
    """Its fiscal years are all open, whenever the demo runs; its debtors have five characters."""
    pair = {"key_id": f"key-of-{key}", "api_key": f"secret-of-{key}"}
    return Access(
        company={
            "like": "autocount_cloud",
            "system": "autocount_cloud",
            "key": key,
            "secret": pair["api_key"],
            "items": [],
            "masters": {
                "keys": [{"code": pair["key_id"]}],
                "fiscal_years": [],
                "settings": [{"code": "account_code_format", "value": "[0-9]{3}-[A-Z0-9]{4,5}"}],
            },
        },
        credentials=pair,
        settings={"account_book_id": key},
    )


ACCTBRIDGE_TO_SQL = Connection(
    name="acctbridge-sql-accounting",
    title="SQL Accounting through AcctBridge",
    system=SQL_ACCOUNTING,
    way="acctbridge",
    access=_acctbridge(SQL_ACCOUNTING),
    tariff_codes=True,
)
ACCTBRIDGE_TO_AUTOCOUNT = Connection(
    name="acctbridge-autocount",
    title="AutoCount through AcctBridge",
    system=AUTOCOUNT,
    way="acctbridge",
    access=_acctbridge(AUTOCOUNT),
)
SQL_ACCOUNT_API = Connection(
    name="sql-account-api",
    title="SQL Account through its own API",
    system=SQL_ACCOUNTING,
    way="sql_account_api",
    access=_sql_account_api,
)
AUTOCOUNT_CLOUD = Connection(
    name="autocount-cloud",
    title="AutoCount Cloud Accounting",
    system=AUTOCOUNT,
    way="autocount_cloud",
    access=_autocount_cloud,
    negative_lines=False,
    switches={"rate_limit": 1_000_000},
)
# Those that show their codes come first: whoever chooses none of them can pick instead of typing.
CONNECTIONS = (SQL_ACCOUNT_API, AUTOCOUNT_CLOUD, ACCTBRIDGE_TO_SQL, ACCTBRIDGE_TO_AUTOCOUNT)
