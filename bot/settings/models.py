"""The settings as frozen models: which sections and keys exist, how each must look, what holds when it is left out.

A key's `description` completes "expected …" and its `examples` complete "write for example …" in what the operator
reads, so every key has both. Nothing here reads a file or the environment, and nothing runs at import. Relative paths
start at the folder given as validation context, else at the working folder.
"""

import datetime as dt
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, SecretStr
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from bot.settings import values

Seconds = Annotated[float, Field(gt=0, le=3600, allow_inf_nan=False)]
TimeOfDay = Annotated[dt.time, BeforeValidator(values.time_of_day)]
FilePath = Annotated[Path, BeforeValidator(values.path)]
DatabaseUrl = Annotated[str, BeforeValidator(values.database_url)]
Secret = Annotated[SecretStr, BeforeValidator(values.token)]


class Section(BaseModel):
    """What every section shares: frozen, no unknown keys, no silent conversions, no values in error texts."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", strict=True, validate_default=True, hide_input_in_errors=True
    )


class Discord(Section):
    """How the bot reaches Discord."""

    token: Secret | None = Field(
        default=None,
        description='the bot\'s token, without "Bot " before it',
        examples=['"the token from the Bot page"'],
    )
    api_base: Annotated[str, BeforeValidator(values.http_url)] = Field(
        default="https://discord.com/api/v10",
        description="an address that starts with https:// or http://",
        examples=['"https://discord.com/api/v10"'],
    )
    gateway_url: Annotated[str, BeforeValidator(values.websocket_url)] | None = Field(
        default=None, description="an address that starts with wss:// or ws://", examples=['"wss://gateway.discord.gg"']
    )
    shard_ids: Annotated[tuple[int, ...], BeforeValidator(values.listed)] | None = Field(
        default=None, min_length=1, description="a list of different whole numbers from 0", examples=["[0, 1]"]
    )
    shard_count: int | None = Field(
        default=None, ge=1, le=10_000, description="a whole number from 1 to 10000", examples=["2"]
    )


class Storage(Section):
    """Where rows are kept. URLs may hold a password, so they never appear in a repr."""

    url: DatabaseUrl = Field(
        default="sqlite:///var/peerled.db",
        repr=False,
        description="sqlite:///FILE or postgresql://USER:PASSWORD@HOST/NAME",
        examples=['"sqlite:///var/peerled.db"'],
    )
    epoch_url: DatabaseUrl | None = Field(
        default=None,
        repr=False,
        description="sqlite:///FILE or postgresql://USER:PASSWORD@HOST/NAME, another one than url",
        examples=['"sqlite:///var/peerled-epochs.db"'],
    )

    @property
    def file(self) -> Path | None:
        """Return the SQLite file of `url`, absolute; None on PostgreSQL."""
        return values.sqlite_file(self.url)

    @property
    def epochs(self) -> str | None:
        """Return where the keys of the day live: `epoch_url`, else a file beside SQLite's; else None."""
        file = self.file
        if self.epoch_url is not None or file is None:
            return self.epoch_url
        return f"sqlite:///{file.with_name(f'{file.stem}-epochs{file.suffix}')}"


class Security(Section):
    """The master key: given here, or kept in a file of its own."""

    master_key: Annotated[SecretStr, BeforeValidator(values.master_key)] | None = Field(
        default=None, description="32 random bytes as 64 hex digits or as base64", examples=['"64 hex digits"']
    )
    master_key_file: FilePath | None = Field(
        default=None,
        description="the path of a file outside the database's folder",
        examples=['"keys/master.key"'],
    )


