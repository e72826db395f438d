"""What people do in a world: they help, they hurry, and at last they put everything right."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from random import Random
from typing import Protocol

from accounting import checking, connections, posting, sealing
from accounting.models import Book, Document, Order, Store
from shopify_app import privacy, reconcile
from shopify_app.models import PrivacyRequest, Shop
from shopify_app.simulation.books import Books
from shopify_app.simulation.clockwork import Clockwork
from shopify_app.simulation.moves import fingerprint

WHO, OTHER = "staff 17", "staff 18"
ACCOUNTS = ("500-100", "520-000", "999-999", "")  # one that the books do not know; "" is the first
BY_HAND, SPLIT = "entered by hand", "its order stands in the other books"
SOONEST, LATEST = 30, 1800  # seconds between two visits
MEDDLES = 0.3  # of the turns of sending
SOON = timedelta(seconds=40)
STOPPED = (Document.State.REJECTED, Document.State.CONFLICT)


class Around(Protocol):
    """What people can do outside of Lejar."""

    def map_missing(self, domain: str) -> bool: ...
    def edit_items(self, domain: str, account: str, who: str) -> None: ...
    def meanwhile(self, happens: Callable[[], None]) -> None: ...
    def move(self, store: Store) -> None: ...
    def moved(self, store: Store) -> None: ...
    def is_split(self, document: Document) -> bool: ...
    def key_of(self, books: Books) -> str: ...
    def put_right(self, books: Books) -> None: ...
    def is_company(self, name: str) -> Books | None: ...


class People:
    """One person who works for every shop. Acts now and then in the storm; healing, until nothing
    is left that only a person can put right."""

    def __init__(self, clockwork: Clockwork, chance: Random, around: Around, *, acts: bool) -> None:
        self._clockwork, self._chance, self._around = clockwork, chance, around
        self._acts, self._heals, self._sees_work = acts, False, False
        self.next_at: datetime | None = None
        if acts:
            self._come_again()

    def heal(self) -> None:
        """From now on they put right what they see."""
        self._heals = True
        self.next_at = self._clockwork.now()

    def look_again(self) -> None:
        """Something waits for a person."""
        if self.next_at is None:
            self.next_at = self._clockwork.now() + SOON

    def see_work(self) -> None:
        """Something is being sent just now; often enough somebody changes their mind."""
        if self._acts and not self._heals and self._chance.random() < MEDDLES:
            self.next_at = self._clockwork.now() + timedelta(
                seconds=round(self._chance.uniform(0, 2), 3)
            )
            self._sees_work = True

    def act(self) -> None:
        self.next_at = None
        if self._heals:
            self._put_all_right()
            return
        self._come_again()
        deed = self._chance.choice(MEDDLING if self._sees_work else DEEDS)
        self._sees_work = False
        stores = list(Store.objects.order_by("id"))
        if stores:
            deed(self, self._chance.choice(stores))

    def _come_again(self) -> None:
        seconds = self._chance.randint(SOONEST, LATEST)
        self.next_at = self._clockwork.now() + timedelta(seconds=seconds)

    def _tell(self, what: str) -> None:
        self._clockwork.tell(what)

    # --- deeds of a storm ----------------------------------------------------------------------

    def map_missing(self, store: Store) -> None:
        self._around.map_missing(store.name)

    def retry(self, store: Store) -> None:
        stopped = Document.objects.filter(store=store, state__in=STOPPED).order_by("id")
        for document in stopped[:3]:
            self._retry(document)

    def _retry(self, document: Document) -> None:
        self._tell(f"retries {document.number}, {document.state}: {document.message[:80]}")
        posting.retry(
            store_id=document.store_id, document_id=document.pk, who=WHO, now=self._clockwork.now()
        )

    def skip(self, store: Store) -> None:
        """Leave out whatever waits first, or was stopped."""
        waits = (Document.State.WAITING, Document.State.QUEUED, *STOPPED)
        rows = Document.objects.filter(store=store, state__in=waits).order_by("id")
        if rows:
            self._skip(self._chance.choice(list(rows)), BY_HAND)

    def _skip(self, document: Document, why: str) -> None:
        done = posting.skip(
            store_id=document.store_id,
            document_id=document.pk,
            reason=why,
            who=WHO,
            now=self._clockwork.now(),
        )
        if done:
            self._tell(f"skips {document.number}, {document.state}")

    def edit_mapping(self, store: Store) -> None:
        self._around.edit_items(store.name, self._chance.choice(ACCOUNTS), WHO)

    def edit_with_another(self, store: Store) -> None:
        """Two people change the same rows at the same time."""
        other = self._chance.choice(ACCOUNTS)
        self._around.meanwhile(lambda: self._around.edit_items(store.name, other, OTHER))
        self._around.edit_items(store.name, self._chance.choice(ACCOUNTS), WHO)

    def move(self, store: Store) -> None:
        self._around.move(store)

    def release_erasures(self) -> None:
        """The operator sees that these shops have left indeed."""
        for request in PrivacyRequest.objects.filter(state=PrivacyRequest.State.HELD):
            self._tell(f"has what is kept of {request.shop_domain} erased")
            privacy.release(request.pk, now=self._clockwork.now())

    def plan_again(self, store: Store) -> None:
        order = Order.objects.filter(store=store).order_by("id").first()
        if order is not None:
            self._tell(f"plans {order.name} again")
            posting.replan(
                store_id=store.pk, order_id=order.order_id, who=WHO, now=self._clockwork.now()
            )

    def sweep(self, store: Store) -> None:
        shop = Shop.objects.filter(store=store).first()
        if shop is not None and shop.is_here:
            self._tell(f"has {store.name} swept")
            reconcile.start(shop_id=shop.pk, who=WHO, now=self._clockwork.now())

    def compare(self, store: Store) -> None:
        self._tell(f"compares {store.name} with its books")
        try:
            checking.start(store_id=store.pk, who=WHO, now=self._clockwork.now())
        except (checking.NotReady, connections.NotConnected) as error:
            self._tell(f"cannot: {type(error).__name__}")

    def pause(self, store: Store) -> None:
        self._tell(f"pauses the books of {store.name}")
        connections.pause(store_id=store.pk, who=WHO, now=self._clockwork.now())

    def resume(self, store: Store) -> None:
        self._tell(f"resumes the books of {store.name}")
        connections.resume(store_id=store.pk, who=WHO, now=self._clockwork.now())

    # --- healing -------------------------------------------------------------------------------

    def _put_all_right(self) -> None:
        for store in Store.objects.select_related("book").order_by("id"):
            self._around.map_missing(store.name)
            self._around.edit_items(store.name, "", WHO)
            if store.book is not None:
                self._put_books_right(store, store.book)
        for document in Document.objects.filter(state__in=STOPPED).order_by("id"):
            if self._around.is_split(document):
                self._skip(document, SPLIT)
            else:
                self._retry(document)

    def _put_books_right(self, store: Store, book: Book) -> None:
        books = self._around.is_company(book.name)
        if books is None:
            return  # erased with its shop
        self._around.put_right(books)
        self._enter_key(store, book, books)
        if Book.objects.get(id=book.pk).state != Book.State.ACTIVE:
            self.resume(store)

    def _enter_key(self, store: Store, book: Book, books: Books) -> None:
        """What the merchant does who is told that the key is wrong, the check included."""
        kept = json.loads(sealing.unseal(bytes(book.sealed_credentials), row=f"book {book.pk}"))
        if kept["key"] != self._around.key_of(books):
            self._tell(f"enters the new key of {book.name}")
            self.connect(store, books)

    def connect(self, store: Store, books: Books) -> None:
        """Connect the shop to these books, see that it is they, and go on."""
        now, book = self._clockwork.now(), store.book
        assert book is not None
        self._tell(f"connects {store.name} to {books.name}")
        is_another = book.fingerprint != fingerprint(books)
        connections.connect(
            store_id=store.pk,
            system=book.system,
            way=book.way,
            home_currency=book.home_currency,
            credentials={"key": self._around.key_of(books)},
            settings={},
            who=WHO,
            now=now,
        )
        Book.objects.filter(id=book.pk).update(found=fingerprint(books))
        connections.resume(store_id=store.pk, company=fingerprint(books), who=WHO, now=now)
        if is_another:
            self._around.moved(store)


DEEDS: tuple[Callable[[People, Store], None], ...] = (
    People.map_missing,
    People.retry,
    People.plan_again,
    People.sweep,
    People.compare,
    People.pause,
    People.resume,
    People.resume,
    People.skip,
    People.edit_mapping,
    People.edit_with_another,
    People.move,
)
# What people do while something of theirs is on its way.
MEDDLING: tuple[Callable[[People, Store], None], ...] = (
    People.retry,
    People.plan_again,
    People.pause,
    People.skip,
    People.skip,
    People.edit_mapping,
    People.edit_with_another,
    People.move,
    People.move,
)
