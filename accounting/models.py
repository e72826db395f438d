"""The tables: books, the stores that sell into them, mappings, facts, documents and their trail.

Integrity lives here. Every tenant table names its store; migration 0002 adds the composite
foreign keys that make a row of one store unable to point at a row of another.

Who writes: facts, orders and new documents `posting`, mappings `mapping`, policies `policy`, a
book's connection `connections`, its lists of codes `code_lists`, what a comparison with the books
found `checking`. `Document.state`, leases and fences are `outbox`'s alone; a book's trouble is
noted by `sender`, and forgotten when a person pauses or resumes the book.
"""

from __future__ import annotations

from decimal import Decimal

from django.db import models
from django.db.models import F, Q

from accounting.documents.rules import MARKETPLACES


def marketplaces() -> list[str]:
    """Sales channels whose orders come to the books another way, until the merchant says else."""
    return list(MARKETPLACES)


class Book(models.Model):
    """One company file in one accounting system, and the queue of calls to it."""

    class System(models.TextChoices):
        SQL_ACCOUNTING = "sql_accounting", "SQL Accounting"
        AUTOCOUNT = "autocount", "AutoCount"

    class State(models.TextChoices):
        SETUP = "setup"  # not confirmed by the merchant yet
        ACTIVE = "active"
        PAUSED = "paused"  # by the merchant
        MISCONFIGURED = "misconfigured"  # by the books; a banner says what to do

    name = models.CharField(max_length=100)
    system = models.CharField(max_length=20, choices=System)
    way = models.CharField(max_length=20, default="acctbridge")
    home_currency = models.CharField(max_length=3, default="MYR")
    sealed_credentials = models.BinaryField(default=b"")
    state = models.CharField(max_length=20, choices=State, default=State.SETUP)
    state_reason = models.TextField(default="", blank=True)
    settings = models.JSONField(default=dict, blank=True)  # see `connectors.guide`
    # Whose books these are: as the merchant confirmed it, and as the last check found it.
    fingerprint = models.CharField(max_length=200, default="", blank=True)
    found = models.CharField(max_length=200, default="", blank=True)
    findings = models.JSONField(default=list)
    checked_at = models.DateTimeField(null=True)
    # The sending columns: when to look at this book next, who holds it, and how it behaves.
    ready_at = models.DateTimeField(null=True)
    leased_until = models.DateTimeField(null=True)
    # Until then no sender takes it: a person waits to read from it, or it takes no calls.
    asked_until = models.DateTimeField(null=True)
    fence = models.BigIntegerField(default=0)
    trouble_count = models.IntegerField(default=0)
    trouble_since = models.DateTimeField(null=True)
    trouble = models.TextField(default="", blank=True)

    class Meta:
        indexes = (
            models.Index(
                fields=["ready_at", "id"], name="book_ready", condition=Q(ready_at__isnull=False)
            ),
        )


class CodeList(models.Model):
    """One list of codes of a book, for the pickers: when it was read, and why it was not since.

    Its codes are those of `generation`: a list is read into the next one, which counts once it is
    whole. `code_lists` writes it.
    """

    book = models.ForeignKey(Book, on_delete=models.CASCADE)
    name = models.CharField(max_length=20)  # see `connectors.base.CodeList`
    offered = models.BooleanField(default=True)  # False: the books do not show it, it is typed
    complete = models.BooleanField(default=True)  # False: they have more codes than they show
    generation = models.BigIntegerField(default=0)
    count = models.PositiveIntegerField(default=0)
    read_at = models.DateTimeField(null=True)
    tried_at = models.DateTimeField(null=True)
    trouble = models.TextField(default="", blank=True)  # why the last try failed

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["book", "name"], name="code_list_once_per_book"),
        )


