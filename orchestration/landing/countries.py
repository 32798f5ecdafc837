"""Countries as people write them → ISO 3166-1 alpha-2; what is not known is kept as it is."""

import duckdb
import pyarrow as pa

COUNTRIES_TABLE = "countries_by_name"
"""The table that `register_countries` makes: `name` (lower case, unique), `alpha2`."""


def alpha2_by_name() -> dict[str, str]:
    """Names, alpha-3 and alpha-2 codes in lower case → alpha-2."""
    found: dict[str, str] = {}
    for line in _TABLE.strip().splitlines():
        alpha2, alpha3, names = line.split(" ", 2)
        for name in (alpha2, alpha3, *names.split(" | ")):
            found[name.lower()] = alpha2
    return found


def register_countries(connection: duckdb.DuckDBPyConnection) -> None:
    """Make the table of countries in a connection."""
    pairs = alpha2_by_name()
    table = pa.table({"name": list(pairs), "alpha2": list(pairs.values())})
    connection.register("countries_to_be", table)
    connection.execute(
        f"create or replace temp table {COUNTRIES_TABLE} as select * from countries_to_be"
    )
    connection.unregister("countries_to_be")


# Codes and short names of ISO 3166-1 and of the time zone database, and other usual names.
_TABLE = """
AD AND Andorra
AE ARE United Arab Emirates | UAE | ОАЭ
AF AFG Afghanistan
AG ATG Antigua & Barbuda | Antigua and Barbuda
AI AIA Anguilla
AL ALB Albania
AM ARM Armenia | Армения
AO AGO Angola
AQ ATA Antarctica
AR ARG Argentina
AS ASM American Samoa
AT AUT Austria | Österreich | Австрия
AU AUS Australia
AW ABW Aruba
AX ALA Åland Islands
AZ AZE Azerbaijan | Азербайджан
BA BIH Bosnia & Herzegovina | Bosnia and Herzegovina
BB BRB Barbados
BD BGD Bangladesh
BE BEL Belgium | België | Belgique | Belgien
BF BFA Burkina Faso
BG BGR Bulgaria | Болгария
BH BHR Bahrain
BI BDI Burundi
BJ BEN Benin
BL BLM St Barthelemy | Saint Barthélemy
BM BMU Bermuda
BN BRN Brunei | Brunei Darussalam
BO BOL Bolivia | Bolivia, Plurinational State of
BQ BES Caribbean NL | Bonaire, Sint Eustatius and Saba
BR BRA Brazil | Brasil | Бразилия
BS BHS Bahamas
BT BTN Bhutan
BV BVT Bouvet Island
BW BWA Botswana
BY BLR Belarus | Беларусь | Белоруссия
BZ BLZ Belize
CA CAN Canada | Канада
CC CCK Cocos (Keeling) Islands | Cocos Islands
CD COD Congo, The Democratic Republic of the | DR Congo | DRC
CF CAF Central African Rep. | Central African Republic
CG COG Congo | Congo-Brazzaville
CH CHE Switzerland | Schweiz | Suisse | Svizzera | Швейцария
CI CIV Côte d'Ivoire | Ivory Coast | Cote d'Ivoire
CK COK Cook Islands
CL CHL Chile
CM CMR Cameroon
CN CHN China | PRC | Китай
CO COL Colombia
CR CRI Costa Rica
CU CUB Cuba
CV CPV Cape Verde | Cabo Verde
CW CUW Curaçao
CX CXR Christmas Island
CY CYP Cyprus
CZ CZE Czech Republic | Czechia | Česko | Чехия
DE DEU Germany | Deutschland | Германия
DJ DJI Djibouti
DK DNK Denmark | Danmark
DM DMA Dominica
DO DOM Dominican Republic
DZ DZA Algeria
EC ECU Ecuador
EE EST Estonia | Эстония
EG EGY Egypt
EH ESH Western Sahara
ER ERI Eritrea
ES ESP Spain | España | Испания
ET ETH Ethiopia
FI FIN Finland | Suomi | Финляндия
FJ FJI Fiji
FK FLK Falkland Islands
FM FSM Micronesia | Micronesia, Federated States of
FO FRO Faroe Islands
FR FRA France | Франция
GA GAB Gabon
GB GBR United Kingdom | Great Britain | UK | England | Scotland | Wales | Northern Ireland
GB GBR Великобритания
GD GRD Grenada
GE GEO Georgia | Грузия
GF GUF French Guiana
GG GGY Guernsey
GH GHA Ghana
GI GIB Gibraltar
GL GRL Greenland
GM GMB Gambia
GN GIN Guinea
GP GLP Guadeloupe
GQ GNQ Equatorial Guinea
GR GRC Greece | Hellas | Греция
GS SGS South Georgia & the South Sandwich Islands | South Georgia and the South Sandwich Islands
GT GTM Guatemala
GU GUM Guam
GW GNB Guinea-Bissau
GY GUY Guyana
HK HKG Hong Kong | Hong Kong SAR
HM HMD Heard Island & McDonald Islands | Heard Island and McDonald Islands
HN HND Honduras
HR HRV Croatia
HT HTI Haiti
HU HUN Hungary | Magyarország | Венгрия
ID IDN Indonesia
IE IRL Ireland | EIRE | Republic of Ireland
IL ISR Israel | Израиль
IM IMN Isle of Man
IN IND India | Индия
IO IOT British Indian Ocean Territory
IQ IRQ Iraq
IR IRN Iran | Iran, Islamic Republic of
IS ISL Iceland
IT ITA Italy | Italia | Италия
JE JEY Jersey
JM JAM Jamaica
JO JOR Jordan
JP JPN Japan | Япония
KE KEN Kenya
KG KGZ Kyrgyzstan | Киргизия | Кыргызстан
KH KHM Cambodia
KI KIR Kiribati
KM COM Comoros
KN KNA St Kitts & Nevis | Saint Kitts and Nevis | St Kitts and Nevis
KP PRK Korea, Democratic People's Republic of | North Korea
KR KOR Korea, Republic of | South Korea | Korea | Republic of Korea
KW KWT Kuwait
KY CYM Cayman Islands
KZ KAZ Kazakhstan | Казахстан
LA LAO Laos | Lao People's Democratic Republic
LB LBN Lebanon
LC LCA St Lucia | Saint Lucia
LI LIE Liechtenstein
LK LKA Sri Lanka
LR LBR Liberia
LS LSO Lesotho
LT LTU Lithuania | Литва
LU LUX Luxembourg
LV LVA Latvia | Латвия
LY LBY Libya
MA MAR Morocco
MC MCO Monaco
MD MDA Moldova | Moldova, Republic of | Молдова | Молдавия
ME MNE Montenegro
MF MAF Saint Martin
MG MDG Madagascar
MH MHL Marshall Islands
MK MKD North Macedonia | Macedonia
ML MLI Mali
MM MMR Myanmar | Burma
MN MNG Mongolia
MO MAC Macau | Macao | Macao SAR
MP MNP Northern Mariana Islands
MQ MTQ Martinique
MR MRT Mauritania
MS MSR Montserrat
MT MLT Malta
MU MUS Mauritius
MV MDV Maldives
MW MWI Malawi
MX MEX Mexico | México | Мексика
MY MYS Malaysia
MZ MOZ Mozambique
NA NAM Namibia
NC NCL New Caledonia
NE NER Niger
NF NFK Norfolk Island
NG NGA Nigeria
NI NIC Nicaragua
NL NLD Netherlands | Holland | The Netherlands | Nederland | Нидерланды
NO NOR Norway | Norge
NP NPL Nepal
NR NRU Nauru
NU NIU Niue
NZ NZL New Zealand
OM OMN Oman
PA PAN Panama
PE PER Peru
PF PYF French Polynesia
PG PNG Papua New Guinea
PH PHL Philippines
PK PAK Pakistan
PL POL Poland | Polska | Польша
PM SPM St Pierre & Miquelon | Saint Pierre and Miquelon | St Pierre and Miquelon
PN PCN Pitcairn
PR PRI Puerto Rico
PS PSE Palestine | Palestine, State of
PT PRT Portugal
PW PLW Palau
PY PRY Paraguay
QA QAT Qatar
RE REU Réunion
RO ROU Romania | Румыния
RS SRB Serbia | Сербия
RU RUS Russia | Russian Federation | Россия | РФ | Российская Федерация
RW RWA Rwanda
SA SAU Saudi Arabia | KSA
SB SLB Solomon Islands
SC SYC Seychelles
SD SDN Sudan
SE SWE Sweden | Sverige | Швеция
SG SGP Singapore
SH SHN St Helena | Saint Helena, Ascension and Tristan da Cunha
SI SVN Slovenia
SJ SJM Svalbard & Jan Mayen | Svalbard and Jan Mayen
SK SVK Slovakia
SL SLE Sierra Leone
SM SMR San Marino
SN SEN Senegal
SO SOM Somalia
SR SUR Suriname
SS SSD South Sudan
ST STP Sao Tome & Principe | Sao Tome and Principe
SV SLV El Salvador
SX SXM Sint Maarten
SY SYR Syria | Syrian Arab Republic
SZ SWZ Eswatini | Swaziland
TC TCA Turks & Caicos Is | Turks and Caicos Islands | Turks and Caicos Is
TD TCD Chad
TF ATF French S. Terr. | French Southern Territories
TG TGO Togo
TH THA Thailand
TJ TJK Tajikistan | Таджикистан
TK TKL Tokelau
TL TLS East Timor | Timor-Leste
TM TKM Turkmenistan | Туркменистан | Туркмения
TN TUN Tunisia
TO TON Tonga
TR TUR Turkey | Türkiye | Турция
TT TTO Trinidad & Tobago | Trinidad and Tobago
TV TUV Tuvalu
TW TWN Taiwan | Taiwan, Province of China
TZ TZA Tanzania | Tanzania, United Republic of
UA UKR Ukraine | Украина | Україна
UG UGA Uganda
UM UMI US minor outlying islands | United States Minor Outlying Islands
US USA United States | U.S.A. | U.S. | United States of America | America | США
UY URY Uruguay
UZ UZB Uzbekistan | Узбекистан
VA VAT Vatican City | Vatican
VC VCT St Vincent | Saint Vincent and the Grenadines
VE VEN Venezuela | Venezuela, Bolivarian Republic of
VG VGB Virgin Islands, British | British Virgin Islands
VI VIR Virgin Islands, U.S. | US Virgin Islands
VN VNM Vietnam | Viet Nam
VU VUT Vanuatu
WF WLF Wallis & Futuna | Wallis and Futuna
WS WSM Samoa
YE YEM Yemen
YT MYT Mayotte
ZA ZAF South Africa | RSA | ЮАР
ZM ZMB Zambia
ZW ZWE Zimbabwe
"""
