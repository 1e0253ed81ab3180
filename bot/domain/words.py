"""What people write, made safe to keep and to show: no invisible tricks, no lost meaning."""

import re
import unicodedata

KEPT_CONTROLS = {"\n", "\t"}
BIDI_CONTROLS = set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f\u061c")
LINE_ENDS = re.compile("\r\n|[\r\x0b\x0c\x85\u2028\u2029]")
VARIATION_SELECTORS = {chr(code) for code in range(0xFE00, 0xFE10)}


def clean(text: str) -> str:
    """Return `text` without control and bidirectional control characters, trimmed, with plain line ends.

    Joiners stay: several scripts and emoji need them. A text of nothing but characters that nobody can see is empty.
    """
    text = LINE_ENDS.sub("\n", text)
    kept = (
        c
        for c in text
        if c in KEPT_CONTROLS or (unicodedata.category(c) not in ("Cc", "Cs") and c not in BIDI_CONTROLS)
    )
    cleaned = "".join(kept).strip()
    return cleaned if any(map(_is_seen, cleaned)) else ""


def _is_seen(c: str) -> bool:
    return unicodedata.category(c) not in ("Cc", "Cf", "Zs") and c not in VARIATION_SELECTORS
