"""Word lists of the demo company: people, streets, towns, firms and hobbies, all made up.

Latin words fit into cp1252 and Cyrillic ones into cp1251, as the CRMs that write them do.
"""

import unicodedata


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


LATIN_WOMEN = _words(
    """Anna Emma Mia Hannah Lea Sophie Lina Marie Clara Zoë Renée Käthe Charlotte Alice Grace
    Olivia Amelia Isla Freya Ella Camille Léa Chloé Inès Manon Sanne Femke Anouk Lotte Julia
    Katharina Birgit Heike Ursula Monika Françoise Brigitte Margaret Susan Helen"""
)
LATIN_MEN = _words(
    """Jürgen Björn Lukas Felix Paul Jonas Max Leon Finn Noah Oliver George Arthur Harry Thomas
    James William Louis Gabriel Raphaël Hugo René Jérôme Daan Sem Bram Lars Sven Klaus Wolfgang
    Günter Matthias Stefan Andreas David Peter Michael François André Søren"""
)
LATIN_FAMILIES = _words(
    """Müller Schmidt Schneider Fischer Weber Meyer Wagner Becker Schulz Hoffmann Schäfer Koch
    Bauer Richter Klein Wolf Schröder Neumann Schwarz Zimmermann Braun Krüger Hofmann Hartmann
    Lange Schmitt Krause Lehmann Köhler Großmann Smith Jones Taylor Brown Williams Wilson Johnson
    Davies Robinson Wright Thompson Evans Walker White Roberts Green Hall Wood Jackson Clarke
    Martin Bernard Dubois Petit Durand Leroy Moreau Lefèvre Garnier Béranger Jansen Visser Smit
    Bakker Mulder Peters Hendriks Dekker Vermeer Maas O'Brien O'Connor Møller Åberg"""
)
CYRILLIC_WOMEN = _words(
    """Анна Мария Елена Ольга Наталья Екатерина Татьяна Ирина Светлана Юлия Анастасия Дарья
    Полина Ксения Виктория Людмила Галина Марина Вера Надежда Любовь Алёна Софья Алиса Варвара
    Евгения Оксана Лариса Валентина Тамара"""
)
CYRILLIC_MEN = _words(
    """Александр Дмитрий Сергей Андрей Алексей Иван Михаил Николай Владимир Артём Евгений Павел
    Максим Илья Роман Олег Игорь Юрий Виктор Константин Фёдор Пётр Григорий Тимофей Глеб Кирилл
    Денис Антон Степан Борис"""
)
CYRILLIC_FAMILIES = _words(
    """Иванов Смирнов Кузнецов Попов Соколов Лебедев Козлов Новиков Морозов Петров Волков
    Соловьёв Васильев Зайцев Павлов Семёнов Голубев Виноградов Богданов Воробьёв Фёдоров Михайлов
    Беляев Тарасов Белов Комаров Орлов Киселёв Макаров Андреев Ковалёв Ильин Гусев Титов Кузьмин
    Кудрявцев Баранов Куликов Алексеев Степанов Яковлев Сорокин Сергеев Романов Захаров Борисов
    Королёв Герасимов Пономарёв Григорьев Щукин Жуков Чернышёв Юдин Цветков"""
)

LATIN_STREETS = (
    "Bahnhofstraße", "Hauptstraße", "Gartenweg", "Lindenallee", "Schulgasse", "Am Markt",
    "High Street", "Church Lane", "Station Road", "Mill Close", "Rue des Lilas", "Rue de la Gare",
    "Avenue Foch", "Kerkstraat", "Dorpsweg", "Molenlaan",
)  # fmt: skip
CYRILLIC_STREETS = (
    "ул. Ленина", "ул. Садовая", "ул. Мира", "пр. Победы", "ул. Гагарина", "ул. Лесная",
    "ул. Школьная", "наб. Речная", "пер. Тихий", "ул. Молодёжная", "ш. Северное", "ул. Зелёная",
)  # fmt: skip

CLINIC_KINDS_LATIN = ("Tierklinik", "Pet Hotel", "Grooming", "Kennels", "Vet Practice", "Zoo")
CLINIC_KINDS_CYRILLIC = ("Ветклиника", "Зоогостиница", "Грумерская", "Питомник", "Зооцентр")
LEGAL_LATIN = ("GmbH", "Ltd", "GmbH & Co. KG", "SARL", "BV")
LEGAL_CYRILLIC = ("ООО", "ИП", "АО")

HOBBIES = (
    "cycling", "gardening", "chess", "running", "baking", "fishing", "sailing", "photography",
    "рыбалка", "вязание", "лыжи", "шахматы", "дача",
)  # fmt: skip
CARS = ("Skoda Octavia", "VW Golf", "Lada Vesta", "Ford Focus", "Renault Clio", "Toyota Corolla")
ROLES = ("owner", "buyer", "accountant", "vet", "office manager")

_TRANSLITERATED = {
    **dict(zip("абвгдезийклмнопрстуфыэ", "abvgdeziyklmnoprstufye", strict=True)),
    **{"ё": "e", "ж": "zh", "х": "kh", "ц": "ts", "ч": "ch", "ш": "sh", "щ": "sch"},
    **{"ъ": "", "ь": "", "ю": "yu", "я": "ya", "ß": "ss", "ø": "o", "'": ""},
}


def feminine(family: str) -> str:
    """The form of a Russian family name that a woman bears (the list ends in -в and -н only)."""
    return family + "а"


def address_part(name: str) -> str:
    """`name` as it stands in an e-mail address: lower-case ASCII letters."""
    letters = "".join(_TRANSLITERATED.get(letter, letter) for letter in name.lower())
    plain = unicodedata.normalize("NFKD", letters)
    return "".join(letter for letter in plain if letter.isascii() and letter.isalnum())