class Code(models.Model):
    """One code of a list. The keys are case-folded and sorted byte by byte: what pages go by and
    what is searched."""

    list = models.ForeignKey(CodeList, on_delete=models.CASCADE)
    generation = models.BigIntegerField()
    key = models.CharField(max_length=180, db_collation="C")  # folding may lengthen a text
    name_key = models.CharField(max_length=600, db_collation="C", default="", blank=True)
    code = models.CharField(max_length=60)
    name = models.CharField(max_length=200, default="", blank=True)
    active = models.BooleanField(default=True)
    detail = models.JSONField(default=dict, blank=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["list", "generation", "key"], name="code_once"),
        )
        indexes = (models.Index(fields=["list", "generation", "name_key"], name="code_by_name"),)


class Store(models.Model):
    """One shop selling into one book, with its policies (accounting treatment, section 6)."""

    name = models.CharField(max_length=255, unique=True)
    book = models.ForeignKey(Book, on_delete=models.PROTECT, null=True)
    prefix = models.CharField(max_length=4, default="", blank=True)
    currency = models.CharField(max_length=3, default="MYR")
    time_zone = models.CharField(max_length=50, default="Asia/Kuala_Lumpur")
    sending = models.BooleanField(default=True)  # False once the shop has left
    trigger = models.CharField(max_length=10, default="paid")
    partial_payment = models.CharField(max_length=10, default="post")
    invoice_date = models.CharField(max_length=10, default="order")
    zero_value = models.CharField(max_length=10, default="post")
    unrefunded_cancellation = models.CharField(max_length=10, default="credit")
    settle_seconds = models.PositiveIntegerField(default=600)
    cut_over_date = models.DateField(null=True, blank=True)
    books_closed_date = models.DateField(null=True, blank=True)
    closed_period = models.CharField(max_length=20, default="next_open_day")
    excluded_sources = models.JSONField(default=marketplaces, blank=True)
    included_sources = models.JSONField(default=list, blank=True)
    fold_window_seconds = models.PositiveIntegerField(default=0)
    currency_side = models.CharField(max_length=20, default="shop")
    fx_tolerance = models.DecimalField(max_digits=5, decimal_places=4, default=Decimal("0.02"))
    customers = models.CharField(max_length=10, default="cash")
    debtor_prefix = models.CharField(max_length=4, default="", blank=True)  # see `debtors`
    discounts = models.CharField(max_length=10, default="net")
    refund_account = models.CharField(max_length=20, default="", blank=True)
    earlier_refunds = models.CharField(max_length=10, default="hold")
    gift_card_skus = models.JSONField(default=list, blank=True)
    tax_registered = models.BooleanField(default=True)
    show_buyer = models.BooleanField(default=False)
    project_by = models.CharField(max_length=10, default="none")
    project_fallback = models.CharField(max_length=20, default="", blank=True)
    einvoice_since = models.DateField(null=True, blank=True)
    einvoice_threshold = models.DecimalField(
        max_digits=12, decimal_places=2, default=Decimal("10000.00")
    )
    einvoice_threshold_inclusive = models.BooleanField(default=True)
    einvoice_relaxed_until = models.DateField(null=True, blank=True)
    tax_attributes = models.JSONField(default=dict, blank=True)  # see `policy.TAX_ATTRIBUTES`

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=Q(fold_window_seconds__lte=86_400), name="store_fold_window_of_a_day"
            ),
            models.CheckConstraint(
                condition=Q(fx_tolerance__gte=0, fx_tolerance__lte=Decimal("0.10")),
                name="store_fx_tolerance_small",
            ),
            models.UniqueConstraint(
                fields=["book", "prefix"],
                condition=~Q(prefix=""),
                name="store_prefix_once_per_book",
            ),
            models.CheckConstraint(
                condition=Q(prefix="") | Q(prefix__regex=r"^[A-Z][A-Z0-9]{0,3}$"),
                name="store_prefix_form",
            ),
        )


class Debtor(models.Model):
    """The customer code that stands for "online sales" in one currency."""

    store = models.ForeignKey(Store, on_delete=models.CASCADE)
    currency = models.CharField(max_length=3)
    code = models.CharField(max_length=12)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["store", "currency"], name="debtor_once_per_currency"),
        )


