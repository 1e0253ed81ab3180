"""What every cog shares of Discord: calls and replies, views, guards, panels, charts. Knows no feature by name."""
