"""Why the three columns of one order differ, with the amount of every reason.

A reason takes the amount of what it is about: of the event that has no document, of the document
that a person left out or that is not sent. What is left over is explained only where it comes to
nothing over the order (the same amounts on other days or under other codes), else it is called
unexplained. So the reasons always add up to the difference, and no reason fills a gap.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from typing import Any

from accounting.documents.document import ZERO
from accounting.documents.due import BEFORE_CUT_OVER
from accounting.tie.stated import MONEY, SALE, SALES, TAX, Figure, Stated
from accounting.tie.written import Row, figures, group_of, in_the_books, renamed

DOCUMENTS, BOOKS = "documents", "books"  # which column differs from the one before it

EXPLAINED = frozenset(
    {
        *("held", "unpaid", "excluded", "before_cut_over", "waiting", "skipped", "taken_back"),
        *("next_open_day", "other_day", "other_code", "two_currencies", "cash_rounding"),
        *("tax_not_stated", "not_sent", "refused"),
    }
)
RED = frozenset(
    {
        *("unexplained", "conflict", "books_missing", "books_cancelled", "books_changed"),
        "books_twice",
    }
)
NOT_PAID = ("Not paid yet.", "Not paid in full yet.")
Place = tuple[date, str, str, str]  # day, view, rate, name


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Where the order stands: what its last plan said, and from which day on the books are kept
    here."""

    state: str
    note: str = ""
    problems: Sequence[Mapping[str, Any]] = ()
    cut_over: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """A part of a difference: `amount` is what column `side` has more than the one before it.
    `detail` is the code of the problem that holds it."""

    day: date
    view: str
    side: str
    reason: str
    amount: Decimal
    name: str = ""
    rate: str = ""
    number: str = ""
    detail: str = ""


@dataclass(slots=True)
class Cell:
    shopify: Decimal = ZERO
    documents: Decimal = ZERO
    books: Decimal = ZERO


@dataclass(frozen=True, slots=True, kw_only=True)
class Tie:
    """One order: its three columns by day, view and name, and every part of their differences."""

    cells: dict[Place, Cell] = field(default_factory=dict)
    gaps: tuple[Gap, ...] = ()


def tie(said: Stated | None, rows: Sequence[Row], standing: Standing) -> Tie:
    """The three columns, and their differences told apart."""
    ours, theirs = _named(rows, said.figures if said else ())
    cells: dict[Place, Cell] = {}
    for figure in theirs:
        cells.setdefault(_place(figure), Cell()).shopify += figure.amount
    gaps: list[Gap] = []
    for row in rows:
        mine = ours[row.document.number]
        if row.state == "skipped":
            continue
        for figure in mine:
            cells.setdefault(_place(figure), Cell()).documents += figure.amount
        held = _renamed_like(in_the_books(row), mine)
        for figure in held:
            cells.setdefault(_place(figure), Cell()).books += figure.amount
        gaps += _of_the_books(row, mine, held)
    for view in (SALES, TAX, MONEY):
        gaps += _View(view, said, theirs, rows, ours, standing).gaps()
    return Tie(cells=cells, gaps=tuple(gaps))


def _named(
    rows: Sequence[Row], theirs: Sequence[Figure]
) -> tuple[dict[str, list[Figure]], list[Figure]]:
    """Figures of each document by its number, and Shopify's, with the names both share."""
    flat = [(row.document.number, each) for row in rows for each in figures(row.document)]
    ours, named = renamed([each for _, each in flat], theirs)
    found: dict[str, list[Figure]] = {row.document.number: [] for row in rows}
    for (number, _), figure in zip(flat, ours, strict=True):
        found[number].append(figure)
    return found, named


def _renamed_like(held: Sequence[Figure], mine: Sequence[Figure]) -> list[Figure]:
    """What the books hold, under the names of the document's own figures."""
    return [replace(one, name=other.name) for one, other in zip(held, mine, strict=False)]


def _place(figure: Figure) -> Place:
    return (figure.day, figure.view, figure.rate, figure.name)


# --- the books against the documents ---------------------------------------------------------


