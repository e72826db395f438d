"""The last days of shop and books, as the chart wants them."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

from django.db.models import Case, DecimalField, F, Q, Sum, When

from accounting.models import Document
from shopify_app.pages.chart import Day

DAYS = 30
ZERO = Decimal(0)


def last_days(store_id: int, *, today: date) -> list[Day]:
    """Each of the last 30 days until today, the oldest first."""
    first = today - timedelta(days=DAYS - 1)
    # merge: accounting.tie_out.daily(store_id, first=first, last=today)
    signed = Case(
        When(kind__in=("invoice", "debit_note"), then=F("total")),
        When(kind="credit_note", then=-F("total")),
        default=0,
        output_field=DecimalField(max_digits=18, decimal_places=4),
    )
    rows = Document.objects.filter(store=store_id, date__range=(first, today)).values("date")
    sums = rows.annotate(shop=Sum(signed), books=Sum(signed, filter=Q(state="posted")))
    found = {
        row["date"]: Day(date=row["date"], shop=row["shop"] or ZERO, books=row["books"] or ZERO)
        for row in sums.order_by("date")
    }
    days = [first + timedelta(days=n) for n in range(DAYS)]
    return [found.get(day, Day(date=day, shop=ZERO, books=ZERO)) for day in days]
