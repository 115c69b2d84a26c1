"""What may stand in the configuration files: names, types, units and defaults."""

from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator


def _check_leitweg_id(value: str) -> str:
    """Letters count from 10 (A) to 35 (Z); the number without hyphens leaves 1 when divided by 97."""
    if int("".join(str(int(each, 36)) for each in value.replace("-", ""))) % 97 != 1:
        raise ValueError("the check digits of the Leitweg-ID are wrong")
    return value


Ags = Annotated[str, Field(pattern=r"^[0-9]{8}$")]
LeitwegId = Annotated[
    str,
    Field(pattern=r"^([0-9]{2,3}|[0-9]{5}|[0-9]{8,9}|[0-9]{12})(-[A-Z0-9]{1,30})?-[0-9]{2}$"),
    AfterValidator(_check_leitweg_id),
]
Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{0,62}$")]


Urgency = Literal["high", "normal", "low"]


class Section(BaseModel):
    """A table of a configuration file: an unknown name in it is an error."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class GatewaySettings(Section):
    """`[gateway]`: who this gateway is, for those who read its reports and rejections."""

    name: str = Field(default="Amtsbote", min_length=1, max_length=200)
    """As people know it; it names itself so as `rueckweisendeStelle`."""
    kennung: str = Field(default="gw:amtsbote", pattern=r"^[a-z]{2,10}:[0-9A-Za-z._-]{1,60}$")
    """`praefix:kennung`, as it is entered in the DVDV."""
    documentation_url: str = "/v1/schemas/{standard}/{version}/{root}"
    """Where a kind of message is documented; `{standard}`, `{version}` and `{root}` are filled in."""


class StoreSettings(Section):
    """`[store]`: where messages are kept."""

    url: str = Field(default="sqlite:///../var/amtsbote.db", pattern=r"^(sqlite:///|postgresql://).")
    """`sqlite:///PATH` (relative to the configuration file) or `postgresql://USER:PASSWORD@HOST/DATABASE`; a primary and
    its standbys as `HOST1,HOST2:PORT`.
    """
    disk_floor_mb: int = Field(default=512, ge=0)
    """Intake stops while the data folder's file system has less free space than this, in MB; 0 never stops."""


class BrokerSettings(Section):
    """`[broker]`: what carries ready deliveries to the workers."""

    url: str = Field(default="embedded", pattern=r"^(embedded$|amqps?://.)")
    """`embedded` (in process) or `amqp://USER:PASSWORD@HOST/VHOST`; the nodes of a cluster as `HOST1,HOST2:PORT`."""


class HttpSettings(Section):
    """`[http]`: where a process listens: the API for portals and specialist systems, health and metrics in
    every role. Several processes on one host need a port each.
    """

    host: str = "127.0.0.1"
    port: int = Field(default=8080, ge=0, le=65535)
    """0 takes any free port."""
    shutdown_seconds: int = Field(default=20, ge=1)
    """How long running requests may take when the process is told to stop."""


class TraceSettings(Section):
    """`[traces]`: what messages go through, sent to a collector of OpenTelemetry."""

    endpoint: str | None = Field(default=None, pattern=r"^https?://.")
    """Address for traces over OTLP with HTTP, e.g. `http://collector:4318/v1/traces`; without it nothing is traced."""
    share: float = Field(default=1.0, ge=0, le=1)
    """Of how many messages the trace is recorded; which ones follows from the trace's id."""


class LimitSettings(Section):
    """`[limits]`: what one portal may ask for."""

    message_mb: float = Field(default=10, gt=0, le=40)
    """Largest message, in MB (10^6 bytes)."""
    depth: int = Field(default=100, ge=10, le=250)
    """Deepest nesting of elements."""
    upload_seconds: float = Field(default=60, gt=0)
    """A whole upload may take this long."""
    chunk_seconds: float = Field(default=15, gt=0)
    """An upload may pause this long."""
    requests_per_second: float = Field(default=1000, gt=0)
    """Sustained rate of submissions per portal and process."""
    burst: int = Field(default=5000, ge=1)
    """Submissions that a portal may send at once above its rate."""
    at_once: int = Field(default=256, ge=1)
    """Submissions of all portals that a process works on at the same time."""
    uploads_mb: float = Field(default=512, ge=160)
    """Bytes of unfinished uploads of all portals that a process keeps in memory, in MB (10^6 bytes)."""


class WorkerSettings(Section):
    """`[worker]`: the processes that deliver."""

    grace_seconds: float = Field(default=25, ge=0)
    """How long deliveries under way may take when the process is told to stop."""
    check_minutes: float = Field(default=15, ge=0)
    """How often every destination is looked at, without sending anything; 0 for never."""


class RetentionSettings(Section):
    """`[retention]`: after which time contents are removed; left out, never. That there was one, and its history, stay."""

    fetched_replies_days: float | None = Field(default=None, gt=0)
    """A reply, counted from the portal's first fetch."""
    unfetched_replies_days: float | None = Field(default=None, gt=0)
    """A reply that no portal has fetched, counted from its coming."""
    written_batches_days: float | None = Field(default=None, gt=0)
    """The content of a batch, counted from the writing of its file, once every item of it is settled."""


