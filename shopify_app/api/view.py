"""What every API view shares: whose request it is, pages of a list, and refusals as HTTP says them.

Views translate and make one call; the use-cases decide.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, ClassVar, TypeVar, cast

from django.db.models import Model, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework import serializers, status
from rest_framework import views as framework_views
from rest_framework.exceptions import APIException, NotFound, ParseError, ValidationError
from rest_framework.parsers import JSONParser
from rest_framework.request import Request
from rest_framework.response import Response

from accounting.connections import NotConfirmed, NotConnected
from accounting.connectors.base import Misconfigured, Unavailable
from accounting.connectors.guide import WrongSettings
from accounting.known_codes import Doubts
from accounting.mapping_tables import Errors, Invalid, storable
from accounting.outbox import Busy
from accounting.sealing import SealBroken, SealKeyMissing
from shopify_app.api.authentication import StaleSession
from shopify_app.heard import heard
from shopify_app.said import figures_in_words, in_words
from shopify_app.session import RETRY_HEADER, Visit

Row = TypeVar("Row", bound=Model)
BIGGEST_ID = 2**63 - 1
MOST_BYTES = 2 * 1024 * 1024  # a thousand mapping rows, the most of one request, are a quarter


class Conflict(APIException):
    """The request is fine, but not in the present state."""

    status_code = status.HTTP_409_CONFLICT
    default_code = "conflict"


class Unreachable(APIException):
    """The books, or what it takes to reach them, do not answer now."""

    status_code = status.HTTP_503_SERVICE_UNAVAILABLE
    default_code = "unavailable"


class TooLarge(APIException):
    status_code = status.HTTP_413_REQUEST_ENTITY_TOO_LARGE
    default_code = "too_large"


class Json(JSONParser):
    def parse(self, *given: Any, **more: Any) -> Any:
        try:
            return super().parse(*given, **more)
        except RecursionError:
            raise ParseError(_("JSON parse error - nested too deeply")) from None


class ShopView(framework_views.APIView):
    """A view on the rows of the shop whose token came along, and of no other."""

    parser_classes = (Json,)
    most_bytes: ClassVar[int] = MOST_BYTES

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """The framework's parsers read as much as is sent, whatever Django's own limit says."""
        super().initial(request, *args, **kwargs)
        length = request.META.get("CONTENT_LENGTH") or "0"
        if not length.isdecimal() or int(length[:20]) > self.most_bytes:
            raise TooLarge(_("A request may have %(count)s bytes.") % {"count": self.most_bytes})

    def finalize_response(self, *given: Any, **more: Any) -> Any:
        response = super().finalize_response(*given, **more)
        response["Cache-Control"] = "no-store"
        return response

    @property
    def visit(self) -> Visit:
        return cast(Visit, self.request.auth)

    def by(self) -> dict[str, Any]:
        """For which store, by whom and when: what every use-case is told."""
        visit = self.visit
        return {"store_id": visit.store_id, "who": visit.who, "now": timezone.now()}


class NothingView(ShopView):
    """Where there is nothing, the API says so as everywhere else: as JSON, and only to a shop."""

    schema = None

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        raise NotFound


class Body(serializers.Serializer[Any]):
    """A request body that refuses fields nobody reads, so that a typing error is not ignored."""

    def to_internal_value(self, data: Any) -> Any:
        unknown = sorted(set(data) - set(self.fields)) if isinstance(data, dict) else []
        if unknown:
            names = (name.encode(errors="replace").decode() for name in unknown)
            raise ValidationError({name: [_("There is no such field.")] for name in names})
        return super().to_internal_value(data)


class Query(Body):
    """The fields of an address; an empty text is as none, an empty number is none that could be
    meant. The shop's name may stand beside them: `visit_by` reads it."""

    def to_internal_value(self, data: Any) -> Any:
        texts = {
            key
            for key, field in self.fields.items()
            if not isinstance(field, serializers.IntegerField)
        }
        empty = {key for key in texts if data.get(key) == ""}
        asked = {key: data[key] for key in data if key != "shop" and key not in empty}
        return super().to_internal_value(asked)


class Heard(serializers.CharField):
    """A sentence of the accounting side, in the language of whoever reads it."""

    def to_representation(self, value: Any) -> str:
        return heard(super().to_representation(value))


class InWords(serializers.CharField):
    """What is kept in English, in the language of whoever reads it."""

    def to_representation(self, value: Any) -> str:
        return in_words(super().to_representation(value))


class HeardOrInWords(serializers.CharField):
    """What stands in the way of a document: the books say it, or the accounting side."""

    def to_representation(self, value: Any) -> str:
        text = super().to_representation(value)
        said = heard(text)
        return said if said != text else in_words(text)


