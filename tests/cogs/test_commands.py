"""Who gets what from every command and every button: tables over all of them, so that a new one needs a row here.

Interactions are sent raw, as a client could that shows more than Discord does: what is refused is refused by us.
"""

import re
from collections.abc import Iterator
from typing import Any, NamedTuple

import discord
import pytest
from discord import app_commands
from simcord.results import InteractionResult

from cogs import ALL
from tests.cogs.raw import dispatch_raw
from tests.cogs.town import Town, read

PEOPLE = ("mia", "leo", "sam", "ada")
PLACES = ("here", "elsewhere", "direct")
ADMIN = "ada"
FORM = "a form"
ONLY_IN_GUILD, ONLY_ADMINS, NOT_SET_UP = "error.only_in_guild", "error.only_admins", "error.not_set_up"
LEADER, ONLY_LEADERS = "leo", "error.only_leaders"
CHOOSE, PAST = "meetings.lead.choose", "meetings.when.past"


class Says(NamedTuple):
    """The key of what is answered: in the guild that was set up, in another one, in a direct message."""

    here: str
    elsewhere: str
    direct: str
    admin_here: str = ""
    admin_elsewhere: str = ""
    leader_here: str = ""

    def to(self, who: str, place: str) -> str:
        """Return what one of the people is answered in a place."""
        leads = who == LEADER and getattr(self, f"leader_{place}", "")
        return leads or (who == ADMIN and getattr(self, f"admin_{place}", "")) or str(getattr(self, place))


COMMANDS = {
    "admin health": Says(ONLY_ADMINS, ONLY_ADMINS, ONLY_IN_GUILD, "admin.health.well", "error.not_set_up_admin"),
    "checkin history": Says("checkins.history.empty", NOT_SET_UP, ONLY_IN_GUILD),
    "checkin remind": Says("settings.zone.first", NOT_SET_UP, ONLY_IN_GUILD),
    "checkin now": Says(FORM, NOT_SET_UP, ONLY_IN_GUILD),
    "checkin stop": Says("checkins.stop.ask", NOT_SET_UP, ONLY_IN_GUILD),
    "help": Says("help.who", "help.who", "help.who", admin_elsewhere="welcome.first"),
    "help-now": Says("help.now.title", "help.now.title", "help.now.title"),
    "lead meeting cancel": Says(ONLY_LEADERS, NOT_SET_UP, ONLY_IN_GUILD, CHOOSE, leader_here=CHOOSE),
    "lead meeting create": Says(ONLY_LEADERS, NOT_SET_UP, ONLY_IN_GUILD, PAST, leader_here=PAST),
    "lead meeting move": Says(ONLY_LEADERS, NOT_SET_UP, ONLY_IN_GUILD, CHOOSE, leader_here=CHOOSE),
    "lead meeting skip": Says(ONLY_LEADERS, NOT_SET_UP, ONLY_IN_GUILD, CHOOSE, leader_here=CHOOSE),
    "lead meeting start": Says(
        "runs.only_hosts_begin", NOT_SET_UP, ONLY_IN_GUILD, "runs.start.none", leader_here="runs.start.none"
    ),
    "lead people": Says(
        ONLY_LEADERS, NOT_SET_UP, ONLY_IN_GUILD, "leaders.people.title", leader_here="leaders.people.title"
    ),
    "lead rotation add": Says(
        ONLY_LEADERS, NOT_SET_UP, ONLY_IN_GUILD, "rotations.pools", leader_here="rotations.pools"
    ),
    "lead rotation balance": Says(
        ONLY_LEADERS, NOT_SET_UP, ONLY_IN_GUILD, "rotations.pools", leader_here="rotations.pools"
    ),
    "lead rotation create": Says(
        ONLY_LEADERS, NOT_SET_UP, ONLY_IN_GUILD, "rotations.create.taken", leader_here="rotations.create.done"
    ),
    "lead rotation remove": Says(
        ONLY_LEADERS, NOT_SET_UP, ONLY_IN_GUILD, "rotations.pools", leader_here="rotations.pools"
    ),
    "lead rotation show": Says(
        ONLY_LEADERS, NOT_SET_UP, ONLY_IN_GUILD, "rotations.pools", leader_here="rotations.pools"
    ),
    "lead texts": Says(
        ONLY_LEADERS, NOT_SET_UP, ONLY_IN_GUILD, "leaders.texts.title", leader_here="leaders.texts.title"
    ),
    "meetings": Says("meetings.list.none", NOT_SET_UP, ONLY_IN_GUILD),
    "privacy": Says("privacy.text", "privacy.text", "privacy.text"),
    "settings": Says("settings.title", NOT_SET_UP, ONLY_IN_GUILD),
    "setup check": Says(ONLY_ADMINS, ONLY_ADMINS, ONLY_IN_GUILD, "setup.check.well", "error.not_set_up_admin"),
    "setup apply": Says(ONLY_ADMINS, ONLY_ADMINS, ONLY_IN_GUILD, "setup.begun.none", "setup.begun.none"),
    "setup start": Says(ONLY_ADMINS, ONLY_ADMINS, ONLY_IN_GUILD, "setup.programmes", "setup.programmes"),
    "setup undo": Says(ONLY_ADMINS, ONLY_ADMINS, ONLY_IN_GUILD, "setup.undo.plan", "setup.undo.none"),
}

