"""Column names as a file gives them, made usable."""

from collections.abc import Iterable


def unique_names(names: Iterable[object]) -> tuple[str, ...]:
    """Trimmed names; the n-th column without a name is `c<n>`, a repeated name gets `_2`, `_3`.

    Names that differ only in upper and lower case are equal to DuckDB, so they are here. `_row` is
    taken: it is the record's number. No name holds a NUL, which SQL cannot write.
    """
    result: list[str] = []
    seen = {"_row"}
    for number, given in enumerate(names, 1):
        text = str(given if given is not None else "").replace("\0", "")
        base = text.strip().strip("\u00a0\ufeff") or f"c{number}"
        name, copy = base, 1
        while name.lower() in seen:
            copy += 1
            name = f"{base}_{copy}"
        seen.add(name.lower())
        result.append(name)
    return tuple(result)
