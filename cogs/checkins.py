"""Check-ins: the mood buttons, the form, the history. It shows and asks; what holds is decided in services and domain."""

import datetime as dt
import functools
import io
from typing import Any

import discord
from discord import app_commands
from discord.ext import commands

from bot.domain.checkins import HISTORY_DAYS, NOTE_LIMIT, Mood, SeenBy, local_day, week_of
from bot.domain.guilds import Guild, Programme
from bot.errors import PeerError
from bot.kit import charts, guards, help_card, views
from bot.kit.bot import PeerBot
from bot.kit.call import Call, Reply, command
from bot.kit.panels import Shown
from bot.kit.router import route
from bot.kit.views import Style
from bot.services import checkins
from bot.services.checkins import Entry, NeedsConsent, Recorded
from bot.services.guilds import programme_here, programme_of
from bot.texts import Texts

MOODS = {str(mood.value): mood for mood in Mood}
SHOWN_DAYS = 7
"""How many days are listed in words above the chart."""
LIST_LIMIT = 1_850
"""Characters a list may take, so that its last line always fits below it."""
BACKSLASH = "\\"
NOTE_SHOWN = 200
"""How much of a note a list shows; the whole stands in the form."""


class Checkins(commands.Cog):
    """`/checkin` and the buttons of the Start here panel."""

    checkin = app_commands.Group(
        name="checkin", description="checkins.command", guild_only=True, extras={"feature": "checkins"}
    )

    def __init__(self, bot: PeerBot) -> None:
        self.bot = bot
        bot.panels.kind("start", self._start_panel)

    # -- commands ---------------------------------------------------------------------------------------------------

    @checkin.command(name="now", description="checkins.command.now")
    async def now(self, interaction: "discord.Interaction[PeerBot]") -> None:
        """Open the form: mood, note, who sees it."""
        await command(interaction, self._form_here, guard=guards.member, opens_form=True)

    @checkin.command(name="history", description="checkins.command.history")
    async def history(self, interaction: "discord.Interaction[PeerBot]") -> None:
        """Show the person's own check-ins."""
        await command(interaction, self._history_here, guard=guards.member)

    @checkin.command(name="stop", description="checkins.command.stop")
    async def stop(self, interaction: "discord.Interaction[PeerBot]") -> None:
        """Stop checking in, with the choice of what becomes of the history."""
        await command(interaction, self._ask_to_stop, guard=guards.member)

    # -- panel ------------------------------------------------------------------------------------------------------

    def _start_panel(self, guild: Guild, programme: Programme) -> Shown:
        def t(key: str, **args: Any) -> str:
            return self.bot.tools.texts.t(guild.locale, key, **args)

        moods = [
            views.button(t(mood.key), f"checkins:mood:{programme.id}.{mood.value}", Style.primary) for mood in Mood
        ]
        others = [
            views.button(t("checkins.button.with_note"), f"checkins:form:{programme.id}"),
            views.button(t("checkins.button.history"), f"checkins:history:{programme.id}"),
            views.button(t("checkins.button.group"), f"checkins:group:{programme.id}"),
            views.button(t("help.button.help_now"), "help:now:panel", Style.danger),
        ]
        return Shown(t("checkins.panel", programme=t(f"programme.{programme.preset}.name")), views.rows(moods, others))

    # -- one tap ----------------------------------------------------------------------------------------------------

    @route("checkins:mood", guard=guards.member)
    async def mood(self, call: Call) -> Reply:
        """Save a mood with one tap; before the very first one, ask for the one consent."""
        guild, programme, mood, _ = await self._read_mood(call)
        try:
            recorded = await checkins.record(call.tools.db, call.tools.clock, call.actor, programme, mood)
        except NeedsConsent:
            day = local_day(call.tools.clock.now(), guild.zone).isoformat()
            agree = f"checkins:agree:{programme.id}.{mood.value}.{day}"
            yes = views.button(call.t("consent.button.agree"), agree, Style.success)
            rows = [[yes], help_card.buttons(call.t, programme.id)] if mood.is_low else [[yes]]
            asked = call.t("consent.ask", privacy=self.bot.command_sets.mention("privacy", guild))
            return Reply(_with_help(call, guild, mood.is_low, asked), views.rows(*rows))
        return self._saved(call, guild, programme, recorded)

    @route("checkins:agree", guard=guards.member, in_place=True)
    async def agree(self, call: Call) -> Reply:
        """Take the consent and save what was tapped before, without asking again."""
        guild, programme, mood, day = await self._read_mood(call)
        recorded = await checkins.record(
            call.tools.db, call.tools.clock, call.actor, programme, mood, day=day, agreed=True
        )
        return self._saved(call, guild, programme, recorded)

    async def _read_mood(self, call: Call) -> tuple[Guild, Programme, Mood, dt.date | None]:
        """Read the token of a mood; from a low one on, help stands before whatever may fail."""
        programme_id, value, day = _parts(call.token)
        mood = MOODS.get(value)
        if mood is None:
            raise PeerError("error.button_gone")
        if mood.is_low:
            call.care = help_card.text(call, call.tools.guilds.peek(call.guild_id))
        guild, programme = await programme_of(call.tools.guilds, call.guild_id, programme_id)
        return guild, programme, mood, _read_day(day) if day else None

    def _saved(
        self, call: Call, guild: Guild, programme: Programme, recorded: Recorded, *, words: bool = False
    ) -> Reply:
        """Say what was saved, for whom, and what can be done next; with help where it is due."""
        low = recorded.mood.is_low or words
        said, view = _answer(call.tools.texts, call.actor.locale, programme.id, recorded, low=low)
        return Reply(_with_help(call, guild, low, said), view)

    @route("checkins:share", guard=guards.member, in_place=True)
    async def share(self, call: Call) -> Reply:
        """Show a held check-in to the group after all."""
        programme_id, day, held_rev = _parts(call.token)
        _, programme = await programme_of(call.tools.guilds, call.guild_id, programme_id)
        await checkins.share_held(call.tools.db, call.actor, programme, _read_day(day), held_rev=held_rev)
        return Reply(call.t("checkins.shared"), views.rows(help_card.buttons(call.t, programme.id)))

    # -- the form ---------------------------------------------------------------------------------------------------

    async def _form_here(self, call: Call) -> None:
        guild, programme = await programme_here(call.tools.guilds, call.guild_id, call.interaction.channel_id)
        await self._open_form(call, guild, programme)

    @route("checkins:form", guard=guards.member, opens_form=True)
    async def form(self, call: Call) -> None:
        """Open the form, filled with what stands today."""
        programme_id, value, day = _parts(call.token)
        guild, programme = await programme_of(call.tools.guilds, call.guild_id, programme_id)
        await self._open_form(call, guild, programme, MOODS.get(value), _read_day(day) if day else None)

    async def _open_form(
        self, call: Call, guild: Guild, programme: Programme, mood: Mood | None = None, day: dt.date | None = None
    ) -> None:
        tools = call.tools
        agreed, today = await checkins.before_form(
            tools.db, tools.clock, tools.vault, call.actor, guild, programme, day=day
        )
        mood = mood or (today.mood if today else None)
        seen_by = today.seen_by if today else SeenBy.ME
        items: list[discord.ui.Item[Any]] = [
            discord.ui.Label(
                text=call.t("checkins.form.mood"),
                component=discord.ui.RadioGroup(
                    custom_id="mood",
                    options=[
                        discord.RadioGroupOption(label=call.t(m.key), value=str(m.value), default=m is mood)
                        for m in Mood
                    ],
                ),
            ),
            discord.ui.Label(
                text=call.t("checkins.form.note"),
                description=call.t("checkins.form.note.hint"),
                component=discord.ui.TextInput(
                    custom_id="note",
                    style=discord.TextStyle.paragraph,
                    required=False,
                    max_length=NOTE_LIMIT,
                    default=today.note if today else None,
                ),
            ),
            discord.ui.Label(
                text=call.t("checkins.form.seen_by"),
                component=discord.ui.RadioGroup(
                    custom_id="seen_by",
                    options=[
                        discord.RadioGroupOption(
                            label=call.t(f"checkins.seen_by.{s.value}"), value=s.value, default=s is seen_by
                        )
                        for s in SeenBy
                    ],
                ),
            ),
        ]
        if not agreed:
            items.append(
                discord.ui.Label(
                    text=call.t("consent.form.label"),
                    description=call.t("consent.form.description"),
                    component=discord.ui.CheckboxGroup(
                        custom_id="agreed",
                        min_values=1,
                        max_values=1,
                        options=[discord.CheckboxGroupOption(label=call.t("consent.form.agree"), value="yes")],
                    ),
                )
            )
        await call.open_form(views.form(call.t("checkins.form.title"), _save_id(programme, day), *items))

    @route("checkins:save", guard=guards.member, in_place=True)
    async def save(self, call: Call) -> Reply:
        """Save the submitted form."""
        programme_id, day, _ = _parts(call.token)
        note, chosen = str(call.fields.get("note") or ""), call.fields.get("mood")
        words = bool(call.tools.scanner.scan(note))
        if words or (chosen in MOODS and MOODS[chosen].is_low):
            call.care = help_card.text(call, call.tools.guilds.peek(call.guild_id))
        guild, programme = await programme_of(call.tools.guilds, call.guild_id, programme_id)
        mood, seen_by = _read_choice(chosen, call.fields.get("seen_by"))
        recorded = await checkins.record_with_note(
            call.tools.db,
            call.tools.clock,
            call.tools.vault,
            call.actor,
            guild,
            programme,
            mood=mood,
            note=note,
            seen_by=seen_by,
            day=_read_day(day) if day else None,
            agreed=call.fields.get("agreed") == ["yes"],
        )
        return self._saved(call, guild, programme, recorded, words=words)

    # -- looking back -----------------------------------------------------------------------------------------------

    async def _history_here(self, call: Call) -> Reply:
        guild, programme = await programme_here(call.tools.guilds, call.guild_id, call.interaction.channel_id)
        return await self._history(call, guild, programme)

    @route("checkins:history", guard=guards.member, in_place=True)
    async def history_button(self, call: Call) -> Reply:
        """Show the person's own check-ins."""
        guild, programme = await programme_of(call.tools.guilds, call.guild_id, call.token)
        return await self._history(call, guild, programme)

    async def _history(self, call: Call, guild: Guild, programme: Programme) -> Reply:
        tools = call.tools
        today, entries = await checkins.history(tools.db, tools.clock, tools.vault, call.actor, guild, programme)
        group = views.button(call.t("checkins.button.group"), f"checkins:group:{programme.id}")
        if not entries:
            return Reply(call.t("checkins.history.empty"), views.rows([group]))
        first, last = week_of(today)
        n = sum(first <= entry.day <= last for entry in entries)
        head = [call.t("checkins.history.title", days=HISTORY_DAYS), call.t("checkins.week", n=n), ""]
        newest = [_line(call, entry) for entry in reversed(entries[-SHOWN_DAYS:])]
        lines = _fitting(head, newest, call.t("checkins.history.more"))
        buttons = [views.button(call.t("checkins.button.with_note"), f"checkins:form:{programme.id}"), group]
        return Reply("\n".join(lines), views.rows(buttons), await self._chart(call, today, entries))

    async def _chart(self, call: Call, today: dt.date, entries: list[Entry]) -> list[discord.File]:
        first = today - dt.timedelta(days=HISTORY_DAYS - 1)
        days = tuple(_day(call, first + dt.timedelta(days=number)) for number in range(HISTORY_DAYS))
        points = tuple(((entry.day - first).days, entry.mood.value) for entry in entries)
        png = await charts.levels_by_day(days, points, tuple(call.t(mood.key) for mood in Mood))
        if png is None:
            return []
        said = "; ".join(
            f"{_day(call, entry.day)}: {call.t(entry.mood.key)} ({entry.mood.value})" for entry in reversed(entries)
        )
        alt = call.t("checkins.history.alt", days=HISTORY_DAYS, said=said)
        return [discord.File(io.BytesIO(png), filename="check-ins.png", description=alt[:1024])]

    @route("checkins:group", guard=guards.member, in_place=True)
    async def group(self, call: Call) -> Reply:
        """Show what others chose to show to the group, and to leaders what is for leaders."""
        guild, programme = await programme_of(call.tools.guilds, call.guild_id, call.token)
        tools, leads = call.tools, guards.leads(call.actor, programme)
        found = await checkins.shared(tools.db, tools.clock, tools.vault, guild, programme, for_leaders=leads)
        back = views.rows([views.button(call.t("checkins.button.history"), f"checkins:history:{programme.id}")])
        if not found:
            return Reply(call.t("checkins.group.empty"), back)
        head = [call.t("checkins.group.title.leaders" if leads else "checkins.group.title")]
        rows = [f"<@{one.user_id}> · {_line(call, one.entry)}" for one in found]
        lines = _fitting(head, rows, call.t("checkins.group.more"))
        return Reply("\n".join(lines), back)

    # -- stopping ---------------------------------------------------------------------------------------------------

    async def _ask_to_stop(self, call: Call) -> Reply:
        _, programme = await programme_here(call.tools.guilds, call.guild_id, call.interaction.channel_id)
        keep = views.button(call.t("checkins.button.stop_keep"), f"checkins:stop:{programme.id}", Style.primary)
        delete = views.button(call.t("checkins.button.stop_delete"), f"checkins:confirm:{programme.id}", Style.danger)
        return Reply(call.t("checkins.stop.ask"), views.rows([keep, delete]))

    @route("checkins:stop", guard=guards.member, in_place=True)
    async def stop_keep(self, call: Call) -> Reply:
        """Stop, and keep the history."""
        _, programme = await programme_of(call.tools.guilds, call.guild_id, call.token)
        await checkins.stop(call.tools.db, call.tools.clock, call.actor, programme)
        return Reply(call.t("checkins.stop.kept"))

    @route("checkins:confirm", guard=guards.member, in_place=True)
    async def confirm_delete(self, call: Call) -> Reply:
        """Ask once more before the history is deleted."""
        _, programme = await programme_of(call.tools.guilds, call.guild_id, call.token)
        yes = views.button(call.t("checkins.button.delete_yes"), f"checkins:delete:{programme.id}", Style.danger)
        no = views.button(call.t("checkins.button.stop_keep"), f"checkins:stop:{programme.id}")
        return Reply(call.t("checkins.stop.confirm"), views.rows([yes, no]))

    @route("checkins:delete", guard=guards.member, in_place=True)
    async def stop_delete(self, call: Call) -> Reply:
        """Stop, and delete the history."""
        _, programme = await programme_of(call.tools.guilds, call.guild_id, call.token)
        await checkins.stop(call.tools.db, call.tools.clock, call.actor, programme)
        await checkins.delete_history(call.tools.db, call.actor, programme)
        return Reply(call.t("checkins.stop.deleted"))


