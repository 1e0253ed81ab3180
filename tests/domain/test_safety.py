"""What the scanner promises to people: it notices plain and disguised words, leaves idioms alone, and keeps nothing."""

import dataclasses
import importlib
import importlib.util
import random
import unicodedata
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import ModuleType

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bot.domain import phrases, safety
from bot.domain.folding import fold, letters_of, spell
from bot.domain.safety import CLASSES, Finding, Lexicon, Scanner, expand
from data.content import load_lexicons


def _beside(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, Path(__file__).with_name(f"{name}.py"))
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


lines = _beside("safety_lines")

SMALL = Scanner(
    [
        Lexicon(
            "en",
            {"explicit": ("kill myself", "want to die"), "passive": ("dont want to live",)},
            not_when=("want to die of laughter",),
            before=("used to", "never"),
            after=("years ago",),
        ),
        Lexicon("es", {"explicit": ("quiero morir",)}, before=("no",)),
    ]
)


@pytest.fixture(scope="module")
def scanner() -> Scanner:
    return Scanner(load_lexicons())


@pytest.mark.parametrize(("kind", "line"), [(kind, line) for kind, all_ in lines.NOTICED.items() for line in all_])
def test_danger_said_plainly_is_noticed_with_its_class(scanner, kind, line):
    assert kind in scanner.scan(line).classes


@pytest.mark.parametrize("line", lines.DISGUISED)
def test_danger_behind_another_spelling_is_noticed(scanner, line):
    assert scanner.scan(line)


@pytest.mark.parametrize("line", lines.NOTHING_MEANT)
def test_idioms_accidents_news_and_the_past_show_no_card(scanner, line):
    assert scanner.scan(line) == Finding(frozenset())


@pytest.mark.parametrize("line", lines.ORDINARY)
def test_ordinary_talk_shows_no_card(scanner, line):
    assert not scanner.scan(line)


def test_every_class_has_phrases_in_every_language():
    for lexicon in load_lexicons():
        assert set(lexicon.phrases) == CLASSES, lexicon.language


def test_people_can_be_told_in_which_languages_danger_is_noticed(scanner):
    assert scanner.languages == {"en", "es"}


def test_a_softening_word_counts_only_close_by_and_in_the_same_clause():
    assert not SMALL.scan("I used to want to die")
    assert not SMALL.scan("I wanted to kill myself years ago")
    assert SMALL.scan("I used to be fine. Want to die now")
    assert SMALL.scan("I used to sing and dance and now I want to die")
    assert SMALL.scan("I lost him years ago and I want to die")


def test_a_plain_no_never_silences_what_is_explicit():
    scanner = Scanner(
        [
            Lexicon(
                "en",
                {"explicit": ("want to die",), "self_harm": ("want to cut myself", "cut myself and want to die")},
                before=("no longer",),
                negations=("dont",),
            )
        ]
    )
    assert scanner.scan("I don't want to die").classes == {"explicit"}
    assert scanner.scan("I don't really want to die").classes == {"explicit"}
    assert scanner.scan("I don't cut myself and want to die").classes == {"explicit", "self_harm"}
    assert not scanner.scan("I no longer want to die")
    assert not scanner.scan("I don't want to cut myself")


def test_a_softened_phrase_does_not_hide_another_one():
    assert SMALL.scan("I never want to die of laughter but I kill myself").classes == {"explicit"}
    assert SMALL.scan("I used to want to die, and today I don't want to live").classes == {"passive"}


def test_a_longer_harmless_phrase_wins_over_the_phrase_inside_it():
    assert not SMALL.scan("I want to die of laughter")
    assert SMALL.scan("I want to die of grief")


def test_a_word_of_one_language_does_not_soften_another_language():
    assert SMALL.scan("No. I want to die")
    assert SMALL.scan("no want to die").classes == {"explicit"}
    assert not SMALL.scan("no quiero morir")


def test_phrases_are_matched_as_whole_words():
    assert not SMALL.scan("skill myself up")
    assert not SMALL.scan("I want to diet")


def test_a_finding_says_only_the_classes():
    assert [field.name for field in dataclasses.fields(Finding)] == ["classes"]
    finding = SMALL.scan("I want to die")
    assert repr(finding) == "Finding(classes=frozenset({'explicit'}))"


def test_scanning_leaves_no_trace_of_the_text_in_the_scanner():
    scanner = Scanner([Lexicon("en", {"explicit": ("want to die",)})])
    scanner.scan("zebrafish want to die zebrafish")
    assert "zebrafish" not in repr(_everything(scanner, set()))


def _everything(thing: object, seen: set[int]) -> list[str]:
    if id(thing) in seen:
        return []
    seen.add(id(thing))
    found = [thing] if isinstance(thing, str) else []
    if isinstance(thing, dict):
        inner = [*thing.keys(), *thing.values()]
    elif isinstance(thing, (list, tuple, set, frozenset)):
        inner = list(thing)
    else:
        inner = [
            getattr(thing, name, None) for name in (*getattr(thing, "__slots__", ()), *getattr(thing, "__dict__", {}))
        ]
    for part in inner:
        found += _everything(part, seen)
    return found


