"""The mapping pages of taxes, gateways, accounts, projects and customers: one editable table each.

Every table is the same page with other columns: what waits for a code on top, then the mappings by
their key. static/mapping.js sends what is changed; products have a page of their own.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from django.db.models import F, Q, QuerySet
from django.http import HttpResponse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from accounting import known_codes, waiting_codes
from accounting.known_codes import Described
from accounting.mapping_tables import TABLES, TAX_ROLE, storable
from accounting.models import RoleMapping
from accounting.waiting_codes import Waiting
from shopify_app import ui
from shopify_app.heard import heard
from shopify_app.pages import mapping_words
from shopify_app.pages.paging import KeyPage, by_key
from shopify_app.session import PageRequest, session_required

PAGE = 50
LONGEST_SEARCH = 200
MOST_ACCOUNTS = 200
NO_PAGES: KeyPage[Any] = KeyPage([], None, None)
NOTHING: Mapping[str, str] = {}


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One column. `kind` is text, code (with codes of the books offered), percent, flag or choice;
    a `key` says what the row is for, and is not changed once the row is there."""

    name: str
    label: Promise
    kind: str = "text"
    is_key: bool = False
    choices: Sequence[tuple[str, Promise]] = ()
    any: Promise | None = None  # shown where a key is empty
    details: Promise | None = None  # what to enter
    is_optional: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """What one cell shows. `codes` names the list its codes are offered from, `name` is what the
    books call the code, `doubt` what is said against it."""

    column: Column
    value: Any = ""
    shown: str = ""
    more: str = ""
    codes: str = ""
    name: str = ""
    doubt: str = ""
    suggestion: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One row of the table: kept (`pk`), or waiting for a code."""

    fixed: str  # the key, as JSON
    label: str
    cells: Sequence[Cell]
    pk: int | None = None
    orders: int = 0
    hint: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """One table page. `searched` are the fields whose beginning is looked for."""

    what: str
    url: str
    columns: Sequence[Column]
    searched: Sequence[str]
    intro: Promise
    nothing: Promise
    waiting: Callable[[int], list[Waiting]] = lambda _store: []
    may_add: bool = True

    @property
    def heading(self) -> Promise:
        return mapping_words.KINDS[self.what]

    @property
    def bulk(self) -> Column:
        """The column that many rows may be given at once."""
        return next(column for column in self.columns if column.kind == "code")


ANY = _("any")
PAGES = (
    Page(
        what="taxes",
        url="mapping-taxes",
        columns=(
            Column(name="title", label=_("Tax in Shopify"), is_key=True),
            Column(name="rate", label=_("Rate"), kind="percent", is_key=True),
            Column(name="channel_liable", label=_("Paid by the channel"), kind="flag", is_key=True),
            Column(name="code", label=_("Tax code"), kind="code"),
            Column(name="tariff_code", label=_("Tariff code"), is_optional=True),
        ),
        searched=("title", "code"),
        intro=_(
            "Each tax that Shopify charges, and the tax code it has in your books. Orders with a "
            "tax that has no code are held until it has one."
        ),
        nothing=_("No order has shown a tax yet. The first one appears here by itself."),
        waiting=waiting_codes.taxes,
    ),
    Page(
        what="gateways",
        url="mapping-gateways",
        columns=(
            Column(name="gateway", label=_("Gateway"), is_key=True),
            Column(name="card_brand", label=_("Card"), is_key=True, any=ANY, is_optional=True),
            Column(name="location", label=_("Location"), is_key=True, any=ANY, is_optional=True),
            Column(name="account", label=_("Account or payment method"), kind="code"),
            Column(name="cash", label=_("Cash, rounded to 5 sen"), kind="flag"),
        ),
        searched=("gateway", "account"),
        intro=_(
            "Each way your customers pay, and the account or payment method its money goes to. "
            "Narrow one down by card or location only where that goes elsewhere."
        ),
        nothing=_("No order has been paid yet. The first gateway appears here by itself."),
        waiting=waiting_codes.gateways,
    ),
    Page(
        what="projects",
        url="mapping-projects",
        columns=(
            Column(
                name="by",
                label=_("By"),
                kind="choice",
                is_key=True,
                choices=(("location", _("Location")), ("source", _("Sales channel"))),
            ),
            Column(name="value", label=_("Location id or sales channel"), is_key=True),
            Column(name="project", label=_("Project"), kind="code"),
        ),
        searched=("value", "project"),
        intro=_(
            "Which project of your books the sales of a location or a sales channel go to. Whether "
            "projects are used, and by which of the two, is chosen in the settings."
        ),
        nothing=_("No project is set. Add one only if your books use projects."),
    ),
    Page(
        what="customers",
        url="mapping-customers",
        columns=(
            Column(
                name="kind",
                label=_("Who"),
                kind="choice",
                is_key=True,
                choices=(("customer", _("Customer")), ("company", _("Company"))),
            ),
            Column(name="source_id", label=_("Shopify id"), is_key=True),
            Column(name="currency", label=_("Currency"), is_key=True),
            Column(name="code", label=_("Customer code"), kind="code"),
        ),
        searched=("source_id", "code"),
        intro=_(
            "Customers and companies that have an account of their own in your books. Lejar gives "
            "each a code where the settings ask for it; put the code here where they have one."
        ),
        nothing=_("Nobody has an account of their own. All sales go to your online customer."),
    ),
)
ACCOUNTS = Page(
    what="roles",
    url="mapping-accounts",
    columns=(
        Column(name="role", label=_("What it is for"), is_key=True),
        Column(name="account", label=_("Account"), kind="code"),
    ),
    searched=("role", "account"),
    intro=_(
        "Accounts for what an order charges or pays besides its products. Only those that your "
        "orders need must be set; what a held order lacks stands on top."
    ),
    nothing=_("No account fits."),
    may_add=False,
)
BY_WHAT = {page.what: page for page in (*PAGES, ACCOUNTS)}


def table_page(what: str) -> Callable[..., HttpResponse]:
    """The view of one table."""
    page = BY_WHAT[what]

    @session_required
    @require_safe
    def view(request: PageRequest) -> HttpResponse:
        return _shown(request, page)

    return view


@session_required
@require_safe
def accounts_page(request: PageRequest) -> HttpResponse:
    """The accounts of all roles, those that held orders lack first."""
    store_id, search = request.visit.store_id, _search(request)
    kept = {row.role: row for row in RoleMapping.objects.filter(store=store_id).order_by("role")}
    lacking = waiting_codes.roles(store_id)
    names = [*mapping_words.ROLES, *sorted({*kept, *lacking} - mapping_words.ROLES.keys())]
    names.sort(key=lambda role: (-lacking.get(role, 0), role in kept))
    only = request.GET.get("show") == "unmapped"
    rows = [
        kept.get(role) or RoleMapping(role=role)
        for role in names[:MOST_ACCOUNTS]
        if not (only and role in kept) and _fits(role, kept.get(role), search)
    ]
    books = _books(ACCOUNTS, store_id, rows)
    lines = [
        replace(line, orders=lacking.get(row.role, 0))
        for row, line in zip(rows, _kept_lines(ACCOUNTS, rows, books), strict=True)
    ]
    return _answer(request, ACCOUNTS, lines, books, waiting=len(lacking))


def _fits(role: str, row: RoleMapping | None, search: str) -> bool:
    texts = (role, _role_words(role)[0], row.account if row else "")
    return any(search in text.casefold() for text in texts)


def _role_words(role: str) -> tuple[str, str]:
    if role in mapping_words.ROLES:
        title, use = mapping_words.ROLES[role]
        return str(title), str(use)
    words = str(mapping_words.TAX_ACCOUNT) % {"code": role.removeprefix(TAX_ROLE)}
    return words, str(mapping_words.TAX_ACCOUNT_USE)


def _shown(request: PageRequest, page: Page) -> HttpResponse:
    store_id, search = request.visit.store_id, _search(request)
    after, before = request.GET.get("after", ""), request.GET.get("before", "")
    waiting = page.waiting(store_id)
    kept = NO_PAGES
    if request.GET.get("show") != "unmapped":
        rows = _rows(page, store_id, search)
        kept = by_key(rows, TABLES[page.what].key, after=after, before=before, size=PAGE)
    on_top = [each for each in waiting if _is_like(each, search)]
    if kept.before is not None:
        on_top = []  # they stand on the first page
    books = _books(page, store_id, kept.rows)
    lines = [_waiting_line(page, each, books) for each in on_top]
    lines += _kept_lines(page, kept.rows, books)
    return _answer(request, page, lines, books, kept=kept, waiting=len(waiting))


def _is_like(waiting: Waiting, search: str) -> bool:
    texts = (waiting.shown.casefold(), *(str(value) for value in waiting.key.values()))
    return any(text.startswith(search) for text in texts)


def _search(request: PageRequest) -> str:
    said = request.GET.get("q", "").strip()[:LONGEST_SEARCH].casefold()
    return said if storable(said) else ""


def _rows(page: Page, store_id: int, search: str) -> QuerySet[Any]:
    rows = TABLES[page.what].model._default_manager.filter(store=store_id)
    if page.what == "customers":
        rows = rows.filter(book=F("store__book"))
    if not search:
        return rows
    ways = [Q(**{f"{name}__istartswith": search}) for name in page.searched]
    found = ways[0]
    for way in ways[1:]:
        found |= way
    return rows.filter(found)


def _answer(
    request: PageRequest,
    page: Page,
    lines: Sequence[Line],
    books: Described,
    *,
    waiting: int,
    kept: KeyPage[Any] = NO_PAGES,
) -> HttpResponse:
    show = request.GET.get("show")
    values: dict[str, Any] = {
        "page": page,
        "lines": lines,
        "fresh": [Cell(column=c, codes=books.lists.get(c.name, "")) for c in page.columns],
        "bulk_codes": books.lists.get(page.bulk.name, ""),
        "kept": kept,
        "waiting": waiting,
        "can_accept": any(cell.suggestion for line in lines for cell in line.cells),
        "search": request.GET.get("q", ""),
        "show": show if show == "unmapped" else "",
    }
    return ui.show(request, "mapping/table.html", **values)


# --- rows ------------------------------------------------------------------------------------


def _values(page: Page, row: Any) -> dict[str, Any]:
    return {column.name: getattr(row, column.name) for column in page.columns}


def _books(page: Page, store_id: int, rows: Sequence[Any]) -> Described:
    """What the books say of the rows' codes, asked once for all of them."""
    values = [_values(page, row) for row in rows]
    return known_codes.described(store_id, page.what, values, now=timezone.now())


