"""The door of the SQL Account REST API; the rest is as at every door (`serving`).

Order of refusals: 401 for whatever is wrong with the signature, a licence that is not free, 404 and
405 for the path, 503 while the company is offline. Refusals come in the several shapes that clients
have met (contract 5).
"""

from __future__ import annotations

from functools import partial

from django.http import HttpRequest, HttpResponseBase
from django.views.decorators.csrf import csrf_exempt

from accounting.sandbox import (
    ledger,
    serving,
    sql_account_customers,
    sql_account_masters,
    sql_account_money,
    sql_account_registers,
    sql_account_sales,
    sql_account_signature,
)
from accounting.sandbox.call import Answer, Handler, Resources
from accounting.sandbox.models import Company
from accounting.sandbox.serving import Door, Route
from accounting.sandbox.sql_account_registers import (
    CREDIT_NOTE,
    DEBIT_NOTE,
    INVOICE,
    PAYMENT,
    REFUND,
    SALES_CREDIT_NOTE,
    SALES_DEBIT_NOTE,
    SALES_INVOICE,
    Register,
)
from accounting.sandbox.sql_account_tables import WORDS
from accounting.sandbox.wire import Refused

DUPLICATE_STATUS = 400
FAILED_IN_200 = Answer(200, {"error": {"message": "Catastrophic failure"}})
TOO_MANY = Answer(
    429,
    "<html><head><title>429 Too Many Requests</title></head>"
    "<body><center><h1>429 Too Many Requests</h1></center><hr><center>nginx</center></body></html>",
    "text/html",
)


@csrf_exempt
def call(request: HttpRequest, path: str) -> HttpResponseBase:
    """Any request below the mount."""
    return serving.serve(request, DOOR, path)


def _documents(register: Register, create: Handler, update: Handler) -> Resources:
    read = partial(sql_account_registers.get_document, register=register)
    return {
        register.name: {**_list_of(register), "POST": create},
        f"{register.name}/{{}}": {
            "GET": read,
            "PUT": update,
            "DELETE": partial(sql_account_sales.delete, register=register),
        },
    }


def _list_of(register: Register) -> dict[str, Handler]:
    return {"GET": partial(sql_account_registers.list_documents, register=register)}


def _sales(register: Register) -> Resources:
    create = partial(sql_account_sales.create, register=register)
    return _documents(register, create, partial(sql_account_sales.update, register=register))


def _money(register: Register) -> Resources:
    create = partial(sql_account_money.create, register=register)
    return _documents(register, create, partial(sql_account_money.update, register=register))


def _read_only(register: Register) -> Resources:
    read = partial(sql_account_registers.get_document, register=register)
    return {register.name: _list_of(register), f"{register.name}/{{}}": {"GET": read}}


def _masters() -> Resources:
    found: dict[str, dict[str, Handler]] = {}
    for master in sql_account_masters.MASTERS:
        found[master.name] = {"GET": partial(sql_account_masters.list_rows, master=master)}
        found[f"{master.name}/{{}}"] = {"GET": partial(sql_account_masters.get_row, master=master)}
    return found


RESOURCES: Resources = {
    "version": {"GET": sql_account_masters.get_version},
    "profile": {"GET": sql_account_masters.get_profile},
    "customer": {
        "GET": sql_account_customers.list_customers,
        "POST": sql_account_customers.create_customer,
    },
    "customer/{}": {
        "GET": sql_account_customers.get_customer,
        "PUT": sql_account_customers.update_customer,
        "DELETE": sql_account_customers.delete_customer,
    },
    **_sales(SALES_INVOICE),
    **_sales(SALES_DEBIT_NOTE),
    **_sales(SALES_CREDIT_NOTE),
    **_documents(
        CREDIT_NOTE,
        partial(sql_account_sales.create, register=CREDIT_NOTE),
        partial(sql_account_money.update, register=CREDIT_NOTE),
    ),
    **_money(PAYMENT),
    **_money(REFUND),
    **_read_only(INVOICE),
    **_read_only(DEBIT_NOTE),
    **_masters(),
}


def _admit(request: HttpRequest, company: Company) -> None:
    sql_account_signature.admit(request, company)
    if company.switches.get("licence_taken"):
        said = "maximum 1 concurrent connection while 2 users logged on"
        raise Refused(said, status=500, code="licence", rule="5 O")
    if company.switches.get("read_only") and request.method != "GET":
        raise Refused("Access denied", status=403, code="forbidden", rule="5 O")


def _route(company: Company, method: str, path: str) -> Route:
    head, _, tail = path.partition("/")
    methods = RESOURCES.get(f"{head}/{{}}" if tail else head, {})
    missing = head == INVOICE.name and company.switches.get("no_customerinvoice")
    if not methods or missing or "/" in tail or "\0" in tail:
        raise Refused("Not found", status=404, code="no_resource", rule="5 A")
    if method not in methods:
        raise Refused("Method not allowed", status=405, code="no_method", rule="4 D")
    return Route(handler=methods[method], tail=tail, writes=method != "GET")


def _refusal(refusal: Refused) -> Answer:
    if refusal.status in (401, 403):
        return Answer(refusal.status, {"message": refusal.message})
    if refusal.status in (400, 409, 422):
        return Answer(refusal.status, {"error": {"message": refusal.message}})
    if refusal.status == 500:
        return Answer(refusal.status, {"error": refusal.message})
    return Answer(refusal.status, refusal.message, "text/plain")


def _worded(company: Company, refusal: ledger.Refusal) -> Refused:
    """The book's refusal in this system's words."""
    said = WORDS.refusal(refusal.word, "", *refusal.args)
    if isinstance(refusal, ledger.DuplicateNumber):
        said.status = company.switches.get("duplicate_status", DUPLICATE_STATUS)
    return said


DOOR = Door(
    name="sql_account",
    find=sql_account_signature.find,
    admit=_admit,
    route=_route,
    refusal=_refusal,
    worded=_worded,
    quoted_decimals=True,
    offline=Refused("Service Unavailable", status=503, code="offline", rule="5 A"),
    fault_answers={"429": TOO_MANY, "error_in_200": FAILED_IN_200},
    totals=frozenset({"docamt", "localdocamt"}),
    numbers=frozenset({"docno"}),
    own_number=("docno",),
    nothing={"data": {"docno": ""}},
)
