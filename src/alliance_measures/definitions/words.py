"""How words are compared: labels of a definition and cells of a table, by one rule."""

from __future__ import annotations

import re
import unicodedata

__all__ = ["as_number", "fold", "last_number"]

_NUMBER = re.compile(r"[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d{1,3})?")
_LAST_DIGIT = re.compile(r"\d(\D*)\Z")
_RAISED = ("<super>", "<sub>", "<fraction>")
_DASHES = str.maketrans(
    {
        "\u2010": "-",
        "\u2011": "-",
        "\u2012": "-",
        "\u2013": "-",
        "\u2014": "-",
        "\u2212": "-",
        "\u2018": "'",
        "\u2019": "'",
        "\u00a0": " ",
    }
)


def fold(text: str) -> str:
    """Bring a label to the form in which labels are compared: case and spacing do not count.

    Examples
    --------
    >>> fold("  Very   OFTEN ")
    'very often'
    """
    text = text.translate(_DASHES)
    # a raised 2 or a half is not the digit that compatibility forms would make of it
    form = "NFC" if any(unicodedata.decomposition(c).startswith(_RAISED) for c in text) else "NFKC"
    plain = unicodedata.normalize(form, text)  # type: ignore[arg-type]
    return " ".join(plain.casefold().split())


def as_number(plain: str) -> float | None:
    """Read a folded text as a number; None where it is none.

    Examples
    --------
    >>> as_number("-3.5"), as_number("often")
    (-3.5, None)
    """
    return float(plain) if _NUMBER.fullmatch(plain) else None


def last_number(name: str) -> tuple[str, str, str] | None:
    r"""Split a name around its last number: what stands before, the number, what follows.

    The number has one to four digits and no zeros in front (they belong to no part). The same as
    ``(.*?)0*([1-9]\d{0,3})(\D*)`` matched whole, in time that grows with the length alone.

    Examples
    --------
    >>> last_number("wai_07"), last_number("q12_b"), last_number("client")
    (('wai_', '7', ''), ('q', '12', '_b'), None)
    """
    match = _LAST_DIGIT.search(name)
    if match is None:
        return None
    head = name[: match.start() + 1]
    for length in range(min(4, len(head)), 0, -1):
        number = head[-length:]
        if number[0] in "123456789" and number.isdecimal():
            return head[:-length].rstrip("0"), number, match[1]
    return None
