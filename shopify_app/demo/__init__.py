"""The demo: fictional shops that send what Shopify would send, and the books checked afterwards.

Nothing here is imported by the product. It talks to Lejar and to the sandbox over HTTP alone, like
Shopify and a merchant would.
"""
