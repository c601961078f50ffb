"""Ninety generated columns in five languages, forty of them look-alikes that hold nothing personal."""

import random
import string
from collections.abc import Callable
from weakref import WeakKeyDictionary

import pandas as pd

from glassledger.redaction import checksums, national_ids

Make = Callable[[random.Random], str]

_FIRST = {
    "en": [
        "James",
        "Mary",
        "Robert",
        "Linda",
        "Michael",
        "Susan",
        "Oliver",
        "Grace",
        "Ethan",
        "Amelia",
        "Harriet",
        "Declan",
        "Priya",
        "Tyrone",
    ],
    "de": [
        "Jürgen",
        "Anke",
        "Uwe",
        "Sabine",
        "Torsten",
        "Heike",
        "Lukas",
        "Leonie",
        "Wolfgang",
        "Birgit",
        "Jochen",
        "Svenja",
        "Detlef",
    ],
    "fr": [
        "Aurélie",
        "Thierry",
        "Camille",
        "Guillaume",
        "Manon",
        "Pascal",
        "Chantal",
        "Julien",
        "Océane",
        "Gaëtan",
        "Solène",
    ],
    "es": [
        "Carmen",
        "José",
        "Lucía",
        "Miguel",
        "Rocío",
        "Ignacio",
        "Ana",
        "Pedro",
        "Manuel",
        "Elena",
        "Begoña",
        "Iker",
    ],
}
_LAST = {
    "en": [
        "Smith",
        "Jones",
        "Taylor",
        "Brown",
        "Wilson",
        "Evans",
        "Clarke",
        "Osborne",
        "Whitfield",
        "Hargreaves",
        "Nguyen",
        "Patel",
    ],
    "de": [
        "Müller",
        "Schmidt",
        "Krause",
        "Vogel",
        "Lehmann",
        "Köhler",
        "Brandt",
        "Winkler",
        "Seidel",
        "Ziegler",
        "Pfeiffer",
    ],
    "fr": [
        "Martin",
        "Dubois",
        "Lefèvre",
        "Moreau",
        "Garnier",
        "Chevalier",
        "Rousseau",
        "Blanchard",
        "Perrin",
        "Marchand",
    ],
    "es": ["García", "Fernández", "López", "Martínez", "Sánchez", "Romero", "Navarro", "Iglesias", "Ortega", "Cabrera"],
}
_CN_LAST, _CN_FIRST = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗", "伟芳娜秀英敏静丽强磊军洋勇艳杰娟涛明超霞平刚桂建华文"


def digits(rng: random.Random, count: int) -> str:
    return "".join(rng.choice(string.digits) for _ in range(count))


def valid(check: Callable[[list[str]], object], make: Make) -> Make:
    """Draw until a rule accepts; what else a batch holds that it accepts is used before the next is drawn."""
    pools: WeakKeyDictionary[random.Random, list[str]] = WeakKeyDictionary()

    def draw(rng: random.Random) -> str:
        pool = pools.setdefault(rng, [])
        while not pool:
            values = [make(rng) for _ in range(64)]
            pool += [value for value, passed in zip(values, check(values), strict=True) if passed]  # type: ignore[call-overload]
        return pool.pop()

    return draw


def person(language: str) -> Make:
    if language == "zh":
        return lambda r: r.choice(_CN_LAST) + "".join(r.choice(_CN_FIRST) for _ in range(r.choice((1, 2, 2))))
    return lambda r: f"{r.choice(_FIRST[language])} {r.choice(_LAST[language])}"


def iban(rng: random.Random) -> str:
    country, length = rng.choice((("DE", 18), ("AT", 16), ("ES", 20), ("PL", 24), ("BE", 12)))
    body = digits(rng, length)
    rest = int(body + "".join(str(int(c, 36)) for c in country) + "00") % 97
    text = f"{country}{98 - rest:02d}{body}"
    return text if rng.random() < 0.5 else " ".join(text[i : i + 4] for i in range(0, len(text), 4))