TYPED = {
    "lead meeting cancel": {"meeting": "1"},
    "lead meeting create": {"title": "Circle", "when": "2001-01-01 19:00"},
    "lead meeting move": {"meeting": "1"},
    "lead meeting skip": {"meeting": "1"},
    "lead rotation create": {"name": "Evenings"},
}
"""The options that a command cannot do without."""


class Press(NamedTuple):
    """Whom a route is for, and what to send it: its token, a select's values, a form's fields."""

    guard: str
    token: str = "{programme}"
    values: tuple[str, ...] | None = None
    fields: dict[str, Any] | None = None


FORM_OF_A_MEETING = {"title": "Circle", "when": "tomorrow 19:00", "repeat": "", "minutes": "", "capacity": ""}
ROUTES = {
    "admin:health": Press("admin", ""),
    "admin:steps": Press("admin", ""),
    "checkins:agree": Press("known", "{programme}.3"),
    "checkins:ask-stop": Press("member"),
    "checkins:confirm": Press("member"),
    "checkins:delete": Press("member"),
    "checkins:form": Press("member"),
    "checkins:group": Press("member"),
    "checkins:history": Press("member"),
    "checkins:mood": Press("member", "{programme}.3"),
    "checkins:remind": Press("member"),
    "checkins:remind-at": Press("member", values=("540",)),
    "checkins:remind-days": Press("member", "{programme}.weekdays"),
    "checkins:remind-form": Press("member"),
    "checkins:remind-on": Press("member"),
    "checkins:remind-pass": Press("member"),
    "checkins:remind-pause": Press("member"),
    "checkins:remind-stop": Press("member"),
    "checkins:remind-time": Press("member", fields={"time": "21:30"}),
    "checkins:remind-way": Press("member"),
    "checkins:remind-yes": Press("known", "{programme}.540"),
    "checkins:save": Press("member", fields={"mood": "3", "note": "", "seen_by": "me"}),
    "checkins:share": Press("member", "{programme}.2026-11-23.0"),
    "checkins:stop": Press("member"),
    "feeds:agree": Press("member"),
    "feeds:ask": Press("member", "{programme}.new"),
    "feeds:calendar": Press("member"),
    "feeds:close": Press("admin"),
    "feeds:directory": Press("admin"),
    "feeds:list": Press("admin", "{programme}.0", values=()),
    "feeds:new-yes": Press("member"),
    "feeds:open": Press("admin"),
    "feeds:remove-yes": Press("member"),
    "feeds:renew": Press("admin"),
    "feeds:titles": Press("member", "{programme}.1"),
    "help:country": Press("anyone", "", values=("GB",)),
    "help:need": Press("anyone", "unsafe.GB"),
    "help:now": Press("anyone", "card"),
    "help:reach": Press("member"),
    "help:reach-no": Press("member", ""),
    "help:reach-yes": Press("member"),
    "newcomers:agree": Press("member"),
    "newcomers:cancel": Press("member"),
    "newcomers:greet": Press("member"),
    "newcomers:look": Press("member"),
    "newcomers:next": Press("member"),
    "newcomers:no": Press("member"),
    "newcomers:start": Press("member"),
    "newcomers:take": Press("member", "{programme}.0"),
    "newcomers:yes": Press("member"),
    "mentions:moderators": Press("anyone", ""),
    "lead:add": Press("leader", values=("1",)),
    "lead:certify": Press("leader", "{programme}.1"),
    "lead:elsewhere": Press("admin", "{programme}.1"),
    "lead:elsewhere-yes": Press("admin", "{programme}.1"),
    "lead:host-here": Press("member", "{programme}.1"),
    "lead:host-mine": Press("member", "{programme}.1"),
    "lead:host-no": Press("member", "{programme}.1"),
    "lead:host-not-tonight": Press("member", "{programme}.1"),
    "lead:host-run": Press("member", "{programme}.1"),
    "lead:host-swap": Press("member", "{programme}.1"),
    "lead:host-swap-no": Press("member", "{programme}.1"),
    "lead:host-swap-take": Press("member", "{programme}.1"),
    "lead:host-take": Press("member", "{programme}.1"),
    "lead:host-yes": Press("member", "{programme}.1"),
    "lead:learn": Press("leader", "{programme}.1"),
    "lead:learned": Press("leader", "{programme}.1.0", fields={"learned": ["danger"]}),
    "lead:meeting": Press("leader", "{programme}.1"),
    "lead:meeting-day": Press("leader", values=("2026-12-01",)),
    "lead:meeting-drop": Press("leader"),
    "lead:meeting-enter": Press("leader", fields=FORM_OF_A_MEETING),
    "lead:meeting-format": Press("leader", values=("smart",)),
    "lead:meeting-hour": Press("leader", values=("19",)),
    "lead:meeting-lists": Press("leader"),
    "lead:meeting-look": Press("leader"),
    "lead:meeting-make": Press("leader"),
    "lead:meeting-meant": Press("leader", values=("2026-12-01 19:00",)),
    "lead:meeting-minute": Press("leader", values=("30",)),
    "lead:meeting-new": Press("leader"),
    "lead:meeting-repeat": Press("leader", values=("weekly",)),
    "lead:meeting-time": Press("leader"),
    "lead:meeting-where": Press("leader", values=()),
    "lead:meeting-write": Press("leader"),
    "lead:meetings": Press("leader"),
    "lead:back-yes": Press("leader", "{programme}.1"),
    "lead:cancel": Press("leader", "{programme}.1"),
    "lead:cancel-yes": Press("leader", "{programme}.1"),
    "lead:end-yes": Press("leader", "{programme}.1"),
    "lead:move": Press("leader", "{programme}.1"),
    "lead:move-day": Press("leader", "{programme}.1", values=("2026-12-01",)),
    "lead:move-hour": Press("leader", "{programme}.1", values=("19",)),
    "lead:move-look": Press("leader", "{programme}.1"),
    "lead:move-minute": Press("leader", "{programme}.1", values=("30",)),
    "lead:move-yes": Press("leader", "{programme}.1.20261201.1140.0"),
    "lead:skip": Press("leader", "{programme}.1"),
    "lead:skip-yes": Press("leader", "{programme}.1"),
    "lead:observe": Press("leader", "{programme}.1"),
    "lead:people": Press("listed"),
    "lead:person": Press("listed", "{programme}.1"),
    "lead:pool": Press("leader", "{programme}.1"),
    "lead:pool-add": Press("leader", "{programme}.1", values=("1",)),
    "lead:pool-away": Press("member", "{programme}.1"),
    "lead:pool-away-save": Press("listed", "{programme}.1", fields={"first": "2026-12-24", "last": "2026-12-26"}),
    "lead:pool-balance": Press("leader", "{programme}.1"),
    "lead:pool-out": Press("leader", "{programme}.1", values=("1",)),
    "lead:pool-remove": Press("listed", "{programme}.1"),
    "lead:pool-remove-yes": Press("listed", "{programme}.1"),
    "lead:pool-series": Press("leader", "{programme}.1", values=()),
    "lead:pool-term": Press("leader", "{programme}.1"),
    "lead:pool-term-save": Press("leader", "{programme}.1", fields={"until": ""}),
    "lead:pools": Press("listed"),
    "lead:remove": Press("listed", "{programme}.1"),
    "lead:remove-yes": Press("listed", "{programme}.1"),
    "lead:rest": Press("member"),
    "lead:rest-off": Press("listed", "{programme}.1"),
    "lead:rest-on": Press("listed", "{programme}.1"),
    "lead:text": Press("leader", "{programme}.rules"),
    "lead:text-back": Press("leader", "{programme}.rules.0"),
    "lead:text-back-yes": Press("leader", "{programme}.rules.0"),
    "lead:text-form": Press("leader", "{programme}.rules"),
    "lead:text-save": Press("leader", "{programme}.question.0", fields={"body": ""}),
    "lead:texts": Press("leader"),
    "meetings:agree": Press("member", "{programme}.1.yes."),
    "meetings:cannot": Press("member", "{programme}.1"),
    "meetings:come": Press("member", "{programme}.1"),
    "meetings:lead": Press("member", values=("60",)),
    "meetings:lead-yes": Press("known", "{programme}.60"),
    "meetings:list": Press("member"),
    "meetings:one": Press("member", "{programme}.1"),
    "meetings:pass": Press("member", "{programme}.1"),
    "meetings:remind": Press("member"),
    "meetings:take": Press("member", "{programme}.1"),
    "privacy:ask": Press("anyone", ""),
    "privacy:erase": Press("anyone", ""),
    "privacy:export": Press("anyone", ""),
    "privacy:keep": Press("anyone", ""),
    "runs:agree": Press("member", "{programme}.1.raise"),
    "runs:alone": Press("member", "{programme}.1"),
    "runs:choose": Press("member"),
    "runs:done": Press("member", "{programme}.1.1"),
    "runs:end": Press("member", "{programme}.1"),
    "runs:end-no": Press("member", "{programme}.1"),
    "runs:end-yes": Press("member", "{programme}.1"),
    "runs:help": Press("member", "{programme}.1"),
    "runs:here": Press("member", "{programme}.1"),
    "runs:leave": Press("member", "{programme}.1"),
    "runs:let-in": Press("member", "{programme}.1", values=("1",)),
    "runs:listen": Press("member", "{programme}.1"),
    "runs:lobby": Press("member", "{programme}.1"),
    "runs:lock": Press("member", "{programme}.1.1"),
    "runs:missed": Press("member", "{programme}.1"),
    "runs:next": Press("member", "{programme}.1.0"),
    "runs:open": Press("member", "{programme}.1"),
    "runs:open-yes": Press("member", "{programme}.1.1"),
    "runs:pass": Press("member", "{programme}.1"),
    "runs:raise": Press("member", "{programme}.1"),
    "runs:self": Press("member", "{programme}.1"),
    "runs:take": Press("member", "{programme}.1"),
    "runs:turn": Press("member", "{programme}.1.0"),
    "settings:agree": Press("member", "{programme}.zone.Europe/Berlin"),
    "settings:languages": Press("member"),
    "settings:open": Press("member"),
    "settings:quiet": Press("member", fields={"begins": "22:30", "ends": "07:15"}),
    "settings:quiet-form": Press("member"),
    "settings:set": Press("member", "{programme}.zone", values=("Europe/Berlin",)),
    "settings:way": Press("member", "nowhere.{programme}."),
    "settings:way-yes": Press("member", "nowhere.{programme}."),
    "settings:zone": Press("member", "{programme}.", values=("Europe/Berlin",)),
    "settings:zone-yes": Press("member", "{programme}..Europe/Berlin"),
    "setup:adult": Press("admin", "{programme}.yes.people"),
    "setup:ages": Press("admin", "{programme}.adults"),
    "setup:apply": Press("admin"),
    "setup:begin": Press("admin", ""),
    "setup:cancel": Press("admin"),
    "setup:channel": Press("admin", "{programme}.start", values=()),
    "setup:check": Press("admin", ""),
    "setup:countries": Press("admin", values=("GB",)),
    "setup:mine": Press("admin", "{programme}.off"),
    "setup:programme": Press("admin", "recovery"),
    "setup:role": Press("admin", "{programme}.leader", values=()),
    "setup:step": Press("admin", "{programme}.channels"),
    "setup:trial": Press("admin"),
    "setup:undo-do": Press("admin"),
    "setup:undo-leave": Press("admin", ""),
    "setup:undo-plan": Press("admin"),
    "setup:zone": Press("admin"),
    "setup:zone-set": Press("admin", fields={"zone": "Europe/Berlin"}),
    "welcome:look": Press("member", ""),
    "welcome:look-at": Press("member", "", values=("recovery",)),
    "welcome:remove": Press("admin", ""),
    "welcome:remove-no": Press("admin", ""),
    "welcome:remove-yes": Press("admin", ""),
    "welcome:see": Press("admin", ""),
    "welcome:show": Press("admin", ""),
}
OPEN_FORMS = {
    "checkins:form",
    "checkins:remind-form",
    "lead:meeting-new",
    "lead:meeting-write",
    "lead:text-form",
    "settings:quiet-form",
    "setup:zone",
    "lead:pool-away",
    "lead:pool-term",
}
LEAVES = {"welcome:remove-yes"}
"""What takes the bot out of a server where nothing is set up, and there with it the answer; tests/cogs/test_welcome.py reads it."""
GONE = ("error.programme_gone", "error.button_gone", NOT_SET_UP, "setup.gone", "setup.cancelled", "setup.undo.nothing")
"""What the button of one server says in another."""
REFUSALS = {ONLY_IN_GUILD, ONLY_ADMINS, ONLY_LEADERS}


