"""What the books know of the codes a merchant maps to: which list each is picked from, which codes
they could never take, and which are not in a list that was read lately.

A code too long for the books is refused where it is entered. One that a list does not show is kept
all the same, with a doubt: it may have been created a minute ago.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import F

from accounting import ways
from accounting.connectors.base import CodeList
from accounting.models import Book, Code
from accounting.models import CodeList as ListRow

Doubts = dict[int, dict[str, str]]  # by row and field

ACCOUNT = (CodeList.ACCOUNTS,)
PAYMENT = (CodeList.PAYMENT_METHODS, CodeList.ACCOUNTS)
# Kind of mapping -> field -> the list its code is picked from; the next one where the books do not
# show the first.
PICKS: Mapping[str, Mapping[str, Sequence[CodeList]]] = {
    "items": {
        "account": ACCOUNT,
        "item_code": (CodeList.ITEMS,),
        "returns_account": ACCOUNT,
        "returns_nostock_account": ACCOUNT,
    },
    "taxes": {"code": (CodeList.TAX_CODES,)},
    "gateways": {"account": PAYMENT},
    "roles": {"account": ACCOUNT},
    "projects": {"project": (CodeList.PROJECTS,)},
    "customers": {"code": (CodeList.DEBTORS,)},
    "debtors": {"code": (CodeList.DEBTORS,)},
    "policies": {"refund_account": PAYMENT, "project_fallback": (CodeList.PROJECTS,)},
}
NOT_LISTED = "{code} is not among the {what} that were read from the books on {at} (UTC)."
INACTIVE = "{code} is switched off in the books."
TOO_LONG = "At most {most} characters: these books take no longer code here."
REFUSED = "These books take no {which} in a code."
UNPRINTABLE = "Contains characters that no accounting system takes in a code."


def folded(text: str) -> str:
    """A code or name as it is looked for: the books tell no difference by case or outer blanks."""
    return text.strip().casefold()


def is_old(listed: ListRow, now: datetime) -> bool:
    """Whether the list was read too long ago to hold anything against it, or never."""
    oldest = now - timedelta(seconds=settings.LEJAR_CODES_OLD_SECONDS)
    return listed.read_at is None or listed.read_at < oldest


# --- what cannot be a code ---------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Form:
    """What codes of one kind of mapping look like in one store's books."""

    longest: Mapping[str, int]  # by field; 0: as long as it is kept
    refuses: str = ""

    def wrong(self, field: str, code: str) -> str:
        """Why the books would never take the code, "" when they may."""
        if field not in self.longest:
            return ""
        if not code.isprintable():
            return UNPRINTABLE
        if refused := sorted(set(code) & set(self.refuses)):
            return REFUSED.format(which=" ".join(refused))
        most = self.longest[field]
        return TOO_LONG.format(most=most) if 0 < most < len(code) else ""


def form(store_id: int, what: str) -> Form:
    """Of the codes that `what`, a kind of mapping, maps to."""
    book = Book.objects.filter(store=store_id).first()
    lengths = ways.code_lengths(book) if book else {}
    longest = {field: lengths.get(picks[0], 0) for field, picks in PICKS[what].items()}
    return Form(longest, ways.WAYS[book.way].code_refuses if book else "")


# --- what is in doubt --------------------------------------------------------------------------


def doubts(
    store_id: int, what: str, rows: Sequence[Mapping[str, object]], *, now: datetime
) -> Doubts:
    """Row by row and field by field, codes that a list read lately does not have or has switched
    off. Nothing is doubted against an old list, or one that the books do not show whole."""
    return doubts_of(store_id, {what: rows}, now=now)[what]


