"""A company of the SQL Account API as a merchant's accountant would have set it up for a web shop.

Open it with `opening.open_company({"like": "sql_account", "name": …, "key": …, "secret": …})`, or
with the same object over HTTP; whatever is given besides takes the place of what stands here.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def _item(code: str, description: str, account: str = "500-000", **more: Any) -> dict[str, Any]:
    return {"code": code, "description": description, "account": account, **more}


COMPANY: Mapping[str, Any] = {
    "name": "Kedai Contoh Sdn Bhd",
    "system": "sql_accounting",
    "key": "0a1b2c3d4e5f.sql.my/APIUSER",
    "secret": "EXAMPLE-SECRET-NOT-REAL",
    "currency": "MYR",
    "identity": {"brn": "202601012345", "remark": "", "version": "5.2025.1042.879"},
    "accounts": [
        {"code": "310-001", "name": "Bank", "type": "bank"},
        {"code": "310-005", "name": "Shopify Payments clearing", "type": "bank"},
        {"code": "310-006", "name": "Cash on delivery clearing", "type": "bank"},
        {"code": "320-000", "name": "Cash in hand", "type": "cash"},
        {"code": "420-000", "name": "Gift cards outstanding", "type": "liability"},
        {"code": "460-000", "name": "Sales tax payable", "type": "tax"},
        {"code": "460-300", "name": "Service tax deferred", "type": "liability"},
        {"code": "500-000", "name": "Sales", "type": "sales"},
        {"code": "500-100", "name": "Shipping income", "type": "sales"},
        {"code": "500-900", "name": "Rounding", "type": "sales"},
        {"code": "510-000", "name": "Sales returns", "type": "sales"},
        {"code": "900-000", "name": "Selling expenses", "type": "parent"},
        {"code": "900-100", "name": "Bank charges", "type": "expense"},
    ],
    "debtors": [
        {"code": "300-C0001", "name": "Online customers", "currency": "MYR"},
        {"code": "300-C0002", "name": "Online customers SG", "currency": "SGD"},
    ],
    "tax_codes": [
        {"code": "ST", "rate": 10, "account": "460-000"},
        {"code": "ST5", "rate": 5, "account": "460-000"},
        {"code": "SV", "rate": 6, "account": "460-300"},
        {"code": "STE", "rate": 0, "account": "460-000"},
        {"code": "SVE", "rate": 0, "account": "460-300"},
    ],
    "payment_methods": [
        {"code": code, "account": code}
        for code in ("310-001", "310-005", "310-006", "320-000", "420-000")
    ],
    "items": [
        _item("TEE-BLK-M", "Tee black M", returns="510-000", stock=True, barcode="9550000000017"),
        _item("MUG-WHT", "Mug white", returns="510-000", stock=True, units=["UNIT", "BOX"]),
        _item("SHP-GOODS", "Goods", returns="510-000"),
        _item("SHP-DISC", "Discount"),
        _item("SHP-SHIPPING", "Shipping", account="500-100"),
        _item("SHP-TIP", "Tip"),
        _item("SHP-ROUNDING", "Rounding", account="500-900"),
        _item("SHP-ALLOWANCE", "Allowance", returns="510-000"),
        _item("RTN5Cents", "5 cents rounding", account="500-900"),
    ],
    "terms": ["C.O.D.", "30 Days"],
    "masters": {
        "project": [{"code": "SHOPIFY", "description": "Web shop"}],
        "location": [{"code": "ECOMMERCE", "description": "Web shop stock"}],
        "agent": [{"code": "WEB", "description": "Web shop"}],
        "area": [{"code": "KL", "description": "Kuala Lumpur"}],
        "currency": [{"code": "SGD", "isocode": "SGD", "symbol": "S$", "sellingrate": "3.400000"}],
    },
}
