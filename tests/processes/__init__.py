"""The product as it runs: real processes, killed, stopped, replaced and cut off by a seeded plan.

`python -m tests.processes` and the tests here start what the product needs (PostgreSQL, a broker,
web server, worker, and the sandbox's books behind a TCP proxy), do to it what the plan of a seed
says while webhooks arrive, let it heal, and count in the books' own journal (docs/reliability.md).
"""