class DebtorCode(models.Model):
    """The code in one book of a customer of their own: allocated by `debtors` or named by the
    merchant. Once here it stays, whatever arrives later."""

    class Kind(models.TextChoices):
        CUSTOMER = "customer"
        COMPANY = "company"

    store = models.ForeignKey(Store, on_delete=models.CASCADE)
    book = models.ForeignKey(Book, on_delete=models.PROTECT)
    kind = models.CharField(max_length=10, choices=Kind)
    source_id = models.BigIntegerField()  # Shopify's id of the customer or company
    currency = models.CharField(max_length=3)
    code = models.CharField(max_length=12)

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["store", "book", "kind", "source_id", "currency"],
                name="customer_has_one_debtor_code",
            ),
            models.UniqueConstraint(fields=["book", "code"], name="debtor_code_is_one_customer"),
            models.CheckConstraint(
                condition=Q(kind__in=("customer", "company")), name="debtor_code_kind"
            ),
        )


class ItemMapping(models.Model):
    """Products to accounts: variant, SKU, product, vendor, type, tag, default (no_product for what
    has no product in the shop); the first that is mapped decides."""

    class Match(models.TextChoices):
        VARIANT = "variant"
        SKU = "sku"
        PRODUCT = "product"
        VENDOR = "vendor"
        TYPE = "type"
        TAG = "tag"
        DEFAULT = "default"
        NO_PRODUCT = "no_product"  # custom lines and deleted products

    store = models.ForeignKey(Store, on_delete=models.CASCADE)
    match = models.CharField(max_length=10, choices=Match)
    value = models.CharField(max_length=255, default="", blank=True)
    account = models.CharField(max_length=20)
    item_code = models.CharField(max_length=30, default="", blank=True)
    tariff_code = models.CharField(max_length=20, default="", blank=True)
    returns_account = models.CharField(max_length=20, default="", blank=True)
    returns_nostock_account = models.CharField(max_length=20, default="", blank=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["store", "match", "value"], name="item_mapped_once"),
            models.CheckConstraint(
                condition=(Q(match__in=("default", "no_product")) & Q(value=""))
                | (~Q(match__in=("default", "no_product")) & ~Q(value="")),
                name="item_value_unless_default",
            ),
        )


class TaxMapping(models.Model):
    """Shopify taxes to tax codes, by (title, rate, channel liable). Several taxes of one line are
    one code under the title and rate of `rules.tax_set_identity`."""

    store = models.ForeignKey(Store, on_delete=models.CASCADE)
    title = models.CharField(max_length=255)
    rate = models.DecimalField(max_digits=7, decimal_places=4)
    channel_liable = models.BooleanField(default=False)
    code = models.CharField(max_length=14)
    tariff_code = models.CharField(max_length=20, default="", blank=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["store", "title", "rate", "channel_liable"], name="tax_mapped_once"
            ),
        )


class GatewayMapping(models.Model):
    """Payment gateways to payment methods or clearing accounts, where wished by the brand of the
    card and by location; "" stands for any."""

    store = models.ForeignKey(Store, on_delete=models.CASCADE)
    gateway = models.CharField(max_length=255)  # letters and digits, case-folded
    card_brand = models.CharField(max_length=50, default="", blank=True)  # likewise
    location = models.CharField(max_length=19, default="", blank=True)  # Shopify's id
    account = models.CharField(max_length=20)
    cash = models.BooleanField(default=False)

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["store", "gateway", "card_brand", "location"], name="gateway_mapped_once"
            ),
        )


class RoleMapping(models.Model):
    """Account roles (shipping, tips, gift_card …) to accounts."""

    store = models.ForeignKey(Store, on_delete=models.CASCADE)
    role = models.CharField(max_length=20)
    account = models.CharField(max_length=20)

    class Meta:
        constraints = (models.UniqueConstraint(fields=["store", "role"], name="role_mapped_once"),)


