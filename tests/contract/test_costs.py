"""What a paid order costs in calls, once the connection is warm and nothing goes wrong."""

from __future__ import annotations

from tests.contract.bench import Bench
from tests.contract.life import paid_order


def test_a_paid_order_costs_the_writes_of_the_contract_and_no_read_that_proves_nothing(
    bench: Bench,
) -> None:
    bench.queue(*paid_order("SH-1"))
    bench.send_until_quiet()
    orders = 10
    for at in range(orders):
        bench.queue(*paid_order(f"SH-{at + 2}"))

    with bench.counted() as calls:
        bench.send_until_quiet()

    assert set(bench.states().values()) == {"posted"}, bench.messages()
    assert bench.still_open() == {}
    batch = 1  # whose books these are, asked once
    connection = bench.connection
    assert calls == {
        "writes": orders * connection.writes,
        "reads": orders * connection.reads + batch,
    }
