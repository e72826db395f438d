"""Does the customer's account end where Shopify says, does money agree, do the knock-offs?
(I4, I5, I8, I9, I13, I14)"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from decimal import Decimal

from accounting.documents.document import Allocation, Document, Entry
from accounting.documents.rules import gateway_key
from accounting.soak.hearing import DEBITS, MONEY, Hearing

LIABILITIES = {"giftcard": "gift_card", "shopifystorecredit": "store_credit"}


def receivable_is_outstanding(hearing: Hearing) -> Iterator[str]:
    """I5: what the customer owes in the books is what he owes, less what was written off."""
    if not hearing.documents:
        return
    signed = (d.total if d.kind in DEBITS else -d.total for d in hearing.documents)
    owed = hearing.life.owed - hearing.truth.written_off
    books = hearing.minor(sum(signed, Decimal(0)))
    if hearing.is_converted:
        money = sum(e.amount.shop for e in hearing.life.events if e.role in ("P", "F"))
        truth = hearing.life.exchange.sum(owed).shop
        if abs(books - truth) > _drift(hearing, owed, money):
            yield f"I5: the customer owes {books} in the books, and about {truth}"
    elif books != owed:
        yield f"I5: the customer owes {books} in the books, and {owed} in truth"


def _drift(hearing: Hearing, owed: int, money: int) -> int:
    """How far a converted account may be off: by rates until money settles it (a write-off does
    not), then by nothing; by single units where credits alone settle it (R17)."""
    if owed or hearing.truth.written_off:
        return hearing.slack + money // 50
    events = [event.role for event in hearing.life.events if event.role in "PFVCTESQ"]
    return 0 if events and events[-1] in "PF" else hearing.slack


def money_accounts_are_the_money(hearing: Hearing) -> Iterator[str]:
    """I4, I9, I13: every account that money moves through shows just that money."""
    truth: Counter[str] = Counter()
    for role, source in hearing.truth.documents:
        event = hearing.truth.documents[role, source]
        if role in "PVF":
            amount = hearing.value(event.amount) + event.rounding
            truth[_account(hearing, event.gateway)] += amount if role == "P" else -amount
    truth["gift_card"] -= _cards_sold(hearing)
    books: Counter[str] = Counter()
    for document in hearing.documents:
        for account, posted in postings(document):
            books[account] += hearing.minor(posted)
    names = {*truth, *(f"clearing:{n}" for n in ("stripe", "ipay88", "cod")), "store_credit"}
    for name in sorted(names):
        slack = hearing.slack if name == "gift_card" else 0
        if abs(books[name] - truth[name]) > slack and not _is_prorated(hearing, name):
            yield f"I9: account {name} shows {books[name]}, and should show {truth[name]}"


def _account(hearing: Hearing, gateway: str) -> str:
    key = gateway_key(gateway)
    return LIABILITIES.get(key) or hearing.life.rules.gateways[key].account


def _is_prorated(hearing: Hearing, account: str) -> bool:
    """A cancellation writes gift cards off by amount."""
    return account == "gift_card" and bool(hearing.truth.written_off)


def _cards_sold(hearing: Hearing) -> int:
    """Gift cards are a liability at their face value, also when they were sold for less (R15)."""
    if not any(role == "IV" for role, _ in hearing.truth.documents):
        return 0
    cards = hearing.life.of("gift_card")
    return sum(hearing.value(part.price * part.left_units) for part in cards)


def documents_balance(hearing: Hearing) -> Iterator[str]:
    """I14: debits are credits in every document."""
    for document in hearing.documents:
        if sum(amount for _, amount in postings(document)) != 0:
            yield f"I14: {document.number} does not balance"
        if document.kind in MONEY and document.total <= 0:
            yield f"I14: {document.number} moves {document.total}"


def postings(document: Document) -> list[tuple[str, Decimal]]:
    """(account, amount), debits positive, as a ledger would post it (treatment 1.1)."""
    sign = 1 if document.kind in DEBITS else -1
    found = [("AR", sign * document.total)]
    if document.kind in MONEY:
        return [*found, (document.account, -sign * document.total)]
    for line in document.lines:
        found += [(line.account, -sign * line.net), (f"tax:{line.tax_code}", -sign * line.tax)]
    return found


def knock_offs_fit(hearing: Hearing) -> Iterator[str]:
    """I8: each within both open balances; and nothing that could settle is left open."""
    yield from allocation_faults(hearing.entries)
    left = open_after(hearing.entries)
    debits = [d for d in hearing.documents if d.kind in DEBITS and left[d.number] > 0]
    credit = [d for d in hearing.documents if d.kind not in DEBITS and left[d.number] > 0]
    if debits and credit:
        yield f"2.6: {debits[0].number} and {credit[0].number} are both left open"


def open_after(entries: Sequence[Entry]) -> dict[str, Decimal]:
    """What every document has left to settle."""
    left: defaultdict[str, Decimal] = defaultdict(Decimal)
    for entry in entries:
        if isinstance(entry, Document):
            left[entry.number] += entry.total
        if isinstance(entry, Allocation):
            left[entry.source] -= entry.amount
            left[entry.target] -= entry.amount
    return left


def allocation_faults(entries: Sequence[Entry]) -> Iterator[str]:
    """Every knock-off after both its documents, and within what both have left."""
    left: dict[str, Decimal] = {}
    for entry in entries:
        if isinstance(entry, Document):
            left[entry.number] = entry.total
        if not isinstance(entry, Allocation):
            continue
        stated = (entry.source_open, entry.target_open)
        if stated != (left.get(entry.source), left.get(entry.target)):
            yield f"I8: {entry.number} states {stated} open"
        elif not 0 < entry.amount <= min(stated):
            yield f"I8: {entry.number} of {entry.amount} is beyond {stated}"
        else:
            left[entry.source] -= entry.amount
            left[entry.target] -= entry.amount


ACCOUNT_CHECKS: tuple[Callable[[Hearing], Iterator[str]], ...] = (
    receivable_is_outstanding,
    money_accounts_are_the_money,
    documents_balance,
    knock_offs_fit,
)
