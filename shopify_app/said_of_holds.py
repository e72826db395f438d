"""What holds say: the messages of problems, as `accounting` writes them. See `said`.

More special patterns first; `first`, `then` and `what` are said in turn.
"""

from __future__ import annotations

from django.utils.translation import gettext_noop as _

MESSAGES = (
    # who owes what the documents rest on (guards)
    _(
        "The order was edited, and its first version was never received, so the invoice cannot be "
        "told from the edit. Enter this order in the books yourself."
    ),
    _("The order as it was created has not arrived yet. %(then)s"),
    _("Lejar waits for it; any change to the order in Shopify sends it again."),
    _(
        "Another party is the merchant of record of this order, so the sale is not yours to "
        "invoice. Enter what concerns you in the books yourself."
    ),
    _(
        "The taxes of this order are still estimates. It is posted once Shopify has calculated "
        "them."
    ),
    _(
        "The order was paid in %(code)s, and Shopify's webhooks do not say all its totals in that "
        "currency. Lejar posts the order once it has read it from Shopify."
    ),
    _(
        "The order was charged tax, and the settings say that the business is not registered for "
        "it. Check the tax settings in Shopify, or change the setting."
    ),
    _(
        "The order was edited, and Shopify's list of its agreements, which says what changed when, "
        "has not been read since. Lejar posts the edit once it has."
    ),
    _(
        "Units of “%(title)s” left the order, and no refund says so. Check in Shopify how they "
        "were removed."
    ),
    _(
        "The order has not been received since %(what)s. Lejar waits for its newest version; any "
        "change to the order in Shopify sends it again."
    ),
    _(
        "Shopify does not tell Lejar %(what)s of this order, and your settings turn on it. Approve "
        "the permission in Shopify, or enter this order in the books yourself."
    ),
    _("who bought"),
    _("the buyer's tax details"),
    _("at which location it was sold"),
    _("Payments, refunds or edits have arrived, the order itself has not. %(then)s"),
    # its money
    _(
        "The amount of %(first)s is known in %(code)s only, the books need it in %(currency)s. "
        "Look it up in the payment provider's report and enter the order in the books yourself."
    ),
    _(
        "The amount of %(first)s is below zero, which money is not. Look it up in the payment "
        "provider's report and enter the order in the books yourself."
    ),
    _(
        "The payments and refunds received so far are not what the order says was paid. Compare "
        "them with the order's timeline in Shopify; a payment recorded there is posted by itself."
    ),
    _(
        "Shopify calls the order %(status)s, but no payment is known. Open the order in Shopify "
        "and check that it shows the payment."
    ),
    _(
        "What is known of refund %(id)s does not say %(first)s. Lejar waits for Shopify to send "
        "the whole refund."
    ),
    _("its money or %(then)s"),
    _("the goods taken back or %(then)s"),
    _("the shipping refunded or %(then)s"),
    _("its money"),
    _("the goods taken back"),
    _("the shipping refunded"),
    _("its adjustments"),
    _(
        "Money transaction %(code)s of refund %(id)s has not arrived. Check in Shopify what became "
        "of it."
    ),
    _(
        "Money was returned by transaction %(id)s, and no refund record says what for. Check the "
        "order's refunds in Shopify."
    ),
    _(
        "Transaction %(id)s does not say whether it was a test. Lejar waits for Shopify to send "
        "the whole transaction."
    ),
    _(
        "Money that had gone back to the customer failed later. Check in Shopify whether it was "
        "returned, and enter what is missing in the books yourself."
    ),
    _(
        "The money of this refund is still on its way back. It is posted by itself when Shopify "
        "says that it arrived or failed."
    ),
    _("The cash moved differs from the amount by more than a coin can explain."),
    _("Cash that was rounded is said to have failed later, which cash cannot."),
    _("Cash was rounded in an order of two currencies, so a difference has two reasons."),
    _(
        "The exchange difference is larger than the settings allow. Compare the rates of the "
        "payments in Shopify, or raise the allowed difference."
    ),
    _(
        "The customer owes nothing any more, but the amounts were converted one by one and leave a "
        "difference that no payment explains. Enter what is missing of this order in the books "
        "yourself."
    ),
    # its refunds, returns, edits and cancellation
    _(
        "An edit takes off what was not on the order before. Compare the order's edits in Shopify "
        "with the figures below."
    ),
    _(
        "“%(title)s” is charged otherwise than when the order was created, and no edit says so. "
        "Compare the order in Shopify with the figures below."
    ),
    _("An edit took units off; a refund record for them may still arrive."),
    _("An edit took units off; a refund record for them may still arrive. %(then)s"),
    _("Goods were returned; a refund record for them may still arrive."),
    _("Goods were returned; a refund record for them may still arrive. %(then)s"),
    _("Lejar credits them by itself once it has read the order anew from Shopify and found none."),
    _("The order was cancelled; a refund record for it may still arrive."),
    _("The order was cancelled; a refund record for it may still arrive. %(then)s"),
    _(
        "Lejar credits the rest by itself once it has read the order anew from Shopify and found "
        "none."
    ),
    _(
        "The order was cancelled and its money not returned. Return it in Shopify, or let such "
        "money stand as the customer's credit in the settings."
    ),
    _(
        "%(first)s returns more of “%(title)s” than was sold and not yet refunded. Check in "
        "Shopify what was refunded, and enter the difference in the books yourself."
    ),
    _("Refund %(id)s"),
    _("Return %(id)s"),
    _("Edit %(id)s"),
    _("Cancellation"),
    _(
        "The refund's adjustment can be read in no way, or in several, that leaves what Shopify "
        "says is outstanding. Check in Shopify what was given or kept beyond the goods, and enter "
        "the refund in the books yourself."
    ),
    _("The refund's adjustment has tax, and the order does not say which tax. %(then)s"),
    _("Check the refund in Shopify, and enter it in the books yourself."),
    _(
        "The refund of “%(title)s” is not its share of the sale. Check the refund in Shopify, and "
        "enter it in the books yourself if it is right."
    ),
    _("The shipping that was refunded is not on the invoice. %(then)s"),
    _("Shopify does not say which shipping charge was refunded. %(then)s"),
    _("Shipping with tax was refunded, and nothing says how much of it is tax."),
    _("The tax of the refunded shipping is not its share of the tax charged on it."),
    _("Line %(id)s is refunded but was never invoiced. %(then)s"),
    _("The refund returns %(account)s, and the order never charged any. %(then)s"),
    _("A part of the %(account)s was refunded, and nothing says what of it is tax. %(then)s"),
    # its age, its channel and its products
    _(
        "The order is older than the day the books were taken over, so its invoice is not here. "
        "Enter what happened since in the books yourself, or let such refunds be credited without "
        "an invoice in the settings."
    ),
    _(
        "The order came through “%(source)s”, which looks like a marketplace. If its sales reach "
        "the books another way, add it to the excluded channels; if they are to be posted from "
        "here, add it to your own channels. You are asked only once for each channel."
    ),
    _(
        "A gift card was sold with tax; tax is due when it is used. Check the product's tax "
        "setting in Shopify."
    ),
    _(
        "“%(title)s” is discounted by more than its price, which no invoice line can show. Check "
        "its discounts in Shopify, and enter the order in the books yourself."
    ),
    _("%(amount)s is finer than the currency's minor unit. %(then)s"),
    _("Compare it with the order in Shopify, and enter the order in the books yourself."),
    # what is not mapped or set
    _("No prefix for document numbers is set. Set one in the settings."),
    _("No account is mapped for payments through “no name”. %(then)s"),
    _("No account is mapped for payments through “%(gateway)s”. %(then)s"),
    _("Map it to a payment method or clearing account."),
    _("No customer code is set for online sales in %(code)s. Set it in the settings."),
    _(
        "Tax code %(code)s needs a tariff code in %(ledger)s. Set it on the product's or the tax's "
        "mapping."
    ),
    _("No sales account is mapped for “%(title)s”. Map the product, its vendor or the default."),
    _("No tax code is mapped for “%(title)s” at %(rate)s. Map it to a tax code of your books."),
    _("No account is set for %(account)s. Set it under account roles."),
    _("No account is set for tax:%(code)s. Set it under account roles."),
    # what does not add up
    _("The lines of the order do not add up to its total, so no invoice can be right. %(then)s"),
    _(
        "The taxes of the lines do not add up to the order's tax, so no invoice can be right. "
        "%(then)s"
    ),
    _("Compare them with the order in Shopify."),
    _("What is invoiced is not what the order charges. %(then)s"),
    _("Line “%(title)s” does not multiply out. %(then)s"),
    _("The tax of the credit note is not the refunded tax. %(then)s"),
    _("The document is not the sum of its lines. %(then)s"),
    _(
        "Compare the figures with the order in Shopify, and enter the document in the books "
        "yourself."
    ),
    _(
        "Payments and refunds do not add up to the transactions of this gateway. Compare them with "
        "the order in Shopify, and enter in the books yourself what is missing."
    ),
    _(
        "With these documents the customer would not owe what Shopify says is outstanding. Compare "
        "the figures with the order in Shopify, and enter the order in the books yourself if they "
        "are right there."
    ),
    _(
        "The documents do not come to what was reckoned. Compare the figures with the order in "
        "Shopify, and enter the order in the books yourself."
    ),
    _(
        "The credit note would be negative: more is kept back than was refunded. Check the refund "
        "in Shopify, and enter it in the books yourself."
    ),
    _(
        "More money went back than the refund records and the cancellation credit. Check in "
        "Shopify what the difference was given for, and enter it in the books yourself."
    ),
    _(
        "More would be credited than was invoiced. Check the refunds of the order in Shopify, and "
        "enter the difference in the books yourself."
    ),
    # what the books do not take
    _(
        "%(ledger)s would compute the tax of %(number)s over the whole document and arrive at "
        "other figures than Shopify charged. %(then)s"
    ),
    _(
        "%(ledger)s would compute the tax of %(number)s line by line and arrive at other figures "
        "than Shopify charged. %(then)s"
    ),
    _(
        "In the books, let documents state their tax or compute it line by line, and switch 5-sen "
        "rounding off; check that the rate of each tax code is the one Shopify charged."
    ),
    _(
        "No lines below zero can be written to %(ledger)s. Let discounts be shown net in the "
        "settings, or enter the document in the books yourself."
    ),
    _(
        "This connection cannot create customers in %(ledger)s. Create the customer there and map "
        "it, or let all orders go to the cash debtor in the settings."
    ),
    _(
        "This connection cannot write to %(ledger)s what this needs: %(kind)s. Enter it in the "
        "books yourself."
    ),
    _(
        "This connection cannot write to %(ledger)s what taking the order back needs: %(kind)s. "
        "%(then)s"
    ),
    _(
        "The document number does not fit the books. Set a shorter prefix for later orders, and "
        "enter this document in the books yourself."
    ),
    _("The document belongs to a period that is closed. %(then)s"),
    _("What would be taken back belongs to a period that is closed. %(then)s"),
    _("Open the period, or let such documents take the first open day in the settings."),
    _(
        "This document is in the books, and what is known now says otherwise. It is never changed: "
        "enter the difference in the books yourself."
    ),
    # an order that is taken back
    _("Taken back, the order would leave something in these accounts. %(then)s"),
    _("Taken back, these documents of the order would not be settled. %(then)s"),
    _("Take the order back in the books yourself."),
    _(
        "The order is to be taken back, but whether the books hold this document as it was planned "
        "is for a person to say. Try it again or leave it out; then the order is taken back by "
        "itself."
    ),
    _(
        "The documents of this order are in other books than those that are connected now. Take "
        "the order back there yourself."
    ),
    # anything else
    _("Lejar made a mistake on this order (%(code)s) and reported it."),
    _("%(first)s Check the payment in Shopify, and enter it in the books yourself."),
    _("%(first)s Check the refund in Shopify, and enter it in the books yourself."),
    _("%(moved)s %(id)s"),
    _("agreement %(id)s"),
    _("failed payment %(id)s"),
)