def cn_id(rng: random.Random) -> str:
    body = f"{rng.choice(('110105', '310115', '440305', '510107'))}{rng.randint(1945, 2006)}{rng.randint(1, 12):02d}"
    body += f"{rng.randint(1, 28):02d}{digits(rng, 3)}"
    weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
    return body + "10X98765432"[sum(int(d) * w for d, w in zip(body, weights, strict=True)) % 11]


def nir(rng: random.Random) -> str:
    body = f"{rng.choice('12')}{digits(rng, 2)}{rng.randint(1, 12):02d}{rng.randint(10, 95)}{digits(rng, 6)}"
    return f"{body}{97 - int(body) % 97:02d}"


def date(first: int, last: int, form: str = "{y}-{m:02d}-{d:02d}") -> Make:
    return lambda r: form.format(y=r.randint(first, last), m=r.randint(1, 12), d=r.randint(1, 28))


def hexes(count: int) -> Make:
    return lambda r: "".join(r.choice("0123456789abcdef") for _ in range(count))


def uuid(rng: random.Random) -> str:
    return "-".join(hexes(count)(rng) for count in (8, 4, 4, 4, 12))


def words(*choices: str) -> Make:
    return lambda r: r.choice(choices)


def numbered(form: str, count: int) -> Make:
    return lambda r: form.replace("#", digits(r, count))


def street(language: str) -> Make:
    forms = {
        "en": "{n} {a} Street",
        "de": "{a}straße {n}",
        "fr": "{n} rue de {a}",
        "zh": "上海市浦东新区{a}路{n}号",
        "es": "Calle {a} {n}",
    }
    pool = (
        ["世纪", "人民", "中山", "南京", "解放"]
        if language == "zh"
        else ["Linden", "Victor", "Garten", "Mayor", "Rosen", "Elm"]
    )
    return lambda r: forms[language].format(n=r.randint(1, 240), a=r.choice(pool))


def email(rng: random.Random) -> str:
    first, last = rng.choice(_FIRST["en"]).lower(), rng.choice(_LAST["en"]).lower()
    return f"{first}.{last}{rng.randint(1, 9999)}@{rng.choice(('example.com', 'mail.de', 'qq.com', 'orange.fr'))}"


def ip(rng: random.Random) -> str:
    return ".".join(str(rng.randint(11, 222)) for _ in range(4))