class ProjectMapping(models.Model):
    """Locations or sales channels to projects of the books."""

    class By(models.TextChoices):
        LOCATION = "location"
        SOURCE = "source"

    store = models.ForeignKey(Store, on_delete=models.CASCADE)
    by = models.CharField(max_length=10, choices=By)
    value = models.CharField(max_length=255)  # see `documents.projects`
    project = models.CharField(max_length=20)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["store", "by", "value"], name="project_mapped_once"),
        )


class Order(models.Model):
    """One Shopify order: when to plan it next, and what the last plan said."""

    class State(models.TextChoices):
        WAITING = "waiting"  # facts are still expected
        HELD = "held"  # somebody has to act; `problems` says on what
        PLANNED = "planned"
        EXCLUDED = "excluded"  # has no documents for now; `note` says why

    store = models.ForeignKey(Store, on_delete=models.CASCADE)
    order_id = models.BigIntegerField()  # Shopify's
    name = models.CharField(max_length=100, default="", blank=True)
    state = models.CharField(max_length=10, choices=State, default=State.WAITING)
    note = models.TextField(default="", blank=True)
    problems = models.JSONField(default=list)
    flags = models.JSONField(default=list)  # what a person should know, and nothing waits for
    stem = models.CharField(max_length=20, default="", blank=True)  # see `documents.numbering`
    pinned = models.JSONField(default=dict, blank=True)  # with the stem; see `pinning`
    facts_at = models.DateTimeField()  # when the last fact arrived
    plan_at = models.DateTimeField(null=True)  # when to plan it next; None: when something changes
    planned_at = models.DateTimeField(null=True)
    refetch_asked_at = models.DateTimeField(null=True)  # it should be read anew from Shopify

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["store", "order_id"], name="order_once_per_store"),
            models.UniqueConstraint(fields=["id", "store"], name="order_with_store"),
            models.UniqueConstraint(
                fields=["store", "stem"], condition=~Q(stem=""), name="order_stem_once"
            ),
        )
        indexes = (
            models.Index(
                fields=["plan_at", "id"], name="order_to_plan", condition=Q(plan_at__isnull=False)
            ),
            models.Index(fields=["order_id"], name="order_by_shopify_id"),
            models.Index(fields=["store", "state", "id"], name="order_by_state"),
            models.Index(F("store"), F("id").desc(), name="order_newest"),
        )


class Fact(models.Model):
    """One thing Shopify said. Never changed: equal content only widens the times from `first_as_of`
    to `as_of`, and versions of an order that decide nothing any more are dropped."""

    store = models.ForeignKey(Store, on_delete=models.CASCADE)
    order = models.ForeignKey(Order, on_delete=models.CASCADE)
    kind = models.CharField(max_length=20)
    source_id = models.BigIntegerField()
    sha256 = models.CharField(max_length=64)  # of `body`
    as_of = models.DateTimeField(null=True)  # when it was last said; the two are of kinds that
    first_as_of = models.DateTimeField(null=True)  # have an as-of time: transaction, refund …
    body = models.JSONField()
    told_by = models.CharField(max_length=60, default="", blank=True)  # "delivery 17"

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["store", "kind", "source_id", "sha256"], name="fact_once"
            ),
        )
        indexes = (models.Index(fields=["kind", "source_id"], name="fact_by_source"),)