def test_what_a_scan_may_remember_is_only_the_words_of_the_lexicon():
    folded_words = importlib.import_module("bot.domain.folding")._letters_of_word
    before = folded_words.cache_info().currsize
    SMALL.scan("zebrafish giraffe okapi")
    assert folded_words.cache_info().currsize == before


@pytest.mark.parametrize("template", ["", "{a|}", "{a|b", "a|b", "a}", "{a|{b|c}}", "{nobody}", "!!!", "{0}" * 3])
def test_a_broken_template_is_refused(template):
    with pytest.raises(ValueError, match=r".+"):
        expand(template, {"0": ("",)})


def test_a_template_that_explodes_is_refused():
    with pytest.raises(ValueError, match="more than"):
        expand("{a|b|c|d|e|f|g|h}" * 4)


def test_a_template_stands_for_each_choice():
    assert expand("{i|we} go{ home|}") == ("i go home", "i go", "we go home", "we go")
    assert expand("{who} go", {"who": ("you", "they")}) == ("you go", "they go")


WORDS_OF_TEMPLATES = st.text(alphabet="abl20 ", max_size=5)
PIECES = st.one_of(
    WORDS_OF_TEMPLATES,
    st.lists(WORDS_OF_TEMPLATES, min_size=2, max_size=4).map(lambda choices: "{" + "|".join(choices) + "}"),
    st.just("{set}"),
)
SETS = {"set": ("a", "all b", "b b")}


@given(st.lists(st.lists(PIECES, min_size=1, max_size=4).map(" ".join), min_size=1, max_size=3), WORDS_OF_TEMPLATES)
@settings(max_examples=400, deadline=None)
def test_a_template_finds_the_very_phrases_that_it_stands_for(templates, other):
    templates = [template for template in templates if _stands_for_phrases(template)]
    written = [phrase for template in templates for phrase in expand(template, SETS)]
    short = Scanner([Lexicon("en", {"explicit": tuple(templates)}, sets=SETS)])
    long = Scanner([Lexicon("en", {"explicit": tuple(written)})])
    assert all(short.scan(phrase) for phrase in written if phrase.replace(" ", "").isalpha())
    for text in (other, *(phrase[1:] for phrase in written), *(f"{phrase} {other}" for phrase in written)):
        assert short.scan(text) == long.scan(text), text


def _stands_for_phrases(template: str) -> bool:
    try:
        return bool(expand(template, SETS))
    except ValueError:
        return False


def test_an_unknown_class_is_refused():
    with pytest.raises(ValueError, match="unknown classes: sad"):
        Scanner([Lexicon("en", {"sad": ("so sad",)})])


@given(st.text(max_size=400))
@example("\ud800 lone")
@example("\x00\x01 kill\x00myself")
@example("*" * 300)
@example("!1|" * 200)
@settings(max_examples=300, deadline=None)
def test_no_text_makes_the_scanner_fail(text):
    assert SMALL.scan(text).classes <= CLASSES


@given(st.text(max_size=200))
@example("ΐ\u0345\u0301")
@example("İSTANBUL ﬁ ß ½")
@settings(max_examples=500, deadline=None)
def test_folding_twice_changes_nothing(text):
    assert fold(fold(text)) == fold(text)


@given(st.text(alphabet="abklmozé ñ15!.", min_size=1, max_size=60))
@settings(max_examples=300, deadline=None)
def test_a_phrase_is_laid_down_as_the_text_that_says_it(text):
    plain = " ".join(word for word in text.split() if word.isalpha())
    assert letters_of(plain) == spell(plain).letters


LOOKALIKE = {
    "i": "1!іí",
    "e": "3еéė",
    "o": "0оóο",
    "a": "4@аá",
    "s": "5$ѕ",
    "t": "7+т",
    "k": "кｋК",
    "m": "мＭ",
    "y": "уÿ",
    "l": "1|ⅼ",
}


@given(
    st.sampled_from(["kill myself", "want to die", "dont want to live", "quiero morir"]),
    st.randoms(use_true_random=False),
)
@settings(max_examples=400, deadline=None)
def test_a_phrase_is_found_behind_any_mix_of_disguises(phrase, chance):
    assert SMALL.scan(f"well {disguise(phrase, chance)} okay")


@pytest.mark.parametrize("text", ["ki.|| myself", "k!.|| mys3lf", "dont want to |!.ve"])
def test_bars_that_stand_for_letters_are_read_beside_a_dot(text):
    assert SMALL.scan(f"well {text} okay")


