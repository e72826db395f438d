"""Lists of codes, fifty at a time, for the mapping pickers; and the data all of it rests on."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest

from accounting.connectors.base import Code, CodeList, Throttled, Unavailable
from accounting.connectors.http import Http
from accounting.connectors.reading import ProfileError
from accounting.connectors.sql_account_api import api
from tests.accounting.connectors.sql_account import calls, connected, listed
from tests.scripted_server import ScriptedServer, reply


@pytest.mark.parametrize(
    ("wanted", "path", "row", "expected"),
    [
        (
            CodeList.ACCOUNTS,
            "/account",
            {"code": "500-000", "description": "Sales", "acctype": "SL", "specialacctype": "  "},
            Code(code="500-000", name="Sales", detail={"type": "SL"}),
        ),
        (
            CodeList.TAX_CODES,
            "/tax",
            {
                "autokey": 3,
                "code": "SV",
                "description": "Service tax",
                "taxrate": 6,
                "taxinclusive": False,
                "isactive": True,
            },
            Code(code="SV", name="Service tax", detail={"rate": "6", "inclusive": "false"}),
        ),
        (
            CodeList.PAYMENT_METHODS,
            "/pmmethod",
            {"code": "310-005", "description": "Stripe", "journal": "BANK"},
            Code(code="310-005", name="Stripe", detail={"journal": "BANK"}),
        ),
        (
            CodeList.ITEMS,
            "/stockitem",
            {"dockey": 8, "code": "TEE", "description": "Tee", "barcode": "955", "isactive": "F"},
            Code(code="TEE", name="Tee", active=False, detail={"barcode": "955"}),
        ),
        (
            CodeList.DEBTORS,
            "/customer",
            {"code": "300-C0001", "companyname": "Online sales", "status": "A"},
            Code(code="300-C0001", name="Online sales"),
        ),
        (
            CodeList.DEBTORS,
            "/customer",
            {"code": "300-C0002", "companyname": "Closed", "status": "I"},
            Code(code="300-C0002", name="Closed", active=False),
        ),
        (
            CodeList.PROJECTS,
            "/project",
            {"code": "SHOPIFY", "description": "Shopify", "isactive": True},
            Code(code="SHOPIFY", name="Shopify"),
        ),
        (CodeList.LOCATIONS, "/location", {"code": "ECOM"}, Code(code="ECOM")),
        (
            CodeList.TERMS,
            "/terms",
            {"code": "C.O.D.", "description": "Cash on delivery"},
            Code(code="C.O.D.", name="Cash on delivery"),
        ),
    ],
)
def test_every_list_is_offered(
    server: ScriptedServer,
    client: Http,
    wanted: CodeList,
    path: str,
    row: dict[str, Any],
    expected: Code,
) -> None:
    server.script = [listed(row, {"description": "a row without a code"})]

    found = connected(server, client).codes(wanted)

    assert found is not None
    assert list(found) == [expected]
    assert calls(server) == [("GET", path)]


def test_all_pages_are_read_up_to_the_first_that_is_not_full(
    server: ScriptedServer, client: Http
) -> None:
    codes = [{"code": f"P{n}"} for n in range(120)]
    server.script = [listed(*codes[:50]), listed(*codes[50:100]), listed(*codes[100:])]

    found = list(connected(server, client).codes(CodeList.PROJECTS) or ())

    assert [code.code for code in found] == [f"P{n}" for n in range(120)]
    assert [one.query for one in server.requests] == [{"offset": str(n)} for n in (0, 50, 100)]


def test_a_full_last_page_is_followed_by_an_empty_one(server: ScriptedServer, client: Http) -> None:
    for end in (listed(), reply(400, "No record found")):
        server.script = [listed(*({"code": f"P{n}"} for n in range(50))), end]

        assert len(list(connected(server, client).codes(CodeList.PROJECTS) or ())) == 50


def test_books_that_show_one_page_for_ever_are_not_read_for_ever(
    server: ScriptedServer, client: Http
) -> None:
    server.script = [listed(*({"code": f"P{n}"} for n in range(50)))] * 3

    with pytest.raises(Unavailable, match="again and again"):
        list(connected(server, client).codes(CodeList.PROJECTS) or ())

    assert len(server.requests) == 2


def test_full_pages_without_a_code_are_no_list_of_codes(
    server: ScriptedServer, client: Http
) -> None:
    """Each is another request, and whoever waits for the next code could not stop it."""
    server.script = [listed(*({"description": f"{n}"} for n in range(p, p + 50))) for p in (0, 50)]

    with pytest.raises(Unavailable, match="without a code"):
        list(connected(server, client).codes(CodeList.PROJECTS) or ())

    assert len(server.requests) == 1


def test_trouble_in_the_middle_is_told(server: ScriptedServer, client: Http) -> None:
    server.script = [listed(*({"code": f"P{n}"} for n in range(50))), reply(429, "")]

    with pytest.raises(Throttled):
        list(connected(server, client).codes(CodeList.PROJECTS) or ())


# --- the data ---------------------------------------------------------------------------------


def test_there_is_a_list_for_every_picker() -> None:
    assert set(api.api().code_lists) == set(CodeList)


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        (("page_size",), "50", "page_size: must be a whole number"),
        (("page_sise",), 50, "page_sise: is not a known key"),
        (("limits", "docno", "max"), -1, "limits.docno.max"),
        (("limits", "docno", "status"), "guessed", "limits.docno.status"),
        (("errors", 0, "outcome"), "retry", r"errors\[0\].outcome"),
        (("errors", 0, "phrase"), "(", r"errors\[0\].phrase"),
        (("code_lists", "terms", "resource"), None, "code_lists.terms.resource"),
    ],
)
def test_a_mistake_in_the_data_is_named(path: tuple[Any, ...], value: Any, message: str) -> None:
    data = copy.deepcopy(json.loads(api.FILE.read_text(encoding="utf-8")))
    inner = data
    for key in path[:-1]:
        inner = inner[key]
    inner[path[-1]] = value

    with pytest.raises(ProfileError, match=message):
        api.read(data)