class Figures(serializers.ListField):
    """The figures behind a hold or flag: each a name and a value, in words where they are words."""

    child = serializers.ListField(child=serializers.CharField())

    def to_representation(self, data: Any) -> list[Any]:
        return [list(each) for each in figures_in_words(data)]


def storable_text(value: str) -> str:
    """The text, unless no column could hold it, and so nothing be found by it."""
    if not storable(value):
        raise ValidationError([_("This is no text that could be found.")])
    return value


class PageQuery(Query):
    """`after` is the `next` of the page before."""

    after = serializers.IntegerField(required=False, min_value=0, max_value=BIGGEST_ID)
    limit = serializers.IntegerField(default=50, min_value=1, max_value=200)


def checked(serializer: type[serializers.Serializer[Any]], data: Any) -> dict[str, Any]:
    """The validated values; ValidationError names what is wrong field by field."""
    body = serializer(data=data)
    body.is_valid(raise_exception=True)
    return cast(dict[str, Any], body.validated_data)


def newest_first(rows: QuerySet[Row], query: dict[str, Any]) -> tuple[list[Row], int | None]:
    """One page by falling id, and the `after` of the next page, if there is one."""
    if "after" in query:
        rows = rows.filter(pk__lt=query["after"])
    return page(rows.order_by("-pk"), query["limit"])


def oldest_first(rows: QuerySet[Row], query: dict[str, Any]) -> tuple[list[Row], int | None]:
    """One page by rising id, and the `after` of the next page, if there is one."""
    rows = rows.filter(pk__gt=query.get("after", 0))
    return page(rows.order_by("pk"), query["limit"])


def page(rows: QuerySet[Row], limit: int) -> tuple[list[Row], int | None]:
    """The first `limit` of the rows, and the `after` of the next page, if there is one."""
    found = list(rows[: limit + 1])
    return found[:limit], found[limit - 1].pk if len(found) > limit else None


def listed(
    serializer: type[serializers.Serializer[Any]], rows: Sequence[Any], following: Any
) -> dict[str, Any]:
    return {"results": serializer(rows, many=True).data, "next": following}


def the_one(rows: QuerySet[Row]) -> Row:
    """The only row, or 404: the same answer whether it is absent or another shop's."""
    row = rows.first()
    if row is None:
        raise NotFound
    return row


@contextmanager
def refusals(*, many: bool = False, under: str = "") -> Iterator[None]:
    """What the use-cases refuse, as DRF says it. `many`: row by row, by index; `under`:
    the same, for the rows in that field of the body."""
    try:
        yield
    except Invalid as wrong:
        said: Any = _by_row(wrong.errors) if many or under else _fields(wrong.errors[0])
        raise ValidationError({under: said} if under else said) from None
    except WrongSettings as wrong:
        raise ValidationError(_nested(wrong.errors)) from None
    except (NotConnected, NotConfirmed, Busy) as wrong:
        raise Conflict(heard(str(wrong))) from None
    except (Unavailable, Misconfigured) as wrong:
        raise Unreachable(heard(str(wrong))) from None
    except (SealBroken, SealKeyMissing) as wrong:
        raise Unreachable(heard(" ".join(str(wrong).split()))) from None


def warned(doubts: Doubts) -> dict[int, dict[str, list[str]]]:
    """What was taken though it may be wrong: by row and field like a refusal, in the reader's
    language."""
    return {
        index: {name: [heard(message)] for name, message in said.items()}
        for index, said in sorted(doubts.items())
    }


def _by_row(errors: Errors) -> dict[int, dict[str, list[str]]]:
    return {index: _fields(said) for index, said in errors.items()}


def _fields(errors: Mapping[str, str]) -> dict[str, list[str]]:
    return {name: [heard(message)] for name, message in errors.items()}


def _nested(errors: Mapping[str, str]) -> dict[str, Any]:
    """What is wrong with "credentials.key" stands under `key` in `credentials`, as in the body."""
    found: dict[str, Any] = {}
    for name, said in _fields(errors).items():
        part, _, inner = name.partition(".")
        if inner:
            found.setdefault(part, {})[inner] = said
        else:
            found[part] = said
    return found


def exception_handler(exc: Exception, context: dict[str, Any]) -> Response | None:
    """The framework's answer, and for a stale token the header that makes App Bridge retry."""
    response = framework_views.exception_handler(exc, context)
    if response is not None and isinstance(exc, StaleSession):
        response[RETRY_HEADER] = "1"
    return response


class SessionTokenScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]  # the base registers it, untyped
    """Tells the OpenAPI document how to authenticate."""

    target_class = "shopify_app.api.authentication.SessionTokenAuthentication"
    name = "sessionToken"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}