def doubts_of(
    store_id: int, asked: Mapping[str, Sequence[Mapping[str, object]]], *, now: datetime
) -> dict[str, Doubts]:
    """The same of rows of several kinds at once, in two statements."""
    lists = {row.name: row for row in ListRow.objects.filter(book__store=store_id)}
    codes = {
        (what, index, field): (listed, str(row.get(field) or "").strip())
        for what, rows in asked.items()
        for field, picks in PICKS[what].items()
        if (listed := _decisive(lists, picks, now))
        for index, row in enumerate(rows)
    }
    given = {place: (listed, code) for place, (listed, code) in codes.items() if code}
    known = _active(given.values()) if given else {}
    found: dict[str, Doubts] = {what: {} for what in asked}
    for (what, index, field), (listed, code) in given.items():
        if doubt := _doubt(listed, code, known.get((listed.pk, folded(code)))):
            found[what].setdefault(index, {})[field] = doubt
    return found


def _decisive(
    lists: Mapping[str, ListRow], picks: Sequence[CodeList], now: datetime
) -> ListRow | None:
    for pick in picks:
        listed = lists.get(pick.value)
        if listed is None or is_old(listed, now):
            return None
        if listed.offered:
            return listed if listed.complete else None
    return None


def _doubt(listed: ListRow, code: str, active: bool | None) -> str:
    if active is None:
        at = f"{listed.read_at:%Y-%m-%d %H:%M}"
        return NOT_LISTED.format(code=code, what=listed.name.replace("_", " "), at=at)
    return "" if active else INACTIVE.format(code=code)


def _active(given: Iterable[tuple[ListRow, str]]) -> dict[tuple[int, str], bool]:
    """Of the codes that the lists have: by list and code, whether it is switched on."""
    pairs = list(given)
    rows = Code.objects.filter(
        list__in={listed.pk for listed, _ in pairs},
        generation=F("list__generation"),
        key__in={folded(code) for _, code in pairs},
    )
    return {(list_id, key): on for list_id, key, on in rows.values_list("list_id", "key", "active")}


# --- what is shown beside them -----------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Described:
    """What stands beside codes on a page: their names by list and key, and doubts as `doubts`.
    `lists` are those that the books show, by field."""

    names: Mapping[tuple[str, str], str]
    doubts: Doubts
    lists: Mapping[str, str]

    def name(self, field: str, code: str) -> str:
        return self.names.get((self.lists.get(field, ""), folded(code)), "")


def described(
    store_id: int, what: str, rows: Sequence[Mapping[str, object]], *, now: datetime
) -> Described:
    """The names of the rows' codes, and what is in doubt, in two statements."""
    lists = {row.name: row for row in ListRow.objects.filter(book__store=store_id)}
    shown = {
        field: listed for field, picks in PICKS[what].items() if (listed := _shown(lists, picks))
    }
    keys = {folded(str(row.get(field) or "")) for row in rows for field in shown} - {""}
    codes = Code.objects.filter(
        list__in={listed.pk for listed in shown.values()},
        generation=F("list__generation"),
        key__in=keys,
    )
    known = {(each.list_id, each.key): each for each in codes} if shown and keys else {}
    names = {
        (listed.name, key): known[listed.pk, key].name
        for listed in shown.values()
        for key in keys
        if (listed.pk, key) in known
    }
    doubted: Doubts = {}
    for field, picks in PICKS[what].items():
        if decisive := _decisive(lists, picks, now):
            active = {key: each.active for (pk, key), each in known.items() if pk == decisive.pk}
            for index, row in enumerate(rows):
                code = str(row.get(field) or "").strip()
                if code and (doubt := _doubt(decisive, code, active.get(folded(code)))):
                    doubted.setdefault(index, {})[field] = doubt
    return Described(names, doubted, {field: listed.name for field, listed in shown.items()})


def _shown(lists: Mapping[str, ListRow], picks: Sequence[CodeList]) -> ListRow | None:
    """The first list of these that was read and that the books show."""
    rows = (lists.get(pick.value) for pick in picks)
    return next((row for row in rows if row and row.read_at and row.offered), None)
