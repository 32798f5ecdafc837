"""Column names as a file gives them, made usable."""

from collections.abc import Iterable


def unique_names(names: Iterable[object]) -> tuple[str, ...]:
    """Trimmed names; the n-th column without a name is `c<n>`, a repeated name gets `_2`, `_3`.

    Names that differ only in upper and lower case are equal to DuckDB, so they are here.
    """
    result: list[str] = []
    seen: set[str] = set()
    for number, given in enumerate(names, 1):
        base = str(given if given is not None else "").strip().strip("\u00a0\ufeff") or f"c{number}"
        name, copy = base, 1
        while name.lower() in seen:
            copy += 1
            name = f"{base}_{copy}"
        seen.add(name.lower())
        result.append(name)
    return tuple(result)
