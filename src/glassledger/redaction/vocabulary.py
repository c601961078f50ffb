"""Words in column names that speak for a kind, in English, German, French, Spanish, Italian, Dutch, Polish and Chinese.

Phrases are lower case and without accents, their words parted by one blank. Words for "number" and for whom a column is
about (``customer``, ``Kunde``) need not be listed: :mod:`glassledger.redaction.headers` sees through them.
"""


def _phrases(text: str) -> tuple[str, ...]:
    return tuple(phrase for phrase in (" ".join(part.split()) for part in text.split("|")) if phrase)


#: Kinds whose name must say it outright: a word among others is too little.
WHOLE_ONLY = frozenset(("username", "credential", "age", "national_id"))

_BY_KIND = {
    "email": """email|e mail|mail|email address|mail address|email id|mail id|courriel|adresse mail
        |adresse email|mel|adresse courriel|correo|correo electronico|mailadresse|email adresse
        |emailadresse|posta elettronica|indirizzo email|indirizzo mail|poczta|adres email
        |adres mail|emailadres|邮箱|电子邮件|邮件地址|邮件|邮箱地址""",
    "url_token": """reset link|login link|magic link|session url|link|url|token|uri|referrer|referer
        |page url|链接|网址""",
    "ipv4": """ip|ip address|ip addr|ipaddress|ipv4|client ip|remote addr|remote ip|src ip|source ip
        |dst ip|dest ip|host ip|login ip|last ip|adresse ip|ip adresse|direccion ip|indirizzo ip
        |adres ip|ip adres|ip地址|登录ip""",
    "ipv6": """ip|ip address|ip addr|ipaddress|ipv6|ip6|ip v6|client ip|adresse ip|ip adresse
        |remote addr|source ip|ip地址""",
    "mac": """mac|mac address|mac addr|hardware address|hw address|ethernet address|wifi mac|bssid
        |mac adresse|adresse mac|direccion mac|indirizzo mac|mac adres|adres mac|mac地址""",
    "iban": """iban|bank account|account|compte|compte bancaire|rib|konto|kontoverbindung
        |bankverbindung|cuenta|cuenta bancaria|conto|conto corrente|rekening|rekeningnummer
        |bankrekening|konto bankowe|rachunek|rachunku|numer konta|kontonummer|account iban|银行账号""",
    "cn_id": """身份证|身份证号|身份证号码|公民身份号码|证件号|证件号码|resident id|id card|idcard|id|sfz|sfzh
        |shenfenzheng|id no
        |id number|id num|cn id|id card no|citizen id|national id|zjhm|chinese id|identity card
        |identity""",
    "payment_card": """card|cc|ccn|ccnum|ccnumber|cc no|ccnr|credit card|creditcard|debit card|debitcard
        |bank card|payment card|card pan|primary account|pan|kreditkarte|kartennummer
        |kreditkartennummer|karte|ec karte|carte|carte bancaire|carte credit|carte de credit
        |carte bleue|cb|tarjeta|tarjeta credito|tarjeta de credito|carta|carta di credito
        |carta credito|creditcardnummer|kaartnummer|karta|karty|karta kredytowa|numer karty|卡号
        |银行卡|银行卡号|信用卡|信用卡号|银行卡号码""",
    "fr_nir": """nir|securite sociale|numero securite sociale|no secu|num secu|insee|secu|numero secu|nss
        |numero insee|numero de securite sociale|secu sociale|immatriculation sociale""",
    "it_codice_fiscale": """codice fiscale|cf|codicefiscale|cod fiscale|cod fisc|fiscal code|codfis|codfisc""",
    "es_dni": """dni|nie|nif|dni nie|documento identidad|documento|documento de identidad|identificacion
        |dni nif|cedula|doc identidad""",
    "vat_id": """vat|vat id|vat reg|vat registration|ust id|ustid|ustidnr|ust idnr|umsatzsteuer id
        |umsatzsteuer|uid|mehrwertsteuer|tva|numero tva|tva intracommunautaire|partita iva|piva
        |p iva|iva|nif iva|cif|btw|btw nummer|btw id|nip|nip ue|eu vat|tax vat|税号""",
    "us_ssn": """ssn|social security|social security no|socialsecurity|soc sec|social|social sec|ss|ssno
        |ssnum|ss no|social security num|ssn4|ssn9""",
    "us_itin": """itin|taxpayer id|taxpayer identification|individual taxpayer|tin|taxpayer|tax payer id""",
    "uk_nino": """nino|ni|ni number|ni no|nin|national insurance|national insurance number
        |national insurance no|nat ins|natins|nat insurance|national ins""",
    "pl_pesel": "pesel|nr pesel|numer pesel",
    "de_tax_id": """steuer id|steuerid|steueridentifikationsnummer|steuer idnr|steuernummer|idnr|tin|tax id
        |steuer|steuer identifikationsnummer|identifikationsnummer|tax identification|idnummer
        |german tax id|tax identifier|stnr|steuer nr|steuerliche identifikationsnummer""",
    "uk_nhs": "nhs|nhs id|nhs identifier|nhs no",
    "nl_bsn": """bsn|burgerservicenummer|sofinummer|sofi|burger service nummer|burgerservice nummer
        |citizen service""",
    "cn_mobile": """手机|手机号|手机号码|电话|联系电话|电话号码|联系方式|移动电话|mobile|phone|cell|tel
        |mobile phone|telephone|contact
        |sjh|lxdh|shouji|dianhua""",
    "phone": """phone|telephone|tel|mobile|mob|cell|cellphone|cell phone|mobile phone|phone home
        |home phone|work phone|ph|fax|telefon|telefonnummer|tel nr|handy|handynummer|rufnummer
        |mobil|mobilfunk|mobilfunknummer|mobilnummer|portable|tel portable|tel mobile|telefono
        |telefono movil|movil|celular|cellulare|telefono cellulare|recapito telefonico|telefone
        |telemovel|telefoonnummer|telefoon|mobiel|gsm|telefonu|komorka|komorkowy
        |telefon komorkowy|numer telefonu|电话|联系电话|电话号码|手机|手机号|传真|座机|msisdn|caller|callback
        |phonenum|whatsapp|landline|daytime phone|evening phone|faks|festnetz|telephone fixe
        |telephone portable|fixe|contact|durchwahl|sms|dial""",
    "crypto_address": """wallet|btc|bitcoin|btc address|crypto|crypto address|wallet address|eth|eth address
        |ethereum|ethereum address|bitcoin address|bitcoin wallet|btc wallet|eth wallet
        |crypto wallet|blockchain address|钱包地址|钱包""",
    "imei": "imei|device imei|handset|imei1|imei2|imeisv|meid",
    "vin": """vin|vehicle identification|chassis|chassis no|fahrgestellnummer|fahrgestell|fin
        |numero chassis|bastidor|telaio|numero telaio|chassisnummer|nadwozia|vehicle id|车架号""",
    "device_id": """device id|deviceid|device|idfa|idfv|gaid|aaid|adid|ad id|advertising id|android id|udid
        |gerate id|gerateid|geraete id|device uuid|device serial|device identifier|cookie id
        |cookie|client uuid|visitor id|iccid|imsi|serial|hardware id|fingerprint
        |device fingerprint|installation id|install id|session id|sessionid|identifiant appareil
        |id dispositivo|dispositivo|id urzadzenia|apparaat id|设备号|设备id|设备标识|设备编号""",
    "coordinates": """lat|lon|lng|long|latitude|longitude|coordinates|coordinate|coords|coord|geo|gps|latlon
        |latlng|lat lng|breitengrad|langengrad|laengengrad|breite|lange|koordinaten|coordonnees
        |lat lon|lat long|location|geolocation|geo location|gps location|position|geopoint|geom
        |latitud|longitud|coordenadas|latitudine|longitudine|coordinate gps|breedtegraad
        |lengtegraad|szerokosc|dlugosc|wspolrzedne|经度|纬度|经纬度|坐标""",
    "birth_date": """dob|d o b|date of birth|birth date|birthdate|birthday|birth|born|bday|born on|born at
        |birth dt|birth day|geburtsdatum|geburtstag|geb datum|gebdat|gebdatum|geb|geboren
        |geboren am|geburtsjahr|geburt|date naissance|date de naissance|naissance|ne le
        |dt naissance|annee naissance|fecha nacimiento|fecha nac|nacimiento|f nac
        |fecha de nacimiento|fec nac|fnac|ano nacimiento|data di nascita|data nascita|nascita
        |nato il|data nasc|data de nascimento|nascimento|geboortedatum|geboren op|geboortejaar
        |geboorte|data urodzenia|urodzenia|data ur|rok urodzenia|birth year|year of birth|yob
        |yearofbirth|出生日期|生日|出生年月|出生年月日|出生|csrq""",
    "passport": """passport|passport id|passeport|pass no|pass nr|pass number|reisepass|reisepassnummer
        |passnummer|numero passeport|pasaporte|passaporto|paspoort|paspoortnummer|paszport
        |paszportu|travel document|ausweisnummer|ausweis|personalausweis|personalausweisnummer
        |护照|护照号|护照号码|passp|ppt|passportno""",
    "driving_licence": """driving licence|driving license|driver licence|driver license|drivers license
        |drivers licence|driverlicense|dl|dl no|dlno|dln|licence|license|fuhrerschein
        |fuehrerschein|fuhrerscheinnummer|fuehrerscheinnummer|permis de conduire|permis conduire
        |permis|carnet de conducir|permiso de conducir|licencia de conducir|licencia|patente
        |patente di guida|numero patente|rijbewijs|rijbewijsnummer|prawo jazdy|prawa jazdy|驾驶证
        |驾驶证号|驾照|state license""",
    "licence_plate": """plate|license plate|licence plate|number plate|registration plate|plate no|vehicle plate
        |car plate|reg plate|numberplate|licenseplate|licenceplate|vrm|vrn|reg|kennzeichen
        |kfz kennzeichen|kfz|nummernschild|autokennzeichen|amtliches kennzeichen|immatriculation
        |plaque|plaque immatriculation|plaque d immatriculation|matricula|placa|targa|targa auto
        |targa veicolo|kenteken|kentekennummer|nummerplaat|tablica|tablica rejestracyjna
        |rejestracja|numer rejestracyjny|rejestracyjny|reg no|vehicle registration|vehicle reg
        |car registration|registration|tag|车牌|车牌号|车牌号码""",
    "account_id": """account|account id|account identifier|acct|acct id|acctno|accno|acc no|acc|a c no
        |bank account|bank acct|bank acc|kontonummer|konto|konto nr|kontonr|bankkonto
        |numero compte|numero de compte|compte|compte bancaire|cuenta|numero cuenta
        |numero de cuenta|conto|numero conto|rekening|rekeningnummer|konta|rachunku|iban
        |customer id|customer no|customer number|customer identifier|customer ref|cust id|custid
        |cust no|custno|cust num|cid|customer|kundennummer|kunden nr|kundennr|kdnr|kd nr
        |kunden id|kundenid|numero client|num client|client id|client no|client|client number
        |id client|id cliente|cliente id|numero cliente|num cliente|codice cliente|cod cliente
        |klantnummer|klant id|klantid|klantnr|numer klienta|id klienta|nr klienta|member id
        |member no|member number|membership|membership id|membership number|mitgliedsnummer
        |mitglied nr|numero adherent|user id|userid|uid|user no|benutzer id|nutzer id
        |id utilisateur|id usuario|id utente|gebruikers id|patient id|patient no|patient number
        |patientid|mrn|medical record|medical record number|medical record no|health plan
        |health insurance|beneficiary id|hicn|mbi|insurance id|patientennummer
        |versichertennummer|versicherungsnummer|krankenversichertennummer|policy holder id
        |employee id|employee no|employee number|emp id|emp no|empid|empno|staff id|staff no
        |personalnummer|personal nr|mitarbeiternummer|matricule|numero empleado|personeelsnummer
        |student id|student no|student number|matrikelnummer|person id|personid|persona id
        |party id|contact id|subscriber id|applicant id|borrower id|loyalty|loyalty card
        |loyalty id|loyalty number|frequent flyer|kundenkarte|账号|账户|银行账号|账户号|客户编号|客户号|客户id|会员号
        |会员编号|用户id|用户编号|员工编号|工号""",
    "username": """username|user name|user|login|login name|loginname|userlogin|logon|nickname|nick
        |nick name|handle|screen name|screenname|benutzername|benutzerkennung|nutzername
        |anmeldename|identifiant|nom utilisateur|pseudo|nom d utilisateur|usuario|nombre usuario
        |nombre de usuario|nome utente|utente|gebruikersnaam|nazwa uzytkownika|uzytkownik
        |twitter|twitter handle|instagram|skype|skype id|wechat|wechat id|qq|qq number|telegram
        |social handle|用户名|昵称|微信|微信号""",
    "credential": """password|passwd|pwd|pass word|passwort|kennwort|mot de passe|motdepasse|mdp|contrasena
        |clave|wachtwoord|haslo|password hash|pin code|secret|secret key|api key|apikey
        |access token|auth token|access key|private key|密码|口令|cvv|cvc|cvv2|cvc2
        |card security code|security code|prufziffer karte""",
    "national_id": """national id|national identity|national identification|nationalid|id card|idcard
        |identity card|identity|id document|government id|govt id|personal id
        |personal identification|personal identity|citizen id|citizenship|personnummer
        |personalnummer|personennummer|rodne cislo|cnp|egn|oib|jmbg|emso|hetu|henkilotunnus|cpr
        |fodselsnummer|fnr|cpf|rg|curp|rfc|rut|dni|nif|aadhaar|aadhar|aadhaar card|pan card|sin
        |social insurance|social insurance number|sozialversicherungsnummer|sozialversicherung
        |sv nummer|svnr|svn|ahv|ahv nummer|avs|rijksregisternummer|registre national
        |numero national|numero registre national|rrn|niss|insz|numero identite|carte identite
        |carte d identite|carte nationale identite|cni|carta identita|carta d identita
        |numero documento|documento|dokument|dowod|dowod osobisty|dowodu|numer dowodu
        |seria dowodu|personalausweis|ausweis|ausweisnummer|id number|identiteitskaart
        |identificatie|identification|tax id|tax number|tax no|fiscal number|nif fiscal|tfn
        |tax file|medicare|medicare number|social id|resident id|residence permit|visa
        |visa number|证件号|证件号码|证件|社保号|社保卡号""",
    "postcode": """zip|zip code|zipcode|zip cd|zip5|zip 4|postal|postal code|post code|postalcode|postcode
        |postal cd|plz|postleitzahl|code postal|cp|codepostal|codigo postal|cod postal
        |codigopostal|cap|codice postale|codice avviamento|kod pocztowy|kodpocztowy|cep|post
        |pincode|pin code|eircode|邮编|邮政编码""",
    "age": """age|age years|age in years|age yrs|customer age|age group|age band|age range|age bracket
        |alter|lebensalter|altersgruppe|edad|edad anos|grupo edad|eta|fascia eta|leeftijd
        |leeftijdsgroep|wiek|idade|tranche age|年龄|年纪|岁数|nl""",
    "gender": """gender|sex|geschlecht|sexe|genre|civilite|genero|sexo|sesso|genere|geslacht|plec|anrede
        |性别|xb|gender code|gender cd|sex code|gender identity""",
    "city": """city|town|city name|town name|ort|wohnort|stadt|ville|commune|localite|ciudad|poblacion
        |municipio|localidad|citta|comune|localita|plaats|woonplaats|stad|gemeente|miasto
        |miejscowosc|cidade|birth place|birthplace|place of birth|birth city|geburtsort
        |lieu naissance|lieu de naissance|lugar nacimiento|lugar de nacimiento|luogo di nascita
        |luogo nascita|geboorteplaats|miejsce urodzenia|residence|hometown|城市|所在城市|出生地|籍贯""",
    "person_name": """name|full name|fullname|first name|firstname|first nm|last name|lastname|last nm|surname
        |given name|givenname|given names|family name|familyname|middle name|middlename|mid name
        |forename|forenames|second name|contact name|contact person|contact|holder name
        |cardholder|card holder|name on card|account holder|holder|nm|legal name|real name
        |preferred name|maiden name|birth name|mother name|mothers maiden name|father name
        |display name|fname|lname|mname|f name|l name|first|last|middle|middle initial|initials
        |vorname|nachname|familienname|zuname|kundenname|vollstandiger name|vollstaendiger name
        |ansprechpartner|geburtsname|kontoinhaber|karteninhaber|inhaber|rufname|vor und nachname
        |vor nachname|nom|prenom|nom prenom|prenom nom|nom complet|nom famille|nom de famille
        |nom client|nom jeune fille|nom naissance|nom usage|titulaire|nombre|nombres
        |nombre completo|apellido|apellidos|primer apellido|segundo apellido|nombre apellidos
        |nombre y apellidos|nombre de pila|nombre pila|titular|nome|cognome|nome cognome
        |nome e cognome|nominativo|nome completo|intestatario|sobrenome|apelido|naam|voornaam
        |achternaam|volledige naam|familienaam|imie|nazwisko|imie nazwisko|imie i nazwisko
        |nazwisko imie|nazwisko rodowe|person|person name|employee|patient|passenger|guest
        |nazwa klienta|customer|client|applicant|borrower|owner|driver|buyer|student|teacher
        |member|recipient|kunde|cliente|klant|klient|beneficiary|user|姓名|名字|客户姓名|联系人|姓|全名|收件人
        |真实姓名|户名|持卡人|xm""",
    "address": """address|street|street address|home address|addr|address line|adr|street name|strt|str
        |mailing address|billing address|shipping address|postal address|residential address
        |permanent address|house address|address1|adresse|anschrift|wohnanschrift|wohnadresse
        |strasse|str nr|strasse nr|hausnummer strasse|lieferadresse|rechnungsadresse
        |hausanschrift|postanschrift|rue|domicile|voie|adresse postale|adresse domicile
        |lieu de residence|direccion|domicilio|calle|calle y numero|direccion postal|indirizzo
        |via|residenza|adres|straat|straatnaam|woonadres|postadres|ulica|adres zamieszkania
        |adres korespondencyjny|endereco|rua|morada|location|residence|地址|住址|家庭住址|联系地址|详细地址|收货地址
        |通讯地址|家庭地址|居住地址|dz|jtzz""",
}  # fmt: skip

