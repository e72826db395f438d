"""Mappings as files and dry runs through the API: what is taken, refused, and whose it is."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.test.client import MULTIPART_CONTENT
from django.utils import timezone

from accounting import mapping_import, mapping_preview
from accounting.models import (
    ItemMapping,
    MappingImport,
    MappingPreview,
    RoleMapping,
    Store,
    TaxMapping,
)
from shopify_app.models import Shop
from tests.shopify_app.conftest import ClientFor
from tests.shopify_app.filled import fill

URL = "/api/v1/mappings"


def upload(api: Client, what: str, text: bytes, **more: Any) -> Any:
    file = SimpleUploadedFile("mine.csv", text, content_type="text/csv")
    return api.post(f"{URL}/{what}/import", {"file": file, **more}, content_type=MULTIPART_CONTENT)


@pytest.mark.parametrize("accept", ["*/*", "text/csv"])
def test_a_table_is_given_out_as_csv(api: Client, shop: Shop, accept: str) -> None:
    ItemMapping.objects.create(store=shop.store, match="sku", value="kopi", account="500-001")

    answer: Any = api.get(f"{URL}/items.csv", headers={"Accept": accept})

    said = b"".join(answer.streaming_content).decode()
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    assert said.startswith("\ufeffmatch,value,account")
    assert said.endswith("sku,kopi,500-001,,,,\r\n")


def test_a_file_goes_in_after_it_was_shown(api: Client, shop: Shop) -> None:
    begun = upload(api, "roles", b"role,account\r\ntips,540-000\r\n")
    mapping_import.go_on(clock=timezone.now)
    where = f"{URL}/imports/{begun.json()['id']}"
    shown = api.get(where).json()
    applied = api.post(f"{where}/apply")
    mapping_import.go_on(clock=timezone.now)

    assert (begun.status_code, begun.json()["state"]) == (202, "reading")
    assert (shown["state"], shown["counts"]["added"]) == ("ready", 1)
    assert shown["examples"]["added"][0]["row"] == {"role": "tips", "account": "540-000"}
    assert (applied.status_code, applied.json()["state"]) == (202, "applying")
    assert api.get(where).json()["state"] == "applied"
    assert RoleMapping.objects.get(store=shop.store).account == "540-000"
    assert api.post(f"{where}/apply").status_code == 409
    assert [each["id"] for each in api.get(f"{URL}/imports").json()["results"]] == [shown["id"]]


def test_a_file_that_is_none_is_refused_at_its_field(api: Client) -> None:
    answer = upload(api, "roles", b"colour\r\n")

    assert answer.status_code == 400
    assert list(answer.json()) == ["file"]
    assert not MappingImport.objects.exists()


@pytest.mark.parametrize("body", [{}, {"file": "text"}])
def test_an_import_without_a_file_is_refused(api: Client, body: dict[str, str]) -> None:
    answer = api.post(f"{URL}/roles/import", body, content_type=MULTIPART_CONTENT)

    assert answer.status_code == 400
    assert not MappingImport.objects.exists()


def test_tables_that_do_not_exist_are_not_there(api: Client) -> None:
    assert api.get(f"{URL}/nonsense.csv").status_code == 404
    assert upload(api, "nonsense", b"a\r\n").status_code == 404


def test_a_file_is_left(api: Client, shop: Shop) -> None:
    begun = upload(api, "roles", b"role,account\r\ntips,540-000\r\n").json()

    answer = api.post(f"{URL}/imports/{begun['id']}/cancel")

    assert answer.json()["state"] == "cancelled"
    mapping_import.go_on(clock=timezone.now)
    assert not RoleMapping.objects.exists()


def test_a_dry_run_answers_at_once_and_ends_in_the_background(api: Client, shop: Shop) -> None:
    rows = [{"role": "tips", "account": "540-000"}]

    begun = api.post(
        f"{URL}/preview", {"what": "roles", "rows": rows}, content_type="application/json"
    )
    mapping_preview.go_on(clock=timezone.now)
    done = api.get(f"{URL}/preview/{begun.json()['id']}").json()

    assert (begun.status_code, begun.json()["state"]) == (202, "running")
    assert (done["state"], done["of"], done["result"]["released"]["orders"]) == ("done", 0, 0)
    assert not RoleMapping.objects.exists()


def test_a_dry_run_of_wrong_rows_is_refused_by_row_and_field(api: Client) -> None:
    answers = [
        api.post(f"{URL}/preview", body, content_type="application/json")
        for body in (
            {"what": "taxes", "rows": [{"title": "sst", "rate": "x", "code": "S"}]},
            {"what": "taxes", "rows": [{"title": "sst", "rate": "0.08", "code": "S" * 30}]},
        )
    ]

    assert [answer.status_code for answer in answers] == [400, 400]
    assert list(answers[0].json()["rows"]["0"]) == ["rate"]
    assert list(answers[1].json()["rows"]["0"]) == ["code"]
    assert not MappingPreview.objects.exists()


def test_another_shops_files_and_dry_runs_are_not_there(
    api: Client, shop: Shop, other: Shop, client_for: ClientFor, now: datetime
) -> None:
    filled = fill(other, now, order_id=6001)
    TaxMapping.objects.filter(store=shop.store).delete()

    for method, where in (
        ("get", f"imports/{filled.file.pk}"),
        ("post", f"imports/{filled.file.pk}/apply"),
        ("post", f"imports/{filled.file.pk}/cancel"),
        ("get", f"preview/{filled.preview.pk}"),
    ):
        assert getattr(api, method)(f"{URL}/{where}").status_code == 404

    filled.file.refresh_from_db()
    assert filled.file.state == "ready"
    assert Store.objects.count() == 2


def test_why_an_order_has_its_codes_is_not_told_to_another_shop(
    shop: Shop, other: Shop, client_for: ClientFor, now: datetime
) -> None:
    fill(shop, now)

    assert client_for(shop.domain).get("/api/v1/orders/5001/codes").status_code == 200
    assert client_for(other.domain).get("/api/v1/orders/5001/codes").status_code == 404