#: header, kind, whether it names one person, how to make a value.
PERSONAL: tuple[tuple[str, str, Make], ...] = (
    ("email", "email", email),
    ("E-Mail-Adresse", "email", email),
    ("courriel", "email", email),
    ("邮箱", "email", email),
    ("correo", "email", email),
    ("phone_number", "phone", lambda r: f"({r.randint(201, 989)}) {r.randint(200, 999)}-{digits(r, 4)}"),
    ("Telefon", "phone", lambda r: f"+49 {r.randint(150, 179)} {digits(r, 7)}"),
    ("telephone", "phone", lambda r: f"0{r.randint(1, 7)} " + " ".join(digits(r, 2) for _ in range(4))),
    ("mobile", "phone", lambda r: f"07{digits(r, 3)} {digits(r, 6)}"),
    ("手机号", "cn_mobile", lambda r: f"1{r.choice('3578')}{digits(r, 9)}"),
    ("contact_phone", "cn_mobile", lambda r: f"1{r.choice('3589')}{digits(r, 9)}"),
    ("card_number", "payment_card", valid(checksums.luhn, lambda r: "4" + digits(r, 15))),
    ("Kreditkartennummer", "payment_card", valid(checksums.luhn, lambda r: "5" + digits(r, 15))),
    ("银行卡号", "payment_card", valid(checksums.luhn, lambda r: "62" + digits(r, 17))),
    ("iban", "iban", iban),
    ("Kontonummer", "iban", iban),
    ("compte", "iban", iban),
    ("ssn", "us_ssn", valid(national_ids.us_ssn, lambda r: digits(r, 9))),
    (
        "social_security_number",
        "us_ssn",
        lambda r: f"{r.randint(100, 665)}-{r.randint(10, 99)}-{r.randint(1000, 9999)}",
    ),
    ("itin", "us_itin", valid(national_ids.us_itin, lambda r: "9" + digits(r, 8))),
    (
        "nino",
        "uk_nino",
        valid(
            national_ids.uk_nino,
            lambda r: f"{r.choice('ABCEGHJ')}{r.choice('ABCEGHJ')}{digits(r, 6)}{r.choice('ABCD')}",
        ),
    ),
    ("nhs_number", "uk_nhs", valid(national_ids.uk_nhs, lambda r: digits(r, 10))),
    (
        "steuer_id",
        "de_tax_id",
        valid(national_ids.de_tax_id, lambda r: "".join(r.sample("123456789", 9)) + digits(r, 2)),
    ),
    ("numero_secu", "fr_nir", nir),
    ("dni", "es_dni", valid(national_ids.es_dni, lambda r: digits(r, 8) + r.choice("TRWAGMYFPDXBNJZSQVHLCKE"))),
    (
        "codice_fiscale",
        "it_codice_fiscale",
        valid(
            national_ids.it_codice_fiscale,
            lambda r: (
                f"RSSMRA{digits(r, 2)}{r.choice('ABCDEHLM')}{r.randint(10, 28)}H{digits(r, 3)}"
                f"{r.choice(string.ascii_uppercase)}"
            ),
        ),
    ),
    (
        "pesel",
        "pl_pesel",
        valid(
            national_ids.pl_pesel, lambda r: f"{digits(r, 2)}{r.randint(1, 12):02d}{r.randint(1, 28):02d}{digits(r, 5)}"
        ),
    ),
    ("bsn", "nl_bsn", valid(national_ids.nl_bsn, lambda r: digits(r, 9))),
    ("身份证号", "cn_id", cn_id),
    ("id_card", "cn_id", cn_id),
    ("vat_id", "vat_id", valid(national_ids.vat_id, lambda r: "DE" + digits(r, 9))),
    ("client_ip", "ipv4", ip),
    ("ipv6", "ipv6", lambda r: "2001:db8:" + ":".join(f"{r.randint(4096, 65535):x}" for _ in range(6))),
    ("mac_address", "mac", lambda r: ":".join(hexes(2)(r) for _ in range(6))),
    ("customer_name", "person_name", person("en")),
    ("Kundenname", "person_name", person("de")),
    ("nom", "person_name", person("fr")),
    ("姓名", "person_name", person("zh")),
    ("nombre", "person_name", person("es")),
    ("street_address", "address", street("en")),
    ("Anschrift", "address", street("de")),
    ("adresse", "address", street("fr")),
    ("地址", "address", street("zh")),
    ("date_of_birth", "birth_date", date(1938, 2005)),
    ("Geburtsdatum", "birth_date", date(1938, 2005, "{d:02d}.{m:02d}.{y}")),
    ("zip_code", "postcode", numbered("#", 5)),
    ("passport_no", "passport", numbered("C#", 8)),
    ("latitude", "coordinates", lambda r: f"{r.uniform(-60, 70):.6f}"),
    ("reset_link", "url_token", lambda r: f"https://x.example/reset?token={hexes(24)(r)}"),
    (
        "Kennzeichen",
        "licence_plate",
        lambda r: f"{r.choice(('B', 'HH', 'M', 'KA'))}-{r.choice('ABCD')}{r.choice('KLMN')} {r.randint(1, 9999)}",
    ),
    ("device_id", "device_id", uuid),
    ("account_number", "account_id", numbered("#", 10)),
)

