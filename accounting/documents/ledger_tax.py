"""What the books will make of our tax, before they are asked (accounting treatment 4.5, I3).

Some books take the tax they are told, others compute it again from each line or over the document.
A document goes out only in a form in which their arithmetic arrives at Shopify's tax on every line,
and so for every tax code and the whole document; else it is held with both columns shown.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction

from accounting.documents.document import ZERO, Document, DocumentLine, Problem
from accounting.documents.money import exact, from_minor, rounded, to_minor
from accounting.documents.rules import Ledger, TaxMethod

# A difference within these bounds is rounding; beyond them the rate or the code is another one.
LEAST_BOUND, GREATEST_BOUND = 2, 5


def choose(document: Document, ledger: Ledger) -> tuple[Document, tuple[Problem, ...]]:
    """The document in the first form whose tax the books will compute as we have it: explicit,
    exclusive, inclusive, adjusted. When there is none it comes back as it was, with the problem.

    Money documents have no lines and stay as they are.
    """
    if not document.lines:
        return document, ()
    for mode, fits in MODES.items():
        if fits(document, ledger.tax):
            return replace(document, tax_mode=mode), ()
    return document, (_problem(document, ledger),)


def predicted(document: Document, method: TaxMethod, *, inclusive: bool) -> tuple[Decimal, ...]:
    """The tax the books compute on each line, in the document's currency.

    On lines without tax (exclusive) net x rate, on lines with it gross x rate / (1 + rate), rounded
    to the minor unit. Books that compute over the document put the difference between the tax of a
    code's sum and the sum of its lines on the code's first line. Raises Inexact.
    """
    lines, currency = document.lines, document.currency
    bases = [_base(line, currency, inclusive=inclusive) for line in lines]
    taxes = [_round(base, method) for base in bases]
    if method.scope == "document":
        for places in _by_code(lines).values():
            whole = _round(sum((bases[i] for i in places), Fraction(0)), method)
            taxes[places[0]] += whole - sum(taxes[i] for i in places)
    return tuple(from_minor(tax, currency) for tax in taxes)


def adjustments(document: Document, method: TaxMethod) -> tuple[Decimal, ...]:
    """What a document of mode `adjusted` adds to the tax the books compute on each line, to arrive
    at ours. Raises Inexact."""
    theirs = predicted(document, method, inclusive=False)
    return tuple(
        exact(line.tax, document.currency) - tax
        for line, tax in zip(document.lines, theirs, strict=True)
    )


def _is_explicit(document: Document, method: TaxMethod) -> bool:
    return method.explicit


def _is_exclusive(document: Document, method: TaxMethod) -> bool:
    return _can_be_computed(document) and _agrees(document, method, inclusive=False)


def _is_inclusive(document: Document, method: TaxMethod) -> bool:
    """Unit prices are never rounded, so the price with tax must divide by the quantity too."""
    return (
        method.inclusive
        and _can_be_computed(document)
        and all(_divides(line, document.currency) for line in document.lines)
        and _agrees(document, method, inclusive=True)
    )


def _is_adjusted(document: Document, method: TaxMethod) -> bool:
    """Adjusting could hide a wrong rate, so each line's tax must be its own rate's but for
    rounding: one minor unit for each unit sold, at least two, because a line that its quantity does
    not divide is taxed in two parts, and never more than five."""
    line_by_line = replace(method, scope="line")
    return (
        method.adjustment
        and _can_be_computed(document)
        and all(
            abs(to_minor(difference, document.currency)) <= _bound(line)
            for line, difference in zip(
                document.lines, adjustments(document, line_by_line), strict=True
            )
        )
    )


MODES: dict[str, Callable[[Document, TaxMethod], bool]] = {
    "explicit": _is_explicit,
    "exclusive": _is_exclusive,
    "inclusive": _is_inclusive,
    "adjusted": _is_adjusted,
}


def _can_be_computed(document: Document) -> bool:
    """Books that compute need something to compute from: a code, its one rate, an amount."""
    bare = any(line.tax and not (_is_taxed(line) and line.net) for line in document.lines)
    return not bare and not _codes_of_several_rates(document)


def _codes_of_several_rates(document: Document) -> dict[str, list[Decimal]]:
    """A code of the books has one rate, so of two rates under one code they will compute one."""
    rates: dict[str, set[Decimal]] = {}
    for line in document.lines:
        if line.tax_rate is not None and line.tax_code:
            rates.setdefault(line.tax_code, set()).add(line.tax_rate)
    return {code: sorted(found) for code, found in rates.items() if len(found) > 1}


def _agrees(document: Document, method: TaxMethod, *, inclusive: bool) -> bool:
    theirs = predicted(document, method, inclusive=inclusive)
    return [line.tax for line in document.lines] == list(theirs)


def _divides(line: DocumentLine, currency: str) -> bool:
    return to_minor(line.net + line.tax, currency) % max(line.quantity, 1) == 0


def _bound(line: DocumentLine) -> int:
    """The greatest adjustment of a line that is still rounding, in minor units."""
    return min(max(line.quantity, LEAST_BOUND), GREATEST_BOUND)


def _is_taxed(line: DocumentLine) -> bool:
    return bool(line.tax_code) and line.tax_rate is not None


def _base(line: DocumentLine, currency: str, *, inclusive: bool) -> Fraction:
    """The line's tax before it is rounded, in minor units."""
    if not line.tax_code or line.tax_rate is None:
        return Fraction(0)
    rate = Fraction(line.tax_rate)
    if inclusive:
        return to_minor(line.net + line.tax, currency) * rate / (1 + rate)
    return to_minor(line.net, currency) * rate


