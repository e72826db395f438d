"""A merchant who connects a shop to another company file while documents wait, and back.

Every company has a second file, with the same codes. What was sent to the one stays there; what
waits goes to the other. A document on its way at that very moment may come to stand in both: nobody
can say whether the first has it, and only the second is asked from then on.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from accounting.documents.document import Kind
from accounting.models import Document, Store
from shopify_app.simulation.books import Books
from shopify_app.simulation.clockwork import Clockwork
from shopify_app.simulation.journal import Written

SECOND = "_2"
ON_THE_WAY = (Document.State.SENDING, Document.State.UNKNOWN)


class Moves:
    """`companies` are the first files by their keys. Where nobody `may` move there are no second
    ones."""

    def __init__(self, clockwork: Clockwork, companies: Mapping[str, Books], *, may: bool) -> None:
        self.may, self._clockwork = may, clockwork
        self._second = {
            books.name: Books(name=f"{books.name} (2)", currency=books.currency) if may else None
            for books in companies.values()
        }
        self._keys = {f"{key}{SECOND}": books for key, books in companies.items()}
        self._moved: set[str] = set()  # names of companies
        self._on_the_way: set[str] = set()  # numbers, when a shop was moved

    def keys(self) -> dict[str, Books]:
        """The second files by the keys that open them at first."""
        found = {key: self._second[books.name] for key, books in self._keys.items()}
        return {key: books for key, books in found.items() if books is not None}

    def files(self, books: Books) -> list[Books]:
        """All files of this company, which is given by its first."""
        second = self._second[books.name]
        return [books] if second is None else [books, second]

    def other(self, store: Store, books: Books) -> Books:
        """The file that the store does not sell into now."""
        second = self._second[books.name]
        assert second is not None
        assert store.book is not None
        return second if store.book.fingerprint == fingerprint(books) else books

    def note(self, store: Store) -> None:
        """It has been moved just now."""
        assert store.book is not None
        self._moved.add(store.book.name)
        rows = Document.objects.filter(book=store.book, state__in=ON_THE_WAY)
        numbers = sorted(rows.values_list("number", flat=True))
        self._on_the_way.update(numbers)
        waiting = Document.objects.filter(book=store.book, state__in=("queued", "waiting")).count()
        self._clockwork.tell(f"{len(numbers)} were on their way, {waiting} waited")

    def is_split(self, document: Document) -> bool:
        """Whether something of its order stands in a second file."""
        stem = document.order.stem
        second = self._second.get(document.book.name)
        return second is not None and any(_is_of(one, stem) for one in second.journal)

    def journal(self, books: Books) -> list[Written]:
        """Of both files; of what stands in both the one that more has been applied to. The other
        came late, and nothing refers to it."""
        whole = sorted(self.whole(books), key=lambda one: one.applied)
        return list({(one.kind, one.asked): one for one in whole}.values())

    def whole(self, books: Books) -> list[Written]:
        """Of both files, all."""
        return [one for each in self.files(books) for one in each.journal]

    def unasked(self, books: Books) -> Iterator[str]:
        """E4: nothing is written to a file that nobody has chosen."""
        names = {each.name: name for name, each in self._second.items() if each is not None}
        if books.name in names and names[books.name] not in self._moved and books.journal:
            yield f"E4: {books.journal[0].asked} is in {books.name}, which nobody has chosen"

    def doubled(self, books: Books) -> Iterator[str]:
        """E1: in both files stands only what was on its way when they were changed."""
        first, *more = self.files(books)
        numbers = {(one.kind, one.asked) for one in first.journal if one.kind is not Kind.CUSTOMER}
        for one in (one for each in more for one in each.journal):
            if (one.kind, one.asked) in numbers and one.asked not in self._on_the_way:
                yield f"E1: {one.asked} is in both files of {books.name}"


def _is_of(written: Written, stem: str) -> bool:
    return bool(stem) and (written.asked == stem or written.asked.startswith(f"{stem}-"))


def fingerprint(books: Books) -> str:
    """What the connector finds these books to be: code and name of the cash debtor."""
    return f"{books.cash} {books.name}"