#: kind -> phrases.
PHRASES = {kind: _phrases(text) for kind, text in _BY_KIND.items()}

#: Names that say little alone: the cells must speak more clearly under them.
BARE_NAMES = frozenset(_phrases(
    "name|nom|nombre|nome|naam|nm|first|last|middle|contact|holder|person|employee|patient|passenger|guest"
    "|titular|titulaire"
    "|inhaber|user|initials|nominativo|intestatario|nazwa|customer|client|applicant|borrower|owner|driver|buyer|student"
    "|teacher|member|recipient|kunde|cliente|klant|klient|beneficiary|titulaire|holder"
))  # fmt: skip

#: Words for "number" or "value of", which change nothing.
NUMBER_WORDS = frozenset(
    """
number no nr num nbr numb numbers nummer nummern numero numeros nro numer nos n hash value val
values field str txt text string col column cd identifier nmbr full complete hausnummer hausnr
huisnr huisnummer house 1 2 3 4 01 02 03 i ii raw orig original input src
""".split()
)

#: Whom or whose place a column is about, and small words between.
PEOPLE_WORDS = frozenset(
    """
customer customers cust client clients user users person persons personal people applicant
applicants borrower holder owner member members patient patients employee employees emp staff worker
contact primary secondary main home work business office private billing bill ship shipping mailing
delivery residential permanent current previous former old new alternate alternative alt other my
your his her their emergency guest passenger buyer seller student teacher insured policyholder
debtor guarantor spouse partner child parent mother father recipient sender beneficiary payer payee
subscriber lead prospect donor voter tenant landlord driver agent caller cardholder shopper visitor
participant respondent candidate reg registered registration s kunde kunden kundin kontakt
mitarbeiter versicherter versicherten antragsteller inhaber benutzer nutzer privat geschaftlich
rechnungs rechnung liefer haupt mieter patienten empfanger absender utilisateur salarie titulaire
assure abonne adherent destinataire personne cliente clientes titular empleado paciente usuario
solicitante asegurado persona trabajador utente dipendente paziente intestatario assicurato klant
klanten gebruiker medewerker verzekerde persoon klient klienta klienci pracownik pracownika pacjent
pacjenta uzytkownika osoby osoba the of for on in at and to de del der des du den la le les l d el
di da do das dos della dell van het een z w i fur fuer von pour sur
""".split()
)

