"""Lines: the transports as an installation has them."""

from collections.abc import Sequence

from gateway.sandbox.systems import System, Way
from tests.matrix.line import Line, line

REGISTRATION, CIVIL, TRADE, FINANCE, REAL_ESTATE = (
    System.REGISTRATION,
    System.CIVIL_STATUS,
    System.TRADE,
    System.FINANCE,
    System.REAL_ESTATE,
)
NOW, LATER = "/finance/v1/vorgaenge", "/finance/v2/vorgaenge"
OPEN, MUTUAL = "${SANDBOX_URL}", "${TLS_CLIENT_CERTIFICATE}"

TOKEN = 'settings.token = "sandbox"'
BASIC = 'settings.username = "sandbox"\nsettings.password = "sandbox"'
TRUST = 'settings.ca_file = "${SANDBOX_CA}"'
CERTIFICATE = '''\
settings.client_certificate = "${CLIENT_CERTIFICATE}"
settings.client_key = "${CLIENT_KEY}"'''

WSDL_12 = 'settings.wsdl = "einwohnerdienst12.wsdl"'
USERNAME_TOKEN = 'settings.security = { username = "sandbox", password = "sandbox", digest = true }'
X509 = 'settings.security = { certificate = "${CLIENT_CERTIFICATE}", key = "${CLIENT_KEY}" }'

XTA = """\
transport = "xta"
payload = "original"
settings.author = "ags:12052000"
settings.service = "http://www.osci.de/ab/personenstand10"
settings.message_types = { uri = "urn:de:ab:codeliste:nachrichtentyp", version = "1.0" }"""

RETURN = 'settings.answers_folder = "${TRADE_RETURN}"\nsettings.answers_rest = 0.5'

SFTP = """\
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

BATCH = """\
transport = "batch"
settings.layout = "batch.toml"
settings.folder = "${SANDBOX_FOLDER}/batch/in"
settings.name = "PREFIX-{number}.csv"
settings.max_items = 3"""

RECEIPT_FILES = """\
settings.answers_folder = "${SANDBOX_FOLDER}/batch/return"
settings.answers_pattern = "*.csv"
settings.answers_format = "csv"
settings.answers_encoding = "iso-8859-15"
settings.answers_rest = 0.5"""


def _http(path: str, at: str = OPEN) -> str:
    return f'settings.url = "{at}{path}"\nsettings.read_timeout = 2\nsettings.total_timeout = 6'


def _asked(path: str, at: str = OPEN) -> str:
    return f"""\
settings.ask.url = "{at}{path}/{{delivery}}"
settings.ask.status = "status"
settings.ask.statuses = {{ in-bearbeitung = "in-progress", erledigt = "closed", abgelehnt = "refused" }}
settings.ask.missing_is_not_there = true"""


def _oauth(at: str = OPEN) -> str:
    return f"""\
settings.token_url = "{at}/oauth2/token"
settings.client_id = "sandbox"
settings.client_secret = "sandbox\""""


def _files(key: str) -> str:
    return f'settings.folder = "trade/{key}"'


def _batch(prefix: str) -> str:
    return BATCH.replace("PREFIX", prefix)


def _tls(kind: str, *settings: str) -> Line:
    at = f"${{TLS_{kind.upper().replace('-', '_')}}}"
    return line(
        f"tls-{kind}",
        f"rest, certificate: {kind}",
        "finanzen/sepamandat-klein",
        FINANCE,
        Way.REST,
        _http(NOW, at),
        TRUST,
        TOKEN,
        *settings,
        quiet=True,
    )


