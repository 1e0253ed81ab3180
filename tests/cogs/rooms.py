"""What people do to channels in Discord itself, behind the bot's back."""

from simcord.builders import ChannelHandle

from tests.cogs.town import Town


async def open_to_all(town: Town, channel: ChannelHandle) -> None:
    """Take away all that keeps people out of a channel."""
    town.env.backend.edit_channel(channel.id, {}, overwrites=[])
    await town.env.settle()
