"""Invented names: syllables joined by a seed, so that nobody real is ever meant."""

import numpy as np

_HEADS = (
    "Ald", "Bram", "Corl", "Dun", "Elm", "Fenn", "Garr", "Holl", "Ivo", "Jor", "Kell", "Lind", "Marl", "Nor", "Orm",
    "Pell", "Quill", "Row", "Sedg", "Thorn", "Ulv", "Venn", "Wick", "Yar", "Brack", "Cald", "Drey", "Esk", "Farn",
    "Glen", "Hart", "Isk", "Kirn", "Lorn", "Mead", "Nest", "Ows", "Pine", "Rill", "Stav",
)  # fmt: skip
_TAILS = (
    "bourne", "by", "combe", "dale", "erby", "field", "gate", "ham", "ings", "keld", "ley", "mere", "ness", "over",
    "royd", "stow", "thwaite", "ward", "wick", "worth",
)  # fmt: skip
_FIRST = (
    "Ada", "Belo", "Cira", "Davi", "Elin", "Faro", "Gita", "Hanno", "Ilse", "Jorun", "Kaya", "Lio", "Mira", "Nilo",
    "Oda", "Pim", "Quin", "Runa", "Sami", "Tove", "Ugo", "Vera", "Wim", "Xenia", "Yara", "Zeno",
)  # fmt: skip
_SHOPS = ("Pantry", "Books", "Pharmacy", "Garden", "Outfitters", "Kitchen", "Records", "Tools", "Toys", "Cellar")
SHOP_KINDS = ("grocery", "books", "pharmacy", "garden", "fashion", "meals", "music", "hardware", "toys", "drinks")


def distinct(rng: np.random.Generator, n: int) -> list[str]:
    """Return n different invented names; beyond 800 they carry a number."""
    names = [head + tail for head in _HEADS for tail in _TAILS]
    order = rng.permutation(len(names))
    return [names[order[i % len(names)]] + (f" {i // len(names) + 1}" if i >= len(names) else "") for i in range(n)]


def people(rng: np.random.Generator, n: int) -> list[str]:
    """Return n invented names of persons; they may repeat, as names do."""
    first, head, tail = rng.integers(len(_FIRST), size=n), rng.integers(len(_HEADS), size=n), rng.integers(20, size=n)
    return [f"{_FIRST[a]} {_HEADS[b]}{_TAILS[c]}" for a, b, c in zip(first, head, tail, strict=True)]


def shops(rng: np.random.Generator, n: int) -> list[tuple[str, str]]:
    """Return (name, kind) of n shops."""
    return [(f"{name} {_SHOPS[i % 10]}", SHOP_KINDS[i % 10]) for i, name in enumerate(distinct(rng, n))]
