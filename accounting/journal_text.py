"""Documents as a journal in Beancount's plain text, so that a stranger can check our books.

Beancount (its own language reference is the source of the syntax) reads the text, adds everything
up without us, and refuses what does not balance: the tests make it the judge of every case. The
text is also what an accountant can open, search and keep. Only text is made here: the library
itself is a test dependency.

Tolerances are switched off (`tolerance_multiplier` 0): Beancount would forgive a difference of a
sen in the balance of an account. Buyers, and customers' names, are never written.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal

from accounting.documents.document import Document, DocumentLine, Why
from accounting.documents.journal import Place, Posting, postings
from accounting.documents.numbering import long_stem, prefix_of

Names = Mapping[tuple[Place, str], str]  # place and code -> Beancount's account
Balances = Mapping[tuple[str, str], Decimal]  # Beancount's account and currency -> debit balance

RECEIVABLE = "Assets:Receivable"  # above the accounts of all debtors
CLEARING = "Assets:Clearing"
# One code is one account: where documents use it in several ways, the first of these wins.
PARENTS = ("Liabilities", CLEARING, "Expenses", "Income")
ROLES = {
    "clearing": CLEARING,
    **dict.fromkeys(("gift_card", "store_credit", "tips", "channel_tax", "tax_only"), PARENTS[0]),
    **dict.fromkeys(("rounding", "fx", "disputes"), "Expenses"),
}
STEM = re.compile(r"[A-Z][A-Z0-9]{0,3}-(?:[0-9]+|O[0-9A-Z]+)(?![0-9A-Z])")
# A dash stands for itself between letters and digits; any other one is a mark of the escaping.
ESCAPED = re.compile(r"[^A-Za-z0-9-]|-(?![A-Za-z0-9])")
LEADING = "X---"  # before what may not begin a name; three dashes never follow a plain first X
CONTROL = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]")


def account_part(code: str) -> str:
    """Any code as one part of an account's name; different codes give different parts.

    Letters, digits and inner dashes stay; anything else becomes `--` and its hexadecimal number and
    `-`. A name begins with a capital or a digit.
    """
    text = ESCAPED.sub(lambda found: f"--{ord(found[0]):02x}-", code)
    return text if re.match(r"[A-Z0-9]", text) else LEADING + text


def account_names(documents: Iterable[Document]) -> dict[tuple[Place, str], str]:
    """The account of every code that the documents post to.

    What an account is (asset, liability …) follows from the roles it is used in; nobody tells us
    the merchant's chart of accounts.
    """
    used: dict[tuple[Place, str], set[str]] = {}
    for document in documents:
        for posting in postings(document):
            parents = used.setdefault((posting.place, posting.code), set())
            parents.add(ROLES.get(posting.role, "Income"))
    return {key: _name(*key, parents) for key, parents in sorted(used.items())}


def _name(place: Place, code: str, parents: Collection[str]) -> str:
    if place is Place.LEDGER:
        parent = next(each for each in PARENTS if each in parents)
    else:
        parent = RECEIVABLE if place is Place.RECEIVABLE else "Liabilities:Tax"
    return f"{parent}:{account_part(code)}"


def journal_text(
    documents: Sequence[Document],
    *,
    title: str,
    home_currency: str,
    balances: Balances | None = None,
    pending: Collection[str] = (),
) -> str:
    """The journal of these documents, in order of their dates.

    `balances` are debit balances from another source than the documents' lines; Beancount compares
    them with its own at the end of the last day. Numbers in `pending` are flagged `!`: not in the
    books yet. A document with a rate is priced in the home currency; its accounts keep its own.
    """
    names, stems = account_names(documents), _stems(documents)
    text = [
        f'option "title" {quoted(title)}',
        f'option "operating_currency" "{home_currency}"',
        'option "tolerance_multiplier" "0"',
    ]
    if documents:
        first = min(document.date for document in documents)
        last = max(document.date for document in documents)
        text += ["", *_opened(names, first, balances or {}), ""]
        for document in sorted(documents, key=lambda each: (each.date, each.order_id, each.number)):
            flag = "!" if document.number in pending else "*"
            text += [*_transaction(document, flag, names, stems, home_currency), ""]
        text += _asserted(balances or {}, last + timedelta(days=1))
    return "\n".join(text) + "\n"


def quoted(text: str) -> str:
    """A string of the language. What cannot be printed becomes a space."""
    plain = CONTROL.sub(" ", text).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{plain}"'


def _opened(names: Names, day: date, balances: Balances) -> Iterator[str]:
    for (_, code), name in names.items():
        yield f"{day} open {name}"
        yield f"  code: {quoted(code)}"
    for name in sorted({name for name, _ in balances} - set(names.values())):
        yield f"{day} open {name}"


def _asserted(balances: Balances, day: date) -> Iterator[str]:
    for (name, currency), amount in sorted(balances.items()):
        yield f"{day} balance {name}  {amount:f} {currency}"


def _stems(documents: Iterable[Document]) -> dict[int, str]:
    """What links the documents of each order: its invoice's number, which most numbers show."""
    found = ((each.order_id, STEM.match(each.number)) for each in documents)
    return {order_id: stem[0] for order_id, stem in found if stem}


def _transaction(
    document: Document, flag: str, names: Names, stems: Mapping[int, str], home_currency: str
) -> Iterator[str]:
    stem = stems.get(document.order_id)
    link = stem or long_stem(prefix_of(document.number), document.order_id)
    tag = document.kind.replace("_", "-")
    yield f"{document.date} {flag} {quoted(document.description)} #{tag} ^{link}"
    yield from _metadata("  ", _of_document(document))
    price = ""
    if document.rate is not None and document.currency != home_currency:
        price = f" @ {document.rate:f} {home_currency}"
    for posting in postings(document):
        account = names[posting.place, posting.code]
        yield f"  {account}  {posting.amount:f} {posting.currency}{price}"
        yield from _metadata("    ", _of_posting(posting))


def _metadata(indent: str, values: Mapping[str, str]) -> Iterator[str]:
    for key, value in values.items():
        if value:
            yield f"{indent}{key}: {quoted(value)}"


def _of_document(document: Document) -> dict[str, str]:
    return {
        "number": document.number,
        "order": document.order_name,
        "order-id": str(document.order_id),
        "kind": document.kind.value,
        "role": document.key.role.value,
        "source": str(document.key.source_id),
        "gateway": document.gateway,
        "reference": document.reference,
        "corrects": document.corrects,
        **_why(document.why),
    }


def _of_posting(posting: Posting) -> dict[str, str]:
    line = posting.line
    return {} if line is None else _of_line(line)


def _of_line(line: DocumentLine) -> dict[str, str]:
    return {
        "role": line.role,
        "text": line.description,
        "source": str(line.source_id or ""),
        **_why(line.why),
    }


def _why(why: Why) -> dict[str, str]:
    return {"why-fact": why.fact, "why-amount": why.amount, "why-code": why.code}
