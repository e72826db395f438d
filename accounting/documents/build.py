"""Facts and rules in, the documents still to post out. Written next; this states the contract."""

from __future__ import annotations

from collections.abc import Sequence

from accounting.documents.document import Entry, Plan
from accounting.documents.rules import Rules
from accounting.facts import Facts


def build(facts: Facts, rules: Rules, sealed: Sequence[Entry], *, stem: str, settled: bool) -> Plan:
    """The complete set of entries still to post, and the complete list of what is wrong.

    `sealed` are the entries planned before: never changed, never repeated. `stem` is the order's
    pinned invoice number, "" to let the plan choose. `settled` says that the order has been quiet
    for the policy's settle time, so that what is missing will not come by itself.
    """
    raise NotImplementedError
