"""Proof by numbers: orders live whole lives, and an independent judge reads their documents.

A generator plays Shopify (`life`), in whole minor units and without any arithmetic of
`accounting.documents`; a judge states what the books must show; `run` puts them together. Nothing
but the `soak` command and the tests imports this package.
"""