#: Words in a name that say that the column is about a thing and not the thing itself.
ABOUT = frozenset(
    """
verified valid validated count cnt flag type domain provider opt optin score days status model brand
is has open opened clicks rate sent version build length len age amount amt limit balance category
class level product company campaign file host course school bank item sku batch order invoice event
table team plan store anzahl firma produkt artikel produit entreprise scheme network quality year
station sensor brandname total tracking parcel manufacturer country state region county department
dept division branch currency language lang format size sum avg average min max ratio share pct
percent percentage index rank segment group channel source medium reason error message subject body
template project task job position role title occupation industry sector page app browser os
platform hotel restaurant movie book song track album game drug disease species animal pet vehicle
make car supplier vendor merchant organisation organization org business employer shop warehouse
asset ticket case release commit config setting feature metric unit units price cost fee revenue
sales weight height width depth distance duration time timestamp created updated modified expiry
expires expiration issuer changed frequency priority stage step phase preference preferred consent
allowed enabled disabled active nombre_de entrega empresa producto azienda prodotto bedrijf firmy
produktu kategorie kategoria typ tipo estado stato statut zustand bedrag importe montant betrag
kwota datei fichier archivo artist 是否 数量 次数 类型 状态 产品 公司 品牌 型号 等级 名称 企业 商品
项目 机型 验证 归属地 运营商 长度
""".split()
)