def _of_the_books(row: Row, mine: Sequence[Figure], held: Sequence[Figure]) -> Iterator[Gap]:
    sums: dict[Place, Decimal] = {}
    for factor, found in ((1, held), (-1, mine)):
        for figure in found:
            sums[_place(figure)] = sums.get(_place(figure), ZERO) + factor * figure.amount
    reason = _why_not_there(row)
    places = [place for place, amount in sums.items() if amount]
    if row.doubts and not places:
        places = [_place(mine[0])]  # another customer, or their own words: no amount, and no peace
    for place in places:
        yield _gap(place, BOOKS, reason, sums[place], row.document.number)


def _why_not_there(row: Row) -> str:
    if row.state == "posted":
        for doubt in row.doubts:
            if doubt.code == "missing":
                return "books_missing"
            if doubt.aspect == "cancelled":
                return "books_cancelled"
            if doubt.code == "duplicated":
                return "books_twice"
        return "books_changed"
    return {"rejected": "refused", "conflict": "conflict"}.get(row.state, "not_sent")


def _gap(
    place: Place, side: str, reason: str, amount: Decimal, number: str = "", detail: str = ""
) -> Gap:
    day, view, rate, name = place
    return Gap(
        day=day,
        view=view,
        rate=rate,
        name=name,
        side=side,
        reason=reason,
        amount=amount,
        number=number,
        detail=detail,
    )


# --- the documents against Shopify -----------------------------------------------------------


