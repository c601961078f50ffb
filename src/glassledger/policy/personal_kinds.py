"""The kinds of personal data that a policy may name. The detectors know the same ones; a test says so."""

DIRECT_KINDS = frozenset((
    "email", "url_token", "ipv4", "ipv6", "mac", "iban", "cn_id", "payment_card", "fr_nir", "it_codice_fiscale",
    "es_dni", "vat_id", "us_ssn", "us_itin", "uk_nino", "pl_pesel", "de_tax_id", "uk_nhs", "nl_bsn", "cn_mobile",
    "phone", "crypto_address", "imei", "device_id", "passport", "licence_plate", "account_id", "person_name", "address",
    "credential", "driving_licence", "national_id", "username", "vin",
))  # fmt: skip
QUASI_KINDS = frozenset(("coordinates", "birth_date", "postcode", "age", "gender", "city"))

KINDS = DIRECT_KINDS | QUASI_KINDS
