"""What a backfill is at, in the merchant's words: what that means, and what to do next."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from accounting.documents.due import BEFORE_CUT_OVER
from accounting.models import Backfill, BackfillOrder

State = Backfill.State
Outcome = BackfillOrder.Outcome
TITLES: dict[str, Promise] = {
    State.READING: lazy("Reading orders from Shopify"),
    State.STOPPED: lazy("Reading has stopped"),
    State.PREVIEWING: lazy("Working out what would be posted"),
    State.PREVIEWED: lazy("Ready for your decision"),
    State.POSTING: lazy("Being posted"),
    State.POSTED: lazy("Posted"),
    State.REVERSING: lazy("Being taken back"),
    State.REVERSED: lazy("Taken back"),
    State.CANCELLED: lazy("Cancelled"),
}
NEXT_STEPS: dict[str, Promise] = {
    State.READING: lazy("Nothing to do. Nothing is posted while orders are read."),
    State.STOPPED: lazy("Do what the message says, then go on; or cancel."),
    State.PREVIEWING: lazy("Nothing to do. Nothing is posted yet."),
    State.PREVIEWED: lazy(
        "Look through what would be posted. Map what is missing and preview again, then post; or "
        "cancel."
    ),
    State.POSTING: lazy("Nothing to do. To stop before the next order, cancel."),
    State.POSTED: lazy(
        "Look at the orders that were held or came out differently. The whole of it can be taken "
        "back."
    ),
    State.REVERSING: lazy("Nothing to do. Each document gets its opposite in the books."),
    State.REVERSED: lazy("Nothing to do."),
    State.CANCELLED: lazy("Nothing was posted. Start another one if you need it."),
}
TONES: dict[str, str] = {
    State.READING: "info",
    State.STOPPED: "warning",
    State.PREVIEWING: "info",
    State.PREVIEWED: "caution",
    State.POSTING: "info",
    State.POSTED: "success",
    State.REVERSING: "info",
    State.REVERSED: "neutral",
    State.CANCELLED: "neutral",
}
OUTCOMES: dict[str, Promise] = {
    Outcome.LISTED: lazy("Still to be read"),
    Outcome.READ: lazy("Still to be judged"),
    Outcome.POST: lazy("Would be posted"),
    Outcome.HOLD: lazy("Would be held"),
    Outcome.SKIP: lazy("Left out"),
    Outcome.THERE: lazy("Lejar keeps it up already"),
    Outcome.FAILED: lazy("Could not be read"),
}
REASONS: dict[str, Promise] = {
    "facts": lazy("The order has changed in Shopify since the preview."),
    "rules": lazy("Mappings or settings have changed since the preview."),
    "numbers": lazy("Another order took the number or customer code meanwhile."),
}
EARLIER_CUT_OVER = lazy(
    "To post them, set the cut-over date in the settings to an earlier day, then preview again. "
    "Their invoices must not be in the books already."
)


def remedy(reason: str) -> str:
    """What to do about orders that are left out; "" where it is right to leave them out."""
    return str(EARLIER_CUT_OVER) if reason.startswith(BEFORE_CUT_OVER) else ""


def unhurried(seconds: int | None) -> str:
    """How long is left, no finer than anybody can know; "" before there is a pace."""
    if seconds is None:
        return ""
    if seconds < 90:
        return _("about a minute left")
    if seconds < 90 * 60:
        return _("about %(count)s minutes left") % {"count": round(seconds / 60)}
    return _("about %(count)s hours left") % {"count": round(seconds / 3600)}
