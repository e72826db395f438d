"""A stand-in for Shopify: token endpoint, Admin API and webhooks of pretended shops.

It is reached over HTTP, answers with Shopify's own published schema and is written from the
contract alone: it shares no code with the product, so that a misunderstanding on one side shows
up as a refusal on the other.
"""
