"""Profiles: what ships, how corrections are merged, and that every mistake is named."""

from __future__ import annotations

import copy
import json
from importlib import resources
from pathlib import Path
from typing import Any

import pytest

from accounting.connectors.acctbridge import profile
from accounting.connectors.acctbridge.profile import ProfileError
from accounting.documents.document import Kind


def shipped(name: str = "sql_accounting") -> dict[str, Any]:
    folder = resources.files("accounting.connectors.acctbridge") / "profiles"
    value: dict[str, Any] = json.loads((folder / f"{name}.json").read_text(encoding="utf-8"))
    return value


def changed(path: str, value: Any) -> dict[str, Any]:
    """The shipped SQL profile with one key set; path parts that are digits index lists."""
    whole = copy.deepcopy(shipped())
    *way, last = [int(part) if part.isdigit() else part for part in path.split("/")]
    place: Any = whole
    for part in way:
        place = place[part]
    place[last] = value
    return whole


@pytest.mark.parametrize(
    ("name", "label", "prefixes", "length"),
    [
        ("sql_accounting", "acctbridge_sqlacc/1", ("ST", "SV"), 20),
        ("autocount", "acctbridge_autocount/1", (), 30),
    ],
)
def test_the_shipped_profiles_are_valid(
    name: str, label: str, prefixes: tuple[str, ...], length: int
) -> None:
    loaded = profile.load(name, None)

    assert loaded.label == label
    assert loaded.tariff_prefixes == prefixes
    assert loaded.number_length == length
    assert loaded.kinds == frozenset(Kind)
    assert loaded.operations["refund.create"].need == "optional"
    assert loaded.operations["refund.create"].status == "assumed"


def test_an_unknown_profile_is_refused() -> None:
    with pytest.raises(ProfileError, match="no such profile"):
        profile.load("../secrets", None)


def test_a_correction_is_merged_key_by_key(tmp_path: Path) -> None:
    correction = {
        "version": 2,
        "operations": {
            "refund.create": None,
            "refund.knockoff": None,
            "invoice.find": {"query": {"DOCNO": None, "docno": "{docNo}"}},
        },
        "docTypes": {"payment": "OR"},
    }
    (tmp_path / "sql_accounting.json").write_text(json.dumps(correction))

    corrected = profile.load("sql_accounting", tmp_path)

    assert corrected.label == "acctbridge_sqlacc/2"
    assert corrected.kinds == frozenset(Kind) - {Kind.REFUND}
    assert corrected.operations["invoice.find"].query == {"docno": "{docNo}"}
    assert corrected.operations["invoice.find"].path == "/customer-invoice"
    assert corrected.doc_types["payment"] == "OR"
    assert corrected.doc_types["invoice"] == "IV"


def test_a_correction_may_be_one_file(tmp_path: Path) -> None:
    file = tmp_path / "correction.json"
    file.write_text('{"version": 3}')

    assert profile.load("autocount", file).version == 3


def test_a_folder_without_a_correction_changes_nothing(tmp_path: Path) -> None:
    assert profile.load("autocount", tmp_path) == profile.load("autocount", None)


@pytest.mark.parametrize("text", ["{", "[]", '"x"', "null"])
def test_a_correction_that_is_no_object_is_refused(tmp_path: Path, text: str) -> None:
    file = tmp_path / "correction.json"
    file.write_text(text)

    with pytest.raises(ProfileError, match="profile: "):
        profile.load("autocount", file)


def test_a_correction_that_is_missing_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ProfileError, match=r"gone\.json: cannot be read"):
        profile.load("autocount", tmp_path / "gone.json")


@pytest.mark.parametrize("path", ["operations/invoice.find/path", "reply/number", "errors", "id"])
def test_a_missing_key_is_named(path: str) -> None:
    whole = shipped()
    *way, last = path.split("/")
    place = whole
    for part in way:
        place = place[part]
    del place[last]

    with pytest.raises(ProfileError) as caught:
        profile.read(whole)

    assert str(caught.value) == f"{path.replace('/', '.')}: is missing"


