"""Lines: the transports as an installation has them, each with a municipality, a service and a kind of its own."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import count

from gateway.sandbox.systems import System, Way

IDEMPOTENT = "idempotent = true"
HTTP = "settings.read_timeout = 2\nsettings.total_timeout = 6"
BASIC = 'settings.username = "sandbox"\nsettings.password = "sandbox"'
AGS = (f"120600{number:02}" for number in count(5))


@dataclass(frozen=True)
class Line:
    """One way to one system."""

    key: str
    """Name of its tenant and its destination."""
    name: str
    sample: str
    kind: str
    """Part of the name of the messages' root, no other line's of the same system: by it the rules match."""
    system: System
    way: Way
    settings: str
    """Of its destination, as TOML."""
    ags: str
    recognises: bool = True
    """The system recognises a repetition. Where it does not, another one is another effect."""
    confirms: bool = False
    """The system confirms with a receipt of its own."""
    broker: bool = False
    """Stands only where RabbitMQ is."""
    quiet: bool = False
    """Its fault is not the sandbox's behaviour: it runs with nothing else going wrong."""

    @property
    def configuration(self) -> str:
        """The file of its tenant."""
        area = {System.CIVIL_STATUS: "civil-status", System.REAL_ESTATE: "real-estate"}.get(
            self.system, str(self.system)
        )
        return f"""\
name = "{self.name}"
ags = ["{self.ags}"]

[[bookings]]
service = "{area}"
destinations = ["{self.key}"]

[destinations.{self.key}]
adapter = "{self.system}"
lease_seconds = 5
attempt_seconds = 10
confirm_within_days = {CONFIRM_SECONDS / 86_400:.6f}
retry.first_seconds = 0.2
retry.longest_minutes = 0.02
retry.give_up_after_days = {GIVE_UP_SECONDS / 86_400:.6f}
breaker.failures = {NEVER}
ask_every_seconds = 1
collect_every_seconds = 1
{IDEMPOTENT if self.recognises else ""}
{self.settings}
"""


GIVE_UP_SECONDS, CONFIRM_SECONDS = 25, 25
"""What takes days in an installation takes seconds here."""
NEVER = 1_000_000
"""An open circuit stops the clock of giving up, and tells somebody at once: here each delivery goes its own way."""


def _http(path: str, *settings: str, url: str = "${SANDBOX_URL}") -> str:
    return "\n".join([f'settings.url = "{url}{path}"', HTTP, *settings])


def _asked(path: str) -> str:
    return f"""\
settings.ask.url = "${{SANDBOX_URL}}{path}/{{delivery}}"
settings.ask.status = "status"
settings.ask.statuses = {{ in-bearbeitung = "in-progress", erledigt = "closed", abgelehnt = "refused" }}
settings.ask.missing_is_not_there = true"""


def _files(folder: str) -> str:
    return f'settings.folder = "trade/{folder}"\nsettings.confirms = true'


_OAUTH = """\
settings.token_url = "${SANDBOX_URL}/oauth2/token"
settings.client_id = "sandbox"
settings.client_secret = "sandbox\""""

_SFTP = """\
transport = "sftp"
settings.host = "127.0.0.1"
settings.port = "${SFTP_PORT}"
settings.username = "sandbox"
settings.password = "sandbox"
settings.host_keys = ["${SFTP_HOST_KEY}"]
settings.folder = "in"
settings.total_timeout = 6
settings.answers_folder = "return"
settings.answers_rest = 0.5"""

_BATCH = """\
transport = "batch"
settings.layout = "batch.toml"
settings.folder = "${SANDBOX_FOLDER}/batch/in"
settings.name = "batch-{number}.csv"
settings.max_items = 3
settings.answers_folder = "${SANDBOX_FOLDER}/batch/return"
settings.answers_pattern = "*.csv"
settings.answers_format = "csv"
settings.answers_encoding = "iso-8859-15"
settings.answers_rest = 0.5"""

_CLIENT = '''\
settings.client_certificate = "${CLIENT_CERTIFICATE}"
settings.client_key = "${CLIENT_KEY}"'''

_XTA = """\
transport = "xta"
payload = "original"
settings.author = "ags:12052000"
settings.service = "http://www.osci.de/ab/personenstand10"
settings.message_types = { uri = "urn:de:ab:codeliste:nachrichtentyp", version = "1.0" }"""


