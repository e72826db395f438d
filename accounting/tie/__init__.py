"""The tie-out of one order, as pure functions: what Shopify says (`stated`), what our documents say
and what the books read back (`written`), and why they differ (`explained`). See docs/tie-out.md.

What Shopify says is worked out here a second time, from its own totals, and shares no arithmetic
with `documents`: an error there must show as a difference.
"""