class Delivery(Section):
    """How the outbox is emptied. Times of day are UTC."""

    batch_times: Annotated[tuple[TimeOfDay, ...], BeforeValidator(values.listed_apart)] = Field(
        default=(dt.time(9), dt.time(19)),
        min_length=1,
        max_length=2,
        description="one or two different times of day (UTC) in a list",
        examples=['["09:00", "19:00"]'],
    )
    story_batch_min: int = Field(default=2, ge=2, le=50, description="a whole number from 2 to 50", examples=["2"])
    nonce_seconds: Annotated[float, Field(ge=0, le=60, allow_inf_nan=False)] = Field(
        default=60, description="a number of seconds from 0 to 60", examples=["60"]
    )
    lease_seconds: Seconds = Field(default=90, description="a number of seconds above 0, at most 3600", examples=["90"])
    timeout_seconds: Seconds = Field(
        default=15, description="a number of seconds above 0, at most 3600", examples=["15"]
    )


class Backup(Section):
    """Where and when copies are made. The time of day is UTC; `keep` is in days."""

    folder: FilePath | None = Field(
        default=None,
        description="a folder's path, on another disk than the database's",
        examples=['"/mnt/backups/peerled"'],
    )
    daily_at: TimeOfDay = Field(
        default=dt.time(4), description="a time of day (UTC) such as 04:00", examples=['"04:00"']
    )
    keep: int = Field(default=14, ge=1, le=14, description="a whole number of days from 1 to 14", examples=["14"])


class Web(Section):
    """The small HTTP server for health, metrics and calendars."""

    enabled: bool = Field(default=False, description="true or false", examples=["true"])
    host: Annotated[str, BeforeValidator(values.host)] = Field(
        default="127.0.0.1", description="an address or name of this machine to listen on", examples=['"127.0.0.1"']
    )
    port: int = Field(default=8080, ge=1, le=65535, description="a whole number from 1 to 65535", examples=["8080"])
    public_url: Annotated[str, BeforeValidator(values.http_url)] | None = Field(
        default=None,
        description="an address that starts with https:// or http://",
        examples=['"https://peerled.example.org"'],
    )


class Logging(Section):
    """How much is logged, and in which form."""

    level: Annotated[Literal["DEBUG", "INFO", "WARNING", "ERROR"], BeforeValidator(values.upper)] = Field(
        default="INFO", description="DEBUG, INFO, WARNING or ERROR", examples=['"INFO"']
    )
    format: Annotated[Literal["text", "json"], BeforeValidator(values.lower)] = Field(
        default="text", description="text or json", examples=['"text"']
    )


class Limits(Section):
    """Reserved: nothing can be set here yet."""


class ClockSettings(Section):
    """The clock of tests; refused in earnest."""

    offset_file: FilePath | None = Field(
        default=None, description="the path of a text file that holds seconds", examples=['"offset.txt"']
    )


class Settings(BaseSettings):
    """Everything an operator can set, checked and frozen; made by `bot.settings.load`.

    `file` is the settings file that was read, None when there was none; `folder` is where relative paths started.
    """

    model_config = SettingsConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    discord: Discord = Field(default_factory=Discord)
    storage: Storage = Field(default_factory=Storage)
    security: Security = Field(default_factory=Security)
    delivery: Delivery = Field(default_factory=Delivery)
    backup: Backup = Field(default_factory=Backup)
    web: Web = Field(default_factory=Web)
    logging: Logging = Field(default_factory=Logging)
    limits: Limits = Field(default_factory=Limits)
    clock: ClockSettings = Field(default_factory=ClockSettings)
    file: Path | None = None
    folder: Path = Field(default_factory=Path.cwd)

    @property
    def key_file(self) -> Path | None:
        """Return where the master key is kept, absolute; None when the key itself is given."""
        if self.security.master_key is not None:
            return None
        return self.security.master_key_file or self.folder / "keys" / "master.key"

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Take only what `load` hands over: it knows which environment counts and where each value came from."""
        return (init_settings,)


SECTIONS: dict[str, type[Section]] = {
    "discord": Discord,
    "storage": Storage,
    "security": Security,
    "delivery": Delivery,
    "backup": Backup,
    "web": Web,
    "logging": Logging,
    "limits": Limits,
    "clock": ClockSettings,
}
