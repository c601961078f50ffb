"""A second labelled table, made by Faker in ten locales: many spellings of column names, five values a column, numbers
read as numbers, and look-alikes under names that nearly say something personal.

Written apart from :mod:`pii_columns`, so that the detector is not judged by one generator only. Needs ``faker``.
"""

import random
from collections.abc import Callable
from datetime import date, datetime

import pandas as pd
from faker import Faker

LOCALES = ("en_US", "en_GB", "de_DE", "fr_FR", "es_ES", "it_IT", "nl_NL", "pl_PL", "zh_CN", "pt_BR")
Make = Callable[[random.Random, dict[str, Faker]], object]


def fake(locale: str, method: str, **more: object) -> Make:
    return lambda rng, fakers: getattr(fakers[locale], method)(**more)


def digits(form: str) -> Make:
    return lambda rng, fakers: "".join(rng.choice("0123456789") if letter == "#" else letter for letter in form)


def letters(form: str) -> Make:
    return lambda rng, fakers: "".join(
        rng.choice("0123456789") if c == "#" else rng.choice("ABCDEFGHJKLMNPRSTUVWXYZ") if c == "?" else c for c in form
    )


def one_of(*choices: object) -> Make:
    return lambda rng, fakers: rng.choice(choices)


def number(low: float, high: float, places: int = 0) -> Make:
    return lambda rng, fakers: round(rng.uniform(low, high), places) if places else rng.randint(int(low), int(high))


def born(form: str | None) -> Make:
    def make(rng: random.Random, fakers: dict[str, Faker]) -> object:
        day = date(rng.randint(1935, 2006), rng.randint(1, 12), rng.randint(1, 28))
        return datetime(day.year, day.month, day.day) if form is None else day.strftime(form)

    return make


def mapped(make: Make, change: Callable[[str], object]) -> Make:
    return lambda rng, fakers: change(str(make(rng, fakers)))


def _digits_only(text: str) -> int:
    return int("".join(letter for letter in text if letter.isdigit()) or "0")