LINES: Sequence[Line] = (
    line(
        "soap",
        "soap 1.1",
        "meldewesen/anmeldung-klein",
        REGISTRATION,
        Way.SOAP,
        _http("/registration/soap"),
    ),
    line(
        "soap-once",
        "soap 1.1, repetitions not recognised",
        "meldewesen/abmeldung-klein",
        REGISTRATION,
        Way.SOAP,
        _http("/registration/soap"),
        recognises=False,
    ),
    line(
        "soap-12",
        "soap 1.2",
        "meldewesen/anmeldung-voll",
        REGISTRATION,
        Way.SOAP,
        _http("/registration/soap12"),
        WSDL_12,
    ),
    line(
        "soap-user",
        "soap 1.1, WS-Security with a UsernameToken",
        "meldewesen/anmeldung-zeichen",
        REGISTRATION,
        Way.SOAP,
        _http("/registration/soap/username-token"),
        USERNAME_TOKEN,
    ),
    line(
        "soap-signed",
        "soap 1.2, WS-Security with an X.509 signature",
        "meldewesen/anmeldung-klein",
        REGISTRATION,
        Way.SOAP,
        _http("/registration/soap12/x509"),
        WSDL_12,
        X509,
    ),
    line(
        "rest",
        "rest",
        "finanzen/hundesteueranmeldung-klein",
        FINANCE,
        Way.REST,
        _http(NOW),
        TOKEN,
    ),
    line(
        "rest-once",
        "rest, repetitions not recognised",
        "finanzen/zahlungsmitteilung-voll",
        FINANCE,
        Way.REST,
        _http(NOW),
        TOKEN,
        recognises=False,
    ),
    line(
        "rest-asked",
        "rest, repetitions not recognised, but the system can be asked",
        "finanzen/hundesteueraenderung-klein",
        FINANCE,
        Way.REST,
        _http(NOW),
        TOKEN,
        _asked(NOW),
        recognises=False,
    ),
    line(
        "rest-parts",
        "rest with a document",
        "personenstand/urkunde-klein",
        CIVIL,
        Way.REST,
        _http("/civil-status/v1/antraege"),
        BASIC,
    ),
    line(
        "rest-later",
        "rest with OAuth2, 202 and a later status",
        "finanzen/hundesteuerabmeldung-klein",
        FINANCE,
        Way.REST,
        _http(LATER),
        _oauth(),
        _asked(LATER),
    ),
    line(
        "rest-mutual",
        "rest with OAuth2 and mutual TLS, 202 and a later status",
        "finanzen/hundesteuerabmeldung-voll",
        FINANCE,
        Way.REST,
        _http(LATER, MUTUAL),
        _oauth(MUTUAL),
        _asked(LATER, MUTUAL),
        TRUST,
        CERTIFICATE,
    ),
    line(
        "xta",
        "xta with mutual TLS",
        "personenstand/geburtsanzeige-klein",
        CIVIL,
        Way.XTA,
        _http("/civil-status/xta", MUTUAL),
        TRUST,
        CERTIFICATE,
        XTA,
    ),
    line(
        "files",
        "files, receipts over HTTP",
        "gewerbe/anmeldung-klein",
        TRADE,
        Way.FILES,
        _files("files"),
    ),
    line(
        "files-return",
        "files, receipts in a return folder of this host",
        "gewerbe/abmeldung-klein",
        TRADE,
        Way.FILES,
        _files("files-return"),
        RETURN,
        data_centre=True,
    ),
    line(
        "sftp",
        "sftp with a return folder",
        "gewerbe/ummeldung-klein",
        TRADE,
        Way.SFTP,
        SFTP,
    ),
    line(
        "batch",
        "batch with receipt files",
        "finanzen/sepamandat-voll",
        FINANCE,
        Way.BATCH,
        _batch("batch"),
        RECEIPT_FILES,
        kind="sepa",
    ),
    line(
        "batch-silent",
        "batch, nobody confirms",
        "finanzen/sepamandat-klein",
        FINANCE,
        Way.BATCH,
        _batch("silent"),
        "settings.confirms = false",
        kind="sepa",
        data_centre=True,
        silent=True,
    ),
    line(
        "pickup",
        "pickup over HTTP",
        "liegenschaften/negativzeugnis-klein",
        REAL_ESTATE,
        Way.PICKUP,
    ),
    line(
        "pickup-amqp",
        "pickup over RabbitMQ, receipts over AMQP",
        "liegenschaften/katasterauskunft-voll",
        REAL_ESTATE,
        Way.PICKUP,
        'rabbitmq_user = "${RABBITMQ_USER}"',
        data_centre=True,
    ),
    *(_tls(kind) for kind in ("valid", "expired", "wrong-host", "self-signed", "client-certificate")),
)
