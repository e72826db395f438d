"""GraphQL documents that ask for all the stand-in knows of an order, a refund, the shop.

Written from the contract's list of fields (shopify.md 8.4); the product's own documents live with
the product and are not used here.
"""

from __future__ import annotations

BAG = "{ shopMoney { amount currencyCode } presentmentMoney { amount currencyCode } }"
TAX = f"{{ title rate ratePercentage source channelLiable priceSet {BAG} }}"
PAGE = "pageInfo { hasNextPage endCursor }"
PLACE = "{ name company address1 address2 city provinceCode zip countryCodeV2 phone }"
TOTALS = (
    *("originalTotalPrice", "totalPrice", "subtotalPrice", "totalTax", "totalDiscounts"),
    *("totalShippingPrice", "totalTipReceived", "currentTotalPrice", "currentSubtotalPrice"),
    *("currentTotalTax", "currentShippingPrice", "currentTotalDuties"),
    *("currentTotalAdditionalFees", "totalReceived", "totalRefunded", "netPayment"),
    *("totalOutstanding", "refundDiscrepancy", "originalTotalDuties"),
)

HEADER = f"""
query OrderHeader($id: ID!) {{ order(id: $id) {{
  id legacyResourceId name number test edited confirmed createdAt processedAt updatedAt cancelledAt
  cancelReason closedAt currencyCode presentmentCurrencyCode taxesIncluded dutiesIncluded taxExempt
  estimatedTaxes displayFinancialStatus displayFulfillmentStatus returnStatus paymentGatewayNames
  poNumber sourceName sourceIdentifier tags note customAttributes {{ key value }}
  billingAddress {PLACE} shippingAddress {PLACE}
  {" ".join(f"{name}Set {BAG}" for name in TOTALS)}
  totalCashRoundingAdjustment {{ paymentSet {BAG} refundSet {BAG} }}
  taxLines {TAX} currentTaxLines {TAX}
  additionalFees {{ id name price {BAG} taxLines {TAX} }}
  shippingLines(first: 10, includeRemovals: true) {{
    nodes {{ id title code source isRemoved originalPriceSet {BAG} discountedPriceSet {BAG}
      currentDiscountedPriceSet {BAG} taxLines {TAX}
      discountAllocations {{ allocatedAmountSet {BAG} }} }}
    {PAGE} }}
  fulfillments {{ id status fulfillmentLineItems(first: 50) {{
    nodes {{ quantity lineItem {{ id }} }} }} }}
}} }}
"""

LINES = f"""
query OrderLines($id: ID!, $after: String) {{ order(id: $id) {{
  id updatedAt taxesIncluded
  lineItems(first: 15, after: $after) {{
    nodes {{ id sku name title variantTitle vendor quantity currentQuantity unfulfilledQuantity
      isGiftCard taxable requiresShipping product {{ id productType tags }} variant {{ id }}
      originalUnitPriceSet {BAG}
      discountAllocations {{ allocatedAmountSet {BAG} discountApplication {{
        __typename index allocationMethod targetType
        ... on DiscountCodeApplication {{ code }}
        ... on ManualDiscountApplication {{ title }}
        value {{ __typename ... on MoneyV2 {{ amount }} }} }} }}
      taxLines {TAX} duties {{ id price {BAG} taxLines {TAX} }} customAttributes {{ key value }} }}
    {PAGE} }}
}} }}
"""

TRANSACTIONS = f"""
query OrderTransactions($id: ID!) {{ order(id: $id) {{
  id updatedAt transactionsCount {{ count }}
  transactions(first: 25) {{
    id kind status test gateway formattedGateway manualPaymentGateway createdAt processedAt
    paymentId errorCode settlementCurrency settlementCurrencyRate amountSet {BAG}
    amountRoundingSet {BAG} parentTransaction {{ id kind }}
    currencyExchangeAdjustment {{ adjustment {{ amount currencyCode }} }}
    paymentDetails {{ __typename ... on CardPaymentDetails {{ company }} }}
    fees {{ id type }} }}
}} }}
"""

REFUNDS = f"""
query OrderRefunds($id: ID!) {{ order(id: $id) {{
  id updatedAt
  refunds(first: 100) {{
    id legacyResourceId createdAt processedAt updatedAt note totalRefundedSet {BAG}
    order {{ id name }}
    refundLineItems(first: 20) {{ nodes {{ id quantity restockType restocked
      lineItem {{ id sku title isGiftCard }} priceSet {BAG} subtotalSet {BAG} totalTaxSet {BAG} }}
      {PAGE} }}
    refundShippingLines(first: 10) {{ nodes {{ id shippingLine {{ id title }}
      subtotalAmountSet {BAG} taxAmountSet {BAG} }} }}
    orderAdjustments(first: 10) {{ nodes {{ id reason amountSet {BAG} taxAmountSet {BAG} }} }}
    duties {{ amountSet {BAG} originalDuty {{ id }} }}
    transactions(first: 20) {{ nodes {{ id kind status amountSet {BAG} }} }} }}
}} }}
"""

AGREEMENTS = f"""
query OrderAgreements($id: ID!, $after: String) {{ order(id: $id) {{
  id updatedAt currentTotalPriceSet {BAG}
  agreements(first: 3, after: $after) {{
    nodes {{ __typename id happenedAt reason
      ... on RefundAgreement {{ refund {{ id }} }}
      ... on ReturnAgreement {{ return {{ id }} }}
      sales(first: 12) {{ nodes {{ __typename id actionType lineType quantity totalAmount {BAG}
        totalTaxAmount {BAG} totalDiscountAmountBeforeTaxes {BAG}
        taxes {{ amount {BAG} taxLine {{ title rate source channelLiable }} }}
        ... on ProductSale {{ lineItem {{ id }} }}
        ... on GiftCardSale {{ lineItem {{ id }} }}
        ... on TipSale {{ lineItem {{ id }} }}
        ... on ShippingLineSale {{ shippingLine {{ id }} }}
        ... on AdditionalFeeSale {{ additionalFee {{ name }} }} }}
        {PAGE} }} }}
    {PAGE} }}
}} }}
"""

PARTIES = """
query OrderParties($id: ID!) { order(id: $id) {
  id updatedAt
  customer { id legacyResourceId displayName taxExempt defaultEmailAddress { emailAddress }
    defaultPhoneNumber { phoneNumber } }
  purchasingEntity { __typename ... on PurchasingCompany {
    company { id name externalId } location { id name externalId } } }
} }
"""

TERMS = """
query OrderTerms($id: ID!) { order(id: $id) {
  id updatedAt
  paymentTerms { paymentTermsName paymentTermsType dueInDays overdue
    paymentSchedules(first: 5) { nodes { issuedAt dueAt completedAt
      balanceDue { amount currencyCode } totalBalance { amount currencyCode } } } }
} }
"""

OF_AN_ORDER = (HEADER, LINES, TRANSACTIONS, REFUNDS, AGREEMENTS, PARTIES, TERMS)
