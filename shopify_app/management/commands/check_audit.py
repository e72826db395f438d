"""Check that the trail of who changed what is as it was noted, from the first entry to the last.

    manage.py check_audit
    manage.py check_audit --store kedai-rimba.myshopify.com

It names the first broken link of each chain, and ends with 1 where there is one.
"""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from accounting import audit_chain
from accounting.models import AuditChain

BROKEN = 1
SAID = {
    audit_chain.Why.MISSING: "it is missing",
    audit_chain.Why.PREVIOUS: "it does not follow from the entry before",
    audit_chain.Why.CONTENT: "who, what or when is not what was noted",
    audit_chain.Why.DETAIL: "its detail is not what was noted",
    audit_chain.Why.END: "the chain ended otherwise when it was last checked",
}


class Command(BaseCommand):
    help = "Check that nobody has changed or removed an entry of who changed what."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--store", metavar="NAME.myshopify.com", help="one store; else all")

    def handle(self, *args: Any, store: str | None, **options: Any) -> None:
        chains = AuditChain.objects.order_by("store")
        if store is not None:
            chains = chains.filter(store__name=store)
        found = list(chains.values_list("store", "store__name"))
        if store is not None and not found:
            raise CommandError(f"Nothing was noted of {store}.")
        broken = [name for store_id, name in found if self._is_broken(store_id, name)]
        if broken:
            raise CommandError(f"Broken: {', '.join(broken)}.", returncode=BROKEN)

    def _is_broken(self, store_id: int, name: str) -> bool:
        broken = audit_chain.check_whole(store_id=store_id, now=timezone.now())
        if broken is not None:
            self.stdout.write(f"{name}: entry {broken.number} is broken: {SAID[broken.why]}.")
            return True
        count = AuditChain.objects.values_list("whole_number", flat=True).get(store=store_id)
        self.stdout.write(f"{name}: {count} entries, unbroken.")
        return False
