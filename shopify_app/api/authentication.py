"""The session token as the API's only way in; `request.auth` is the visit.

Apart from the views, because the framework imports this while it imports itself.
"""

from __future__ import annotations

from django.utils.translation import gettext as _
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed, ErrorDetail, Throttled
from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from shopify_app.session import AnotherShop, InvalidToken, Visit, bearer, visit_by
from shopify_app.shares import TooOften


class StaleSession(AuthenticationFailed):
    """Trying again with a fresh token can help."""


class Often(Throttled):
    """The framework says in `Retry-After` how long to wait; these are the words beside it."""

    def __init__(self, often: TooOften) -> None:
        super().__init__(often.seconds)
        self.detail = ErrorDetail(
            _("This was asked too often. Wait a minute and try again."), self.default_code
        )


class SessionTokenAuthentication(BaseAuthentication):
    def authenticate(self, request: Request) -> tuple[None, Visit]:
        try:
            visit = visit_by(bearer(request.headers.get("Authorization", "")), request._request)
        except TooOften as often:
            raise Often(often) from None
        except AnotherShop:
            raise AuthenticationFailed from None
        except InvalidToken:
            raise StaleSession from None
        return (None, visit)

    def authenticate_header(self, request: Request) -> str:
        return "Bearer"  # without it the framework answers 403 instead of 401


class HasShop(BasePermission):
    def has_permission(self, request: Request, view: object) -> bool:
        return isinstance(request.auth, Visit)
