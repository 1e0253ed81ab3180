"""The two looks at what the bot sends see what they are for, and nothing else."""

from typing import Any, NamedTuple

import pytest

from bot.texts import Texts
from tests.cogs.outgoing import literal_sentences, too_large, typed


class Request(NamedTuple):
    """As much of a request as the looks need."""

    json: Any
    path: str = "/channels/1/messages"
    reason: str | None = None


SAID = "⟦Saved for today: **⟧⟦Good⟧⟦**.⟧"


@pytest.mark.parametrize(
    "request_",
    [
        Request({"content": f"{SAID} Well done"}),
        Request({"content": "⟦**⟧Samaritans⟦**: ⟧⟦call **116 123**⟧⟦ (⟧not known⟦)⟧"}),
        Request({"content": "Saved"}),
        Request({"content": "\n".join([SAID, "- and more"])}),
        Request({"content": SAID, "components": [{"type": 1, "components": [{"type": 2, "label": "Next"}]}]}),
        Request({"attachments": [{"filename": "a.png", "description": f"{SAID} chart"}]}),
        Request({"name": "start-here"}, "/guilds/1/channels"),
        Request({"name": "Peer leader"}, "/guilds/1/roles"),
        Request({}, "/guilds/1/roles", "peerled%20set-up"),
        Request({"content": "⟦I know a sentence that is cut off in the middle"}),
    ],
)
def test_a_word_that_is_nobodys_is_found(request_: Request) -> None:
    assert literal_sentences([request_], {"Samaritans"}, {"walked by the sea"}) != []


@pytest.mark.parametrize(
    "said",
    [
        SAID,
        "⟦**⟧Samaritans⟦**: ⟧⟦call **116 123**⟧⟦, chat <⟧https://www.samaritans.org⟦>⟧",
        "<@123> · ⟦23 Nov⟧⟦ · ⟧⟦Good⟧: walked by the sea",
        "<@123> · ⟦Good⟧: walked by…",
        "⟦Days end in ⟧Europe/Berlin⟦ ⟧<#12> <@&3> </checkin now:77> `/setup start` <t:123:R>",
        "⟦reference ⟧7F3A⟦.⟧",
        "⟦" + "x" * 79,
    ],
)
def test_names_mentions_addresses_and_what_people_wrote_are_left_alone(said: str) -> None:
    assert literal_sentences([Request({"content": said})], {"Samaritans"}, {"walked by the sea"}) == []


def test_a_reference_is_left_alone_whatever_else_was_typed() -> None:
    for reference in ("A1B2", "1AAA", "BEAD", "1234"):
        said = f"⟦reference ⟧{reference}⟦.⟧"
        assert literal_sentences([Request({"content": said})], set(), {"A", "B", "1A", "me"}) == [], reference


def test_what_people_typed_is_read_from_the_forms_they_sent() -> None:
    form = {"components": [{"type": 18, "component": {"type": 4, "custom_id": "note", "value": "by\n the *sea*"}}]}
    assert typed([("GATEWAY", "INTERACTION_CREATE", {"data": form}), ("HTTP", "POST /", {"content": "x"})]) == {
        "by the *sea*"
    }


def test_values_stand_outside_of_our_words_and_ids_where_they_were() -> None:
    pseudo = Texts.load(pseudo=True)
    said = pseudo.t(
        "en", "help.contact", name="Somebody", ways=pseudo.t("en", "help.way.call", number="1"), hours="late"
    )
    assert said == "⟦**⟧Somebody⟦**: ⟧⟦call **1**⟧⟦ (⟧late⟦)⟧"


def button(**more: Any) -> dict[str, Any]:
    return {"components": [{"type": 1, "components": [{"type": 2, **more}]}]}


def select(count: int = 2, **more: Any) -> dict[str, Any]:
    options = [{"label": "a", "value": str(n), **more} for n in range(count)]
    return {"components": [{"type": 1, "components": [{"type": 3, "custom_id": "x", "options": options}]}]}


def form(**more: Any) -> dict[str, Any]:
    field = {"type": 18, "label": "How", "component": {"type": 4, "custom_id": "note"}}
    return {"data": {"title": "A form", "custom_id": "x", "components": [{**field, **more}]}}


@pytest.mark.parametrize(
    ("body", "path"),
    [
        ({"content": "x" * 2001}, "/channels/1/messages"),
        (button(label="x" * 81), "/channels/1/messages"),
        (button(custom_id="x" * 101), "/channels/1/messages"),
        (select(label="x" * 101), "/channels/1/messages"),
        (select(description="x" * 101), "/channels/1/messages"),
        (select(26), "/channels/1/messages"),
        (select(0), "/channels/1/messages"),
        ({"components": [{"type": 3, "placeholder": "x" * 151, "options": [{}]}]}, "/channels/1/messages"),
        ({"components": [{"type": 1, "components": []}] * 6}, "/channels/1/messages"),
        ({"attachments": [{"filename": "a.png", "description": "x" * 1025}]}, "/channels/1/messages"),
        ({"data": {"title": "x" * 46, "custom_id": "x"}}, "/interactions/1/2/callback"),
        (form(label="x" * 46), "/interactions/1/2/callback"),
        (form(description="x" * 101), "/interactions/1/2/callback"),
        ([{"name": "checkin", "description": "x" * 101}], "/applications/1/commands"),
        ({"name": "x", "topic": "x" * 1025}, "/guilds/1/channels"),
    ],
)
def test_what_discord_would_refuse_is_found(body: Any, path: str) -> None:
    assert too_large([Request(body, path)]) != []


def test_what_fits_exactly_is_left_alone_and_marks_are_not_counted() -> None:
    bodies = [
        {"content": "⟦" + "x" * 2000 + "⟧"},
        button(label="⟦" + "x" * 80 + "⟧", custom_id="x" * 100),
        select(25, label="x" * 100, description="x" * 100),
        {"components": [{"type": 1, "components": [{}] * 5}] * 5},
        {"attachments": [{"filename": "a.png", "description": "x" * 1024}]},
        form(label="x" * 45, description="x" * 100),
    ]
    assert too_large([Request(body) for body in bodies]) == []
