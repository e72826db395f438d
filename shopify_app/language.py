"""Which language a page speaks: the one the staff member chose in the Shopify admin."""

from __future__ import annotations

from django.http import HttpRequest
from django.middleware.locale import LocaleMiddleware
from django.utils import translation


class StaffLocaleMiddleware(LocaleMiddleware):
    """`locale` in the address comes first: the admin puts it there, and our own links carry it on.

    A document is fetched with the browser's Accept-Language, which need not be the language of the
    admin; App Bridge's own requests carry the same locale in that header (contract 3.2).
    """

    def process_request(self, request: HttpRequest) -> None:
        super().process_request(request)
        try:
            chosen = translation.get_supported_language_variant(request.GET["locale"].lower())
        except LookupError:  # none asked for, or none of ours
            return
        translation.activate(chosen)
        setattr(request, "LANGUAGE_CODE", chosen)  # noqa: B010 HttpRequest declares no such attribute