@functools.lru_cache(maxsize=2_048)
def _answer(
    texts: Texts, locale: str, programme_id: str, recorded: Recorded, *, low: bool
) -> tuple[str, discord.ui.View]:
    """Say what was saved and for whom, with the buttons below it.

    Kept, because most answers of a day are alike and drawing one costs as much as saving.
    """
    said = [
        texts.t(locale, "checkins.saved", mood=texts.t(locale, recorded.mood.key)),
        texts.t(locale, f"checkins.seen_by.{recorded.seen_by.value}.said"),
        texts.t(locale, "checkins.week", n=recorded.days_of_week),
    ]
    form = f"checkins:form:{programme_id}.{recorded.mood.value}.{recorded.day.isoformat()}"
    note = "checkins.button.edit_note" if recorded.has_note else "checkins.button.add_note"
    buttons = [
        views.button(texts.t(locale, note), form, Style.primary),
        views.button(texts.t(locale, "checkins.button.history"), f"checkins:history:{programme_id}"),
    ]
    if recorded.held:
        said.append(texts.t(locale, "checkins.held"))
        token = f"{programme_id}.{recorded.day.isoformat()}.{recorded.held_rev}"
        buttons.insert(0, views.button(texts.t(locale, "checkins.button.share_anyway"), f"checkins:share:{token}"))
    rows = [buttons, help_card.buttons(functools.partial(texts.t, locale), programme_id)] if low else [buttons]
    return "\n".join(said), views.rows(*rows)


