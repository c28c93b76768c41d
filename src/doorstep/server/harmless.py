"""Text for people: whatever a name out of a file holds, it commands nothing where it is shown."""

CONTROLS = {code: f"\\x{code:02x}" for code in (*range(32), *range(127, 160))} | {
    code: f"\\u{code:04x}" for code in (0x061C, 0x200E, 0x200F, *range(0x2028, 0x202F), *range(0x2066, 0x206A))
}
"""What moves a cursor, ends a line, turns the direction of writing or begins a terminal's own command."""


def harmless(text: object) -> str:
    r"""Return a text as a terminal may show it, in one line.

    >>> print(harmless("order 7\x1b[2J\nThe plan holds."))
    order 7\x1b[2J\x0aThe plan holds.
    """
    return f"{text}".translate(CONTROLS)
