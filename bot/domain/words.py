"""What people write, made safe to keep and to show: no invisible tricks, no lost meaning."""

import unicodedata

KEPT_CONTROLS = {"\n", "\t"}
BIDI_CONTROLS = set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f\u061c")


def clean(text: str) -> str:
    """Return `text` without control and bidirectional control characters, trimmed, with plain line ends.

    Joiners stay: several scripts and emoji need them.
    """
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    kept = (
        c
        for c in text
        if c in KEPT_CONTROLS or (unicodedata.category(c) not in ("Cc", "Cs") and c not in BIDI_CONTROLS)
    )
    return "".join(kept).strip()
