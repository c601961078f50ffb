"""The kinds of personal data that are looked for: shape, check, chance and the words that name them.

Patterns are RE2 (run by Arrow), so matching is linear in the text: no pattern can be made to run away. ``\\b`` is ASCII
in RE2, which is wanted: in ``手机13812345678`` the number starts at a word boundary.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from glassledger.redaction import checksums, national_ids
from glassledger.redaction.checksums import Truths
from glassledger.redaction.shapes import (
    bitcoin,
    capital_code,
    card,
    cn_mobile,
    ipv4,
    ipv6,
    latitude_longitude,
    phone_shape,
    real_date,
)

Check = Callable[[Sequence[str]], Truths]
Sensitivity = Literal["direct", "quasi"]


@dataclass(frozen=True)
class Kind:
    """One kind of personal data.

    Attributes
    ----------
    name : str
        Stable slug, as in verdicts.
    sensitivity : {"direct", "quasi"}
        A direct identifier names one person; a quasi-identifier does so together with others.
    pattern : str
        RE2 pattern of a whole value (separators as written).
    check : callable, optional
        Validity of compact values.
    chance : float
        Share of look-alike values (those of the pattern) that pass the check by chance; 1 without a check.
    headers : tuple of str
        Phrases in a column's name that speak for the kind, lower case, words parted by one blank.
    in_text : {"always", "near word", "never"}
        Whether it is looked for in free text: by itself, only beside one of its words, or not at all.
    needs_header : bool
        True when values alone cannot decide.
    raw : bool
        True when the check wants the value as written, not compact.
    """

    name: str
    sensitivity: Sensitivity
    pattern: str
    check: Check | None = None
    chance: float = 1.0
    headers: tuple[str, ...] = ()
    in_text: Literal["always", "near word", "never"] = "never"
    needs_header: bool = False
    raw: bool = False


_SEP = r"[ .\-]?"
_LATIN = r"A-Za-z\x{C0}-\x{24F}"
_EMAIL = rf"[{_LATIN}0-9_][{_LATIN}0-9._%+'\-]*@[{_LATIN}0-9\-]+(?:\.[{_LATIN}0-9\-]+)*\.[{_LATIN}][{_LATIN}]+"
_HEX4 = "[0-9A-Fa-f]{1,4}"

KINDS: tuple[Kind, ...] = (
    Kind(
        "email", "direct", _EMAIL, chance=1e-4, in_text="always",
        headers=("email", "e mail", "mail", "email address", "mail address", "courriel", "adresse mail", "correo",
                 "correo electronico", "mailadresse", "邮箱", "电子邮件", "邮件地址"),
    ),
    Kind(
        "url_token", "direct",
        r"https?://[^\s\"'<>]*[?&#](?:[a-z_]*token|sig|signature|session|sessionid|sid|auth|key|apikey|api_key|code"
        r"|secret|password|pwd|jwt|uid|email)=[^\s&\"'<>]+[^\s\"'<>]*",
        chance=1e-4, in_text="always", headers=("reset link", "login link", "magic link", "session url", "link"),
    ),
    Kind(
        "ipv4", "direct", r"(?:[0-9]{1,3}\.){3}[0-9]{1,3}", ipv4, 0.3, in_text="always", raw=True,
        headers=("ip", "ip address", "ipaddress", "ipv4", "client ip", "remote addr", "adresse ip", "ip adresse",
                 "ip地址"),
    ),
    Kind(
        "ipv6", "direct", rf"(?:(?:{_HEX4}:){{2,7}}{_HEX4}|(?:{_HEX4}:){{1,7}}:(?:{_HEX4}(?::{_HEX4})*)?"
        rf"|::{_HEX4}(?::{_HEX4})*)", ipv6, 0.01, in_text="always", raw=True,
        headers=("ip", "ip address", "ipaddress", "ipv6", "client ip"),
    ),
    Kind(
        "mac", "direct", r"[0-9A-Fa-f]{2}(?:(?::[0-9A-Fa-f]{2}){5}|(?:-[0-9A-Fa-f]{2}){5})", chance=1e-3,
        in_text="always",
        headers=("mac", "mac address", "mac addr", "mac adresse", "adresse mac", "mac地址"),
    ),
    Kind(
        "iban", "direct", rf"[A-Za-z]{{2}}[0-9]{{2}}(?:{_SEP}[A-Za-z0-9]{{4}}){{2,7}}(?:{_SEP}[A-Za-z0-9]{{1,3}})?",
        checksums.iban, 1e-3, in_text="always",
        headers=("iban", "iban number", "kontonummer", "compte", "bank account"),
    ),
    Kind(
        "cn_id", "direct", r"[1-9][0-9]{16}[0-9Xx]", national_ids.cn_resident_id, 1e-3, in_text="always",
        headers=("身份证", "身份证号", "身份证号码", "公民身份号码", "resident id", "id card", "idcard", "id no", "sfz",
                 "id number", "cn id", "id card no"),
    ),
    Kind(
        "payment_card", "direct",
        r"[0-9]{12,19}|[0-9]{4}[ -][0-9]{4}[ -][0-9]{4}[ -][0-9]{1,7}|[0-9]{4}[ -][0-9]{6}[ -][0-9]{4,5}", card,
        0.07, in_text="always",
        headers=("card", "card number", "card no", "cardno", "cc", "cc number", "ccn", "credit card", "creditcard",
                 "debit card", "pan", "kreditkarte", "kartennummer", "kreditkartennummer", "carte", "carte bancaire",
                 "numero carte", "tarjeta", "卡号", "银行卡", "银行卡号", "信用卡号"),
    ),
    Kind(
        "fr_nir", "direct",
        rf"[1-478]{_SEP}[0-9]{{2}}{_SEP}[0-9]{{2}}{_SEP}(?:[0-9]{{2}}|2[ABab])"
        rf"{_SEP}[0-9]{{3}}{_SEP}[0-9]{{3}}{_SEP}[0-9]{{2}}",
        national_ids.fr_nir, 0.009, in_text="always",
        headers=("nir", "securite sociale", "numero securite sociale", "no secu", "num secu", "insee", "secu",
                 "numero secu"),
    ),
    Kind(
        "it_codice_fiscale", "direct", r"[A-Za-z]{6}[0-9]{2}[A-Za-z][0-9]{2}[A-Za-z][0-9]{3}[A-Za-z]",
        national_ids.it_codice_fiscale, 0.02, in_text="always", headers=("codice fiscale", "cf", "codicefiscale"),
    ),
    Kind(
        "es_dni", "direct", r"(?:[0-9]{8}|[XYZxyz]-?[0-9]{7})[ \-]?[A-Za-z]", national_ids.es_dni, 0.045,
        in_text="always",
        headers=("dni", "nie", "nif", "dni nie", "documento identidad", "documento"),
    ),
    Kind(
        "vat_id", "direct",
        r"(?:ATU[0-9]{8}|BE ?[01][0-9.]{9,11}|DE ?[0-9]{9}|FR ?[0-9]{2} ?[0-9]{9}|GB ?[0-9]{9}"
        r"|IT ?[0-9]{11}|NL ?[0-9]{9}B[0-9]{2}|PL ?[0-9]{10})",
        national_ids.vat_id, 0.09, in_text="always",
        headers=("vat", "vat id", "vat number", "vat no", "ust id", "ustid", "ustidnr", "umsatzsteuer id", "tva",
                 "numero tva", "partita iva", "piva", "nif iva", "btw", "btw nummer"),
    ),
    Kind(
        "us_ssn", "direct", r"[0-9]{3}[ \-]?[0-9]{2}[ \-]?[0-9]{4}", national_ids.us_ssn, 0.88, in_text="near word",
        headers=("ssn", "social security", "social security number", "social security no", "socialsecurity", "soc sec"),
        needs_header=True,
    ),
    Kind(
        "us_itin", "direct", r"9[0-9]{2}[ \-]?[0-9]{2}[ \-]?[0-9]{4}", national_ids.us_itin, 0.05, in_text="near word",
        headers=("itin", "taxpayer id", "taxpayer identification", "individual taxpayer"),
    ),
    Kind(
        "uk_nino", "direct", r"[A-Za-z]{2} ?[0-9]{2} ?[0-9]{2} ?[0-9]{2} ?[A-Da-d]", national_ids.uk_nino, 0.1,
        in_text="always",
        headers=("nino", "ni number", "ni no", "national insurance", "national insurance number",
                 "national insurance no"),
    ),
    Kind(
        "pl_pesel", "direct", r"[0-9]{11}", national_ids.pl_pesel, 0.02, headers=("pesel", "nr pesel", "numer pesel"),
        in_text="near word",
    ),
    Kind(
        "de_tax_id", "direct", r"[1-9][0-9]{1,2} ?[0-9]{3} ?[0-9]{3} ?[0-9]{2,3}", national_ids.de_tax_id, 0.03,
        in_text="near word",
        headers=("steuer id", "steuerid", "steueridentifikationsnummer", "steuer idnr", "steuernummer", "idnr", "tin",
                 "steuer identifikationsnummer", "tax id", "identifikationsnummer"),
    ),
    Kind(
        "uk_nhs", "direct", r"[0-9]{3}[ \-]?[0-9]{3}[ \-]?[0-9]{4}", national_ids.uk_nhs, 0.091, in_text="near word",
        headers=("nhs", "nhs number", "nhs no"),
    ),
    Kind(
        "nl_bsn", "direct", r"[0-9]{9}|[0-9]{4}[. ][0-9]{2}[. ][0-9]{3}", national_ids.nl_bsn, 0.091,
        in_text="near word", headers=("bsn", "burgerservicenummer", "sofinummer", "burger service nummer"),
    ),
    Kind(
        "cn_mobile", "direct", r"(?:(?:\+|00)?86[ \-]?)?1[3-9][0-9][ \-]?[0-9]{4}[ \-]?[0-9]{4}", cn_mobile, 0.05,
        in_text="always",
        headers=("手机", "手机号", "手机号码", "电话", "联系电话", "电话号码", "联系方式", "mobile", "phone",
                 "cell", "tel",
                 "mobile phone", "phone number", "mobile number"),
    ),
    Kind(
        "phone", "direct", r"(?:\+[ (]{0,2}|\()?[0-9](?:[ ()./\-]{0,3}[0-9]){5,16}(?: ?(?:x|ext\.?) ?[0-9]{1,5})?",
        phone_shape, 0.05, in_text="near word", raw=True,
        headers=("phone", "phone number", "phone no", "telephone", "tel", "tel no", "mobile", "mobile number", "cell",
                 "cellphone", "cell phone", "fax", "telefon", "telefonnummer", "handy", "handynummer", "rufnummer",
                 "mobil", "mobilnummer", "portable", "tel portable", "numero telephone", "telefono", "movil",
                 "telefone",
                 "telefoonnummer", "gsm", "电话", "联系电话", "电话号码", "手机", "手机号", "传真", "座机", "msisdn"),
    ),
    Kind(
        "crypto_address", "direct", r"(?:0x[0-9a-fA-F]{40}|bc1[02-9ac-hj-np-z]{11,71}|[13][1-9A-HJ-NP-Za-km-z]{25,34})",
        bitcoin, 1e-3, in_text="always", raw=True,
        headers=("wallet", "btc", "bitcoin", "btc address", "crypto", "crypto address", "wallet address",
                 "eth address"),
    ),
    Kind(
        "imei", "direct", r"[0-9]{2}-?[0-9]{6}-?[0-9]{6}-?[0-9]", checksums.luhn, 0.1,
        headers=("imei", "device imei", "handset"), in_text="near word",
    ),
    Kind(
        "device_id", "direct", r"[0-9A-Fa-f]{8}-(?:[0-9A-Fa-f]{4}-){3}[0-9A-Fa-f]{12}|[0-9A-Fa-f]{16,40}",
        needs_header=True,
        headers=("device id", "deviceid", "device", "idfa", "gaid", "adid", "advertising id", "android id", "udid",
                 "gerate id", "device uuid", "cookie id", "设备号", "设备id", "设备标识"),
    ),
    Kind(
        "coordinates", "quasi", r"-?[0-9]{1,3}\.[0-9]{3,}(?:[,; ]+ ?-?[0-9]{1,3}\.[0-9]{3,})?", latitude_longitude, 0.3,
        headers=("lat", "lon", "lng", "latitude", "longitude", "coordinates", "coords", "geo", "gps", "latlon",
                 "breitengrad", "langengrad", "laengengrad", "koordinaten", "coordonnees", "lat lon", "location",
                 "经度",
                 "纬度", "经纬度", "坐标"),
        needs_header=True, raw=True,
    ),
    Kind(
        "birth_date", "quasi",
        r"(?:[0-9]{4}[-/.年][0-9]{1,2}[-/.月][0-9]{1,2}日?"
        r"|[0-9]{1,2}[-/.][0-9]{1,2}[-/.][0-9]{4}|[0-9]{8})(?:[ T][0-9:.]+)?",
        real_date, 0.3,
        headers=("dob", "date of birth", "birth date", "birthdate", "birthday", "birth", "born", "geburtsdatum",
                 "geburtstag", "geb datum", "gebdat", "date naissance", "date de naissance", "naissance",
                 "fecha nacimiento",
                 "geboortedatum", "出生日期", "生日", "出生年月"),
        needs_header=True, raw=True,
    ),
    Kind(
        "passport", "direct", r"[A-Za-z]{0,2}[0-9]{6,9}|[0-9]{2}[A-Za-z]{2}[0-9]{5}|[CFGHJKLMNPRTVWXYZ0-9]{9,10}",
        capital_code, needs_header=True,
        headers=("passport", "passport number", "passport no", "pass no", "reisepass", "reisepassnummer", "passnummer",
                 "passeport", "numero passeport", "pasaporte", "ausweisnummer", "护照", "护照号", "护照号码"),
    ),
    Kind(
        "licence_plate", "direct",
        r"[\x{4e00}-\x{9fff}][A-Z][ ·]?[A-Z0-9]{5,6}"
        r"|[A-ZÄÖÜ]{1,3}[- ]?[A-Z0-9]{1,4}[- ]?[A-Z0-9]{1,4}(?:[- ]?[A-Z]{1,3})?"
        r"|[0-9]{1,4}[- ]?[A-Z]{2,3}[- ]?[0-9]{0,4}",
        capital_code, needs_header=True,
        headers=("plate", "license plate", "licence plate", "number plate", "registration plate", "plate number",
                 "kennzeichen", "kfz kennzeichen", "nummernschild", "immatriculation", "plaque", "matricula", "reg no",
                 "vehicle registration", "车牌", "车牌号", "车牌号码"),
    ),
    Kind(
        "account_id", "direct", r"[A-Za-z]{0,4}[-_ ]?[0-9][0-9\- ]{4,22}[0-9A-Za-z]?", needs_header=True,
        headers=("account number", "account no", "account id", "acct", "acct no", "acctno", "bank account",
                 "kontonummer",
                 "konto nr", "kontonr", "numero compte", "numero de compte", "compte bancaire", "customer id",
                 "customer no",
                 "customer number", "kundennummer", "kunden nr", "numero client", "client id", "member id", "user id",
                 "userid", "patient id", "mrn", "账号", "账户", "银行账号", "客户编号", "客户号", "会员号"),
    ),
    Kind(
        "postcode", "quasi",
        r"[0-9]{4,6}|[0-9]{5}-[0-9]{4}|[0-9]{3} [0-9]{2}|[0-9]{2}-[0-9]{3}|[0-9]{4} ?[A-Za-z]{2}"
        r"|[A-Za-z]{1,2}[0-9][0-9A-Za-z]? ?[0-9][A-Za-z]{2}|[A-Za-z][0-9][A-Za-z] ?[0-9][A-Za-z][0-9]"
        r"|[A-Za-z]{1,2}[0-9][0-9A-Za-z]?",
        needs_header=True,
        headers=("zip", "zip code", "zipcode", "postal code", "postcode", "post code", "postalcode", "plz",
                 "postleitzahl", "code postal", "cp", "codigo postal", "cap", "邮编", "邮政编码"),
    ),
)  # fmt: skip

#: Found through lexicons and not through a pattern.
PERSON_HEADERS = (
    "name", "full name", "fullname", "first name", "firstname", "last name", "lastname", "surname", "given name",
    "family name", "customer name", "client name", "contact name", "contact", "holder", "cardholder", "forename",
    "vorname",
    "nachname", "familienname", "kundenname", "nom", "prenom", "nom complet", "nom client", "nombre", "apellido",
    "apellidos", "cognome", "fname", "lname", "maiden name", "patient name", "employee name", "person",
    "ansprechpartner",
    "姓名", "名字", "客户姓名", "联系人", "姓",
)  # fmt: skip
ADDRESS_HEADERS = (
    "address", "street", "street address", "home address", "addr", "address line", "address 1", "adresse", "anschrift",
    "strasse", "rue", "direccion", "domicile", "wohnadresse", "mailing address", "billing address", "shipping address",
    "地址", "住址", "家庭住址", "联系地址", "详细地址", "street name",
)  # fmt: skip

#: Words in a name that say that the column is about a thing and not the thing itself.
ABOUT = frozenset((
    "verified", "valid", "count", "cnt", "num", "flag", "type", "domain", "provider", "opt", "optin", "score", "days",
    "status", "model", "brand", "is", "has", "open", "opened", "clicks", "rate", "sent", "version", "build",
    "length", "age",
    "amount", "limit", "balance", "category", "class", "level", "product", "company", "campaign", "file", "host",
    "course",
    "school", "bank", "item", "sku", "batch", "order", "invoice", "event", "table", "team", "plan", "store",
    "anzahl", "firma",
    "produkt", "artikel", "nombre de", "produit", "entreprise", "scheme", "network", "quality", "year", "station",
    "sensor",
    "brandname", "total", "tracking", "parcel", "user agent", "manufacturer", "是否", "数量", "次数", "类型",
    "状态", "产品",
    "公司", "品牌",
))  # fmt: skip
