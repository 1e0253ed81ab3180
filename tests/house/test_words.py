"""No sentence that peerled can say blames, promises, diagnoses or asks for what it must not ask for.

The rules are in docs/safety.md. They read English; a translation is held to them by whoever translates it, and its English
loan words by this test.
"""

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

from data.content import FOLDER

# What must not be said, and why, so that whoever meets the failure can find better words.
MUST_NOT = {
    "speaks of suicide as a crime or an achievement": [
        r"commit(s|ted|ting)?\s+suicide",
        r"\b(successful|unsuccessful|failed|completed)\s+(suicide|attempts?)",
        r"suicide\s+(epidemic|victim)",
    ],
    "claims to feel what the person feels": [
        r"\b(i|we)\s+((fully|totally|completely)\s+)?(understand|know)\s+(exactly\s+)?(how|what)\s+you.{0,5}(feel|going)",
        r"\bi\s+feel\s+your\s+pain",
        r"\bi('m| am)\s+(so\s+)?worried\s+about\s+you",
    ],
    "promises safety, help or secrecy": [
        r"\byou('re|\s+are|\s+will\s+be|'ll\s+be)\s+(completely\s+|totally\s+|perfectly\s+)?safe\b",
        r"\b(we|i)\s+promise",
        r"(?<!not )(?<!cannot )(?<!can't )(?<!no )\bguarante",
        r"\b(completely|totally|fully|100\s*%|absolutely)\s+(anonymous|private|confidential|secret|safe|secure)",
        r"\bhelp\s+is\s+(on\s+the|on\s+its)\s+way",
        r"\bsome(one|body)\s+(will\s+come|is\s+coming|is\s+on\s+(their|the)\s+way|will\s+be\s+with\s+you)",
        r"\b(no\s?body|no\s+one)\s+will\s+ever\s+(know|find\s+out|see)",
        r"\bwe\s+(will|'ll)\s+(never|not)\s+tell\b",
        r"\beverything\s+(will|is\s+going\s+to)\s+be\s+(okay|ok|fine|all\s+right|alright)",
    ],
    "makes little of it or gives orders about feelings": [
        r"\bdon['’]?t\s+worry\b",
        r"\bcalm\s+down\b",
        r"\bcheer\s+up\b",
        r"\b(just\s+)?(get\s+over\s+it|snap\s+out|think\s+positive|look\s+on\s+the\s+bright\s+side)",
        r"\bit\s+could\s+be\s+worse",
        r"\bit('s|\s+is)\s+not\s+(that|so)\s+bad\b",
    ],
    "lays guilt": [
        r"\bthink\s+(of|about)\s+your\s+(family|children|kids|parents|friends|loved\s+ones)",
        r"\bselfish\b",
        r"\bcowardl?y?\b",
        r"\battention[\s-]seek",
        r"\byou\s+(let\s+(us|them|everyone)\s+down|disappoint)",
    ],
    "counts days to lose, or calls a person's day a failure": [
        r"\bstreaks?\b",
        r"\bfail(ed|ure|ures|ing)\b",
        r"\bleader\s?boards?\b",
        r"\byou\s+missed\b",
        r"\byou\s+(broke|lost)\s+your\b",
        r"\brelapsed?\s+(again|badly)\b",
        r"\bback\s+to\s+zero\b",
    ],
    "scores, diagnoses or names people by an illness": [
        r"\b(your|the)\s+risk\s+(level|score)\b",
        r"\b(high|low|medium)[\s-]risk\s+(person|member|user)",
        r"\byou\s+(seem|appear|are)\s+(depressed|suicidal|mentally\s+ill|bipolar|addicted)",
        r"\bdiagnos(ed|is\s+of|e\s+you)",
        r"\b(addicts?|junkies?|alcoholics?|psychos?|lunatics?|crazy|insane)\b",
    ],
    "asks for a method, or names one": [
        r"\bhow\s+(do|would|will|are)\s+you\s+(plan|planning|intend|going)\s+to\b.{0,30}\b(do\s+it|end|kill|die|hurt|harm)",
        r"\b(which|what)\s+(method|means|pills|drug)\b",
        r"\bdo\s+you\s+have\s+(a\s+plan|pills|a\s+weapon|a\s+gun)",
    ],
    "repeats words of danger": [
        r"\bkill(ing)?\s+(yourself|myself)",
        r"\bend(ing)?\s+(your|my)\s+life",
        r"\b(kms|kys|unalive)\b",
    ],
}
RULES = [(why, re.compile(pattern, re.IGNORECASE)) for why, patterns in MUST_NOT.items() for pattern in patterns]