#: kind, names, makers: every name is tried with one of the makers.
PERSONAL: tuple[tuple[str, str, tuple[Make, ...]], ...] = (
    ("email", "emailid EmailAddr e_mail_1 cust_email EMAIL_ADDR contactEmail workEmail primary_email_address adresse_mail "
     "E-Mail correo_electronico indirizzo_email emailadres adres_email user.email 电子邮箱 mail_to reply_to_email",
     tuple(fake(code, "email") for code in ("en_US", "de_DE", "fr_FR", "zh_CN"))),
    ("phone", "ph_no phoneNumber PhoneNo mobile_no cell_phone TelNr telefonnr Mobilnummer handy_nr numero_tel tel_portable "
     "telefono_movil num_telefono cellulare telefoonnr nr_telefonu numer_telefonu cust_phone workPhone HomePhone fax_number "
     "PHONE1 contact_no contactnumber dayphone mob_num phone_number_2 telephone_number primaryphone",
     (*tuple(fake(code, "phone_number") for code in ("en_US", "en_GB", "de_DE", "fr_FR", "es_ES", "it_IT", "nl_NL", "pl_PL")), digits("555#######"), mapped(digits("617#######"), int), mapped(digits("4915#########"), int), digits("+1-###-###-####"), digits("(0##) ########"), digits("06########"))),
    ("phone", "手机号码 移动电话 联系方式 lxdh 客户手机", (fake("zh_CN", "phone_number"), mapped(fake("zh_CN", "phone_number"), int))),
    ("payment_card", "cc_num creditCardNumber CreditCardNo ccnumber card_num CARD_NBR cardnumber credit_card_nr "
     "kreditkarten_nr num_carte numero_carte_bancaire numero_tarjeta carta_di_credito nr_karty pan_number debit_card_number "
     "paymentCardNumber 信用卡号码",
     (fake("en_US", "credit_card_number"), mapped(fake("en_US", "credit_card_number", card_type="visa16"), int),
      fake("en_US", "credit_card_number", card_type="mastercard"), digits("4###-####-####-####"), digits("5### #### #### ####"),
      mapped(fake("en_US", "credit_card_number", card_type="visa16"), float))),
    ("iban", "iban_no IBANNumber cust_iban ibanCode bank_iban kunden_iban Kontoverbindung iban_kunde",
     (fake("de_DE", "iban"), fake("en_GB", "iban"), fake("fr_FR", "iban"), fake("es_ES", "iban"),
      mapped(fake("de_DE", "iban"), lambda t: " ".join(t[i : i + 4] for i in range(0, len(t), 4))), letters("DE## #### #### #### #### ##"))),
    ("us_ssn", "ssn_number SSN_NO socialSecurityNumber soc_sec_no social_security_num customer_ssn SocSecNbr ssn_raw tax_ssn",
     (fake("en_US", "ssn"), mapped(fake("en_US", "ssn"), _digits_only), mapped(fake("en_US", "ssn"), lambda t: t.replace("-", "")),
      mapped(fake("en_US", "ssn"), lambda t: t.replace("-", " ")))),
    ("us_itin", "itin_no ITIN taxpayer_id_number", (fake("en_US", "itin"), mapped(fake("en_US", "itin"), _digits_only))),
    ("uk_nino", "nino_code NationalInsuranceNo ni_number nat_ins_no NI_NO insurance_number_uk_nino",
     (fake("en_GB", "ssn"), letters("AB ## ## ## C"), letters("JG######A"))),
    ("uk_nhs", "nhs_no NHSNumber patient_nhs nhs_num nhsnumber", (digits("### ### ####"), mapped(digits("4#########"), int))),
    ("de_tax_id", "steuerID Steuer_Identifikationsnummer SteuerIdNr idnr_kunde steuernr", (digits("8# ### ### ###"), digits("8##########"))),
    ("fr_nir", "num_secu numSecuriteSociale numero_secu_soc nir_patient NIR numero_de_securite_sociale",
     (fake("fr_FR", "ssn"), mapped(fake("fr_FR", "ssn"), lambda t: t.replace(" ", "")))),
    ("es_dni", "dni_cliente numDNI DNI_NIE nif nie_numero documento_identidad", (fake("es_ES", "nif"), fake("es_ES", "nie"), letters("########-?"))),
    ("it_codice_fiscale", "codFiscale CODICE_FISCALE cod_fisc cf_cliente codiceFiscaleCliente", (fake("it_IT", "ssn"),)),
    ("pl_pesel", "PESEL nr_pesel pesel_klienta numer_PESEL", (fake("pl_PL", "pesel"), mapped(fake("pl_PL", "pesel"), int))),
    ("nl_bsn", "BSN bsn_nummer BurgerServiceNummer klant_bsn", (fake("nl_NL", "ssn"), mapped(fake("nl_NL", "ssn"), int))),
    ("cn_id", "身份证号码 sfzh 客户身份证 证件号码 id_card_no idCardNum", (fake("zh_CN", "ssn"),)),
    ("passport", "passport_no PassportNumber passportNo reisepassnr num_passeport numero_pasaporte numero_passaporto paspoortnr "
     "nr_paszportu 护照号码 pass_number passport_id",
     (fake("en_US", "passport_number"), letters("C01X0####"), letters("##??#####"), letters("?########"), mapped(digits("5########"), int))),
    ("vat_id", "vat_no VATNumber UStIdNr ust_id num_tva partita_iva btw_nummer nip", (fake("de_DE", "vat_id"), letters("FR###########"), digits("PL##########"), letters("DE#########"))),
    ("ipv4", "ip_addr IPAddress clientIp src_ip remote_addr user_ip last_login_ip adresse_ip ip_adresse login_ip_address", (fake("en_US", "ipv4"), fake("en_US", "ipv4_private"))),
    ("ipv6", "ip_v6 ipv6_addr clientIPv6", (fake("en_US", "ipv6"),)),
    ("mac", "mac_addr MACAddress wifi_mac device_mac macadresse", (fake("en_US", "mac_address"), mapped(fake("en_US", "mac_address"), lambda t: t.upper().replace(":", "-")))),
    ("person_name", "fullName cust_name CustomerName client_nm PatientName nameOnCard acct_holder_name applicant_full_name employeeName "
     "contact_person ContactName Kundenname Ansprechpartner vollstaendiger_name nom_prenom nom_client nombre_completo nombre_cliente "
     "nome_cognome nome_cliente naam_klant volledige_naam imie_nazwisko imie_i_nazwisko beneficiary_name insured_name user_full_name",
     tuple(fake(code, "name") for code in ("en_US", "en_GB", "de_DE", "fr_FR", "es_ES", "it_IT", "nl_NL", "pl_PL"))),
    ("person_name", "fname first_nm FirstName givenName vorname_kunde Vorname prenom Prénom nombre_pila nome voornaam imie middle_name",
     tuple(fake(code, "first_name") for code in ("en_US", "de_DE", "fr_FR", "es_ES", "it_IT", "nl_NL", "pl_PL"))),
    ("person_name", "lname last_nm LastName surname familyName nachname Familienname nom_famille nom_de_famille apellidos primer_apellido cognome "
     "achternaam nazwisko maidenName cust_last_name", tuple(fake(code, "last_name") for code in ("en_US", "de_DE", "fr_FR", "es_ES", "it_IT", "nl_NL", "pl_PL"))),
    ("person_name", "客户姓名 联系人姓名 真实姓名 收货人姓名 姓名", (fake("zh_CN", "name"),)),
    ("address", "addr1 StreetAddress street_addr home_addr AddressLine1 cust_address mailingAddress billing_street address_full "
     "Strasse strasse_hausnr Anschrift wohnadresse rue adresse_client direccion domicilio indirizzo indirizzo_residenza adres straat_huisnr "
     "ulica adres_zamieszkania shipTo_address", tuple(fake(code, "street_address") for code in ("en_US", "en_GB", "de_DE", "fr_FR", "es_ES", "it_IT", "nl_NL", "pl_PL"))),
    ("address", "full_address complete_address postal_address customerAddress", tuple(mapped(fake(code, "address"), lambda t: t.replace("\n", ", ")) for code in ("en_US", "de_DE", "fr_FR", "it_IT"))),
    ("address", "详细地址 收货地址 家庭住址", (fake("zh_CN", "address"),)),
    ("postcode", "zip_cd ZipCode PostalCode postal_cd plz PLZ_kunde code_postal cod_postal codigoPostal cap postcode kod_pocztowy 邮政编码 zip5",
     (fake("en_US", "zipcode"), fake("en_GB", "postcode"), fake("de_DE", "postcode"), fake("pl_PL", "postcode"), fake("nl_NL", "postcode"), mapped(fake("en_US", "zipcode"), int))),
    ("birth_date", "DOB birth_dt BirthDate dateOfBirth date_of_birth birthday cust_dob gebdat Geburtsdatum geb_datum date_naissance dateNaissance "
     "fecha_nacimiento fechaNac data_nascita DataDiNascita geboortedatum data_urodzenia 出生日期 出生年月 patient_dob born_on",
     (born("%Y-%m-%d"), born("%d.%m.%Y"), born("%m/%d/%Y"), born("%m/%d/%y"), born("%d-%b-%Y"), born("%B %d, %Y"), born(None), born("%Y%m%d"), mapped(born("%Y%m%d"), int),
      born("%Y-%m-%d %H:%M:%S"), born("%d %b %Y"))),
    ("coordinates", "lat lng Latitude LONGITUDE geo_lat home_longitude gps_lat breitengrad Längengrad latitud longitud 经度 纬度",
     (number(-80, 80, 6), mapped(number(-80, 80, 5), str))),
    ("coordinates", "latlong coords gps_coordinates geo_location koordinaten", (lambda r, f: f"{r.uniform(-80, 80):.5f}, {r.uniform(-170, 170):.5f}",
     lambda r, f: f"({r.uniform(-80, 80):.4f},{r.uniform(-170, 170):.4f})")),
    ("url_token", "reset_url login_link callback_url referrer", (lambda r, f: f"https://{f['en_US'].domain_name()}/a?token={f['en_US'].sha1()}",
     lambda r, f: f"https://{f['en_US'].domain_name()}/s?x=1&session_id={f['en_US'].md5()}")),
    ("crypto_address", "btc_addr eth_wallet walletAddress bitcoin_address", (lambda r, f: "0x" + f["en_US"].sha1(),)),
    ("licence_plate", "license_plate plate_no PlateNumber kfz_kennzeichen Kennzeichen immatriculation matricula targa kenteken nr_rejestracyjny 车牌号 vehicle_reg",
     (fake("en_US", "license_plate"), fake("en_GB", "license_plate"), fake("de_DE", "license_plate"), fake("it_IT", "license_plate"), fake("pl_PL", "license_plate"), letters("粤B#?###"))),
    ("device_id", "device_id deviceID deviceUuid idfa GAID android_id advertising_id udid device_serial",
     (fake("en_US", "uuid4"), mapped(fake("en_US", "md5"), lambda t: t[:16]), mapped(fake("en_US", "uuid4"), str.upper))),
    ("account_id", "acct_no AccountNumber accountNo bank_account_no account_num kontonr KontoNummer numero_compte num_cuenta numero_conto customer_id custID "
     "kundennr Kundennummer client_no id_cliente member_number patientID MRN policyholder_id employee_id 客户编号 账号 userId klantnummer",
     (digits("##########"), mapped(digits("7#######"), int), letters("AC-########"), letters("C######"), letters("??#######"))),
    ("username", "user_name username login screen_name nickname", (fake("en_US", "user_name"),)),
    ("driving_licence", "driver_license DriversLicenseNo dl_number fuehrerschein_nr permis_conduire", (letters("?#######"), letters("?####-####-####"), mapped(digits("########"), int))),
    ("gender", "gender sex Geschlecht sexe genero sesso 性别 cust_gender", (one_of("M", "F"), one_of("male", "female"), one_of("Male", "Female", "Other"))),
    ("age", "age customer_age Alter edad 年龄", (number(18, 95), mapped(number(18, 95), str))),
    ("city", "city home_city Wohnort ville ciudad citta woonplaats miasto 城市", (fake("en_US", "city"), fake("fr_FR", "city"), fake("de_DE", "city"))),
)  # fmt: skip

