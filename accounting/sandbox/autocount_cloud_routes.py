"""Every path of AutoCount Cloud that is offered, with the permission it takes (contract 2, 6)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial

from accounting.sandbox import autocount_cloud_documents as documents
from accounting.sandbox import autocount_cloud_knocking as knocking
from accounting.sandbox import autocount_cloud_masters as masters
from accounting.sandbox.autocount_cloud_ask import Handle
from accounting.sandbox.autocount_cloud_documents import Register
from accounting.sandbox.autocount_cloud_listing import Listed, simple, specific

CODE_LISTS = {
    "location": ("Location", "locations"),
    "department": ("Department", "departments"),
    "area": ("Area", "areas"),
    "salesAgent": ("SalesAgent", "sales_agents"),
    "taxEntity": ("TaxEntity", "tax_entities"),
}


@dataclass(frozen=True, slots=True)
class Endpoint:
    handle: Handle
    permission: str
    writes: bool = False


def _documents(group: str, register: Register, listed: Listed) -> dict[str, dict[str, Endpoint]]:
    return {
        register.resource: {
            "GET": Endpoint(register.one, f"{group}.GetRecord"),
            "POST": Endpoint(register.create, f"{group}.CreateRecord", writes=True),
            "PUT": Endpoint(register.change, f"{group}.UpdateRecord", writes=True),
            "DELETE": Endpoint(register.delete, f"{group}.DeleteRecord", writes=True),
        },
        # The vendor's path for voiding is not published; this one is assumed.
        f"{register.resource}/void": {
            "POST": Endpoint(register.void, f"{group}.VoidRecord", writes=True)
        },
        **_listing(group, register.resource, listed),
    }


def _listing(group: str, resource: str, listed: Listed) -> dict[str, dict[str, Endpoint]]:
    permission = f"{group}.GetRecords"
    return {
        f"{resource}/listing": {
            "GET": Endpoint(partial(simple, listed=listed), permission),
            "POST": Endpoint(partial(specific, listed=listed), permission),
        }
    }


def _code_list(resource: str) -> dict[str, dict[str, Endpoint]]:
    group, name = CODE_LISTS[resource]
    handle = partial(masters.list_codes, name=name, column=resource)
    return {f"{resource}/listing": {"GET": Endpoint(handle, f"{group}.GetRecords")}}


_ENTRIES = {
    "knockOffEntry": {
        "GET": Endpoint(documents.one_entry, "KnockOffEntry.GetRecord"),
        "POST": Endpoint(knocking.create_entry, "KnockOffEntry.CreateRecord", writes=True),
        "DELETE": Endpoint(documents.delete_entry, "KnockOffEntry.DeleteRecord", writes=True),
    },
    "knockOffEntry/void": {
        "POST": Endpoint(documents.void_entry, "KnockOffEntry.VoidRecord", writes=True)
    },
    "knockOffEntry/outstandingTransactions": {
        "GET": Endpoint(knocking.outstanding, "KnockOffEntry.OutstandingTransactions")
    },
    **_listing("KnockOffEntry", "knockOffEntry", documents.ENTRIES_LISTED),
}
_MASTERS = {
    "companyProfile": {"GET": Endpoint(masters.company_profile, "CompanyProfile.GetRecord")},
    "debtor": {
        "GET": Endpoint(masters.one_debtor, "Debtor.GetRecord"),
        "POST": Endpoint(masters.create_debtor, "Debtor.CreateRecord", writes=True),
        "PUT": Endpoint(masters.change_debtor, "Debtor.UpdateRecord", writes=True),
    },
    "debtor/listing": {"GET": Endpoint(masters.list_debtors, "Debtor.GetRecords")},
    "account/listing": {"POST": Endpoint(masters.list_accounts, "Account.GetRecords")},
    "paymentMethod/listing": {
        "GET": Endpoint(masters.list_payment_methods, "PaymentMethod.GetRecords")
    },
    "docNoFormat/listing": {"GET": Endpoint(masters.list_number_formats, "DocNoFormat.GetRecords")},
    "product": {"GET": Endpoint(masters.one_product, "Product.GetRecord")},
    "product/listing": {"POST": Endpoint(masters.list_products, "Product.GetRecords")},
}
_ALL = {
    **_documents("Invoice", documents.INVOICES, documents.INVOICES_LISTED),
    **_documents("CreditNote", documents.CREDIT_NOTES, documents.CREDIT_NOTES_LISTED),
    **_documents("Payment", documents.PAYMENTS, documents.PAYMENTS_LISTED),
    **_ENTRIES,
    **_MASTERS,
    **{path: methods for name in CODE_LISTS for path, methods in _code_list(name).items()},
}
ENDPOINTS: Mapping[str, Mapping[str, Endpoint]] = {
    path.lower(): methods for path, methods in _ALL.items()
}
