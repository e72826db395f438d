"""The four connections, and books for each that know the codes of the tests."""

from __future__ import annotations

from collections.abc import Mapping

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
DEBTORS += [{"code": f"300-L{n:03}", "name": f"Life {n}", "currency": "MYR"} for n in range(400)]
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


CONNECTIONS = (
    _acctbridge("sql_accounting", zero=""),
    _acctbridge("autocount", zero="0"),
)
