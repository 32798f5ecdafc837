"""Text: trimming, composition, lower case; names and places per channel.

Source of the rules: section 1.3 of the channel page; Google's own formatter
(googleads/data-manager-python, `format.py`); Meta's customer-list page.
"""

from orchestration import sql

WHITE_SPACE = (
    "\t\n\v\f\r \u0085\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009"
    "\u200a\u2028\u2029\u202f\u205f\u3000\u180e\u200b\u200c\u200d\u2060\ufeff"
)
"""Unicode white space and the invisible characters that copied text carries at its ends."""

# Already trimmed and composed for certain: these letters are what most values consist of, and a
# look at them is much cheaper than trimming and composing.
_PLAIN_LETTER = "[!-~À-ɏЁА-яё]"
_PLAIN = f"{_PLAIN_LETTER}(?:(?:{_PLAIN_LETTER}| )*{_PLAIN_LETTER})?"

FORMULA_START = "[=@\t\r]"
_HEX_64 = "[0-9a-f]{64}"
_CASE_IGNORED = r"\p{Mn}\p{Me}\p{Cf}\p{Lm}\p{Sk}''’.:·"
"""What Unicode looks through when it asks whether a sigma ends a word; the quote is SQL's own."""
_SCRIPTS = ("Latin", "Cyrillic", "Greek")
_MIXED = "|".join(
    rf"\p{{{one}}}[\p{{M}}\p{{N}}]*\p{{{other}}}"
    for one in _SCRIPTS
    for other in _SCRIPTS
    if one != other
)


def clean(value: str) -> str:
    """Trimmed of Unicode white space and composed (NFC); NULL when nothing is left."""
    trimmed = f"nullif(nfc_normalize(trim({value}, {sql.literal(WHITE_SPACE)})), '')"
    return f"case when {sql.matches(value, _PLAIN)} then {value} else {trimmed} end"


def clean_name(value: str) -> str:
    """As `clean`, but a value that begins with TAB or CR keeps it, so that it can be rejected."""
    control = f"left({value}, 1) in (chr(9), chr(13)) and {clean(value)} is not null"
    return f"case when {control} then {value} else {clean(value)} end"


def lower(value: str) -> str:
    """Lower case as Unicode and the channels have it: DuckDB's `lower` misses `İ` and final `ς`."""
    dotted = f"replace({value}, 'İ', 'i\u0307')"
    before = rf"[\p{{Lu}}\p{{Ll}}\p{{Lt}}][{_CASE_IGNORED}]*"
    after = rf"[{_CASE_IGNORED}]*(?:$|[^\p{{Lu}}\p{{Ll}}\p{{Lt}}{_CASE_IGNORED}])"
    final = f"regexp_replace({dotted}, '({before})Σ({after})', '\\1ς\\2', 'g')"
    special = f"contains({value}, 'İ') or contains({value}, 'Σ')"
    return f"case when {special} then lower({final}) else lower({value}) end"


def acceptable(value: str, shown: str | None = None) -> str:
    """`shown` (else `value`) where `value` may stand in an upload file, else NULL.

    Rejected: formula starts, control characters, what is already a hash, words of mixed scripts,
    and values without a single letter (`-`, `.`, `?`), which would give many people one hash.
    """
    # Cheap and certain first. 64 hexadecimal digits fit it only without digits: nobody's name.
    plain = "[A-Za-zÀ-ÖØ-öø-ɏ][A-Za-zÀ-ÖØ-öø-ɏ .'-]*|[ЁА-яё][ЁА-яё .'-]*"
    wanted = (
        rf"regexp_matches({value}, '\p{{L}}') "
        rf"and not regexp_matches({value}, '^{FORMULA_START}|[\x00-\x1f\x7f]|{_MIXED}') "
        f"and not {sql.matches(value, _HEX_64)}"
    )
    return f"case when {sql.matches(value, plain)} or ({wanted}) then {shown or value} end"


def mixed_scripts(value: str) -> str:
    """Whether a word of `value` has letters of several alphabets: `Ивaн` with a Latin `a`.

    It looks right and matches nobody.
    """
    return f"regexp_matches({value}, '{_MIXED}')"


def company(value: str) -> str:
    """A company's name, which may have digits and several alphabets; never a formula."""
    return (
        rf"case when regexp_matches({value}, '[\p{{L}}\p{{N}}]') "
        rf"and not regexp_matches({value}, '^{FORMULA_START}|[\x00-\x1f\x7f]') then {value} end"
    )


def encodable(value: str, encoding: str) -> str:
    """`value` where every character stands in the single-byte `encoding`, else NULL."""
    known = bytes(range(0x20, 0x100)).decode(encoding, errors="ignore")
    letters = "".join(f"\\x{{{ord(character):x}}}" for character in known)
    return f"case when {sql.matches(value, f'[{letters}]*')} then {value} end"


def google_first_name(lowered: str) -> str:
    """Lower case, without a title (`Mrs`, `Dr.`); accents, hyphens and Cyrillic stay."""
    title = r"^(?:mr|mrs|ms|miss|dr|prof)(?:\.\s*|\s+)([^\s.].*)$"
    return acceptable(lowered, rf"regexp_replace({lowered}, {sql.literal(title)}, '\1')")


def google_last_name(lowered: str) -> str:
    """Lower case, without a suffix (`Jr.`, `III`); accents, hyphens and Cyrillic stay."""
    suffix = r"^(.*[^\s,])(?:,\s*|\s+)(?:jr|sr|ii|iii|iv|phd|md)\.?$"
    stripped = rf"regexp_replace({lowered}, {sql.literal(suffix)}, '\1')"
    return acceptable(
        lowered,
        f"case when contains({lowered}, ' ') or contains({lowered}, ',') "
        f"then {stripped} else {lowered} end",
    )


def meta_name(lowered: str) -> str:
    """Lower case without punctuation; letters of every script stay, inner spaces become one.

    Meta's own SDK strips all but a–z, which gives every Cyrillic name the hash of nothing.
    """
    bare = rf"regexp_replace({lowered}, '[\p{{P}}\p{{S}}]+', '', 'g')"
    squeezed = rf"trim(regexp_replace({bare}, '[\s\p{{Z}}]+', ' ', 'g'))"
    return acceptable(lowered, _unless_plain(lowered, f"nullif({squeezed}, '')"))


def meta_place(lowered: str) -> str:
    """A city or region: lower case without spaces and punctuation."""
    bare = rf"regexp_replace({lowered}, '[\p{{P}}\p{{S}}\p{{Z}}\s]+', '', 'g')"
    return acceptable(lowered, _unless_plain(lowered, f"nullif({bare}, '')"))


def _unless_plain(lowered: str, stripped: str) -> str:
    plain = sql.matches(lowered, "[a-zß-öø-ɏёа-я]+")
    return f"case when {plain} then {lowered} else {stripped} end"
