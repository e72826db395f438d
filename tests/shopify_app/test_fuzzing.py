"""Whatever is sent where anybody can send: a good reading or a refusal, and never anything else.

What webhooks say is fuzzed in `test_payloads_survive`; here are the doors before it: the session
token, the webhook's headers, and the amounts of money in what was let in.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from hypothesis import example, given
from hypothesis import strategies as st

from shopify_app.payloads import BadPayload
from shopify_app.payloads.fields import Node
from shopify_app.payloads.shop import DOMAIN
from shopify_app.session import Claims, InvalidToken, verify
from tests.shopify_app.conftest import API_KEY, SECRET, make_claims, make_token
from tests.strategies import relaxed

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=4,
)
CLAIMS = ("iss", "dest", "aud", "sub", "exp", "nbf", "iat", "jti", "sid")
SHOPS = ("https://kedai.myshopify.com", "https://lain.myshopify.com", "http://kedai.myshopify.com",
         "https://kedai.myshopify.com.evil.test", "https://evil.test#kedai.myshopify.com",
         "https://x@kedai.myshopify.com", "https://kedai.myshopify.com:1", "kedai.myshopify.com",
         "https://KEDAI.myshopify.com", "https://kedai.myshopify.com\n", "https://[x")  # fmt: skip


def coded(value: Any) -> str:
    raw = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def token(header: Any, claims: Any, *, hash_name: str = "sha256", key: str = SECRET) -> str:
    """Signed by whoever has the key, whatever the header claims."""
    text = f"{coded(header)}.{coded(claims)}"
    return f"{text}.{coded(hmac.new(key.encode(), text.encode(), hash_name).digest())}"


def read(text: str) -> Claims | None:
    """What it says, or None where it is refused; any other exception fails the test."""
    try:
        return verify(text)
    except InvalidToken:
        return None


# --- session tokens ------------------------------------------------------------------------------


@relaxed
@given(text=st.text() | st.binary().map(lambda raw: raw.decode("latin-1")))
@example("")
@example("..")
@example("e30.e30.e30")
@example("\ud800.\ud800.\ud800")
@example("e" * 200_000)
@example("." * 10_000)
@example(f"{'W1sb' * 20_000}.e30.x")
def test_any_text_is_refused_as_a_token(text: str) -> None:
    assert read(text) is None


@relaxed
@given(name=st.sampled_from(CLAIMS), value=JSON)
@example("exp", float("nan"))
@example("exp", float("inf"))
@example("exp", 10**400)
@example("exp", -1)
@example("exp", True)
@example("nbf", "0")
@example("iat", 1e300)
@example("iat", -(10**18))
@example("aud", [API_KEY, API_KEY])
@example("aud", {API_KEY: 1})
@example("dest", {"https": "//kedai.myshopify.com"})
@example("sub", ["42"])
@example("sub", "\ud800")
def test_any_claim_makes_a_token_of_a_shop_or_none(name: str, value: Any) -> None:
    claims = {**make_claims("kedai.myshopify.com"), name: value}

    said = read(token({"alg": "HS256", "typ": "JWT"}, claims))

    assert said is None or (said.domain, type(said.staff)) == ("kedai.myshopify.com", str)
    if said is not None and name in ("aud", "iss", "dest"):
        assert value == make_claims("kedai.myshopify.com")[name]


@relaxed
@given(iss=st.sampled_from(SHOPS), path=st.sampled_from(["/admin", "", "/x"]),
       dest=st.sampled_from(SHOPS))  # fmt: skip
def test_only_one_and_the_same_shop_by_https_is_believed(iss: str, path: str, dest: str) -> None:
    said = read(token({"alg": "HS256"}, make_claims(iss=iss + path, dest=dest)))

    if said is not None:
        assert DOMAIN.fullmatch(said.domain)
        assert iss == dest == f"https://{said.domain}"
        assert path.startswith("/")


@relaxed
@given(header=st.dictionaries(
    st.sampled_from(["alg", "typ", "kid", "jku", "jwk", "x5u", "crit", "b64", "cty", "enc", "zip"]),
    JSON | st.sampled_from(["none", "None", "HS256", "HS384", "HS512", "RS256", "ES256", "hs256"])
))  # fmt: skip
@example({"alg": "HS256", "kid": "../../../../dev/null"})
@example({"alg": "HS256", "kid": "' UNION SELECT 'x"})
@example({"alg": "HS256", "jku": "https://evil.test/keys", "jwk": {"kty": "oct", "k": "eA"}})
@example({"alg": ["HS256"]})
@example({"alg": "HS256", "crit": ["exp"], "exp": 1})
@example({"alg": "HS256", "b64": False, "crit": ["b64"]})
def test_no_header_chooses_the_key_or_another_algorithm(header: dict[str, Any]) -> None:
    claims = make_claims("kedai.myshopify.com")

    unsigned = f"{coded(header)}.{coded(claims)}."
    by_others = token(header, claims, key="somebody-elses-key-of-32-characters")

    assert read(unsigned) is None
    assert read(by_others) is None
    if read(token(header, claims)) is not None:
        assert header["alg"] == "HS256"


@pytest.mark.parametrize("name", ["sha1", "sha384", "sha512", "md5"])
@pytest.mark.parametrize("alg", ["HS256", "HS384", "HS512", "HS1"])
def test_only_hs256_signs(name: str, alg: str) -> None:
    assert read(token({"alg": alg}, make_claims(), hash_name=name)) is None


@relaxed
@given(at=st.integers(0, 10_000), flip=st.integers(1, 127))
def test_no_altered_letter_of_a_good_token_is_overlooked(at: int, flip: int) -> None:
    good = make_token()
    where = at % (len(good) - 1)  # the last letter carries bits that nothing reads
    altered = good[:where] + chr(ord(good[where]) ^ flip) + good[where + 1 :]

    assert read(altered) is None


@pytest.mark.parametrize("seconds", [-3600, -60, -11, 11, 60, 3600])
@pytest.mark.parametrize("name", ["exp", "nbf", "iat"])
def test_times_hold_to_ten_seconds(name: str, seconds: int) -> None:
    told = read(token({"alg": "HS256"}, make_claims() | {name: int(time.time()) + seconds}))

    assert (told is None) == (seconds < 0 if name == "exp" else seconds > 0)


# --- webhooks ------------------------------------------------------------------------------------


@relaxed
@given(signature=st.text(max_size=60), body=st.binary(max_size=60))
@example("", b"")
@example("=" * 44, b"{}")
@example("A" * 100_000, b"{}")
@example(base64.b64encode(hashlib.sha256(b"{}").digest()).decode(), b"{}")
def test_no_signature_is_good_by_chance(signature: str, body: bytes) -> None:
    given_header = signature.encode("latin-1", "replace").decode("latin-1")

    answer = Client().generic(
        "POST", "/webhooks/shopify", body, "application/json",
        headers={"X-Shopify-Hmac-Sha256": given_header, "X-Shopify-Topic": "orders/create"},
    )  # fmt: skip

    assert (answer.status_code, answer.content) == (401, b"")


# --- money ---------------------------------------------------------------------------------------

DIGITS = st.text("0123456789.,-+eE_ \u0663\uff11\u00b2", max_size=12)


@relaxed
@given(value=DIGITS | JSON | st.decimals(allow_nan=True, allow_infinity=True),
       currency=st.sampled_from(["MYR", "JPY", "BHD", "XXX"]))  # fmt: skip
@example("1e400", "MYR")
@example("1E+2", "MYR")
@example("-0", "MYR")
@example("NaN", "MYR")
@example("Infinity", "JPY")
@example("1_000.00", "MYR")
@example("\uff11\uff12.00", "MYR")
@example("0x10", "MYR")
@example("1,000.00", "MYR")
@example("9" * 400, "MYR")
@example("0." + "0" * 400 + "1", "MYR")
@example("12.345", "MYR")
@example(True, "MYR")
@example(Decimal("1e-400"), "MYR")
def test_an_amount_is_exact_and_plain_or_refused(value: Any, currency: str) -> None:
    try:
        amount = Node({"amount": value}, "").amount("amount", currency)
    except BadPayload:
        return

    assert type(amount) is Decimal
    assert amount.is_finite()
    assert abs(amount) < 10**18
    assert amount == Decimal(str(value))
    assert "E" not in str(amount)