class _View:
    """The sales, the taxes or the money of one order."""

    def __init__(
        self,
        view: str,
        said: Stated | None,
        theirs: Sequence[Figure],
        rows: Sequence[Row],
        ours: Mapping[str, list[Figure]],
        standing: Standing,
    ) -> None:
        self.view, self.said, self.standing = view, said, standing
        self.theirs = [figure for figure in theirs if figure.view == view]
        self.rows = [
            (row, [f for f in ours[row.document.number] if f.view == view]) for row in rows
        ]
        self.left: dict[Place, Decimal] = {}
        self.found: list[Gap] = []

    def gaps(self) -> list[Gap]:
        for figure in self.theirs:
            self._add(_place(figure), -figure.amount)
        for row, mine in self.rows:
            for figure in mine if row.state != "skipped" else ():
                self._add(_place(figure), figure.amount)
        if any(self.left.values()):
            self._by_documents()
            self._by_events()
            self._what_is_left()
        return self.found

    def _add(self, place: Place, amount: Decimal) -> None:
        self.left[place] = self.left.get(place, ZERO) + amount

    def _take(
        self, figure: Figure, amount: Decimal, reason: str, number: str = "", detail: str = ""
    ) -> None:
        """So much of the difference has this reason."""
        self._add(_place(figure), -amount)
        self.found.append(_gap(_place(figure), DOCUMENTS, reason, amount, number, detail))

    # --- by documents ------------------------------------------------------------------------

    def _by_documents(self) -> None:
        """What a person left out, what was taken back, notes for what Shopify does not state."""
        stated = {figure.group for figure in self.theirs}
        for row, mine in self.rows:
            number = row.document.number
            for figure in mine:
                if row.state == "skipped":
                    if self.standing.state == "reversed":
                        self._take(figure, -figure.amount, "taken_back", number)
                    elif not row.is_contra:
                        self._take(figure, -figure.amount, "skipped", number)
                elif row.is_contra:
                    self._take(figure, figure.amount, "taken_back", number)
                elif figure.group.startswith("n") and figure.group not in stated:
                    self._take(figure, figure.amount, self._note(row), number)
        if self.view == MONEY:
            self._rounded()

    @staticmethod
    def _note(row: Row) -> str:
        is_fx = any(line.role == "fx" for line in row.document.lines)
        return "two_currencies" if is_fx else "cash_rounding"

    def _rounded(self) -> None:
        """Cash that the books round and Shopify does not: the document has a note that says so."""
        for row, _ in self.rows:
            if row.document.key.role.value != "N" or row.state == "skipped":
                continue
            if any(line.role == "fx" for line in row.document.lines) or self._is_stated(row):
                continue
            group = f"t{row.document.key.source_id}"
            for other, mine in self.rows:
                for figure in mine if other.state != "skipped" and not other.is_contra else ():
                    if figure.group == group:
                        up = row.document.kind.value == "debit_note"
                        amount = row.document.total if up else -row.document.total
                        self._take(figure, amount, "cash_rounding", other.document.number)

    def _is_stated(self, row: Row) -> bool:
        group = group_of("N", row.document.key.source_id)
        return self.said is not None and any(f.group == group for f in self.said.figures)

    # --- by events ---------------------------------------------------------------------------

    def _by_events(self) -> None:
        """Events of Shopify without a document, for a reason that is known."""
        written = {
            figure.group
            for row, mine in self.rows
            for figure in mine
            if not row.is_contra and (row.state != "skipped" or self._is_told(row))
        }
        for figure in self.theirs:
            if figure.group in written:
                continue
            reason, detail = self._why(figure)
            if reason:
                self._take(figure, -figure.amount, reason, detail=detail)

    def _is_told(self, row: Row) -> bool:
        """Whether `_by_documents` has told of this skipped document."""
        return self.standing.state == "reversed" or not row.is_contra

    def _why(self, figure: Figure) -> tuple[str, str]:
        standing = self.standing
        cut_over = standing.cut_over
        if cut_over is not None and self._began(figure) < cut_over:
            return "before_cut_over", ""
        for problem in standing.problems:
            blocks = problem.get("blocks") or ()
            if not blocks or any(_is_of(each, figure.group) for each in blocks):
                is_early = problem["code"] == "BEFORE_CUT_OVER"
                return ("before_cut_over" if is_early else "held"), str(problem["code"])
        if standing.state == "excluded":
            return _excluded(standing.note), ""
        if standing.state in ("waiting", "held"):
            return "waiting", ""
        return ("taken_back", "") if standing.state == "reversed" else ("", "")

    def _began(self, figure: Figure) -> date:
        """The day that decides whether an event belongs to the books kept here."""
        if figure.group != SALE:
            return figure.day
        return min(each.day for each in self.theirs if each.group == SALE)

    # --- what is left ------------------------------------------------------------------------

    def _what_is_left(self) -> None:
        left = {place: amount for place, amount in self.left.items() if amount}
        if not left:
            return
        reason, detail = self._rest(left)
        self.found += [
            _gap(place, DOCUMENTS, reason, amount, detail=detail)
            for place, amount in sorted(left.items())
        ]

    def _rest(self, left: Mapping[Place, Decimal]) -> tuple[str, str]:
        total = sum(left.values(), ZERO)
        if not total:
            return self._only_moved(left), ""
        if self.view == MONEY or self.said is None:
            return "unexplained", ""
        for problem in self.standing.problems:
            if any(_is_of(each, SALE) for each in problem.get("blocks") or ()):
                return "held", str(problem["code"])
        if abs(total) <= self.said.slack:
            return "two_currencies", ""
        if self.view == TAX and self.said.tax_is_open:
            return "tax_not_stated", ""
        return "unexplained", ""

    def _only_moved(self, left: Mapping[Place, Decimal]) -> str:
        """The same amounts on other days, or under other codes. Money has its own day and its own
        gateway: only a closed period moves it."""
        by_name: dict[tuple[str, str], Decimal] = {}
        for (_, _, rate, name), amount in left.items():
            by_name[rate, name] = by_name.get((rate, name), ZERO) + amount
        if any(by_name.values()):
            return "unexplained" if self.view == MONEY else "other_code"
        closed = any("(orig. " in row.document.description for row, _ in self.rows)
        if closed:
            return "next_open_day"
        return "unexplained" if self.view == MONEY else "other_day"


def _excluded(note: str) -> str:
    if note in NOT_PAID:
        return "unpaid"
    return "before_cut_over" if note.startswith(BEFORE_CUT_OVER) else "excluded"


def _is_of(key: Mapping[str, Any], group: str) -> bool:
    return group_of(str(key["role"]), int(key["source_id"])) == group


def unexplained(gaps: Iterable[Gap]) -> list[Gap]:
    """Those that nobody can explain, or that are wrong."""
    return [gap for gap in gaps if gap.reason in RED]
