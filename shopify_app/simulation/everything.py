"""Everything around Lejar in one world: Shopify, gateway, books and people, and what must hold."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import datetime

from accounting import sealing
from accounting.connectors.base import Connector
from accounting.models import Book, Document, Store
from shopify_app import turns
from shopify_app.simulation import invariants
from shopify_app.simulation.book_faults import Odds
from shopify_app.simulation.books import Books
from shopify_app.simulation.gateway import Gateway
from shopify_app.simulation.moves import Moves, fingerprint
from shopify_app.simulation.people import People
from shopify_app.simulation.rows import TIES, Rows
from shopify_app.simulation.setup import chance
from shopify_app.simulation.shopify import Shopify
from shopify_app.simulation.world import World

TAX = "460-000"
TAKE_TWICE = 0.5  # of all companies
# Who is struck by these between an answer and its note never knows what the answer was.
UNHEARD = {"kills", "stops", "losses", "restarts", "clocks", "errors"}


class Everything:
    """Implements `world.Outside`."""

    def __init__(self, world: World) -> None:
        self.world, setup, seed = world, world.setup, world.setup.seed
        draw, numbering = chance(seed, "companies"), chance(seed, "numbering")
        # A clock that is set on ends the pauses in which a late write would still be seen.
        may_double = "clocks" not in setup.faults
        self.companies = {
            f"lb_live_{seed}_{n}": Books(
                name=f"Company {chr(ord('A') + n)}",
                currency=draw.choice(("MYR", "MYR", "SGD")),
                takes_twice=may_double and numbering.random() < TAKE_TWICE,
            )
            for n in range(setup.books)
        }
        self.moves = Moves(world, self.companies, may="moves" in setup.faults)
        opened = self.companies | self.moves.keys()
        draw = chance(seed, "gateway")
        odds = Odds.drawn(draw, heard=not setup.faults & UNHEARD)
        self.gateway = Gateway(world, draw, opened, odds)
        self.shopify = Shopify(
            world,
            chance(seed, "shopify"),
            shops=setup.shops,
            orders=setup.orders,
            name=f"seed{seed}",
            sweeps=setup.sweeps,
            reads=setup.reads,
        )
        self.people = People(world, chance(seed, "people"), self, acts="people" in setup.faults)
        self.rows = Rows(world.monitor)
        self._told_at: datetime | None = None  # since when Shopify has nothing more to tell

    # --- what happens --------------------------------------------------------------------------

    def open(self) -> None:
        now = self.world.now()
        rows = [self._book(key, books, now) for key, books in self.companies.items()]
        self.shopify.open(rows)
        for tenant in self.shopify.tenants.values():
            for books in self.moves.files(self._books_of(tenant.place)):
                _teach(books, tenant.plan.company)

    def _book(self, key: str, books: Books, now: datetime) -> Book:
        book = Book.objects.create(
            name=books.name,
            system=Book.System.SQL_ACCOUNTING,
            home_currency=books.currency,
            state=Book.State.ACTIVE,
            ready_at=None,
            checked_at=now,
        )
        book.sealed_credentials = sealing.seal(json.dumps({"key": key}), row=f"book {book.pk}")
        book.fingerprint = fingerprint(books)
        book.save(update_fields=["sealed_credentials", "fingerprint"])
        return book

    def next_at(self) -> datetime | None:
        return self.shopify.next_at()

    def step(self) -> None:
        self.shopify.step()

    def person_at(self) -> datetime | None:
        return self.people.next_at

    def act(self) -> None:
        self.people.act()

    def readers(self) -> turns.Shopify:
        return self.shopify.readers()

    def answering(self) -> AbstractContextManager[None]:
        return self.shopify.answering()

    def connector_for(self, book: Book) -> Connector:
        self.people.see_work()
        return self.gateway.connector_for(book)

    def heal(self) -> None:
        for what in self.rows.stopped_for_nothing():
            self.world.is_wrong(what)
        self.gateway.heal()
        self.shopify.heal()
        self.people.heal()

    # --- what people reach ---------------------------------------------------------------------

    def map_missing(self, domain: str) -> bool:
        return self.shopify.map_missing(domain)

    def edit_items(self, domain: str, account: str, who: str) -> None:
        self.shopify.edit_items(domain, account, who)

    def call_operator(self) -> None:
        """Some time later, when what they are called for is there to see."""
        self.shopify.later(self.people.release_erasures)

    def meanwhile(self, happens: Callable[[], None]) -> None:
        self.shopify.meanwhile(happens)

    def move(self, store: Store) -> None:
        books = self.is_company(store.book.name) if store.book else None
        if books is not None and self.moves.may:
            self.people.connect(store, self.moves.other(store, books))

    def moved(self, store: Store) -> None:
        self.moves.note(store)

    def is_split(self, document: Document) -> bool:
        return self.moves.is_split(document)

    def key_of(self, books: Books) -> str:
        return self.gateway.key_of(books)

    def put_right(self, books: Books) -> None:
        for each in self.moves.files(books):
            self.gateway.put_right(each)

    def is_company(self, name: str) -> Books | None:
        return next((books for books in self.companies.values() if books.name == name), None)

    # --- what must hold ------------------------------------------------------------------------

    def written(self) -> int:
        return sum(len(books.journal) for books in self._all())

    def never(self) -> list[str]:
        return [what for books in self._all() for what in self._never(books)]

    def _all(self) -> list[Books]:
        return [one for books in self.companies.values() for one in self.moves.files(books)]

    def _never(self, books: Books) -> list[str]:
        found = [f"E1: {what}" for what in books.problems()]
        found += self.moves.unasked(books)
        return [*found, *invariants.unique(books.journal), *self._isolated(books)]

    def _isolated(self, books: Books) -> list[str]:
        prefixes = {
            tenant.profile.prefix
            for tenant in self.shopify.tenants.values()
            if books in self.moves.files(self._books_of(tenant.place))
        }
        return invariants.isolated(books, prefixes)

    def _books_of(self, place: int) -> Books:
        companies = list(self.companies.values())
        return companies[place % len(companies)]

    def left(self) -> list[str]:
        """What still has to happen before all is quiet."""
        if self.next_at() is not None:
            return ["webhooks on their way"]
        self._told_at = self._told_at or self.world.now()
        undone = self.rows.undone()
        if not self.world.setup.ties:
            undone = [what for what in undone if what != TIES]
        if {"documents for a person", "books to put right"} & set(undone):
            self.people.look_again()
        if undone:
            return undone
        if self.world.setup.sweeps and self.rows.unswept(self._told_at):
            return ["shops to sweep"]
        return ["people to come"] if self.people.next_at else []

    def at_last(self) -> list[str]:
        stored = self.rows.stored()
        found = invariants.stored(self.shopify.heard(), stored)
        found += invariants.forged(self.shopify.forged(), stored)
        held, skipped = self.rows.held(), self.rows.skipped()
        for domain, told in self.shopify.expected().items():
            tenant = self.shopify.tenants[domain]
            journal = self.moves.journal(self._books_of(tenant.place))
            found += invariants.sums(told, journal, skipped.get(domain, ()))
            found += invariants.held(told, held.get(domain, {}))
        for books in self.companies.values():
            found += self.moves.doubled(books)
            found += invariants.in_order(self.rows.outbox(), self.moves.whole(books))
        found += invariants.bounded(self.rows.attempts())
        found += invariants.bounded_in_an_hour(self.rows.an_hour())
        found += invariants.few_rows(self.rows.rows(), len(stored) + self.world.setup.orders)
        found += self.rows.told_of_others(self.shopify.canaries_by_shop())
        found += self.rows.still_there(self.shopify.redacted())
        found += invariants.silent(self.world.logged_lines, self.shopify.canaries())
        return found + self.rows.without_trail()


def _teach(books: Books, company: dict[str, object]) -> None:
    """The company has the accounts and codes that its shops map to."""
    listed: dict[str, list[dict[str, str]]] = company  # type: ignore[assignment]  # rows of it
    books.accounts |= {row["code"]: row["name"] for row in listed["accounts"]}
    books.tax_codes |= {row["code"]: TAX for row in listed["tax_codes"]}
    books.methods |= {row["code"]: row["account"] for row in listed["payment_methods"]}
