"""The agreed interface of the access tokens; the tokens themselves take this file's place."""

from __future__ import annotations


class ReconnectNeeded(Exception):
    """Open Lejar in the Shopify admin to reconnect it."""
