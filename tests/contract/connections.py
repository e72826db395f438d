"""The four connections, and books for each that know the codes of the tests."""

from __future__ import annotations

from collections.abc import Mapping

from accounting.sandbox import autocount_cloud_opening, sql_account_opening
from accounting.soak.policies import GATEWAYS, ROLES
from tests.contract.bench import Connection

# What the generated lives call an account -> its number in the chart.
NAMED = {
    "sales": "500-000",
    "returns": "510-000",
    "returns_nostock": "510-100",
    **{role: f"52{at // 10}-{at % 10}00" for at, role in enumerate(ROLES)},
    **{account: f"31{at}-000" for at, account in enumerate(GATEWAYS.values())},
}
# Money moves through these: clearing accounts, and what gift cards and store credit are owed on.
MONEY = {*GATEWAYS.values(), "gift_card", "store_credit"}
NUMBERS = {*NAMED.values(), "500-100", "530-000", "310-005", "900-100"}
BANKS = {*(NAMED[account] for account in GATEWAYS.values()), "310-005"}
TAXES = {"ST": 10, "SV8": 8, "S10": 10, "SR9": 9, "ZR": 0, "L5": 5, "CH": 8}
DEBTORS = [{"code": "300-C0001", "name": "Online customers", "currency": "MYR"}]
DEBTORS += [{"code": "300-C0002", "name": "Online customers SG", "currency": "SGD"}]
DEBTORS += [{"code": f"300-L{n:03}", "name": f"Life {n}", "currency": "MYR"} for n in range(500)]
TENDER = {
    "bankChargeAccount": "902-0000",
    "mergeBankChargeTrans": True,
    "journalType": "BANK",
    "specialAccType": "SBK",
    "isActive": True,
}
ADDITIONAL = [
    {"code": "902-0000", "name": "Bank charges", "type": "bank_charge"},
    {"code": "980-0000", "name": "Exchange gains and losses", "type": "exchange"},
    {"code": "990-0000", "name": "Rounding", "type": "rounding"},
]
FIELDS = {
    "number": ("docno", "number"),
    "customer": ("customer", "debtor", "code", "accno"),
    "account": ("account", "accno"),
    "tax code": ("tax",),
    "payment method": ("payment", "account"),
}


def chart(zero: str) -> list[dict[str, str]]:
    """All accounts; AutoCount writes them with a `zero` more."""
    return [
        {"code": n + zero, "name": n, "type": "bank" if n in BANKS else "income"}
        for n in sorted(NUMBERS)
    ]


def _method(number: str, zero: str) -> str:
    """SQL Accounting takes the account itself, AutoCount has payment methods of their own."""
    return f"PAY{number[:3]}{number[4:]}" if zero else number


def _methods(zero: str) -> Mapping[str, str]:
    """Number of an account -> the payment method that moves money through it."""
    numbers = sorted({NAMED[name] for name in MONEY} | BANKS)
    return {number: _method(number, zero) for number in numbers}


def _acctbridge(system: str, *, zero: str) -> Connection:
    methods = _methods(zero)
    accounts = {name: number + zero for name, number in NAMED.items()}
    key = f"lb_live_{system}"
    return Connection(
        name=f"acctbridge-{system}",
        system=system,
        way="acctbridge",
        company={
            "key": key,
            "accounts": chart(zero),
            "debtors": DEBTORS,
            "tax_codes": [{"code": code, "rate": rate} for code, rate in TAXES.items()],
            "payment_methods": [
                {"code": method, "account": number + zero} for number, method in methods.items()
            ],
        },
        credentials={"key": key},
        control="300-000" + zero,
        codes={number: number + zero for number in NUMBERS},
        accounts=accounts,
        methods={**{name: methods[NAMED[name]] for name in MONEY}, **methods},
        fields=FIELDS,
        writes=3,
        reads=0,
    )


def _sql_account() -> Connection:
    methods = _methods("")
    key, secret = "0a1b2c3d.sql.my/LEJAR", "EXAMPLE-SECRET-NOT-REAL"
    items = {"goods", "shipping", "disc", "tip", "rounding", "allowance"}
    return Connection(
        name="sql_account_api",
        system="sql_accounting",
        way="sql_account_api",
        company={
            **sql_account_opening.COMPANY,
            "key": key,
            "secret": secret,
            "accounts": [*chart(""), {"code": "460-000", "name": "Tax payable", "type": "tax"}],
            "debtors": DEBTORS,
            "tax_codes": [{"code": code, "rate": rate} for code, rate in TAXES.items()],
            "payment_methods": [
                {"code": method, "account": number} for number, method in methods.items()
            ],
            "items": [
                {"code": f"SHP-{item.upper()}", "account": NAMED["sales"]} for item in sorted(items)
            ],
        },
        credentials={"access_key": key, "secret_key": secret},
        settings={"requests_per_second": "0"},
        control="300-000",
        accounts=NAMED,
        methods={**{name: methods[NAMED[name]] for name in MONEY}, **methods},
        fields=FIELDS,
        writes=2,
        reads=0,
    )


def _autocount_cloud() -> Connection:
    methods = _methods("0")
    like = autocount_cloud_opening.demo_book()
    settings = [{"code": "account_code_format", "value": "[0-9]{3}-[A-Z0-9]{4,5}"}]
    tenders = [{"code": method, **TENDER} for method in methods.values()]
    return Connection(
        name="autocount_cloud",
        system="autocount",
        way="autocount_cloud",
        company={
            **like,
            "accounts": [*chart("0"), *ADDITIONAL],
            "debtors": DEBTORS,
            "tax_codes": [{"code": code, "rate": rate} for code, rate in TAXES.items()],
            "payment_methods": [
                {"code": method, "account": number + "0"} for number, method in methods.items()
            ],
            "masters": {**like["masters"], "settings": settings, "payment_methods": tenders},
        },
        credentials={
            "key_id": autocount_cloud_opening.KEY_ID,
            "api_key": autocount_cloud_opening.API_KEY,
        },
        settings={"account_book_id": autocount_cloud_opening.ACCOUNT_BOOK_ID},
        switches={"rate_limit": 1_000_000},
        control="300-0000",
        codes={number: number + "0" for number in NUMBERS},
        accounts={name: number + "0" for name, number in NAMED.items()},
        methods={**{name: methods[NAMED[name]] for name in MONEY}, **methods},
        fields=FIELDS,
        writes=3,
        reads=3,
    )


CONNECTIONS = (
    _acctbridge("sql_accounting", zero=""),
    _acctbridge("autocount", zero="0"),
    _sql_account(),
    _autocount_cloud(),
)