CLEAN: tuple[tuple[str, tuple[Make, ...]], ...] = (
    ("email_sent email_opt_in emailVerified has_email num_emails email_clicks email_count", (one_of(0, 1), one_of("Y", "N"), number(0, 40))),
    ("email_domain mail_provider", (one_of("gmail.com", "gmx.de", "orange.fr", "qq.com", "web.de"),)),
    ("email_subject mail_template", (one_of("Welcome aboard", "Your invoice", "We miss you", "Spring sale", "Reminder"),)),
    ("phone_model phone_brand device_model handset_make", (one_of("Pixel 8", "iPhone 15", "Galaxy S24", "Xperia 5", "Nokia 3310"),)),
    ("phone_type contact_type address_type card_type cardType account_type id_type", (one_of("home", "work", "other", "visa", "savings"),)),
    ("calls_last_month phone_minutes contact_attempts", (number(0, 400),)),
    ("card_limit card_balance credit_limit creditAmount account_balance", (number(500, 30000), number(0, 9000, 2))),
    ("card_expiry expiry_date card_exp", (lambda r, f: f"{r.randint(1, 12):02d}/{r.randint(26, 31)}",)),
    ("product_name item_name productName Produktname nom_produit", (one_of("Desk lamp", "Oak table", "Blue chair", "Garden hose", "Steel kettle", "Wool rug"),)),
    ("company company_name employer Firma entreprise azienda bedrijf", (fake("en_US", "company"), mapped(fake("de_DE", "company"), str), fake("fr_FR", "company"))),
    ("file_name filename hostname table_name column_name branch_name", (fake("en_US", "file_name"), lambda r, f: f"srv-{r.randint(1, 99):02d}-{r.choice(('eu', 'us'))}")),
    ("country country_name Land pays nationality_country", (fake("en_US", "country"),)),
    ("country_code lang currency", (one_of("DE", "US", "FR", "CN", "GB", "ES"),)),
    ("order_no orderId invoice_number transaction_id tracking_no booking_ref ticket_number Bestellnr numero_commande", (digits("##########"), letters("ORD-########"), mapped(digits("########"), int), digits("1Z############"))),
    ("sku product_code item_code ean barcode isbn upc", (digits("978##########"), letters("??-####-?"), digits("############"))),
    ("created_at order_date updatedOn last_login signup_date contract_start Lieferdatum date_commande timestamp event_time",
     (lambda r, f: f"{r.randint(2019, 2026)}-{r.randint(1, 12):02d}-{r.randint(1, 28):02d}", lambda r, f: datetime(r.randint(2020, 2026), r.randint(1, 12), r.randint(1, 28), r.randint(0, 23)),
      lambda r, f: r.randint(1_500_000_000, 1_790_000_000))),
    ("amount price total revenue fee betrag montant importe", (number(1, 9000, 2),)),
    ("score probability risk_score ratio share pct weight_kg height_cm temperature", (number(0, 1, 6), number(20, 200, 3))),
    ("quantity visits count n_items days_since duration tenure_months campaign_contacts previous pdays", (number(0, 500),)),
    ("version app_version build firmware os_version api_version", (lambda r, f: ".".join(str(r.randint(0, 20)) for _ in range(3)), lambda r, f: ".".join(str(r.randint(0, 18)) for _ in range(4)))),
    ("acid_level cid_ratio pH emissions_ppm panel_size pan_test", (number(3, 9, 2),)),
    ("academic_year fiscal_year season model_year vintage", (lambda r, f: f"{(y := r.randint(1999, 2024))}/{y + 1}", number(1999, 2025))),
    ("checksum sha256 commit_hash etag content_hash", (fake("en_US", "sha256"), mapped(fake("en_US", "sha1"), lambda t: t[:10]))),
    ("request_id trace_id event_id message_id row_uuid", (fake("en_US", "uuid4"),)),
    ("job occupation job_title Beruf profession", (fake("en_US", "job"), one_of("nurse", "clerk", "teacher", "chef", "driver"))),
    ("browser user_agent_family os_name platform device_type", (one_of("Safari", "Chrome", "Firefox", "Edge", "Opera"),)),
    ("category segment class tier rating status marital education", (one_of("gold", "silver", "bronze", "basic", "single", "married"),)),
    ("is_active flag churned target y converted", (one_of(True, False), one_of(0, 1), one_of("yes", "no"))),
    ("url page landing_page image_url", (lambda r, f: f"https://{f['en_US'].domain_name()}/p/{r.randint(1, 9999)}",)),
    ("colour hex_color", (fake("en_US", "hex_color"),)),
    ("description comment summary notes review", (fake("en_US", "sentence"), fake("de_DE", "sentence"), fake("zh_CN", "sentence"))),
    ("ip_count ip_rep_score mac_os_version", (number(0, 90),)),
    ("birth_weight birth_order birth_rate age_of_account vehicle_age", (number(1, 5000),)),
    ("state_code region_id store_id department_id branch_code shop_no", (number(1, 900), letters("R##"))),
    ("产品 商品名称 品牌 手机型号 是否有电话 订单状态", (one_of("小米手环", "华为平板", "联想电脑", "苹果手机", "已完成"),)),
    ("订单号 批次", (digits("##############"),)),
    ("time start_time dauer uhrzeit", (lambda r, f: f"{r.randint(0, 23):02d}:{r.randint(0, 59):02d}:{r.randint(0, 59):02d}",)),
    ("siren siret company_reg_no ein duns", (digits("#########"), digits("##############"))),
    ("swift_code bic bank_name routing_transit", (fake("en_GB", "swift"),)),
    ("species drug_name disease gene", (one_of("Quercus robur", "Ibuprofen", "Asthma", "BRCA1", "Aspirin"),)),
    ("serial_position lot_number batch_no machine_code error_code zip_file_size", (digits("0x########"), number(1, 99999), letters("LOT#####"))),
)  # fmt: skip


def tables(*, rows: int, seed: int, headers: bool = True) -> tuple[list["pd.Series[object]"], list[str]]:
    """Columns (named) and the true kind of each; every name with every maker of its group."""
    rng = random.Random(seed)
    fakers = {}
    for code in LOCALES:
        fakers[code] = Faker(code)
        fakers[code].seed_instance(seed)
    columns, truth = [], []
    groups = [*PERSONAL, *(("none", names, makers) for names, makers in CLEAN)]
    for kind, names, makers in groups:
        for place, name in enumerate(names.split()):
            make = makers[place % len(makers)] if not headers else rng.choice(makers)
            cells = [make(rng, fakers) for _ in range(rows)]
            columns.append(pd.Series(cells, name=name if headers else f"c{len(columns):03d}"))
            truth.append(kind)
    return columns, truth