def _tls(kind: str, *settings: str, name: str = "") -> Line:
    whole = _http(
        "/finance/v1/vorgaenge",
        'settings.ca_file = "${SANDBOX_CA}"',
        'settings.token = "sandbox"',
        *settings,
        url=f"${{TLS_{kind.upper().replace('-', '_')}}}",
    )
    return Line(
        f"tls-{name or kind}",
        f"rest, certificate: {name or kind}",
        "finanzen/sepamandat-klein",
        "sepamandat",
        System.FINANCE,
        Way.REST,
        whole,
        next(AGS),
        quiet=True,
    )


_SOAP, _FINANCE, _CIVIL = "/registration/soap", "/finance/v1/vorgaenge", "/civil-status/v1/antraege"
_LATER = "/finance/v2/vorgaenge"
_TOKEN = 'settings.token = "sandbox"'

LINES: Sequence[Line] = (
    Line(
        "soap",
        "soap",
        "meldewesen/anmeldung-klein",
        "anmeldung",
        System.REGISTRATION,
        Way.SOAP,
        _http(_SOAP),
        next(AGS),
    ),
    Line(
        "soap-once",
        "soap, repetitions not recognised",
        "meldewesen/abmeldung-klein",
        "abmeldung",
        System.REGISTRATION,
        Way.SOAP,
        _http(_SOAP),
        next(AGS),
        recognises=False,
    ),
    Line(
        "rest",
        "rest",
        "finanzen/hundesteueranmeldung-klein",
        "hundesteueranmeldung",
        System.FINANCE,
        Way.REST,
        _http(_FINANCE, _TOKEN),
        next(AGS),
    ),
    Line(
        "rest-once",
        "rest, repetitions not recognised",
        "finanzen/zahlungsmitteilung-voll",
        "zahlungsmitteilung",
        System.FINANCE,
        Way.REST,
        _http(_FINANCE, _TOKEN),
        next(AGS),
        recognises=False,
    ),
    Line(
        "rest-asked",
        "rest, repetitions not recognised, but the system can be asked",
        "finanzen/hundesteueraenderung-klein",
        "hundesteueraenderung",
        System.FINANCE,
        Way.REST,
        _http(_FINANCE, _TOKEN, _asked(_FINANCE)),
        next(AGS),
        recognises=False,
    ),
    Line(
        "parts",
        "rest with a document",
        "personenstand/urkunde-klein",
        "urkunde",
        System.CIVIL_STATUS,
        Way.REST,
        _http(_CIVIL, BASIC),
        next(AGS),
    ),
    Line(
        "files",
        "files",
        "gewerbe/anmeldung-klein",
        "anmeldung",
        System.TRADE,
        Way.FILES,
        _files("files"),
        next(AGS),
        confirms=True,
    ),
    Line(
        "pickup",
        "pickup over HTTP",
        "liegenschaften/negativzeugnis-klein",
        "negativzeugnis",
        System.REAL_ESTATE,
        Way.PICKUP,
        "",
        next(AGS),
        confirms=True,
    ),
    Line(
        "pickup-amqp",
        "pickup over RabbitMQ",
        "liegenschaften/katasterauskunft-voll",
        "katasterauskunft",
        System.REAL_ESTATE,
        Way.PICKUP,
        "",
        next(AGS),
        confirms=True,
        broker=True,
    ),
    Line(
        "rest-later",
        "rest with OAuth2, 202 and a later status",
        "finanzen/hundesteuerabmeldung-klein",
        "hundesteuerabmeldung",
        System.FINANCE,
        Way.REST,
        _http(_LATER, _OAUTH, _asked(_LATER)),
        next(AGS),
    ),
    Line(
        "sftp",
        "sftp with a return folder",
        "gewerbe/ummeldung-klein",
        "ummeldung",
        System.TRADE,
        Way.SFTP,
        _SFTP,
        next(AGS),
        confirms=True,
    ),
    Line(
        "xta",
        "xta",
        "personenstand/geburtsanzeige-klein",
        "geburtsanzeige",
        System.CIVIL_STATUS,
        Way.XTA,
        _http("/civil-status/xta", _XTA),
        next(AGS),
    ),
    Line(
        "batch",
        "batch",
        "finanzen/sepamandat-voll",
        "sepa",
        System.FINANCE,
        Way.BATCH,
        _BATCH,
        next(AGS),
        confirms=True,
    ),
    _tls("client-certificate", _CLIENT, name="mutual"),
    *(_tls(kind) for kind in ("valid", "expired", "wrong-host", "self-signed", "client-certificate")),
)
