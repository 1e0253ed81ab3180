"""What is served over HTTP: health and figures for whoever runs the bot, calendar and directory links for everybody else.

It calls services and knows neither Discord nor rows. Only this package knows iCalendar.
"""

from bot.web.server import Parts, Server

__all__ = ["Parts", "Server"]
