"""What each policy means, in a bookkeeper's words: the settings page is this table, shown.

A policy says what it is called, what it changes, and for which orders; choices say themselves. A
test holds the table against `accounting.policy`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

KEPT = _("Counts for orders that have no documents yet; others keep what they had.")
LATER = _("Counts for documents made from now on; those that exist stay as they are.")
ARRIVING = _("Counts for orders that arrive from now on.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """One policy. `form` is how it is entered; `usual` says the safe value where the default cannot
    be shown by itself."""

    name: str
    form: str  # choice, text, date, switch, length, list, percent, money, zone, rows, names
    label: Promise
    means: Promise
    reach: Promise = LATER
    choices: Mapping[str, Promise] = field(default_factory=dict)
    usual: Promise | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    heading: Promise
    policies: tuple[Words, ...]


NUMBERS = (
    Words(
        name="prefix",
        form="text",
        label=_("Prefix of document numbers"),
        means=_(
            "One to four letters or digits with which every number begins, so that you know "
            "Lejar's documents in the books. Nothing is posted before it is set."
        ),
        reach=KEPT,
        usual=_("letters of the shop's name, like KR"),
    ),
    Words(
        name="invoice_date",
        form="choice",
        label=_("Date of invoices"),
        means=_("The day that an invoice carries in the books."),
        reach=KEPT,
        choices={
            "order": _("The day of the order"),
            "trigger": _("The day on which the invoice is made"),
        },
    ),
    Words(
        name="time_zone",
        form="zone",
        label=_("Time zone of the books"),
        means=_("Decides to which day an order near midnight belongs."),
    ),
    Words(
        name="settle",
        form="length",
        label=_("Patience for missing parts"),
        means=_(
            "How long an order must be quiet before Lejar calls something missing and asks you."
        ),
    ),
    Words(
        name="fold_window",
        form="length",
        label=_("Wait for edits before invoicing"),
        means=_(
            "Edits of an order within this time change the invoice itself; later ones become "
            "documents of their own. Posting waits as long."
        ),
        reach=KEPT,
    ),
    Words(
        name="cut_over_date",
        form="date",
        label=_("Start with Lejar (cut-over)"),
        means=_(
            "Orders created before this day are left out: they are in the books already, or you "
            "import them. Set an earlier day only if their invoices are not in the books."
        ),
        reach=_("Counts for orders without documents; the sweep and imports look at it too."),
        usual=_("the day Lejar was installed"),
    ),
    Words(
        name="books_closed_date",
        form="date",
        label=_("Books closed up to"),
        means=_("The last day of the last closed period. Nothing is dated on it or earlier."),
        usual=_("empty until you close a period"),
    ),
    Words(
        name="closed_period",
        form="choice",
        label=_("What belongs to a closed period"),
        means=_("What happens to a document whose day is closed."),
        choices={
            "next_open_day": _("Takes the first open day"),
            "hold": _("Is held until you decide"),
        },
    ),
)
SALES = (
    Words(
        name="trigger",
        form="choice",
        label=_("An order becomes an invoice"),
        means=_("When the sale counts. Cash and delivery shops mostly invoice from the start."),
        reach=KEPT,
        choices={
            "paid": _("With its first payment"),
            "created": _("As soon as it is ordered"),
        },
    ),
    Words(
        name="partial_payment",
        form="choice",
        label=_("Part payments"),
        means=_("Whether an order that is paid in parts is invoiced with the first of them."),
        reach=KEPT,
        choices={
            "post": _("Invoice with the first payment"),
            "wait": _("Invoice once everything is paid"),
        },
    ),
    Words(
        name="zero_value",
        form="choice",
        label=_("Free orders"),
        means=_("Orders whose total is nothing, such as samples or fully discounted ones."),
        choices={"post": _("Invoice of zero"), "skip": _("No documents")},
    ),
    Words(
        name="discounts",
        form="choice",
        label=_("Discounts on invoices"),
        means=_("Whether a discount is taken off each line or shown as a line of its own."),
        reach=KEPT,
        choices={
            "net": _("Lines after discount"),
            "gross": _("Full price and a discount line"),
        },
    ),
    Words(
        name="tax_registered",
        form="switch",
        label=_("The business is registered for sales or service tax"),
        means=_("If it is not, an order that was charged tax is held and you are asked."),
    ),
    Words(
        name="excluded_sources",
        form="list",
        label=_("Sales channels left out"),
        means=_(
            "Orders that come to the books another way, one channel in each line. A line that "
            "begins with tag: leaves out orders with that tag."
        ),
        reach=_("Counts for orders without documents."),
    ),
    Words(
        name="included_sources",
        form="list",
        label=_("Sales channels that are the shop's own"),
        means=_("Channels whose name looks like a marketplace, and that are posted all the same."),
        reach=_("Counts for orders without documents."),
    ),
    Words(
        name="gift_card_skus",
        form="list",
        label=_("SKUs of other makers' gift cards"),
        means=_("Selling them is no income: it is owed until the card is used. One in each line."),
    ),
)
CUSTOMERS = (
    Words(
        name="customers",
        form="choice",
        label=_("Customers in the books"),
        means=_("Who the invoices are for."),
        reach=KEPT,
        choices={
            "cash": _("One customer for all online sales"),
            "customer": _("Each customer has a code of their own"),
            "company": _("Each company has a code of its own, others share one"),
        },
    ),
    Words(
        name="debtors",
        form="rows",
        label=_("Customer code for online sales"),
        means=_("The code of that customer in the books, for each currency you sell in."),
    ),
    Words(
        name="debtor_prefix",
        form="text",
        label=_("New customer codes begin with"),
        means=_("Up to four letters, digits, dots, slashes or hyphens."),
        reach=_("Counts for customers who have no code yet."),
        usual=_("empty"),
    ),
    Words(
        name="show_buyer",
        form="switch",
        label=_("Name and address on invoices"),
        means=_(
            "They then stand in the books, where Lejar cannot erase them when a customer asks."
        ),
    ),
)
MONEY = (
    Words(
        name="currency",
        form="text",
        label=_("Currency of the books"),
        means=_("Three letters. Orders of a shop that sells in another currency are not taken."),
        reach=ARRIVING,
        usual=_("the shop's own"),
    ),
    Words(
        name="currency_side",
        form="choice",
        label=_("Currency of documents"),
        means=_("For orders that the customer saw in another currency than the shop's."),
        reach=KEPT,
        choices={
            "shop": _("The shop's currency"),
            "presentment": _("The currency the customer paid in"),
        },
    ),
    Words(
        name="fx_percent",
        form="percent",
        label=_("Largest exchange difference"),
        means=_("In percent of the payment. What is larger is held instead of posted."),
    ),
)
REFUNDS = (
    Words(
        name="refund_account",
        form="text",
        label=_("Account for all refunds"),
        means=_("Empty: each refund goes out of the account of its payment gateway."),
        usual=_("empty"),
    ),
    Words(
        name="unrefunded_cancellation",
        form="choice",
        label=_("Cancelled, and the money not returned"),
        means=_("What becomes of money that a cancelled order was paid with."),
        choices={
            "credit": _("It stands as the customer's credit"),
            "hold": _("The order is held until you decide"),
        },
    ),
    Words(
        name="earlier_refunds",
        form="choice",
        label=_("Refunds of orders from before the cut-over"),
        means=_("Their invoices are not Lejar's, so it cannot credit them to one."),
        choices={
            "hold": _("Are held: you enter them by hand"),
            "credit": _("Are credited to the customer"),
        },
    ),
)
EINVOICE = (
    Words(
        name="einvoice_since",
        form="date",
        label=_("E-invoicing since"),
        means=_("From this day on documents say whether their e-invoice is individual."),
        usual=_("empty until the business must issue e-invoices"),
    ),
    Words(
        name="einvoice_threshold",
        form="money",
        label=_("Individual e-invoice from"),
        means=_("Orders of this total need an e-invoice of their own, smaller ones go together."),
    ),
    Words(
        name="einvoice_threshold_inclusive",
        form="switch",
        label=_("This sum itself counts"),
        means=_("Sources differ on whether exactly this total already needs its own e-invoice."),
    ),
    Words(
        name="einvoice_relaxed_until",
        form="date",
        label=_("The threshold does not bind until"),
        means=_("The last day of the relaxation for your business, if there is one."),
        usual=_("empty"),
    ),
    Words(
        name="tax_attributes",
        form="names",
        label=_("Where the checkout asks for the buyer's tax details"),
        means=_(
            "How your theme or app calls each among the order's additional details. The TIN and a "
            "number of identification are needed; leave all empty if the checkout does not ask."
        ),
        reach=ARRIVING,
    ),
)
PROJECTS = (
    Words(
        name="project_by",
        form="choice",
        label=_("Projects come from"),
        means=_("What decides the project on a document; which is which is mapped."),
        choices={
            "none": _("No projects"),
            "location": _("The location of the sale"),
            "source": _("The sales channel"),
        },
    ),
    Words(
        name="project_fallback",
        form="text",
        label=_("Project where nothing is mapped"),
        means=_("A project code of the books; empty means none."),
        usual=_("empty"),
    ),
)
SECTIONS = (
    Section(heading=_("Numbers and dates"), policies=NUMBERS),
    Section(heading=_("What becomes an invoice"), policies=SALES),
    Section(heading=_("Customers"), policies=CUSTOMERS),
    Section(heading=_("Money and currencies"), policies=MONEY),
    Section(heading=_("Refunds and cancellations"), policies=REFUNDS),
    Section(heading=_("E-invoice"), policies=EINVOICE),
    Section(heading=_("Projects"), policies=PROJECTS),
)

ATTRIBUTES: dict[str, Promise] = {
    "tin": _("TIN"),
    "id_type": _("Kind of the number (ID type)"),
    "id_number": _("Number of identification (ID number)"),
    "registration": _("Business registration number"),
    "nric": _("Identity card (NRIC)"),
    "passport": _("Passport"),
    "army": _("Army number"),
    "sst_number": _("SST number"),
    "name": _("Name of the buyer"),
    "address1": _("Address, first line"),
    "address2": _("Address, second line"),
    "postcode": _("Postcode"),
    "city": _("City"),
    "state": _("State"),
    "country": _("Country, two letters"),
    "phone": _("Phone"),
    "email": _("E-mail"),
}


# Why a policy does not apply under the present choice.
NEEDS: dict[str, Promise] = {
    "paid": _("Does not apply: orders become invoices as soon as they are ordered."),
    "closed": _("Applies once a closed period is set above."),
    "cut_over": _("Applies once a cut-over date is set."),
    "own_codes": _("Applies where customers or companies have codes of their own."),
    "einvoice": _("Applies once e-invoicing has a first day."),
    "projects": _("Applies once projects come from somewhere."),
}