class Document(models.Model):
    """One write to the books, frozen when planned: the outbox. `outbox` alone moves `state`."""

    class State(models.TextChoices):
        WAITING = "waiting"  # behind an earlier document of its order
        QUEUED = "queued"
        SENDING = "sending"
        UNKNOWN = "unknown"  # maybe written; to be looked up
        POSTED = "posted"
        REJECTED = "rejected"  # the books said no
        CONFLICT = "conflict"  # the books hold something else under this number
        SKIPPED = "skipped"  # a person decided

    store = models.ForeignKey(Store, on_delete=models.PROTECT)
    book = models.ForeignKey(Book, on_delete=models.PROTECT)
    order = models.ForeignKey(Order, on_delete=models.PROTECT)
    kind = models.CharField(max_length=20)
    role = models.CharField(max_length=4)
    source_id = models.BigIntegerField()
    source = models.CharField(max_length=20, default="", blank=True)
    target = models.CharField(max_length=20, default="", blank=True)
    number = models.CharField(max_length=50)
    date = models.DateField()
    currency = models.CharField(max_length=3)
    total = models.DecimalField(max_digits=18, decimal_places=4)
    payload = models.JSONField()
    payload_sha256 = models.CharField(max_length=64)
    facts_sha256 = models.CharField(max_length=64)
    rules_sha256 = models.CharField(max_length=64)
    schema = models.PositiveSmallIntegerField(default=1)
    state = models.CharField(max_length=10, choices=State, default=State.WAITING)
    message = models.TextField(default="", blank=True)
    ready_at = models.DateTimeField()
    attempts = models.PositiveIntegerField(default=0)
    look_ups = models.PositiveIntegerField(default=0)  # since the last unknown outcome
    fence = models.BigIntegerField(default=0)
    sent_at = models.DateTimeField(null=True)
    posted_at = models.DateTimeField(null=True)
    receipt = models.JSONField(null=True)
    created_at = models.DateTimeField()

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["store", "role", "source_id", "source", "target"],
                name="document_once_per_key",
            ),
            models.UniqueConstraint(
                fields=["book", "number"],
                condition=~Q(kind="customer"),  # a customer's code stands with all its orders
                name="document_number_once",
            ),
            models.UniqueConstraint(fields=["id", "store"], name="document_with_store"),
            models.CheckConstraint(condition=Q(total__gte=0), name="document_total_not_negative"),
            models.CheckConstraint(
                condition=~Q(state="posted") | Q(posted_at__isnull=False, receipt__isnull=False),
                name="document_posted_with_receipt",
            ),
        )
        indexes = (
            models.Index(
                fields=["book", "ready_at", "id"],
                name="document_due",
                condition=Q(state__in=("queued", "unknown")),
            ),
            models.Index(fields=["book"], name="document_sending", condition=Q(state="sending")),
            models.Index(
                fields=["order", "id"],
                name="document_unfinished",
                condition=~Q(state__in=("posted", "skipped")),
            ),
            models.Index(fields=["store", "state", "id"], name="document_by_state"),
            models.Index(F("store"), F("id").desc(), name="document_newest"),
        )


class Attempt(models.Model):
    """One write to the books, committed before the call and finished after it; or a person's wish
    to look again. An outcome of "" means that the call never came back."""

    class Outcome(models.TextChoices):
        ACCEPTED = "accepted"  # the books said yes; only the look-up that follows is proof
        REJECTED = "rejected"  # they said no
        REFUSED = "refused"  # they said no, yet this or an earlier write may have arrived
        DUPLICATE = "duplicate"  # they called the number taken
        UNCERTAIN = "uncertain"  # the answer was lost
        UNAVAILABLE = "unavailable"  # certainly not written
        MISCONFIGURED = "misconfigured"  # certainly not written
        ASKED = "asked"  # a person asked to look again; nothing was sent

    store = models.ForeignKey(Store, on_delete=models.PROTECT)
    document = models.ForeignKey(Document, on_delete=models.PROTECT)
    call = models.CharField(max_length=10)  # post, retry
    fence = models.BigIntegerField()
    profile = models.CharField(max_length=60)
    payload_sha256 = models.CharField(max_length=64)
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    outcome = models.CharField(max_length=20, default="", blank=True)  # an Outcome, or ""
    message = models.TextField(default="", blank=True)