class RetrySettings(Section):
    """`[destinations.NAME.retry]`: how a delivery that certainly failed is tried again."""

    first_seconds: float = Field(default=5, gt=0)
    factor: float = Field(default=2.0, ge=1)
    longest_minutes: float = Field(default=120, gt=0)
    give_up_after_days: float = Field(default=7, gt=0)
    jitter: float = Field(default=0.2, ge=0, le=1)


class BreakerSettings(Section):
    """`[destinations.NAME.breaker]`: when a system that does not work is left alone, but for a probe."""

    failures: int = Field(default=5, ge=1)
    first_seconds: float = Field(default=5, gt=0)
    factor: float = Field(default=2.0, ge=1)
    longest_minutes: float = Field(default=5, gt=0)


class RateSettings(Section):
    """`[destinations.NAME.rate]`: how much a system gets at most, from all processes together."""

    per_second: float = Field(gt=0)
    burst: int = Field(default=10, ge=1)

    @model_validator(mode="after")
    def _reachable(self) -> Self:
        if self.burst < self.per_second / 10:
            raise ValueError("burst must be at least a tenth of per_second, or the rate is never reached")
        return self


class DestinationSettings(Section):
    """`[destinations.NAME]`: a specialist system that receives messages."""

    adapter: str
    """What the system is told, by its area."""
    transport: str | None = None
    """How it is told: `soap`, `rest`, `files`, `pickup`; left out, what is usual in its area."""
    payload: str | None = None
    """In which form it is told: `original`, one of its adapter's, or a mapping file, `PATH.toml`; left out, what is
    usual in its area.
    """
    idempotent: bool = False
    """The system recognises a repeated delivery by its id, so that an unclear one may be repeated."""
    ordered: bool = False
    """The messages of one case come strictly one after the other."""
    test: bool = False
    """A test system: only such a one receives messages that carry `test`."""
    concurrency: int = Field(default=4, ge=1, le=256)
    """Deliveries that one worker process holds towards it at the same time."""
    attempt_seconds: float = Field(default=120, gt=0)
    """An attempt that takes longer is broken off and counts as unclear."""
    lease_seconds: float = Field(default=30, ge=1)
    """A worker that gave no sign of life for so long loses its deliveries."""
    confirm_within_days: float = Field(default=3, gt=0)
    """A message that was handed over and not confirmed by then counts as unclear."""
    rabbitmq_user: str | None = Field(default=None, pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$")
    """The system's own user at RabbitMQ, with which it fetches from its queue and sends receipts."""
    ask_every_seconds: float = Field(default=300, ge=1)
    """A system that can be asked is asked about an unconfirmed delivery after so long, then at growing distances."""
    collect_every_seconds: float = Field(default=30, ge=1)
    """How often the gateway looks where a system leaves its receipts: a return folder, a mailbox."""
    versions: dict[str, Annotated[list[str], Field(min_length=1)]] = {}
    """The versions that it takes, by standard (`versions.ab-meldewesen = ["1.0"]`); of a standard that is not
    named, it takes every version in force."""
    retry: RetrySettings = RetrySettings()
    breaker: BreakerSettings = BreakerSettings()
    rate: RateSettings | None = None
    settings: dict[str, object] = {}
    """The transport's own settings, see `docs/transports.md`."""


class BookingSettings(Section):
    """`[[bookings]]`: a service that a tenant has booked."""

    service: str
    """`area/kind`, or `area` for all of it; the more specific booking wins as a whole."""
    destinations: list[Name] = Field(min_length=1)
    test_destinations: list[Name] = []
    give_up_after_days: float | None = Field(default=None, gt=0)
    """In place of that of the destinations."""
    priority: Urgency = "normal"
    """Among the tenant's services to one destination."""


class TenantFile(Section):
    """`tenants/KEY.toml`: a municipality, or an Amt with several; the file's name is the tenant's key."""

    name: str
    ags: list[Ags] = Field(min_length=1)
    leitweg_ids: list[LeitwegId] = []
    """Under which it receives invoices; each with its check digits."""
    deadlines: dict[Name, Annotated[int, Field(ge=0, le=36_500)]] = {}
    """Days of the deadlines that its own statutes set, by the name that a rule gives them."""
    bookings: list[BookingSettings] = []
    destinations: dict[Name, DestinationSettings] = {}


class Settings(Section):
    """`amtsbote.toml`: the gateway itself, and the specialist systems that tenants share."""

    gateway: GatewaySettings = GatewaySettings()
    store: StoreSettings = StoreSettings()
    broker: BrokerSettings = BrokerSettings()
    http: HttpSettings = HttpSettings()
    limits: LimitSettings = LimitSettings()
    traces: TraceSettings = TraceSettings()
    worker: WorkerSettings = WorkerSettings()
    retention: RetentionSettings = RetentionSettings()
    data_folder: Path = Path("../var")
    """Where files of the gateway and relative folders of destinations lie (relative to this file)."""
    schemas_folder: Path = Path("schemas")
    """Where installed schema bundles lie (relative to the data folder)."""
    destinations: dict[Name, DestinationSettings] = {}
