"""What the accounting side says in English, in the language of whoever reads it.

`accounting` knows no languages: it keeps with every document why it is so, with every order why it
waits and what to know about it, as English text. Those texts follow a few patterns, listed here as
they are written there; those of holds stand in `said_of_holds` and `said_of_figures`. A text that
follows none is shown as it is; `tests/shopify_app/test_said.py` holds the lists against what every
case and some hundred generated lives say.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import cache

from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as lazy
from django.utils.translation import gettext_noop as _

from shopify_app.said_of_figures import CALLED, WORDED
from shopify_app.said_of_holds import MESSAGES

ACCOUNTS: dict[str, Promise] = {
    "sales": lazy("sales"),
    "shipping": lazy("shipping"),
    "discount": lazy("discounts"),
    "tips": lazy("tips"),
    "duties": lazy("duties"),
    "fees": lazy("additional fees"),
    "gift_card": lazy("gift cards"),
    "store_credit": lazy("store credit"),
    "returns": lazy("returned goods"),
    "returns_nostock": lazy("goods not back in stock"),
    "allowance": lazy("allowances"),
    "restock_fee": lazy("restocking fees"),
    "rounding": lazy("cash rounding"),
    "fx": lazy("exchange differences"),
    "channel_tax": lazy("tax of the sales channel"),
}
MATCHES: dict[str, Promise] = {
    "variant": lazy("variant"),
    "sku": lazy("SKU"),
    "product": lazy("product"),
    "vendor": lazy("vendor"),
    "type": lazy("product type"),
    "tag": lazy("tag"),
    "default": lazy("default"),
    "no_product": lazy("default without a product"),
}
OWNERS: dict[str, Promise] = {  # what a refused row of a mapping may be for
    **MATCHES,
    "location": lazy("location"),
    "source": lazy("source"),
    "customer": lazy("customer"),
    "company": lazy("company"),
}
LIABILITIES: dict[str, Promise] = {
    "gift cards": lazy("gift cards"),
    "store credits": lazy("store credit"),
}
LISTS: dict[str, Promise] = {
    "accounts": lazy("accounts"),
    "tax codes": lazy("tax codes"),
    "payment methods": lazy("payment methods"),
    "items": lazy("items"),
    "debtors": lazy("debtors"),
    "projects": lazy("projects"),
    "locations": lazy("stock locations"),
    "terms": lazy("payment terms"),
}
MOVES: dict[str, Promise] = {
    "sale": lazy("sale"),
    "capture": lazy("capture"),
    "change": lazy("change"),
    "refund": lazy("refund"),
    "authorization": lazy("authorization"),
    "void": lazy("void"),
}
KINDS: dict[str, Promise] = {
    "customer": lazy("customer"),
    "invoice": lazy("invoice"),
    "debit note": lazy("debit note"),
    "payment": lazy("payment"),
    "credit note": lazy("credit note"),
    "refund": lazy("refund"),
    "allocation": lazy("knock-off"),
    "lines below zero": lazy("lines below zero"),
    "a number of this length": lazy("a number of this length"),
}
STATUSES: dict[str, Promise] = {
    "paid": lazy("paid"),
    "partially paid": lazy("partially paid"),
}
LEDGERS: dict[str, Promise] = {  # named nowhere else than by the connection
    "the books": lazy("the books"),
    "The books": lazy("The books"),
}
NAMES = {
    "account": ACCOUNTS,
    "role": ACCOUNTS,
    "moved": MOVES,
    "kind": KINDS,
    "status": STATUSES,
    "ledger": LEDGERS,
    "what": ACCOUNTS,
    "match": OWNERS,
    "liability": LIABILITIES,
    "listed": LISTS,
}
# More special patterns first; `first`, `then` and `what` are said in turn.
PHRASES = (
    # why a line is as it is: the fact
    _("line item %(id)s"),
    _("shipping line %(id)s"),
    _("%(account)s of the order"),
    _("refund %(id)s"),
    _("return %(id)s"),
    _("edit %(id)s"),
    _("adjustment %(id)s"),
    _("transaction %(id)s"),
    _("cancellation"),
    _("fee by agreement"),
    _("tax lines the channel is liable for"),
    # … the amount
    _("adjustment as stated (rows 27, 28)"),
    _("agreed fee (R25)"),
    _("discount shown apart (row 19)"),
    _("face value (R15)"),
    _("stacked taxes (4.3)"),
    _("their sum (row 46)"),
    _("row 23"),
    _("row 48, R17"),
    _("refunded beyond what was invoiced (row 29)"),
    _("%(first)s, %(net)s before its discount (row 19)"),
    _("%(first)s, face value %(net)s (R15)"),
    _("%(what)s (treatment %(section)s)"),
    _("%(total)s with %(tax)s tax of the agreement = %(net)s"),
    _("%(sum)s - %(tax)s tax = %(net)s"),
    _("%(first)s less %(part)s taken off = %(net)s"),
    _("%(first)s less %(then)s = %(net)s"),
    _("%(first)s and %(then)s = %(net)s"),
    _("%(first)s less %(part)s taken off"),
    _("%(total)s with %(tax)s tax of the agreement"),
    _("%(sum)s - %(tax)s tax"),
    _("%(units)s of %(all)s units: %(what)s"),
    _("%(units)s of %(all)s units as refunded"),
    _("%(units)s units as refunded"),
    _("units an edit removed"),
    _("units returned"),
    _("all left"),
    _("more than is left"),
    _("shipping as refunded"),
    _("%(part)s of %(total)s not paid when the order was cancelled"),
    _("charge lowered from %(before)s by %(part)s"),
    _("%(what)s + %(rounding)s rounding"),
    _("sale of %(money)s"),
    _("capture of %(money)s"),
    _("change of %(money)s"),
    _("refund of %(money)s"),
    # … the codes
    _("%(first)s; tax mapping %(taxes)s"),
    _("%(first)s; tax of the sale (R16)"),
    _("account of tax code %(code)s"),
    _("account of %(account)s"),
    _("product mapping %(match)s %(value)s"),
    _("product mapping %(match)s"),
    _("gateway mapping %(gateway)s"),
    _("fixed account for refunds"),
    # why an order has no documents
    _("No accounting system is connected yet. Connect one, then this order is posted."),
    _("Nothing is posted before %(at)s: edits until then are folded in."),
    _("A test order: nothing is posted."),
    _("A free order: the policy is not to post these."),
    _("Ordered before the books were taken over on %(day)s."),
    _("Cancelled before it was paid: there is nothing to post."),
    _("Deleted in Shopify before anything else was heard of it."),
    _("Not paid in full yet."),
    _("Not paid yet."),
    _("Taken back out of the books. Nothing of it is posted any more."),
    _("To be taken back as soon as it is certain whether %(number)s is in the books."),
    _("Tagged “%(tag)s”, which is excluded."),
    _("Sold through %(source)s, which is excluded."),
    # what is only known to a backfill, and why reading for it stopped
    _("Read for a backfill. It is not posted before the backfill is."),
    _("An event of the order has come since the dry run, and it was planned by itself."),
    _("Other reasons."),
    _("Shopify no longer shows this order."),
    _("The shop has left. Open Lejar in Shopify, then go on."),
    _("Shopify no longer lets Lejar in. Open Lejar in Shopify to connect it again."),
    _("Shopify refuses to show the orders (%(code)s). Check what Lejar may read, then go on."),
    # what to know about an order
    _(
        "The order was deleted in Shopify. What is in the books stays there; if the sale never "
        "happened, credit it in the books yourself."
    ),
    _(
        "The customer's bank disputes a payment. Enter in the books what it takes back, with its "
        "fee."
    ),
    _("A payment that had succeeded failed later. It is reversed, and the customer owes it."),
    _("The customer has a credit: money or goods that came back and were not paid out."),
    _(
        "The buyer's tax details for an e-invoice of their own are missing or cannot be used, so "
        "the sale goes into the month's consolidated e-invoice."
    ),
    _(
        "The buyer's tax details for an e-invoice of their own came after the invoice, which goes "
        "into the month's consolidated e-invoice."
    ),
    # … and what is wrong with them
    _("missing"),
    _("unknown"),
    _("too long"),
    _("wrong characters"),
    _("Money could not be returned to the customer, who has a credit instead."),
    _("Another order has this order's number, so its documents are numbered by its id."),
    _(
        "A refunded line states its amount with tax where the order's prices have none, or the "
        "other way round."
    ),
    _(
        "What is owed on %(liability)s moves on more than one account, so no account shows what is "
        "left. Map its gateway and its role to the same account."
    ),
    _(
        "Something has happened to this order in Shopify since it was taken back out of the books. "
        "Nothing of it is posted: enter in the books yourself what belongs there."
    ),
    # why an order could not be read anew
    _(
        "Shopify does not show this order: it was deleted there, or it is older than 60 days. "
        "Reading older orders takes a permission (read_all_orders) that Lejar does not have, so "
        "the order is judged by what has arrived."
    ),
    _("Shopify refuses to show this order (%(code)s). It is judged by what has arrived."),
    _("What Shopify shows of this order cannot be used: %(said)s."),
    # why a sweep over the orders stopped
    _("Shopify asks us to wait, or does not answer. The sweep goes on by itself."),
    _("Shopify refuses to list the orders (%(code)s). Lejar tries again."),
    _("Shopify says that the shop is closed. Lejar asks again every day."),
    _(
        "Shopify no longer accepts Lejar's access. Open Lejar in Shopify to connect it again; the "
        "sweep then goes on by itself."
    ),
    # why a reading of the products stopped
    _("Shopify asks us to wait, or does not answer. The reading goes on by itself."),
    _("Shopify refuses to list the products (%(code)s). Lejar tries again."),
    _(
        "Shopify no longer accepts Lejar's access. Open Lejar in Shopify to connect it again; the "
        "reading then goes on by itself."
    ),
    # why a comparison with the books stopped
    _("These books cannot be read now: confirm the connection first."),
    _("The company that answers is %(found)s, not %(confirmed)s. Nothing was compared with it."),
    _("The books show the same page of their list again and again."),
    _("Lejar made a mistake here and has reported it."),
    # why a document, an order or a webhook has nothing more to say
    _("No longer needed after planning again."),
    _("The order was taken back before this was written."),
    _("Lejar made a mistake on this delivery (%(code)s) and reported it."),
    _("Its content is no longer kept, so it cannot be read again."),
    _("Its content was erased with the personal data of a customer or the shop."),
    _("Shopify's answer cannot be read."),
    _("Erased with the buyer's personal data."),
    _("The buyer was erased before Shopify told of the order."),
    # what is put together
    _("%(first)s less %(then)s"),
    _("%(first)s and %(then)s"),
    _("%(first)s, %(then)s"),
)
SENTENCES = (*MESSAGES, *PHRASES)
LONGEST = 1000  # characters of a sentence with all that it names: a pattern of several takes long
FIGURE = r"-?[\d.]+"
FORMS = {  # others: anything
    "id": r"\d+",
    "account": "[a-z_]+",
    "role": "|".join(ACCOUNTS),
    "moved": "|".join(MOVES),
    "match": "[a-z_]+",
    "part": FIGURE,
    "all": FIGURE,
    "tax": FIGURE,
    "net": FIGURE,
    "sum": "[-x. 0-9]+",
}
NAME = re.compile(r"%\\\((\w+)\\\)s")  # %(name)s, escaped


def in_words(text: str) -> str:
    """The text in the active language; as it is where nothing here says it."""
    return spoken(text, SENTENCES)


def figures_in_words(figures: Iterable[Sequence[str]]) -> list[tuple[str, str]]:
    """The figures behind a hold or flag, each with its name, in the active language. What is the
    order's own, or the books', stays."""
    return [(spoken(name, CALLED), spoken(value, WORDED)) for name, value in figures]


def spoken(text: str, phrases: tuple[str, ...]) -> str:
    """The text in the active language by the first of these phrases that it follows; as it is
    where it follows none, or is longer than anything said here."""
    if len(text) > LONGEST:
        return text
    for pattern, phrase in _patterns(phrases):
        if found := pattern.fullmatch(text):
            named = found.groupdict()
            parts = {name: _said(name, value, phrases) for name, value in named.items()}
            return gettext(phrase) % parts
    return text


def _said(name: str, value: str, phrases: tuple[str, ...]) -> str:
    if name in ("first", "then") or (name == "what" and value not in ACCOUNTS):
        return spoken(value, phrases)
    return str(NAMES.get(name, {}).get(value, value))


@cache
def _patterns(phrases: tuple[str, ...]) -> tuple[tuple[re.Pattern[str], str], ...]:
    return tuple((re.compile(NAME.sub(_group, re.escape(each))), each) for each in phrases)


def _group(found: re.Match[str]) -> str:
    return f"(?P<{found[1]}>{FORMS.get(found[1], '.+?')})"
