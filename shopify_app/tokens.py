"""Access to a shop's Admin API: the interface that reading needs of it."""

from __future__ import annotations


class ReconnectNeeded(Exception):
    """Lejar holds no token that Shopify takes. It gets one when the merchant opens Lejar."""