def _with_help(call: Call, guild: Guild, due: bool, said: str) -> str:
    """Put help first where it is due: nothing stands between a person in danger and the numbers."""
    return f"{help_card.text(call, guild)}\n\n{said}" if due else said


def _read_choice(mood: Any, seen_by: Any) -> tuple[Mood, SeenBy]:
    """Read the form's choices; raises PeerError for what the form does not offer."""
    if mood not in MOODS or seen_by not in {s.value for s in SeenBy}:
        raise PeerError("error.form_changed")
    return MOODS[mood], SeenBy(seen_by)


def _parts(token: str) -> tuple[str, str, str]:
    """Split a token of up to three parts."""
    first, _, rest = token.partition(".")
    second, _, third = rest.partition(".")
    return first, second, third


def _save_id(programme: Programme, day: dt.date | None) -> str:
    return f"checkins:save:{programme.id}" + (f".{day.isoformat()}" if day else "")


def _read_day(text: str) -> dt.date:
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        raise PeerError("error.button_gone") from None


def _day(call: Call, day: dt.date) -> str:
    return call.tools.texts.day(call.actor.locale, day)


def _line(call: Call, entry: Entry) -> str:
    said = call.t("checkins.line", day=_day(call, entry.day), mood=call.t(entry.mood.key))
    if entry.unreadable:
        return f"{said} {call.t('checkins.note.unreadable')}"
    if entry.note is None:
        return said
    shown = discord.utils.escape_markdown(discord.utils.escape_mentions(" ".join(entry.note.split())))
    return f"{said}: {shown if len(shown) <= NOTE_SHOWN else shown[: NOTE_SHOWN - 1].rstrip(BACKSLASH) + '…'}"


def _fitting(head: list[str], rows: list[str], more: str) -> list[str]:
    """Return as many whole rows as a message takes, with a last line where some are left out."""
    out, left = list(head), LIST_LIMIT - sum(len(line) + 1 for line in head)
    for row in rows:
        left -= len(row) + 1
        if left < 0:
            return [*out, more]
        out.append(row)
    return out


async def setup(bot: PeerBot) -> None:
    """Add the cog."""
    await bot.add_cog(Checkins(bot))