def refusal(guard: str, who: str, place: str) -> str | None:
    """Return how a guard refuses one of the people in a place, None where it lets them pass."""
    if guard not in ("anyone", "known") and place == "direct":
        # Whom the press in the server made known may answer from a direct message as well.
        return ONLY_IN_GUILD
    if guard in ("leader", "listed") and place == "here" and who not in (LEADER, ADMIN):
        # Whom a record speaks of may see that one as well; none of these people stands on a list.
        return ONLY_LEADERS
    return ONLY_ADMINS if guard == "admin" and who != ADMIN else None


def leaves(tree: "app_commands.CommandTree[Any]") -> Iterator[app_commands.Command[Any, ..., Any]]:
    """Yield every command that can be invoked."""
    for command in tree.get_commands():
        inside = command.walk_commands() if isinstance(command, app_commands.Group) else [command]
        yield from (one for one in inside if not isinstance(one, app_commands.Group))


def says(town: Town, content: str, key: str) -> bool:
    """Tell whether an answer holds the sentence under a key, whatever values stand in it."""
    known = town.texts._find("en", key, None)
    assert known, key
    pieces = [re.escape(piece) for piece in re.split(r"{\w+}", known)]
    return re.search("⟦" + ".*".join(pieces), content, re.DOTALL) is not None


