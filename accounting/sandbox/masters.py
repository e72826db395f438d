"""Looking up the masters a document refers to, one query per kind, refusing what is unknown."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from accounting.sandbox.fields import Words
from accounting.sandbox.models import Account, Company, Debtor, Item, PaymentMethod, TaxCode


def debtor(company: Company, code: str, words: Words, field: str) -> Debtor:
    found = Debtor.objects.filter(company=company, code=code).first()
    if found is None or code in _deleted(company):
        raise words.refusal("unknown", what=field, code=code)
    return found


def rate(
    company: Company, debtor: Debtor, given: Decimal | None, words: Words, field: str
) -> Decimal:
    """What one unit of the debtor's currency is worth in the company's: 1 for its own, and said
    for any other, because these books keep no table of rates."""
    own = debtor.currency == company.currency
    if given is None and not own:
        raise words.refusal("missing", field=field)
    found = Decimal("1") if given is None else given
    if found <= 0 or (found != 1 and own):
        raise words.refusal("bad_number", field=field, given=found)
    return found


def accounts(
    company: Company, codes: Iterable[str], words: Words, field: str
) -> dict[str, Account]:
    """Accounts that may be posted to directly: the debtor control account is not one of them."""
    wanted = set(codes)
    rows = Account.objects.filter(company=company, code__in=wanted)
    found = {row.code: row for row in rows.exclude(type=Account.DEBTOR_CONTROL)}
    _refuse_unknown(company, wanted, found, words, field)
    return found


def tax_codes(
    company: Company, codes: Iterable[str], words: Words, field: str
) -> dict[str, TaxCode]:
    wanted = set(codes)
    rows = TaxCode.objects.filter(company=company, code__in=wanted).select_related("account")
    found = {row.code: row for row in rows} if wanted else {}
    _refuse_unknown(company, wanted, found, words, field)
    return found


def payment_methods(
    company: Company, codes: Iterable[str], words: Words, field: str
) -> dict[str, PaymentMethod]:
    wanted = set(codes)
    rows = PaymentMethod.objects.filter(company=company, code__in=wanted).select_related("account")
    found = {row.code: row for row in rows}
    _refuse_unknown(company, wanted, found, words, field)
    return found


def require_items(company: Company, codes: Iterable[str], words: Words, field: str) -> None:
    items(company, codes, words, field)


def items(company: Company, codes: Iterable[str], words: Words, field: str) -> dict[str, Item]:
    wanted = set(codes)
    rows = Item.objects.filter(company=company, code__in=wanted) if wanted else Item.objects.none()
    found = {row.code: row for row in rows}
    _refuse_unknown(company, wanted, found, words, field)
    return found


def require_term(company: Company, term: str, words: Words, field: str) -> None:
    """Terms are matched letter by letter (contract 5.1, 6.1)."""
    if term and (term not in company.terms or term in _deleted(company)):
        raise words.refusal("unknown", what=field, code=term)


def listed(company: Company, name: str) -> list[dict[str, Any]]:
    """The rows of a list that has no table ("project"), as they were opened."""
    return list(company.masters.get(name, []))


def require_listed(company: Company, name: str, codes: Iterable[str], words: Words) -> None:
    """Refuse the first code that is not in the list; blanks name nothing."""
    known = {row["code"] for row in listed(company, name)}
    _refuse_unknown(company, {code for code in codes if code}, known, words, name)


def _refuse_unknown(
    company: Company, wanted: set[str], known: Iterable[str], words: Words, field: str
) -> None:
    missing = (wanted - set(known)) | (wanted & _deleted(company))
    if missing:
        raise words.refusal("unknown", what=field, code=min(missing))


def _deleted(company: Company) -> set[str]:
    """Codes that the switches take away, as if somebody had deleted them."""
    return set(company.switches.get("deleted", []))
