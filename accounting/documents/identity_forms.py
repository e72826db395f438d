"""How TIN, identification and the like are written, as data: others are refused on an e-invoice.

Lengths are the shortest that the tax office and the books take (contracts sql-account-api.md 7.1,
autocount-cloud.md 14; MyInvois: NRIC, passport and army number 12, registration number 20). Which
characters may stand in them is assumed from published samples, so these forms refuse only what no
sample has.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """How a value must look once the characters of `dropped` are taken out of it and, with
    `capitals`, its letters made capital. `pattern` is for the whole of it."""

    label: str  # as a person is told of it
    pattern: str
    longest: int
    dropped: str = ""
    capitals: bool = False


ID_LABEL = "ID number"
TEXT = r"[^\x00-\x1f\x7f]+"
ID_NUMBERS = {
    "registration": Form(
        label=ID_LABEL, pattern="[A-Z0-9/-]{6,}", longest=20, dropped=" ", capitals=True
    ),
    "nric": Form(label=ID_LABEL, pattern="[0-9]{12}", longest=12, dropped=" -"),
    "passport": Form(
        label=ID_LABEL, pattern="[A-Z0-9]{5,}", longest=12, dropped=" -", capitals=True
    ),
    "army": Form(label=ID_LABEL, pattern="[A-Z0-9]{4,}", longest=12, dropped=" -", capitals=True),
}
FORMS = {
    "name": Form(label="name", pattern=TEXT, longest=100),
    "tin": Form(
        label="TIN", pattern="[A-Z]{1,3}[0-9]{8,13}", longest=14, dropped=" -", capitals=True
    ),
    "sst_number": Form(
        label="SST number", pattern="[A-Z0-9-]{5,}", longest=20, dropped=" ", capitals=True
    ),
    "address1": Form(label="address", pattern=TEXT, longest=100),
    "address2": Form(label="address", pattern=TEXT, longest=100),
    "postcode": Form(label="postcode", pattern=TEXT, longest=10),
    "city": Form(label="city", pattern=TEXT, longest=50),
    "state": Form(label="state", pattern=TEXT, longest=50),
    "country": Form(label="country code", pattern="[A-Z]{2}", longest=2, capitals=True),
    "phone": Form(label="phone", pattern=TEXT, longest=25),
    "email": Form(label="email", pattern=r"[^@\s]+@[^@\s]+", longest=200),
}
# What checkouts call the kinds of identification (assumed), letters and digits only.
ID_TYPES = {
    name: id_type
    for id_type, names in {
        "registration": "registration registrationno registrationnumber businessregistration "
        "businessregistrationno businessregistrationnumber companyregistration "
        "companyregistrationno companyregistrationnumber brn ssm nombordaftar 商业注册号",
        "nric": "nric nricno nricnumber ic icno icnumber newic mykad kadpengenalan 身份证",
        "passport": "passport passportno passportnumber pasport 护照",
        "army": "army armyid armyno armynumber mytentera tentera 军人证",
    }.items()
    for name in names.split()
}
NOT_GIVEN = frozenset({"", "na", "nil", "none", "tiada"})  # so do people fill what they must