def _round(minor: Fraction, method: TaxMethod) -> int:
    """Half away from zero, or to the even neighbour; below zero the mirror image of above."""
    return round(minor) if method.rounding == "half_even" else rounded(minor)


def _by_code(lines: Sequence[DocumentLine]) -> dict[str, list[int]]:
    """The places of each tax code's lines, in the order of the document."""
    places: dict[str, list[int]] = {}
    for place, line in enumerate(lines):
        if _is_taxed(line):
            places.setdefault(line.tax_code, []).append(place)
    return places


def _problem(document: Document, ledger: Ledger) -> Problem:
    where = "over the whole document" if ledger.tax.scope == "document" else "line by line"
    message = (
        f"{ledger.name[:1].upper()}{ledger.name[1:]} would compute the tax of {document.number} "
        f"{where} and arrive at other figures than Shopify charged. In the books, let documents "
        "state their tax or compute it line by line, and switch 5-sen rounding off; check that the "
        "rate of each tax code is the one Shopify charged."
    )
    return Problem(
        code="TAX_RECOMPUTE",
        subject=document.number,
        message=message,
        terms=tuple(_terms(document, ledger.tax)),
        blocks=(document.key,),
    )


def _terms(document: Document, method: TaxMethod) -> Iterator[tuple[str, str]]:
    """Both columns: each line, each tax code, the document; computed on prices without tax."""
    theirs = predicted(document, method, inclusive=False)
    for number, (line, tax) in enumerate(zip(document.lines, theirs, strict=True), start=1):
        if line.tax or tax:
            yield _columns(f"line {number}, {line.description}", line.tax, tax, document)
    for code, places in _by_code(document.lines).items():
        ours = sum((document.lines[i].tax for i in places), ZERO)
        yield _columns(f"tax code {code}", ours, sum((theirs[i] for i in places), ZERO), document)
    for code, rates in _codes_of_several_rates(document).items():
        yield f"rates of tax code {code}", ", ".join(f"{rate:f}" for rate in rates)
    total = document.net + sum(theirs, ZERO)
    yield _columns("document total", document.net + document.tax, total, document)


def _columns(what: str, ours: Decimal, theirs: Decimal, document: Document) -> tuple[str, str]:
    shown = [exact(amount, document.currency) for amount in (ours, theirs, ours - theirs)]
    return what, "ours {}, the books {}, difference {}".format(*shown)
