"""Which calls AutoCount Cloud offers, and the permission of the API key that each one needs.

Paths are spelt as in contract autocount-cloud 6 to 10. The names of the permissions are observed in
the key's page; for products and knock-off entries they are assumed.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Call:
    """`one` marks the reading of one record, whose absence is an answer and not a failure."""

    method: str
    path: str
    permission: str
    one: bool = False


@dataclass(frozen=True, slots=True)
class Records:
    """The calls of one kind of document. `search` lists by number where that is documented, `key`
    is the query name of a number."""

    name: str
    path: str
    group: str
    key: str = "docNo"
    searches: bool = False

    @property
    def create(self) -> Call:
        return Call("POST", self.path, f"{self.group} CreateRecord")

    @property
    def read(self) -> Call:
        return Call("GET", self.path, f"{self.group} GetRecord", one=True)

    @property
    def listing(self) -> Call:
        return Call("GET", f"{self.path}/listing", f"{self.group} GetRecords")

    @property
    def search(self) -> Call:
        return Call("POST", f"{self.path}/listing", f"{self.group} GetRecords")


INVOICE = Records("invoices", "invoice", "Invoice", searches=True)
CREDIT_NOTE = Records("credit notes", "creditNote", "CreditNote")
PAYMENT = Records("receipts and payment vouchers", "payment", "Payment")
KNOCK_OFF = Records("knock-off entries", "knockOffEntry", "KnockOffEntry", searches=True)
DEBTOR = Records("debtors", "debtor", "Debtor", key="code")

OPEN_ITEMS = Call(
    "GET", "knockOffEntry/outstandingTransactions", "KnockOffEntry OutstandingTransactions"
)
ACCOUNTS = Call("POST", "account/listing", "Account GetRecords")
METHODS = Call("GET", "paymentmethod/listing", "PaymentMethod GetRecords")
LOCATIONS = Call("GET", "location/listing", "Location GetRecords")
PRODUCTS = Call("POST", "product/listing", "Product GetRecords")
DEPARTMENTS = Call("GET", "department/listing", "Department GetRecords")  # path assumed


def company(path: str) -> Call:
    """The company's profile; its path is a setting, because it is assumed."""
    return Call("GET", path, "CompanyProfile GetRecord")
