"""The words by which a form's fields are called in shops, as parts of patterns.

They match in any case, in the names, ids and selectors of fields: `cc_number`, `cc-number`, `cardNumber`.
"""

from __future__ import annotations

CARD_NUMBER = (
    r"(?:(?:cc|card|credit-?_?card|kk|kreditkarten?|carte|tarjeta|cartao|karta)[-_.: ]?\[?(?:num(?:ber"
    r"|ero|mer)?|no|nr|pan)\b|(?:cc|card|creditcard|credit_card|checkout_?card)[-_]?(?:num|no_|number)"
    r"|ccnum|cardnum|cc_n\b|ccnr|numero_?(?:cartao|tarjeta)|cardpan|accountnumber)"
)
SECURITY_CODE = (
    r"(?:\b|[-_a-z])(?:cvv2?|cvc2?|cvn|cvnumber|csc|cc[-_]?cid|_cid|cvc[-_]?code|security[-_]?code|verification"
    r"[-_]?(?:value|number|code)|card[-_]?code|cv2)"
)
EXPIRY = (
    r"(?:(?:cc|card|credit)[-_]?exp|exp(?:ir\w{0,6})?[-_ ]?(?:month|year|date|mm|yy|m\b|y\b)|expir(?:y"
    r"|ation)|exp_?(?:mo|yr)\b|\bexp[-_]?[my]\b|ccexp)"
)
PERSON = (
    r"(?:billing[-_:\[]{1,2}(?:first|last|street|city|post|email|tele|country|region|address|phone)|firstname"
    r"|lastname|first_name|last_name|postcode|telephone|street1|address_?1|holder|cc_owner)"
)
CHECKOUT = (
    r"(?:check-?_?out|one-?_?page|one-?_?step|firecheckout|onestepcheckout|idev_?onestep|cart\b|basket"
    r"|payment|placeorder|place-order|kasse|order-?pay|/pay\b|paiement|pagamento|pago\b)"
)