CLEAN: tuple[tuple[str, Make], ...] = (
    ("order_id", numbered("#", 16)),
    ("tracking_number", numbered("#", 12)),
    ("Bestellnummer", numbered("#", 10)),
    ("transaction_ref", numbered("#", 9)),
    ("epoch_seconds", lambda r: str(r.randint(1_500_000_000, 1_800_000_000))),
    ("snowflake", lambda r: str(r.randint(10**17, 10**18))),
    ("epoch_ms", lambda r: str(r.randint(15 * 10**11, 18 * 10**11))),
    ("sku", lambda r: f"{r.choice('ABCDEFG')}{r.choice('HJKLM')}{digits(r, 6)}{r.choice('ABCD')}X"),
    ("invoice_no", numbered("INV-#", 7)),
    ("app_version", lambda r: ".".join(str(r.randint(0, 12)) for _ in range(4))),
    ("build", lambda r: f"10.0.{r.randint(0, 9)}.{r.randint(1000, 9999)}"),
    ("email_verified", words("0", "1")),
    ("phone_type", words("mobile", "landline", "voip")),
    ("email_domain", words("gmail.com", "gmx.de", "qq.com")),
    ("is_active", words("true", "false")),
    ("balance", lambda r: f"{r.uniform(-500, 90_000):.2f}"),
    ("score", lambda r: f"{r.random():.6f}"),
    ("duration", lambda r: str(r.randint(0, 5000))),
    ("order_date", date(2022, 2025)),
    ("created_at", date(2019, 2025)),
    ("Lieferdatum", date(2023, 2025, "{d:02d}.{m:02d}.{y}")),
    ("fiscal_year", lambda r: str(r.randint(1999, 2025))),
    ("academic_year_code", lambda r: f"{(y := r.randint(1999, 2024))}/{y + 1}"),
    ("employer", lambda r: f"{r.choice(_LAST['en'])} {r.choice(('Ltd', 'Inc', 'Group', '& Sons'))}"),
    ("Firma", lambda r: f"{r.choice(_LAST['de'])} GmbH"),
    (
        "produit",
        lambda r: (
            f"{r.choice(('Lampe', 'Table', 'Chaise'))} {r.choice(('rouge', 'bleue', 'verte'))} {r.randint(1, 99)}"
        ),
    ),
    ("产品", words("苹果手机", "华为平板", "小米手环", "联想电脑")),
    ("城市等级", words("一线", "二线", "三线")),
    ("browser", words("Safari", "Chrome", "Firefox", "Edge")),
    ("acid_level", lambda r: f"{r.uniform(3, 9):.2f}"),
    ("uuid", uuid),
    ("checksum", hexes(64)),
    ("git_commit", hexes(7)),
    ("colour", lambda r: "#" + hexes(6)(r)),
    ("isbn", numbered("978#", 10)),
    ("job_title", words("nurse", "teacher", "engineer", "clerk", "driver", "chef")),
    ("campaign", numbered("SPRING-#", 3)),
    ("days_since_contact", lambda r: str(r.randint(0, 400))),
    ("time", lambda r: f"{r.randint(0, 23):02d}:{r.randint(0, 59):02d}:{r.randint(0, 59):02d}"),
    ("url", lambda r: f"https://shop.example/item/{r.randint(1, 99999)}"),
    ("temperature", lambda r: f"{r.uniform(-20, 40):.1f}"),
    ("error_code", lambda r: f"0x{hexes(8)(r)}"),
    ("misc_ref", numbered("R#", 11)),
    ("batch", numbered("#", 14)),
    ("weight_kg", lambda r: f"{r.uniform(40, 120):.3f}"),
)


def table(*, rows: int, seed: int, headers: bool) -> tuple[pd.DataFrame, dict[str, str]]:
    """The table and the true kind of each column (``none`` for look-alikes)."""
    rng = random.Random(seed)
    columns = [*PERSONAL, *((header, "none", make) for header, make in CLEAN)]
    rng.shuffle(columns)
    cells, truth = {}, {}
    for place, (header, kind, make) in enumerate(columns):
        name = header if headers else f"c{place:03d}"
        cells[name] = [make(rng) for _ in range(rows)]
        truth[name] = kind
    return pd.DataFrame(cells), truth
