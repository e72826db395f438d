"""Which kind of account a payment gateway's name suggests (accounting treatment, section 9).

The names are assumed, so a suggestion is only ever shown: nothing is posted by it.
"""

from __future__ import annotations

from accounting.documents.rules import gateway_key

EXACT = {
    "giftcard": "gift_card",
    "shopifystorecredit": "store_credit",
    "ghl": "own clearing account",
    "tng": "own clearing account",
    "cod": "clearing account of the courier, cash",
    "cash": "till of the location, cash",
}
CONTAINED = (
    ("cashondelivery", "clearing account of the courier, cash"),
    *(
        (name, "bank or clearing account")
        for name in ("bankdeposit", "banktransfer", "maybank", "moneyorder")
    ),
    *(
        (name, "clearing account, buy now pay later")
        for name in ("atome", "shopback", "hoolah", "paylater", "split")
    ),
    *(
        (name, "own clearing account")
        for name in (
            "shopifypayments",
            "paypal",
            "stripe",
            "2c2p",
            "xendit",
            "airwallex",
            "ipay88",
            "curlec",
            "razorpay",
            "eghl",
            "billplz",
            "senangpay",
            "toyyibpay",
            "fiuu",
            "razer",
            "molpay",
            "kiplepay",
            "hitpay",
            "fpx",
            "paynet",
            "grabpay",
            "touchngo",
            "boost",
            "shopeepay",
            "duitnow",
        )
    ),
)


def suggest_gateway(name: str) -> str | None:
    """What to suggest for a gateway, in words; None where only the merchant can know."""
    key = gateway_key(name)
    if key in EXACT:
        return EXACT[key]
    return next((kind for part, kind in CONTAINED if part in key), None)
