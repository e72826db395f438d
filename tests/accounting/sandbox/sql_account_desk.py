"""A company of the SQL Account API and a client that signs, written from the contract alone."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from urllib.parse import quote, urlencode

from django.test import Client

from accounting.sandbox.models import CallRecord, Company, Debtor
from tests.accounting.sandbox.conftest import Desk

KEY, SECRET = "0a1b2c3d4e5f.sql.my/APIUSER", "EXAMPLE-SECRET-NOT-REAL"
HOST = "sandbox.test"
MOUNT = "/sandbox/sql_account/"
NEWER = {"region": "ap-southeast-5", "service": "sqlaccount", "signed": ("host", "x-amz-date")}
OLDER = {
    "region": "ap-southeast-1",
    "service": "execute-api",
    "signed": ("content-type", "host", "x-amz-date"),
}


def signed_headers(
    method: str, path: str, query: str, body: bytes, **changes: Any
) -> dict[str, str]:
    """The headers of a signed request. `changes` are of NEWER, or key, secret, at, day."""
    said = {**NEWER, "key": KEY, "secret": SECRET, "at": datetime.now(UTC), **changes}
    moment = said["at"].strftime("%Y%m%dT%H%M%SZ")
    day = said.get("day", moment[:8])
    values = {"content-type": "application/json", "host": HOST, "x-amz-date": moment}
    values |= {"x-amz-content-sha256": hashlib.sha256(body).hexdigest()}
    names = ";".join(said["signed"])
    lines = "".join(f"{name}:{values[name]}\n" for name in said["signed"])
    request = f"{method}\n{path}\n{query}\n{lines}\n{names}\n{hashlib.sha256(body).hexdigest()}"
    scope = f"{day}/{said['region']}/{said['service']}/aws4_request"
    hashed = hashlib.sha256(request.encode()).hexdigest()
    text = f"AWS4-HMAC-SHA256\n{moment}\n{scope}\n{hashed}"
    key = f"AWS4{said['secret']}".encode()
    for part in scope.split("/"):
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    signature = hmac.new(key, text.encode(), hashlib.sha256).hexdigest()
    claim = f"Credential={said['key']}/{scope}, SignedHeaders={names}, Signature={signature}"
    sent = {"Host": HOST, "X-Amz-Date": moment, "Authorization": f"AWS4-HMAC-SHA256 {claim}"}
    return sent | {"X-Amz-Content-Sha256": values["x-amz-content-sha256"]}


class SqlAccountDesk(Desk):
    """The ready-made company, by plain HTTP."""

    def __init__(self, client: Client, **changes: Any) -> None:
        opening = {"like": "sql_account", "name": "Kedai SQL", "key": KEY, "secret": SECRET}
        opening |= changes
        answer = client.post("/sandbox/companies", opening, content_type="application/json")
        assert answer.status_code == 201, answer.content
        self.client, self.system, self.key = client, "sql_accounting", KEY
        self.company_id = answer.json()["id"]

    def ask(
        self, method: str, path: str, body: Any = None, query: Any = None, **signing: Any
    ) -> Any:
        """The HTTP answer; `body` is an object, text or bytes, `query` an object."""
        raw = _raw(body)
        asked = urlencode(sorted((query or {}).items()), quote_via=quote, safe="-_.~")
        headers = signed_headers(method, MOUNT + path, asked, raw, **signing)
        return self.client.generic(
            method,
            MOUNT + path + (f"?{asked}" if asked else ""),
            raw,
            content_type="application/json",
            CONTENT_TYPE="application/json",
            headers=headers,
        )

    def post(self, path: str, body: Any) -> Any:
        return self.ask("POST", path, body)

    def put(self, path: str, body: Any) -> Any:
        return self.ask("PUT", path, body)

    def get(self, path: str, **query: Any) -> Any:
        return self.ask("GET", path, query=query)

    def made(self, path: str, body: Any) -> dict[str, Any]:
        """The document that this body makes."""
        answer = self.post(path, body)
        assert answer.status_code == 201, answer.content
        return dict(answer.json()["data"])

    def listed(self, path: str, **query: Any) -> list[dict[str, Any]]:
        answer = self.get(path, **query)
        assert answer.status_code == 200, answer.content
        return list(answer.json()["data"])

    def only(self, path: str, **query: Any) -> dict[str, Any]:
        """The one document of a list, read whole."""
        (row,) = self.listed(path, **query)
        return dict(self.get(f"{path}/{row['dockey']}").json()["data"])

    def set_company(self, **changes: Any) -> None:
        answer = self.client.put(
            f"/sandbox/companies/{self.company_id}/", changes, content_type="application/json"
        )
        assert answer.status_code == 200, answer.content

    def rule(self) -> str:
        """The rule that the last call was refused by."""
        return CallRecord.objects.filter(company_id=self.company_id).latest("id").rule

    def contents(self) -> Any:
        debtors = Debtor.objects.filter(company_id=self.company_id).order_by("id").values()
        return (*super().contents(), list(debtors))

    def sides(self, number: str) -> dict[str, Decimal]:
        """The entries of a document: debit minus credit per account."""
        found: dict[str, Decimal] = {}
        for entry in self.books("journal"):
            if entry["number"] == number:
                side = entry["debit"] - entry["credit"]
                found[entry["account"]] = found.get(entry["account"], Decimal()) + side
        return found

    @property
    def company(self) -> Company:
        return Company.objects.get(pk=self.company_id)


def _raw(body: Any) -> bytes:
    if body is None:
        return b""
    if isinstance(body, bytes):
        return body
    text = body if isinstance(body, str) else json.dumps(body, ensure_ascii=False)
    return text.encode()


def said(answer: Any) -> str:
    """The sentence of a refusal, in whichever shape it comes."""
    try:
        body = answer.json()
    except ValueError:
        return str(answer.content.decode())
    error = body.get("error", body)
    return str(error["message"] if isinstance(error, Mapping) else error)


def line(**changes: Any) -> dict[str, Any]:
    return {
        "seq": 1000,
        "itemcode": "TEE-BLK-M",
        "description": "Tee black M",
        "uom": "UNIT",
        "qty": "2.00",
        "unitprice": "50.00",
        "tax": "ST",
        "taxrate": "10%",
        "taxamt": "10.00",
        "taxinclusive": False,
        "amount": "100.00",
        "irbm_classification": "022",
        **changes,
    }


def discount(amount: str, tax: str, **changes: Any) -> dict[str, Any]:
    own = {"seq": 2000, "itemcode": "SHP-DISC", "description": "Discount", "qty": "1.00"}
    return line(**{**own, "unitprice": amount, "amount": amount, "taxamt": tax, **changes})


def shipping(amount: str = "8.00", **changes: Any) -> dict[str, Any]:
    own = {"seq": 3000, "itemcode": "SHP-SHIPPING", "qty": "1.00", "unitprice": amount}
    shown = line(**{**own, "amount": amount, "tax": "", "taxamt": "0.00", **changes})
    del shown["taxrate"]
    return shown


def invoice(**changes: Any) -> dict[str, Any]:
    """Order A: 100.00 - 10.00 + 8.00 + 9.00 tax = 107.00."""
    return {
        "docno": "SHP-1001",
        "docdate": "2026-11-20",
        "postdate": "2026-11-20",
        "taxdate": "2026-11-20",
        "code": "300-C0001",
        "companyname": "Nur Aisyah binti Rahman",
        "docref1": "5500112233445",
        "description": "Shopify order #1001",
        "project": "SHOPIFY",
        "submissiontype": 18,
        "sdsdocdetail": [line(), discount("-10.00", "-1.00"), shipping()],
        **changes,
    }


def credit_note(**changes: Any) -> dict[str, Any]:
    """One unit of order A: 45.00 + 4.50 tax."""
    lines = [
        line(qty="1.00", taxamt="5.00", amount="50.00", remark1="SHP-1001"),
        discount("-5.00", "-0.50"),
    ]
    own = {"docno": "SHP-1001-R1", "docdate": "2026-11-22", "docnoex": "SHP-1001"}
    return invoice(**{**own, "docref1": "7700112233445", "sdsdocdetail": lines, **changes})


def knock(kind: str, number: str, amount: str, **changes: Any) -> dict[str, Any]:
    return {"doctype": kind, "docno": number, "koamt": amount, "knockoff": True, **changes}


def payment(**changes: Any) -> dict[str, Any]:
    return {
        "docno": "SHP-1001-P1",
        "code": "300-C0001",
        "docdate": "2026-11-20",
        "postdate": "2026-11-20",
        "paymentmethod": "310-005",
        "chequenumber": "ch_3Qx9",
        "docamt": "107.00",
        "bankcharge": "0.00",
        "project": "SHOPIFY",
        "paymentproject": "SHOPIFY",
        "docref1": "6600112233445",
        "docref2": "5500112233445",
        "sdsknockoff": [knock("IV", "SHP-1001", "107.00")],
        **changes,
    }


def refund(**changes: Any) -> dict[str, Any]:
    own = {"docno": "SHP-1001-F1", "docdate": "2026-11-22", "docamt": "49.50"}
    rows = [knock("CN", "SHP-1001-R1", "49.50")]
    return payment(**{**own, "chequenumber": "re_3Qx9", "sdsknockoff": rows, **changes})


def customer(**changes: Any) -> dict[str, Any]:
    return {
        "code": "300-S0042",
        "controlaccount": "300-000",
        "companyname": "Nur Aisyah binti Rahman",
        "tin": "EI00000000010",
        "idtype": 2,
        "idno": "900101145566",
        "submissiontype": 17,
        "allowexceedcreditlimit": True,
        "sdsbranch": [
            {
                "branchtype": "B",
                "branchname": "BILLING",
                "address1": "12 Jalan Teratai",
                "postcode": "50480",
                "city": "Kuala Lumpur",
                "country": "MY",
                "email": "aisyah@kedai.test",
            }
        ],
        **changes,
    }
