"""The masters of a book of AutoCount Cloud that its contract names, for the demo and the tests.

`open_company` takes them for what it is not given: `{"like": "autocount_cloud", "name": ..., "key":
account book id, "secret": API key}`. The Key-ID is KEY_ID then.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

# Known to everybody: they open nothing but the stand-in.
ACCOUNT_BOOK_ID = "demo-book-0001"
KEY_ID = "demo-key-id"
API_KEY = "demo-api-key"


def demo_book(
    *,
    name: str = "Kedai Contoh Cloud Sdn Bhd",
    account_book_id: str = ACCOUNT_BOOK_ID,
    key_id: str = KEY_ID,
    api_key: str = API_KEY,
) -> dict[str, Any]:
    """What opening.open_company or POST /sandbox/companies opens: a book in MYR with all masters.

    Its fiscal years are FIRST_YEAR to LAST_YEAR.
    """
    return {
        **COMPANY,
        "name": name,
        "key": account_book_id,
        "secret": api_key,
        "identity": {**COMPANY["identity"], "companyName": name},
        "masters": {**COMPANY["masters"], "keys": [{"code": key_id}]},
    }


FIRST_YEAR, LAST_YEAR = 2025, 2027


def _accounts() -> list[dict[str, str]]:
    rows = (
        ("310-0000", "Shopify clearing", "bank"),
        ("320-0000", "Cash in hand", "cash"),
        ("420-0000", "Gift cards owed", "liability"),
        ("500-P000", "Sales, all", "parent"),
        ("500-0000", "Sales", "sales"),
        ("500-1000", "Shipping income", "sales"),
        ("510-0000", "Sales returns", "sales"),
        ("902-0000", "Bank charges", "bank_charge"),
        ("980-0000", "Exchange gains and losses", "exchange"),
        ("990-0000", "Rounding", "rounding"),
    )
    return [{"code": code, "name": name, "type": kind} for code, name, kind in rows]


def _products() -> list[dict[str, Any]]:
    return [
        {
            "code": "TEE-BLK-M",
            "units": ["UNIT", "DOZEN"],
            "unitRates": [12],
            "productName": "Tee black M",
            "price": "50.00",
            "classificationCode": "022",
            "accNo": "500-0000",
            "taxCode": "S-10",
        },
        {"code": "MUG-WHT", "productName": "Mug white", "price": "25.00"},
        {"code": "CAP-OLD", "productName": "Cap, no longer sold", "active": False},
    ]


def _masters() -> dict[str, list[Any]]:
    return {
        "keys": [{"code": KEY_ID}],
        "locations": ["HQ", "KLANG"],
        "departments": ["ONLINE"],
        "areas": ["CENTRAL"],
        "sales_agents": ["AISHAH"],
        "tax_entities": ["GENERAL PUBLIC"],
        "currencies": ["MYR", "SGD"],
        "fiscal_years": [
            {"code": str(year), "from": f"{year}-01-01", "to": f"{year}-12-31", "open": True}
            for year in range(FIRST_YEAR, LAST_YEAR + 1)
        ],
        "decimals": [{"code": "quantity", "places": 2}, {"code": "price", "places": 2}],
        "settings": [{"code": "account_code_format", "value": r"\d{3}-[A-Z0-9]{4}"}],
        "payment_methods": [
            _method("SHOPIFY", "BANK", "SBK", bankChargePercent="1.5", minBankCharge="0.50"),
            _method("CASH", "CASH", "SCH"),
            _method("GIFTCARD", "GENERAL", "SBK"),
        ],
    }


def _method(code: str, journal: str, special: str, **more: str) -> dict[str, Any]:
    return {
        "code": code,
        "bankChargeAccount": "902-0000",
        "mergeBankChargeTrans": True,
        "journalType": journal,
        "specialAccType": special,
        "isActive": True,
        **more,
    }


COMPANY: Mapping[str, Any] = {
    "system": "autocount_cloud",
    "currency": "MYR",
    "identity": {"registerNo": "202601000001 (1500001-A)"},
    "accounts": _accounts(),
    "debtors": [
        {"code": "300-S001", "name": "Shopify Retail MYR", "currency": "MYR"},
        {"code": "300-S002", "name": "Shopify Retail SGD", "currency": "SGD"},
    ],
    "tax_codes": [
        {"code": "S-5", "rate": 5},
        {"code": "S-10", "rate": 10},
        {"code": "SV-6", "rate": 6},
        {"code": "SV-8", "rate": 8},
    ],
    "payment_methods": [
        {"code": "SHOPIFY", "account": "310-0000"},
        {"code": "CASH", "account": "320-0000"},
        {"code": "GIFTCARD", "account": "420-0000"},
    ],
    "items": _products(),
    "terms": ["C.O.D.", "30 Days"],
    "masters": _masters(),
}