@pytest.mark.parametrize(
    ("path", "value", "said"),
    [
        ("surprise", 1, "surprise: is not a known key"),
        ("version", "1", "version: must be a whole number"),
        ("version", True, "version: must be a whole number"),
        ("transport/readTimeoutS", -1, "transport.readTimeoutS: must be a whole number, zero"),
        ("transport/maxInFlight", 2, "transport.maxInFlight: must be 1"),
        ("transport/extra", 2, "transport.extra: is not a known key"),
        ("format/money", "float", "format.money: must be one of number2"),
        ("format/boolean", "yes", "format.boolean: must be one of TF, json"),
        ("operations", [], "operations: must be an object"),
        ("operations/invoice.find/method", "DELETE", "operations.invoice.find.method: must be"),
        ("operations/invoice.find/method", "POST", "operations.invoice.find.method: a look-up"),
        ("operations/invoice.find/path", "invoice", "operations.invoice.find.path: must start"),
        ("operations/invoice.find/query", {"A": "{who}"}, "operations.invoice.find: only {docNo}"),
        ("operations/invoice.find/success", ["200"], "operations.invoice.find.success: must be"),
        ("operations/invoice.find/need", "maybe", "operations.invoice.find.need: must be one of"),
        ("objects/invoice/fields/0/type", "text", "objects.invoice.fields[0].type: must be one"),
        ("objects/invoice/fields/0/max", "20", "objects.invoice.fields[0].max: must be a whole"),
        ("objects/invoice/fields/0/from", "docno", "objects.invoice.fields[0].from: there is no"),
        ("objects/invoice/fields/0/value", "X", "objects.invoice.fields[0].value: a field has a"),
        ("objects/invoice/fields/0/colour", 1, "objects.invoice.fields[0].colour: is not a known"),
        ("objects/payment/fields/4/from", "", "objects.payment.fields[4].from: a required field"),
        ("objects/payment/fields/5/max", 0, "objects.payment.fields[5].max: is needed to know"),
        ("objects/payment/fields/5/cut", "yes", "objects.payment.fields[5].cut: must be true or"),
        ("objects/invoice/fields/13/fields", [], "objects.invoice.fields[13].fields: an array"),
        ("objects/invoice/fields/13/fields/0/from", "number", "objects.invoice.fields[13].fields["),
        ("objects/payment.knockoff/fields/0/from", "number", "objects.payment.knockoff.fields[0]."),
        ("reply/applied", "knockOffAmt", "reply: needs either unapplied or applied"),
        ("reply/amount/invoice", "docAmt", "reply.amount.invoice: must be a list of texts"),
        ("docTypes/invoice", 1, "docTypes.invoice: must be text"),
        ("errors/0/outcome", "perhaps", "errors[0].outcome: must be one of"),
        ("errors/0/outcome", "absent", "errors[0].outcome: only a look-up"),
        ("errors/2/phrase", "(", "errors[2].phrase: is no regular expression"),
        ("errors/0", {"outcome": "rejected"}, "errors[0]: a rule needs a status"),
        ("quirks/firstKeys", ["docDate"], "objects.invoice.fields: must begin with"),
        ("quirks/lastKeys", ["docNo"], "objects.invoice.fields: must begin with"),
        ("tariffPrefixes", "ST", "tariffPrefixes: must be a list of texts"),
    ],
)
def test_a_mistake_is_named_by_its_key(path: str, value: Any, said: str) -> None:
    with pytest.raises(ProfileError) as caught:
        profile.read(changed(path, value))

    assert str(caught.value).startswith(said)


@pytest.mark.parametrize(
    ("section", "name", "said"),
    [
        ("objects", "payment.knockoff", "objects.payment.knockoff: is missing"),
        ("objects", "invoice", "objects.invoice: is missing"),
        ("operations", "customer.find", "operations.customer.find: is missing"),
    ],
)
def test_a_part_that_others_need_cannot_be_left_out(section: str, name: str, said: str) -> None:
    whole = shipped()
    del whole[section][name]

    with pytest.raises(ProfileError, match=said):
        profile.read(whole)


def test_an_amount_to_read_back_cannot_be_left_out() -> None:
    whole = shipped()
    del whole["reply"]["amount"]["refund"]

    with pytest.raises(ProfileError, match=r"reply\.amount\.refund: is missing"):
        profile.read(whole)