class BookCheck(models.Model):
    """One comparison of what a store has posted with what its book holds, and how far it got:
    `step` is the kind being listed, then the looking up one by one, `cursor` where its next page
    begins."""

    class State(models.TextChoices):
        RUNNING = "running"
        STOPPED = "stopped"  # `message` says why; goes on from its cursor at `ready_at`, or started
        FINISHED = "finished"
        ABANDONED = "abandoned"  # too old to go on; another was begun

    store = models.ForeignKey(Store, on_delete=models.PROTECT)
    book = models.ForeignKey(Book, on_delete=models.PROTECT)
    state = models.CharField(max_length=10, choices=State, default=State.RUNNING)
    step = models.CharField(max_length=20, default="", blank=True)
    cursor = models.TextField(default="", blank=True)
    listed = models.PositiveIntegerField(default=0)  # documents the books' lists showed
    looked_up = models.PositiveIntegerField(default=0)  # of ours, one by one
    unproved = models.PositiveIntegerField(default=0)  # whose knock-offs the books do not show
    unlisted = models.JSONField(default=list)  # kinds these books do not list, or not whole
    message = models.TextField(default="", blank=True)
    tries = models.PositiveIntegerField(default=0)  # at this page, in vain
    ready_at = models.DateTimeField(null=True)  # None: not before a person starts it
    started_at = models.DateTimeField()
    moved_at = models.DateTimeField()  # when the cursor last moved
    finished_at = models.DateTimeField(null=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["store", "book"],
                condition=Q(state__in=("running", "stopped")),
                name="book_check_one_at_a_time",
            ),
            models.UniqueConstraint(fields=["id", "store"], name="book_check_with_store"),
        )
        indexes = (
            models.Index(
                fields=["ready_at", "id"],
                name="book_check_ready",
                condition=Q(state__in=("running", "stopped")),
            ),
            models.Index(F("store"), F("id").desc(), name="book_check_newest"),
        )


class BookSighting(models.Model):
    """A document that a running check has met in a list of the books; gone with its end. `equal`
    ones need no look-up. `known_by` tells one document of the books from another."""

    store = models.ForeignKey(Store, on_delete=models.PROTECT)
    check_run = models.ForeignKey(BookCheck, on_delete=models.CASCADE)
    document = models.ForeignKey(Document, on_delete=models.CASCADE)
    equal = models.BooleanField()
    known_by = models.CharField(max_length=100)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["check_run", "document"], name="book_sighting_once"),
        )


class BookDifference(models.Model):
    """Something the books hold otherwise than it was posted. It stands once, from the check that
    found it first to the one that finds it gone; `check_run` is the last that saw it."""

    class Code(models.TextChoices):
        MISSING = "missing"
        CHANGED = "changed"
        DUPLICATED = "duplicated"
        UNALLOCATED = "unallocated"
        FOREIGN = "foreign"

    class Aspect(models.TextChoices):
        TOTAL = "total"
        CUSTOMER = "customer"
        CANCELLED = "cancelled"
        DATE = "date"
        NUMBER = "number"  # more than one document under one number
        MARKER = "marker"  # or with one Shopify id

    store = models.ForeignKey(Store, on_delete=models.PROTECT)
    book = models.ForeignKey(Book, on_delete=models.PROTECT)
    check_run = models.ForeignKey(BookCheck, on_delete=models.PROTECT)
    document = models.ForeignKey(Document, on_delete=models.PROTECT, null=True)  # None: not ours
    code = models.CharField(max_length=12, choices=Code)
    aspect = models.CharField(max_length=10, choices=Aspect, default="", blank=True)
    kind = models.CharField(max_length=20)
    number = models.CharField(max_length=100)
    other = models.CharField(max_length=200, default="", blank=True)  # numbers it is about besides
    books = models.TextField(default="", blank=True)  # the figure there, or their words
    here = models.TextField(default="", blank=True)  # the figure here
    found_at = models.DateTimeField()
    resolved_at = models.DateTimeField(null=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["store", "book", "code", "aspect", "kind", "number", "other"],
                condition=Q(resolved_at__isnull=True),
                name="book_difference_stands_once",
            ),
        )
        indexes = (models.Index(F("store"), F("id").desc(), name="book_difference_newest"),)


class Audit(models.Model):
    """Who changed what. Written with the change, in its transaction."""

    store = models.ForeignKey(Store, on_delete=models.PROTECT)
    at = models.DateTimeField()
    who = models.CharField(max_length=100)
    action = models.CharField(max_length=60)
    detail = models.JSONField(default=dict)