def disguise(phrase: str, chance: random.Random) -> str:
    """Write a phrase with look-alikes, digits, accents, repeats, invisible characters and separators at random."""
    return " ".join(_disguised_word(word, chance) for word in phrase.split())


def _disguised_word(word: str, chance: random.Random) -> str:
    written = []
    for index, letter in enumerate(word):
        shown = chance.choice(LOOKALIKE[letter]) if letter in LOOKALIKE and chance.random() < 0.4 else letter
        if shown == "+" and index in (0, len(word) - 1):
            # At a word's edge a plus sign is decoration.
            shown = letter
        if chance.random() < 0.3:
            shown = shown.upper()
        if shown.isalpha() and chance.random() < 0.2:
            shown = shown * chance.randint(2, 4)
        if index < len(word) - 1 and chance.random() < 0.2:
            shown += chance.choice(["\u200b", "\u00ad", "\u0336", "\u2060", "\ufe0f", "" if "+" in shown else "."])
        written.append(shown)
    return "".join(written)


FIRST_LETTERS = {
    letters_of(phrase)[0] for phrase in ("kill myself", "want to die", "dont want to live", "quiero morir")
}


@given(st.lists(st.text(alphabet="zxjбфждαβ中文字もじeim", min_size=1, max_size=8), max_size=60))
@settings(max_examples=200, deadline=None)
def test_text_in_which_no_word_can_begin_a_phrase_gives_nothing(words):
    harmless = [word for word in words if not set(spell(word).letters[:1]) & FIRST_LETTERS]
    assert not SMALL.scan(" ".join(harmless))


HARD_TEXTS = {
    "ordinary": "i want to go home and talk with people who know what it is like ",
    "nearly": "i dont want to be ",
    "letters": "i w a n t t o d i e k m s ",
    "ones": "1 ",
    "signs": "!1|1",
    "zeros": "o0",
    "stars": "a*",
    "hits": "kms not ",
    "wide": "ｉ ｗａｎｔ ",
}


@pytest.mark.parametrize("piece", HARD_TEXTS.values(), ids=HARD_TEXTS.keys())
def test_the_work_grows_with_the_length_and_not_faster(scanner, piece, monkeypatch):
    def work(length: int) -> int:
        count = 0
        original = safety._walk

        def counted(root, letters, start, ends):
            nonlocal count
            yield from original(root, letters, start, CountedEnds(ends))
            count += 1

        class CountedEnds(dict):
            def __contains__(self, position):
                nonlocal count
                count += 1
                return super().__contains__(position)

        monkeypatch.setattr(safety, "_walk", counted)
        scanner.scan((piece * length)[:length])
        monkeypatch.setattr(safety, "_walk", original)
        return count

    short, long = work(1_000), work(4_000)
    assert long <= 4.6 * short + 100


def test_a_word_is_bounded_in_work_however_it_is_written(scanner):
    longest = max(
        len(letters_of(phrase))
        for lexicon in load_lexicons()
        for templates in lexicon.phrases.values()
        for template in templates
        for phrase in expand(template, lexicon.sets)
    )
    assert longest < safety._STEPS_PER_START


def test_lexicons_hold_plain_words_only():
    for lexicon in load_lexicons():
        softening = (lexicon.not_when, lexicon.before, lexicon.after, lexicon.negations)
        for templates in (*lexicon.phrases.values(), *softening):
            for phrase in (phrase for template in templates for phrase in expand(template, lexicon.sets)):
                letters = letters_of(phrase)
                assert letters
                assert all(unicodedata.category(letter) in ("Ll", "Lo", "Nd") for letter in letters), phrase


def test_a_scanner_is_ready_before_any_phrase_was_written_out():
    assert len(Scanner(load_lexicons())._index.places) == 0


def test_what_a_scanner_works_out_is_bounded_and_starting_anew_changes_no_finding(monkeypatch):
    written = [line for all_ in lines.NOTICED.values() for line in all_] + lines.DISGUISED + lines.NOTHING_MEANT
    usual = Scanner(load_lexicons())
    findings = [usual.scan(line) for line in written]
    most = 50
    monkeypatch.setattr(phrases, "MOST_PLACES", most)
    forgetful = Scanner(load_lexicons())
    for line, finding in zip(written, findings, strict=True):
        assert forgetful.scan(line) == finding
        # One place may lead on by every letter and digit.
        assert len(forgetful._index.places) <= most + 40
    assert len(usual._index.places) > most


def test_several_threads_may_scan_at_once():
    written = [line for all_ in lines.NOTICED.values() for line in all_] + lines.NOTHING_MEANT
    usual = Scanner(load_lexicons())
    findings = [usual.scan(line) for line in written]
    shared = Scanner(load_lexicons())
    with ThreadPoolExecutor(4) as threads:
        rounds = list(threads.map(lambda _: [shared.scan(line) for line in written], range(4)))
    assert all(found == findings for found in rounds)