def _kept_lines(page: Page, rows: Sequence[Any], books: Described) -> list[Line]:
    return [_kept_line(page, row, books, books.doubts.get(i, {})) for i, row in enumerate(rows)]


def _kept_line(page: Page, row: Any, books: Described, doubts: Mapping[str, str]) -> Line:
    values = _values(page, row)
    cells = [_cell(column, values[column.name], books, doubts) for column in page.columns]
    return Line(
        fixed=_json({c.name: values[c.name] for c in page.columns if c.is_key}),
        label=" ".join(cell.shown for cell in cells if cell.column.is_key),
        cells=cells,
        pk=row.pk,
    )


def _waiting_line(page: Page, waiting: Waiting, books: Described) -> Line:
    cells = [_cell(column, waiting.key.get(column.name, ""), books) for column in page.columns]
    cells[0] = replace(cells[0], shown=waiting.shown)
    place = page.columns.index(page.bulk)
    cells[place] = replace(cells[place], suggestion=waiting.suggestion)
    kind = mapping_words.SUGGESTED_KINDS.get(waiting.kind)
    brands = ", ".join(waiting.brands)
    cards = gettext("Seen with these cards: %(brands)s.") % {"brands": brands} if brands else ""
    return Line(
        fixed=_json(waiting.key),
        label=waiting.shown,
        cells=cells,
        orders=waiting.orders,
        hint=" ".join(filter(None, (str(kind or ""), cards))),
    )


def _cell(
    column: Column, value: Any, books: Described, doubts: Mapping[str, str] = NOTHING
) -> Cell:
    shown, more = _said(column, value), ""
    if column.name == "role":
        shown, more = _role_words(str(value))
    return Cell(
        column=column,
        value=value,
        shown=shown,
        more=more,
        codes=books.lists.get(column.name, ""),
        name=books.name(column.name, str(value)) if column.kind == "code" else "",
        doubt=heard(doubts[column.name]) if column.name in doubts else "",
    )


def _said(column: Column, value: Any) -> str:
    if column.kind == "percent":
        return f"{(Decimal(str(value or 0)) * 100).normalize():f} %"
    if column.kind == "flag":
        return gettext("Yes") if value else gettext("No")
    if column.kind == "choice":
        return str(dict(column.choices).get(value, value))
    return str(value or column.any or "")


def _json(key: Mapping[str, Any]) -> str:
    plain = {
        name: value if isinstance(value, (bool, int)) else str(value) for name, value in key.items()
    }
    return json.dumps(plain, ensure_ascii=False)