async def everywhere(town: Town) -> dict[tuple[str, str], tuple[Any, Any]]:
    """Return, by person and place, who acts there and in which channel; nothing is set up elsewhere."""
    other = town.env.create_guild("Elsewhere")
    room = other.create_text_channel("room")
    boss = other.create_role("Boss", permissions=discord.Permissions(manage_guild=True))
    places: dict[tuple[str, str], tuple[Any, Any]] = {}
    for name in PEOPLE:
        actor = getattr(town, name)
        places[name, "here"] = (actor, town.general)
        places[name, "elsewhere"] = (other.add_member(actor.user, roles=[boss] if name == ADMIN else []), room)
        places[name, "direct"] = (actor.user, actor.user.dm_channel)
    return places


async def type_command(actor: Any, channel: Any, name: str) -> InteractionResult:
    """Send a command as the gateway does, without asking Discord whether this person may use it here."""
    top, *rest = name.split(" ")
    options: list[dict[str, Any]] = [{"name": k, "type": 3, "value": v} for k, v in TYPED.get(name, {}).items()]
    for level, part in enumerate(reversed(rest)):
        # A command inside a group, and a group inside another one.
        options = [{"name": part, "type": 1 if level == 0 else 2, "options": options}]
    return await dispatch_raw(actor, channel, 2, {"id": "1", "name": top, "type": 1, "options": options})


