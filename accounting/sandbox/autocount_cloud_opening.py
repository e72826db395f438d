"""A book of AutoCount Cloud with everything that its contract names, for the demo and the tests."""

from __future__ import annotations

from typing import Any

from accounting.sandbox.models import Company, System
from accounting.sandbox.opening import open_company

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
    years: range = range(2025, 2028),
) -> dict[str, Any]:
    """What `open_company` or POST /sandbox/companies opens: a book in MYR, with `years` open."""
    return {
        "name": name,
        "system": System.AUTOCOUNT_CLOUD.value,
        "key": account_book_id,
        "currency": "MYR",
        "identity": {"companyName": name, "registerNo": "202601000001 (1500001-A)"},
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
        "masters": _masters(key_id, api_key, years),
    }


def open_demo_book(**given: Any) -> Company:
    """The book of `demo_book`, opened. Raises Refused; a book of that name is wiped before."""
    return open_company(demo_book(**given))


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


def _masters(key_id: str, api_key: str, years: range) -> dict[str, list[Any]]:
    return {
        "keys": [{"code": key_id, "secret": api_key}],
        "locations": ["HQ", "KLANG"],
        "departments": ["ONLINE"],
        "areas": ["CENTRAL"],
        "sales_agents": ["AISHAH"],
        "tax_entities": ["GENERAL PUBLIC"],
        "currencies": ["MYR", "SGD"],
        "fiscal_years": [
            {"code": str(year), "from": f"{year}-01-01", "to": f"{year}-12-31", "open": True}
            for year in years
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
