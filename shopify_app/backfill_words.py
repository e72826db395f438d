"""What a backfill is at, in the merchant's words: what that means, and what to do next."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounting.documents.due import BEFORE_CUT_OVER
from accounting.models import Backfill

State = Backfill.State
TITLES: dict[str, Promise] = {
    State.READING: _("Reading orders from Shopify"),
    State.STOPPED: _("Reading has stopped"),
    State.PREVIEWING: _("Working out what would be posted"),
    State.PREVIEWED: _("Ready for your decision"),
    State.POSTING: _("Being posted"),
    State.POSTED: _("Posted"),
    State.REVERSING: _("Being taken back"),
    State.REVERSED: _("Taken back"),
    State.CANCELLED: _("Cancelled"),
}
NEXT_STEPS: dict[str, Promise] = {
    State.READING: _("Nothing to do. Nothing is posted while orders are read."),
    State.STOPPED: _("Do what the message says, then go on; or cancel."),
    State.PREVIEWING: _("Nothing to do. Nothing is posted yet."),
    State.PREVIEWED: _(
        "Look through what would be posted. Map what is missing and preview again, then post; or "
        "cancel."
    ),
    State.POSTING: _("Nothing to do. To stop before the next order, cancel."),
    State.POSTED: _(
        "Look at the orders that were held or came out differently. The whole of it can be taken "
        "back."
    ),
    State.REVERSING: _("Nothing to do. Each document gets its opposite in the books."),
    State.REVERSED: _("Nothing to do."),
    State.CANCELLED: _("Nothing was posted. Start another one if you need it."),
}
REASONS: dict[str, Promise] = {
    "facts": _("The order has changed in Shopify since the preview."),
    "rules": _("Mappings or settings have changed since the preview."),
    "numbers": _("Another order took the number or customer code meanwhile."),
}
EARLIER_CUT_OVER = _(
    "To post them, set the cut-over date in the settings to an earlier day, then preview again. "
    "Their invoices must not be in the books already."
)


def remedy(reason: str) -> str:
    """What to do about orders that are left out; "" where it is right to leave them out."""
    return str(EARLIER_CUT_OVER) if reason.startswith(BEFORE_CUT_OVER) else ""