#: Words beside a number in a text that make it one of a kind that digits alone do not show.
BESIDE = {
    "us_ssn": _phrases("ssn|social security|social security number|social security no|socialsecurity|soc sec"),
    "us_itin": _phrases("itin|taxpayer id|taxpayer identification|individual taxpayer"),
    "pl_pesel": _phrases("pesel|nr pesel|numer pesel"),
    "de_tax_id": _phrases(
        "steuer id|steuerid|steueridentifikationsnummer|steuer idnr|steuernummer|idnr|tin|tax id"
        "|steuer identifikationsnummer|identifikationsnummer"
    ),
    "uk_nhs": _phrases("nhs|nhs number|nhs no"),
    "nl_bsn": _phrases("bsn|burgerservicenummer|sofinummer|burger service nummer"),
    "imei": _phrases("imei|device imei|handset"),
    "phone": _phrases(
        "phone|phone number|phone no|telephone|tel|tel no|mobile|mobile number|cell|cellphone|cell phone|fax|telefon"
        "|telefonnummer|handy|handynummer|rufnummer|mobil|mobilnummer|portable|tel portable|numero telephone|telefono"
        "|movil|telefone|telefoonnummer|gsm|电话|联系电话|电话号码|手机|手机号|传真|座机|msisdn|call|reach|dial"
        "|office|desk"
        "|contact|message|answer|ring|sms|whatsapp|text me|hotline|anrufen|erreichbar|erreichen|joindre|appel|拨打|致电"
        "|短信|registered"
    ),
}
