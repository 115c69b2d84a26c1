"""Texts of the API's own failures: what is wrong with a request and what to do."""

from collections.abc import Mapping
from types import MappingProxyType

from gateway.api.problem import ApiCode, ProblemCode
from gateway.core.refusal import RefusalCode
from gateway.texts import Explanation, Text
from gateway.texts.refusals import REFUSALS

PROBLEMS: Mapping[ApiCode, Explanation] = MappingProxyType(
    {
        ApiCode.INVALID_REQUEST: Explanation(
            Text(de="Ungültige Anfrage", en="Invalid request"),
            (
                Text(
                    de="Parameter oder Inhalt der Anfrage entsprechen nicht der Schnittstellenbeschreibung. Jede "
                    "Fundstelle steht in findings; die Beschreibung steht unter /openapi.json.",
                    en="Parameters or content of the request do not conform to the interface description. Each "
                    "place stands in findings; the description is at /openapi.json.",
                ),
            ),
        ),
        ApiCode.IDEMPOTENCY_KEY_INVALID: Explanation(
            Text(de="Ungültiger Idempotency-Key", en="Invalid Idempotency-Key"),
            (
                Text(
                    de="Der Idempotency-Key besteht aus 1 bis 128 sichtbaren ASCII-Zeichen ohne Leerzeichen. "
                    "Empfohlen ist eine UUID. Ohne diesen Header gilt die nachrichtenUUID.",
                    en="The Idempotency-Key consists of 1 to 128 visible ASCII characters without blanks. A UUID "
                    "is recommended. Without this header the nachrichtenUUID counts.",
                ),
            ),
        ),
        ApiCode.UNAUTHENTICATED: Explanation(
            Text(de="Nicht angemeldet", en="Not authenticated"),
            (
                Text(
                    de="Der Zugangsschlüssel fehlt, ist falsch geschrieben oder widerrufen. Senden Sie ihn im "
                    "Header Authorization: Bearer ab_… und lassen Sie sich bei Bedarf einen neuen ausstellen.",
                    en="The access key is missing, misspelt or revoked. Send it in the header Authorization: "
                    "Bearer ab_… and have a new one issued where necessary.",
                ),
            ),
        ),
        ApiCode.WRONG_KIND_OF_KEY: Explanation(
            Text(de="Falsche Art von Zugangsschlüssel", en="Wrong kind of access key"),
            (
                Text(
                    de="Sendungen und ihr Status gehören zum Schlüssel eines Portals, Quittungen und Abholung zum "
                    "Schlüssel eines Fachverfahrens. Verwenden Sie den anderen Schlüssel.",
                    en="Submissions and their status belong to the key of a portal, receipts and pickup to the "
                    "key of a specialist system. Use the other key.",
                ),
            ),
        ),
        ApiCode.NOT_FOUND: Explanation(
            Text(de="Nicht gefunden", en="Not found"),
            (
                Text(
                    de="Unter dieser Adresse gibt es nichts, das dieser Schlüssel sehen darf. Prüfen Sie Pfad und "
                    "Kennung; Nachrichten sieht nur das Portal, das sie gesendet hat.",
                    en="There is nothing at this address that this key may see. Check the path and the id; only "
                    "the portal that sent a message sees it.",
                ),
            ),
        ),
        ApiCode.SCHEMA_NOT_FOUND: Explanation(
            Text(de="Nachrichtenart unbekannt", en="Kind of message unknown"),
            (
                Text(
                    de="Diese Nachrichtenart gibt es hier nicht. Es gibt: {known}. Alle stehen unter /v1/schemas.",
                    en="There is no such kind of message here. There are: {known}. All are listed at /v1/schemas.",
                ),
                Text(
                    de="Diese Nachrichtenart gibt es hier nicht. Alle stehen unter /v1/schemas.",
                    en="There is no such kind of message here. All are listed at /v1/schemas.",
                ),
            ),
        ),
        ApiCode.METHOD_NOT_ALLOWED: Explanation(
            Text(de="Methode nicht erlaubt", en="Method not allowed"),
            (
                Text(
                    de="Diese Adresse nimmt die verwendete HTTP-Methode nicht an. Der Header Allow nennt die "
                    "erlaubten.",
                    en="This address does not take the HTTP method used. The header Allow lists those allowed.",
                ),
            ),
        ),
        ApiCode.REQUEST_TIMEOUT: Explanation(
            Text(de="Zeit überschritten", en="Request timed out"),
            (
                Text(
                    de="Der Inhalt kam zu langsam oder nicht vollständig an; es wurde nichts angenommen. Senden "
                    "Sie die Nachricht unverändert noch einmal.",
                    en="The content arrived too slowly or not completely; nothing was accepted. Send the message "
                    "once more without a change.",
                ),
            ),
        ),
        ApiCode.TOO_MANY_REPLIES: Explanation(
            Text(de="Zu viele Antworten", en="Too many replies"),
            (
                Text(
                    de="Zu einer Zustellung werden höchstens 50 Dokumente mit zusammen 200 MB aufbewahrt. Diese Quittung "
                    "wurde nicht vermerkt. Senden Sie sie ohne Dokumente, oder klären Sie mit der Betriebsstelle, warum es so "
                    "viele sind.",
                    en="At most 50 documents of together 200 MB are kept for a delivery. This receipt was not recorded. "
                    "Send it without documents, or clarify with the operations staff why there are so many.",
                ),
            ),
        ),
        ApiCode.CONTRADICTION: Explanation(
            Text(de="Widerspruch zum bisherigen Stand", en="Contradiction to the present state"),
            (
                Text(
                    de="Für diese Zustellung ist bereits etwas anderes festgehalten (Zustand {state}). Klären "
                    "Sie mit der Betriebsstelle, was gilt.",
                    en="Something else has already been recorded for this delivery (state {state}). Clarify with "
                    "the operations staff what holds.",
                ),
                Text(
                    de="Für diese Zustellung ist bereits etwas anderes festgehalten. Klären Sie mit der "
                    "Betriebsstelle, was gilt.",
                    en="Something else has already been recorded for this delivery. Clarify with the operations "
                    "staff what holds.",
                ),
            ),
        ),
        ApiCode.UNSUPPORTED_MEDIA_TYPE: Explanation(
            Text(de="Inhaltstyp nicht unterstützt", en="Media type not supported"),
            (
                Text(
                    de="Erwartet wird Content-Type {expected}, mit charset=utf-8 oder ohne charset.",
                    en="Expected is Content-Type {expected}, with charset=utf-8 or without a charset.",
                ),
                Text(
                    de="Der Content-Type passt nicht zu dieser Adresse; siehe /openapi.json.",
                    en="The Content-Type does not fit this address; see /openapi.json.",
                ),
            ),
        ),
        ApiCode.CONTENT_ENCODING_NOT_SUPPORTED: Explanation(
            Text(de="Komprimierter Inhalt nicht unterstützt", en="Compressed content not supported"),
            (
                Text(
                    de="Der Inhalt wird nur unkomprimiert angenommen. Senden Sie ihn ohne Content-Encoding.",
                    en="Content is taken uncompressed only. Send it without Content-Encoding.",
                ),
            ),
        ),
        ApiCode.TOO_MANY_REQUESTS: Explanation(
            Text(de="Zu viele Anfragen", en="Too many requests"),
            (
                Text(
                    de="Dieser Zugangsschlüssel sendet mehr, als ihm zusteht; es wurde nichts angenommen. "
                    "Warten Sie so viele Sekunden, wie Retry-After nennt, und senden Sie dann unverändert neu.",
                    en="This access key sends more than its share; nothing was accepted. Wait for as many "
                    "seconds as Retry-After says, then send again without a change.",
                ),
            ),
        ),
        ApiCode.INTERNAL_ERROR: Explanation(
            Text(de="Interner Fehler", en="Internal error"),
            (
                Text(
                    de="Das Gateway hat einen Fehler gemacht. Ob die Sendung angenommen wurde, ist offen: Senden "
                    "Sie sie unverändert noch einmal, sie wird nicht doppelt angenommen. Bleibt es dabei, nennen "
                    "Sie der Betriebsstelle die Nummer unter instance.",
                    en="The gateway has made a mistake. Whether the submission was accepted is open: send it "
                    "once more without a change, it is not accepted twice. If it stays so, tell the operations "
                    "staff the number under instance.",
                ),
            ),
        ),
        ApiCode.OVERLOADED: Explanation(
            Text(de="Überlastet", en="Overloaded"),
            (
                Text(
                    de="Zurzeit sind zu viele Sendungen gleichzeitig in Arbeit; es wurde nichts angenommen. "
                    "Senden Sie nach Ablauf von Retry-After unverändert neu.",
                    en="Too many submissions are in progress at the moment; nothing was accepted. Send again "
                    "without a change when Retry-After has passed.",
                ),
            ),
        ),
        ApiCode.UNAVAILABLE: Explanation(
            Text(de="Vorübergehend nicht verfügbar", en="Temporarily not available"),
            (
                Text(
                    de="Ein benötigter Dienst antwortet gerade nicht; es wurde nichts angenommen. Senden Sie "
                    "nach Ablauf von Retry-After unverändert neu.",
                    en="A service that is needed does not answer at the moment; nothing was accepted. Send again "
                    "without a change when Retry-After has passed.",
                ),
            ),
        ),
        ApiCode.STORE_UNAVAILABLE: Explanation(
            Text(de="Speicher nicht verfügbar", en="Store not available"),
            (
                Text(
                    de="Der Speicher kann gerade nichts dauerhaft sichern; eine Annahme wurde nicht bestätigt. "
                    "Senden Sie nach Ablauf von Retry-After unverändert neu; doppelt angenommen wird nichts.",
                    en="The store can't keep anything durably at the moment; no acceptance was confirmed. Send "
                    "again without a change when Retry-After has passed; nothing is accepted twice.",
                ),
            ),
        ),
        ApiCode.BROKER_UNAVAILABLE: Explanation(
            Text(de="Nachrichtenvermittlung nicht verfügbar", en="Message broker not available"),
            (
                Text(
                    de="Die interne Vermittlung antwortet gerade nicht. Versuchen Sie es nach Ablauf von "
                    "Retry-After noch einmal.",
                    en="The internal broker does not answer at the moment. Try again when Retry-After has "
                    "passed.",
                ),
            ),
        ),
    }
)


def explanation(code: ProblemCode) -> Explanation:
    """Title and details of any problem, the refusals included."""
    return REFUSALS[code] if isinstance(code, RefusalCode) else PROBLEMS[code]
