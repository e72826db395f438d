"""Nothing that is said to the books reaches a log, whatever goes wrong."""

from __future__ import annotations

import logging

import pytest

from accounting.models import Attempt
from accounting.models import Document as Row
from tests.accounting.connectors.entries import customer
from tests.contract.bench import Bench
from tests.contract.life import returned_order

FAULTS = ("html", "500", "truncated", "reset", "error_in_200", "401", "400", "other_answer")
PERSON = customer()
PERSONAL = (PERSON.name, PERSON.email, PERSON.phone, PERSON.address[0])
BODIES = ("Tee black M", "ch_3Qx9", "107.00")


@pytest.mark.parametrize("fault", FAULTS)
def test_no_credential_body_or_personal_datum_reaches_a_log(
    bench: Bench, fault: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    bench.switch(faults=[{"fault": fault, "when": "before", "on": "all", "every": 2, "times": 3}])
    bench.queue(*returned_order())

    bench.send_until_quiet()
    bench.connector.check()

    said = caplog.text
    shown = "".join(str(value) for value in Row.objects.values_list("message", flat=True))
    shown += "".join(str(value) for value in Attempt.objects.values_list("message", flat=True))
    shown += bench.book.trouble + bench.book.state_reason
    secrets = [*bench.connection.credentials.values()]
    assert [secret for secret in (*secrets, *PERSONAL, *BODIES) if secret in said] == []
    assert [secret for secret in (*secrets, *PERSONAL) if secret in shown] == []