def wrong_with(sentence: str) -> list[str]:
    """Say what a sentence does that it must not."""
    plain = " ".join(sentence.replace("’", "'").split())
    return [f"{why}: {found.group(0)!r}" for why, rule in RULES if (found := rule.search(plain))]


def catalogues() -> list[Path]:
    return sorted((FOLDER / "locales").glob("*/peerled.po"))


def sentences_of(path: Path) -> Iterator[tuple[str, str]]:
    with path.open("rb") as file:
        catalogue = read_po(file)
    for message in catalogue:
        if message.id:
            key = message.id if isinstance(message.id, str) else message.id[0]
            for said in [message.string] if isinstance(message.string, str) else message.string:
                yield key, said


def strings_in(value: object, where: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, str):
        yield where, value
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield from strings_in(inner, f"{where}.{key}")
    elif isinstance(value, list):
        for row, inner in enumerate(value, 1):
            yield from strings_in(inner, f"{where}[{row}]")


def tables() -> list[Path]:
    return [FOLDER / "contacts.toml", *sorted((FOLDER / "programmes").glob("*.toml"))]


def test_there_are_sentences_to_look_at():
    assert (FOLDER / "locales" / "en" / "peerled.po") in catalogues(), "data/content/locales/en/peerled.po is missing"
    for path in catalogues():
        assert len(list(sentences_of(path))) > 20, f"{path.parent.name}: hardly any sentence is in {path.name}"


@pytest.mark.parametrize("path", catalogues(), ids=lambda path: path.parent.name)
def test_no_sentence_says_what_must_not_be_said(path):
    findings = [f"{key}: {wrong}" for key, said in sentences_of(path) for wrong in wrong_with(said)]
    assert not findings, "\n".join(findings)


@pytest.mark.parametrize("path", tables(), ids=lambda path: path.name)
def test_no_text_of_a_programme_or_contact_says_what_must_not_be_said(path):
    values = tomllib.loads(path.read_text(encoding="utf-8"))
    findings = [f"{where}: {wrong}" for where, said in strings_in(values, path.name) for wrong in wrong_with(said)]
    assert not findings, "\n".join(findings)


@pytest.mark.parametrize(
    "sentence",
    [
        "He committed suicide.",
        "After a failed attempt",
        "I understand how you feel.",
        "We know exactly what you are going through.",
        "You are safe here.",
        "You’re safe.",
        "We promise that nobody reads this.",
        "Guaranteed private",
        "This is completely anonymous.",
        "Help is on the way.",
        "Somebody will come.",
        "Don't worry!",
        "Calm   down",
        "Think of your family.",
        "Your streak is 7 days.",
        "You failed today.",
        "The leaderboard",
        "Your risk level is high.",
        "You seem depressed.",
        "How are you planning to do it?",
        "Which pills do you have?",
        "You wrote about killing yourself.",
        "Everything will be okay.",
    ],
)
def test_a_sentence_that_must_not_be_said_is_seen(sentence):
    assert wrong_with(sentence)


@pytest.mark.parametrize(
    "sentence",
    [
        "I'm not safe",
        "I'm a program; nobody may be reading this right now.",
        "We cannot promise that nobody guesses.",
        "That is not guaranteed.",
        "988 Suicide & Crisis Lifeline",
        "SADAG Suicide Crisis Helpline",
        "If your life is in danger, call {number}.",
        "Ask a moderator to reach out",
        "4 of the last 7 days",
        "That could not be saved. Please try again.",
        "Your message was not sent.",
        "I have an urge",
        "You can skip this.",
    ],
)
def test_a_kind_plain_sentence_may_be_said(sentence):
    assert wrong_with(sentence) == []
