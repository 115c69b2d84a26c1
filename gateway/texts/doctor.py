"""Texts of the doctor: what each symptom is, where it comes from, what to do, and whether replaying is safe."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from gateway.texts import Text

SAFE = Text(
    "Ja: die Nachricht ist sicher nicht angekommen.",
    "Yes: the message has certainly not arrived.",
)
UNSAFE = Text(
    "Nein: sie kann angekommen sein. Zuerst im Fachverfahren nachsehen, dann --accept-doubling.",
    "No: it may have arrived. Look in the system first, then --accept-doubling.",
)
NOT_NEEDED = Text(
    "Nicht nötig: sie gehen von selbst hinaus.",
    "Not needed: they go out by themselves.",
)


@dataclass(frozen=True, slots=True)
class Advice:
    """What a person is told about a symptom. What is well has nothing to be done about."""

    what: Text
    why: Text | None = None
    do: Text | None = None
    replay: Text | None = None


ADVICE: Mapping[str, Advice] = MappingProxyType(
    {
        "configuration-fine": Advice(
            Text(
                "{tenants} Mandanten, {destinations} Ziele", "{tenants} tenants, {destinations} destinations"
            )
        ),
        "configuration-broken": Advice(
            Text("{place}: {de}", "{place}: {en}"),
            Text("Ein Prozess, der jetzt startet, endet damit.", "A process that starts now ends with it."),
            Text(
                "Die Datei berichtigen, dann `amtsbote config check`.",
                "Mend the file, then `amtsbote config check`.",
            ),
        ),
        "disk-fine": Advice(Text("{free} MB frei in {folder}", "{free} MB free in {folder}")),
        "disk-low": Advice(
            Text("nur {free} MB frei in {folder}", "only {free} MB free in {folder}"),
            Text("Unter {floor} MB wird nichts mehr angenommen.", "Below {floor} MB nothing is accepted."),
            Text("Platz schaffen.", "Make room."),
        ),
        "disk-floor": Advice(
            Text(
                "{free} MB frei in {folder}, die Grenze ist {floor} MB",
                "{free} MB free in {folder}, the floor is {floor} MB",
            ),
            Text("Portale erhalten 503; zugestellt wird weiter.", "Portals get 503; deliveries go on."),
            Text("Sofort Platz schaffen.", "Make room now."),
            NOT_NEEDED,
        ),
        "no-data-folder": Advice(
            Text("den Ordner {folder} gibt es nicht", "there is no folder {folder}"),
            Text("Er entsteht beim ersten Start.", "It is made by the first start."),
            Text(
                "`data_folder` prüfen, wenn das Gateway schon lief.",
                "Check `data_folder` if the gateway has run before.",
            ),
        ),
        "data-folder-shut": Advice(
            Text("in {folder} darf nicht geschrieben werden", "{folder} can't be written"),
            Text(
                "Rechte oder ein nur lesbar eingehängtes Dateisystem.",
                "Rights, or a file system mounted read-only.",
            ),
            Text("Als Benutzer des Gateways prüfen.", "Check as the gateway's user."),
        ),
        "clock-change": Advice(
            Text("bis zum {at} wird die Uhr umgestellt", "clocks are changed by {at}"),
        ),
        "store-fine": Advice(
            Text("antwortet; {number} Zustellungen sind offen", "answers; {number} deliveries are open")
        ),
        "store-away": Advice(
            Text("antwortet nicht: {reason}", "does not answer: {reason}"),
            Text(
                "Portale erhalten 503, zugestellt wird nichts; Angenommenes ist sicher.",
                "Portals get 503, nothing is delivered; what was accepted is safe.",
            ),
            Text("Datenbank, Platte und Netz prüfen.", "Check database, disk and network."),
            NOT_NEEDED,
        ),
        "store-old": Advice(
            Text("{reason}", "{reason}"),
            Text("Ein Prozess dieser Version startet nicht.", "A process of this version does not start."),
            Text(
                "Alle Prozesse anhalten, sichern, `amtsbote db upgrade`.",
                "Stop every process, back up, `amtsbote db upgrade`.",
            ),
        ),
        "clock-off": Advice(
            Text(
                "die Uhr der Datenbank geht {seconds} s anders als unsere",
                "the database's clock differs from ours by {seconds} s",
            ),
            Text("Fristen und Wiederholungen gehen nach der Uhr.", "Leases and retries go by the clock."),
            Text(
                "Zeitabgleich (NTP) auf beiden Maschinen prüfen.",
                "Check time synchronisation (NTP) on both machines.",
            ),
        ),
        "journal-large": Advice(
            Text("das Journal ist {megabytes} MB groß", "the journal has {megabytes} MB"),
            Text(
                "Jemand liest sehr lange, oder der Prozess wurde hart beendet.",
                "Somebody reads for very long, or the process was killed.",
            ),
            Text(
                "Lange Abfragen und Sicherungen beenden; es schrumpft mit dem nächsten Neustart.",
                "End long queries and backups; it shrinks with the next restart.",
            ),
        ),
        "broker-embedded": Advice(Text("läuft im Prozess des Gateways", "runs inside the gateway's process")),
        "broker-seen": Advice(
            Text(
                "{queues} Warteschlangen, {number} Zustellungen darin",
                "{queues} queues, {number} deliveries in them",
            )
        ),
        "broker-away": Advice(
            Text("antwortet nicht: {reason}", "does not answer: {reason}"),
            Text(
                "Angenommen wird weiter, zugestellt wird nichts.", "Messages are accepted, none is delivered."
            ),
            Text(
                "RabbitMQ starten; alles Weitere geht von selbst.",
                "Start RabbitMQ; everything else happens by itself.",
            ),
            NOT_NEEDED,
        ),
        "broker-alarm": Advice(
            Text("nimmt keine Nachrichten an", "takes no messages"),
            Text("Ein Alarm: Speicher oder Platte des Brokers.", "An alarm: memory or disk of the broker."),
            Text(
                "`rabbitmqctl list_alarms`, dann Platz schaffen.",
                "`rabbitmqctl list_alarms`, then make room.",
            ),
            NOT_NEEDED,
        ),
        "queue-missing": Advice(
            Text("die Warteschlange {queue} gibt es nicht", "there is no queue {queue}"),
            Text(
                "Noch kein Relay oder Worker lief, oder jemand hat sie gelöscht.",
                "No relay or worker has run yet, or somebody deleted it.",
            ),
            Text("Relay und Worker starten: sie legen sie an.", "Start relay and workers: they make it."),
            NOT_NEEDED,
        ),
        "queue-unconsumed": Advice(
            Text("niemand holt aus {queue} ab ({number} darin)", "nobody consumes {queue} ({number} in it)"),
            Text(
                "Kein Worker läuft, oder keiner kennt das Ziel.",
                "No worker is running, or none knows the destination.",
            ),
            Text(
                "Worker starten; läuft einer, steht `consumer_waits` in seinem Log.",
                "Start workers; if one is running, its log has `consumer_waits`.",
            ),
            NOT_NEEDED,
        ),
        "tickets-dead": Advice(
            Text("{number} in amtsbote.dead", "{number} in amtsbote.dead"),
            Text(
                "Sie kamen zu oft zurück oder waren nicht von uns; die Zustellungen stehen in der Datenbank.",
                "They came back too often or were not ours; the deliveries are in the store.",
            ),
            Text("Hineinsehen, wer sie schickt, dann leeren.", "See who sends them, then purge."),
            NOT_NEEDED,
        ),
        "relay-silent": Advice(
            Text(
                "{destination}: {number} sind fällig, und niemand stellt sie bereit",
                "{destination}: {number} are due, and nobody publishes them",
            ),
            Text(
                "Kein Relay läuft, der Broker nimmt nichts, oder 500 liegen schon in der Warteschlange.",
                "No relay is running, the broker takes nothing, or 500 lie in the queue already.",
            ),
            Text(
                "Ein Relay starten; `relay_waits` in seinem Log nennt den Grund.",
                "Start a relay; `relay_waits` in its log names the reason.",
            ),
            NOT_NEEDED,
        ),
        "leases-expired": Advice(
            Text(
                "{number} Zustellungen hält ein Worker, der verschwunden ist",
                "{number} deliveries are held by a worker that is gone",
            ),
            Text("Kein Worker lebt, der sie zurückholt.", "No worker is alive to take them back."),
            Text("Worker starten.", "Start workers."),
            NOT_NEEDED,
        ),
        "worker-seen": Advice(
            Text("Worker {worker} nahm zuletzt etwas", "worker {worker} last took something")
        ),
        "schemas-fine": Advice(Text("{number} Fassungen sind in Kraft", "{number} versions are in force")),
        "version-begins": Advice(
            Text("{standard} {version} gilt ab {at}", "{standard} {version} is valid from {at}")
        ),
        "version-ends": Advice(
            Text("{standard} {version} gilt nur bis {at}", "{standard} {version} is valid until {at} only"),
            Text("Danach wird sie abgelehnt (V000).", "Afterwards it is refused (V000)."),
            Text(
                "Die nächste einrichten und Portale wie Fachverfahren fragen, ob sie sie sprechen.",
                "Install the next one, and ask portals and systems whether they speak it.",
            ),
        ),
        "destination-fine": Advice(
            Text(
                "{destination}: {number} warten, zuletzt gelungen",
                "{destination}: {number} wait, last success",
            )
        ),
        "destination-away": Advice(
            Text(
                "{destination} ist gestört ({code}), {number} warten",
                "{destination} is away ({code}), {number} wait",
            ),
            Text(
                "Mehrere Versuche hintereinander scheiterten; es wird hin und wieder geprüft.",
                "Several attempts in a row failed; it is probed now and then.",
            ),
            Text(
                "Den Betreiber fragen; `amtsbote destinations check {destination}`.",
                "Ask its operator; `amtsbote destinations check {destination}`.",
            ),
            NOT_NEEDED,
        ),
        "destination-paused": Advice(
            Text(
                "{destination} ist bis {until} angehalten (durch {by}), {number} warten",
                "{destination} is paused until {until} (by {by}), {number} wait",
            ),
            Text("Ein Mensch hat es angehalten.", "A person has paused it."),
            Text(
                "Nichts, oder `amtsbote destinations resume {destination}`.",
                "Nothing, or `amtsbote destinations resume {destination}`.",
            ),
            NOT_NEEDED,
        ),
        "oldest-waits": Advice(
            Text(
                "{destination}: {number} warten, die älteste schon lange",
                "{destination}: {number} wait, the oldest for long",
            ),
            Text(
                "Das Ziel ist langsam, oder einzelne Nachrichten scheitern immer wieder.",
                "The destination is slow, or single messages fail again and again.",
            ),
            Text(
                "`amtsbote destinations list`, dann `history` einer Nachricht.",
                "`amtsbote destinations list`, then `history` of a message.",
            ),
            NOT_NEEDED,
        ),
        "waits-parked": Advice(
            Text(
                "{destination}: {number} sind aufgegeben ({codes})",
                "{destination}: {number} are given up ({codes})",
            ),
            Text("Sie gelangen bis zum Ende der Frist nicht.", "They did not succeed within their time."),
            Text("Die Ursache beheben, dann `amtsbote replay`.", "Mend the cause, then `amtsbote replay`."),
            SAFE,
        ),
        "waits-unclear": Advice(
            Text(
                "{destination}: bei {number} ist unklar, ob sie ankamen ({codes})",
                "{destination}: of {number} it is unclear whether they arrived ({codes})",
            ),
            Text(
                "Die Verbindung brach ab, nachdem gesendet wurde, oder eine Quittung blieb aus.",
                "The connection broke after sending, or a receipt did not come.",
            ),
            Text(
                "Im Fachverfahren nachsehen: `amtsbote failed --destination {destination}`.",
                "Look in the system: `amtsbote failed --destination {destination}`.",
            ),
            UNSAFE,
        ),
        "waits-rejected": Advice(
            Text(
                "{destination}: {number} wurden abgelehnt ({codes})",
                "{destination}: {number} were refused ({codes})",
            ),
            Text("Das Fachverfahren will sie nicht.", "The system does not want them."),
            Text(
                "Klären, bei wem der Fehler liegt; `replay` oder `dismiss`.",
                "Find out whose mistake it is; `replay` or `dismiss`.",
            ),
            SAFE,
        ),
        "answers-left": Advice(
            Text(
                "{destination}: {number} Antworten im Postfach passen zu keiner Zustellung ({code})",
                "{destination}: {number} answers in the mailbox fit no delivery ({code})",
            ),
            Text(
                "Sie nennen keine unserer Nachrichten, widersprechen, oder sind unlesbar. Kein Portal erhält sie.",
                "They name none of our messages, contradict, or can't be read. No portal gets them.",
            ),
            Text(
                "Im Postfach nachsehen, den Absender fragen, von Hand weitergeben und dort herausnehmen.",
                "Look into the mailbox, ask the sender, pass them on by hand and take them out there.",
            ),
            NOT_NEEDED,
        ),
        "check-failed": Advice(
            Text("{destination}, {step}: {de}", "{destination}, {step}: {en}"),
            Text(
                "So hat eben ein Blick auf das Ziel geendet; gesendet wurde nichts.",
                "So ended a look at the destination just now; nothing was sent.",
            ),
            Text(
                "`amtsbote destinations check {destination}` zeigt alle Schritte.",
                "`amtsbote destinations check {destination}` shows every step.",
            ),
            NOT_NEEDED,
        ),
        "certificate-ends": Advice(
            Text(
                "{destination}, {step}: das Zertifikat endet in {days} Tagen",
                "{destination}, {step}: the certificate ends in {days} days",
            ),
            Text("Danach kommt keine Verbindung mehr zustande.", "Afterwards there will be no connection."),
            Text(
                "Jetzt ein neues bestellen, oder den Betreiber erinnern.",
                "Order a new one now, or remind the operator.",
            ),
        ),
        "checks-slow": Advice(
            Text(
                "die Ziele antworteten nicht in 20 Sekunden",
                "the destinations did not answer within 20 seconds",
            ),
            Text("Mindestens eines hängt.", "At least one hangs."),
            Text(
                "`amtsbote destinations check NAME`, eines nach dem anderen.",
                "`amtsbote destinations check NAME`, one by one.",
            ),
        ),
    }
)
"""By the code of the symptom."""

AREAS: Mapping[str, Text] = MappingProxyType(
    {
        "configuration": Text("Konfiguration", "configuration"),
        "machine": Text("Maschine", "machine"),
        "store": Text("Datenbank", "store"),
        "broker": Text("Broker", "broker"),
        "work": Text("Arbeit", "work"),
        "schemas": Text("Schemata", "schemas"),
        "destinations": Text("Ziele", "destinations"),
    }
)