async def press(actor: Any, channel: Any, custom_id: str, sent: Press) -> InteractionResult:
    """Send a press, a choice or a filled-in form."""
    if sent.fields is not None:
        rows = [{"type": 18, "component": {"type": 4, "custom_id": k, "value": v}} for k, v in sent.fields.items()]
        return await dispatch_raw(actor, channel, 5, {"custom_id": custom_id, "components": rows})
    data: dict[str, Any] = {"custom_id": custom_id, "component_type": 2 if sent.values is None else 3}
    if sent.values is not None:
        data["values"] = list(sent.values)
    return await dispatch_raw(actor, channel, 3, data)


async def test_every_command_and_every_route_has_its_row(empty_town: Town) -> None:
    tree, router = empty_town.bot.tree, empty_town.bot.router
    assert sorted(command.qualified_name for command in leaves(tree)) == sorted(COMMANDS)
    assert sorted(router.routes) == sorted(ROUTES)
    assert {name.split(":")[0] for name in ROUTES} == set(ALL)
    for kind in (discord.AppCommandType.user, discord.AppCommandType.message):
        assert tree.get_commands(type=kind) == []


@pytest.mark.parametrize("name", COMMANDS)
async def test_each_person_in_each_place_gets_the_answer_to_a_command_that_is_theirs(town: Town, name: str) -> None:
    for (who, place), (actor, channel) in (await everywhere(town)).items():
        result = await type_command(actor, channel, name)
        expected = COMMANDS[name].to(who, place)
        if expected == FORM:
            assert result.modal is not None, (who, place)
        else:
            assert says(town, read(result).content, expected), (who, place, read(result).content)


@pytest.mark.parametrize("name", ROUTES)
async def test_each_button_answers_those_it_is_for_and_reaches_nothing_from_another_server(
    town: Town, name: str
) -> None:
    programme, row = await town.programme(), ROUTES[name]
    custom_id = f"{name}:{row.token.format(programme=programme.id)}"
    for (who, place), (actor, channel) in (await everywhere(town)).items():
        before = await town.programme()
        result = await press(actor, channel, custom_id, row)
        if name in LEAVES and (who, place) == (ADMIN, "elsewhere"):
            continue
        assert place == "here" or await town.programme() == before, (who, place)
        wanted = refusal(row.guard, who, place)
        if wanted is None and result.modal is not None:
            assert name in OPEN_FORMS, name
            continue
        content = read(result).content
        refused = {key for key in REFUSALS if says(town, content, key)}
        assert refused == ({wanted} if wanted else set()), (who, place, content)
        assert not says(town, content, "error.accident"), (who, place)
        if wanted is None and place == "elsewhere" and "{programme}" in row.token:
            assert any(says(town, content, key) for key in GONE), (who, content)
