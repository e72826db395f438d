"""The four connections, and books for each that know the codes of the tests."""

from __future__ import annotations

from typing import Any

from accounting.soak.policies import GATEWAYS, ROLES
from tests.contract.bench import Connection

# What `entries` and the generated lives call it -> its number in the chart of accounts.
NAMED = {
    "sales": "500-000",
    "returns": "510-000",
    "returns_nostock": "510-100",
    **{role: f"52{at // 10}-{at % 10}00" for at, role in enumerate(ROLES)},
}
CLEARING = {account: f"31{at}-000" for at, account in enumerate(GATEWAYS.values())}
NUMBERS = {
    *NAMED.values(),
    *CLEARING.values(),
    *("500-100", "530-000", "310-005", "900-100"),
}
TAXES = {"ST": 10, "SV8": 8, "S10": 10, "SR9": 9, "ZR": 0, "L5": 5, "CH": 8}
FIELDS = {
    "number": ("docno", "number"),
    "customer": ("customer", "debtor", "code", "accno"),
    "account": ("account", "accno"),
    "tax code": ("tax",),
    "payment method": ("payment", "account"),
}
DEBTORS = [{"code": "300-C0001", "name": "Online customers", "currency": "MYR"}]
DEBTORS += [{"code": "300-C0002", "name": "Online customers SG", "currency": "SGD"}]
DEBTORS += [{"code": f"300-L{n:03}", "name": f"Life {n}", "currency": "MYR"} for n in range(300)]


def chart(zero: str) -> list[dict[str, str]]:
    """All accounts; AutoCount writes them with a `zero` more."""
    banks = {*CLEARING.values(), "310-005"}
    return [
        {"code": n + zero, "name": n, "type": "bank" if n in banks else "income"}
        for n in sorted(NUMBERS)
    ]


def _acctbridge(system: str, *, zero: str, writes: int, reads: int) -> Connection:
    methods = {number + zero: _method(number, zero) for number in (*CLEARING.values(), "310-005")}
    numbers = {number: number + zero for number in NUMBERS}
    own = {number: methods[number + zero] for number in (*CLEARING.values(), "310-005")}
    named = {name: numbers[number] for name, number in NAMED.items()}
    clearing = {name: own[number] for name, number in CLEARING.items()}
    company: dict[str, Any] = {
        "key": f"lb_live_{system}",
        "accounts": chart(zero),
        "debtors": DEBTORS,
        "tax_codes": [{"code": code, "rate": rate} for code, rate in TAXES.items()],
        "payment_methods": [
            {"code": code, "account": account} for account, code in methods.items()
        ],
    }
    return Connection(
        name=f"acctbridge-{system}",
        system=system,
        way="acctbridge",
        company=company,
        credentials={"key": company["key"]},
        codes={**numbers, **own, **named, **clearing, "300-000": f"300-000{zero}"},
        fields=FIELDS,
        writes=writes,
        reads=reads,
    )


def _method(number: str, zero: str) -> str:
    """SQL Accounting takes the account itself, AutoCount has payment methods of their own."""
    return f"PAY{number[:3]}{number[4:]}" if zero else number


CONNECTIONS = (
    _acctbridge("sql_accounting", zero="", writes=3, reads=0),
    _acctbridge("autocount", zero="0", writes=3, reads=0),
)
