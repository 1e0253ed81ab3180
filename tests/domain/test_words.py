"""What people write keeps its meaning and loses what could trick or break whoever shows it."""

import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.domain.words import BIDI_CONTROLS, clean

# Every code point: also lone surrogates, which JSON can carry and no database takes.
anything = st.text(st.characters(codec=None))


@given(anything)
@example("\ud800")
@example("a\x00b")
def test_what_comes_out_can_be_stored_and_shown_anywhere(text: str):
    cleaned = clean(text)
    controls = {c for c in cleaned if unicodedata.category(c) in ("Cc", "Cs")}
    assert controls <= {"\n", "\t"}
    assert not BIDI_CONTROLS & set(cleaned)
    assert cleaned == cleaned.strip()
    cleaned.encode()


@given(anything)
@example(" \u202e ")
@example("\u2028")
def test_cleaning_twice_is_cleaning_once(text: str):
    assert clean(clean(text)) == clean(text)


@given(st.text(st.characters(categories=["L", "M", "N", "P", "S"])))
def test_letters_accents_digits_signs_and_emoji_stay_as_they_were(text: str):
    assert clean(f"a{text}z") == f"a{text}z"


@pytest.mark.parametrize(
    "text",
    [
        "👩‍👩‍👧‍👦 and 🏳️‍🌈",
        "👍🏽",
        "é and e\u0301",
        "می‌خواهم",
        "ක්‍ෂ",
        "מה שלומך",
        "مرحبا",
        "ngày mai",
        "1\ufe0f\u20e3",
        "tabs\tand\nlines",
        "🏴󠁧󠁢󠁳󠁣󠁴󠁿",
    ],
)
def test_scripts_and_emoji_that_need_invisible_joiners_keep_them(text: str):
    assert clean(text) == text


@pytest.mark.parametrize(
    "text",
    ["one\r\ntwo", "one\rtwo", "one\ntwo", "one\x85two", "one\u2028two", "one\u2029two", "one\x0btwo", "one\x0ctwo"],
)
def test_every_kind_of_line_end_becomes_a_plain_one(text: str):
    assert clean(text) == "one\ntwo"


@pytest.mark.parametrize("mark", sorted(BIDI_CONTROLS), ids=lambda mark: f"U+{ord(mark):04X}")
def test_nothing_can_turn_the_reading_direction_round(mark: str):
    assert clean(f"safe{mark}fdp.exe") == "safefdp.exe"


@pytest.mark.parametrize(
    "text",
    ["", "   ", "\n\t\n", "\x00", "\u202e\u200f", "\r\n", "\u200b", "\u200d", "\ufeff \u2060", "\u00ad", "\ufe0f"],
)
def test_what_nobody_can_see_is_nothing(text: str):
    assert clean(text) == ""
