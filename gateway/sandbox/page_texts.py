"""Texts of the sandbox's page, German first and English second."""

from collections.abc import Mapping

from gateway.sandbox.faults import Fault, When
from gateway.sandbox.systems import System, Way

Pair = tuple[str, str]

SYSTEMS: Mapping[System, Pair] = {
    System.REGISTRATION: ("Meldewesen", "Registration"),
    System.CIVIL_STATUS: ("Standesamt", "Civil status"),
    System.TRADE: ("Gewerbe", "Trade"),
    System.FINANCE: ("Finanzen", "Finance"),
    System.REAL_ESTATE: ("Liegenschaften", "Real estate"),
}

WAYS: Mapping[Way, Pair] = {
    Way.SOAP: ("SOAP", "SOAP"),
    Way.REST: ("REST", "REST"),
    Way.FILES: ("Ordner", "folder"),
    Way.SFTP: ("SFTP", "SFTP"),
    Way.BATCH: ("Sammeldatei", "batch file"),
    Way.PICKUP: ("Abholung", "pickup"),
    Way.XTA: ("XTA", "XTA"),
}

FAULTS: Mapping[Fault, Pair] = {
    Fault.DELAY: ("langsam", "slow"),
    Fault.ERROR_500: ("interner Fehler (500)", "internal error (500)"),
    Fault.UNAVAILABLE_503: ("nicht bereit (503)", "not ready (503)"),
    Fault.STATUS: ("anderer HTTP-Status", "another HTTP status"),
    Fault.REFUSE: ("lehnt fachlich ab", "refuses for good"),
    Fault.CUT: ("Verbindung bricht ab", "connection is cut"),
    Fault.STALL: ("bleibt stehen", "stalls"),
    Fault.ERROR_IN_200: ("Fehler unter 200", "error under 200"),
    Fault.NO_RECEIPT: ("Erfolg ohne Quittung", "success without a receipt"),
    Fault.HTML: ("HTML-Seite eines Proxys", "HTML page of a proxy"),
    Fault.WRONG_TYPE: ("falscher Inhaltstyp", "wrong content type"),
    Fault.REDIRECT: ("Umleitung", "redirect"),
    Fault.TOO_LARGE: ("zu große Antwort", "answer too large"),
    Fault.FORGET: ("erkennt Wiederholung nicht", "does not recognise a repetition"),
    Fault.RECEIPT_TWICE: ("Quittung doppelt", "receipt twice"),
    Fault.RECEIPT_NEVER: ("Quittung nie", "receipt never"),
    Fault.RECEIPT_LATE: ("Quittung spät", "receipt late"),
    Fault.FOLDER_FULL: ("Ordner voll", "folder full"),
    Fault.FOLDER_NOT_WRITABLE: ("Ordner nicht beschreibbar", "folder not writable"),
}

MOMENTS: Mapping[When, Pair] = {
    When.BEFORE: ("vor der Bearbeitung", "before the work"),
    When.DURING: ("mitten in der Antwort", "in the middle of the answer"),
    When.AFTER: ("nach der Bearbeitung, vor der Antwort", "after the work, before the answer"),
}

TEXTS: Mapping[str, Pair] = {
    "title": ("Sandbox der Fachverfahren", "Sandbox of specialist systems"),
    "lead": (
        "Stellvertreter von fünf Fachverfahren. Was sie erhalten haben, ob etwas doppelt kam, und was gerade gestört ist.",
        "Stand-ins of five specialist systems: what they received, whether anything came twice, and what is disturbed now.",
    ),
    "warning": (
        "Nur zum Testen: Die Kennwörter sind bekannt. Inhalte von Nachrichten werden nicht aufgehoben und nicht gezeigt.",
        "For tests only: the passwords are known. No content of a message is kept or shown.",
    ),
    "language": ("English", "Deutsch"),
    "systems": ("Fachverfahren", "Systems"),
    "deliveries": ("Zustellungen", "deliveries"),
    "taken": ("Vorgänge", "cases"),
    "doubled": ("doppelt", "doubled"),
    "repeated": ("Wiederholung erkannt", "repetition recognised"),
    "refused": ("abgelehnt", "refused"),
    "owed": ("Quittungen unterwegs", "receipts on their way"),
    "faults": ("Störungen in Kraft", "Faults at work"),
    "no_faults": ("Keine: Alle Verfahren verhalten sich ordentlich.", "None: all systems behave."),
    "end_all": ("Alle beenden", "End all"),
    "end": ("Beenden", "End"),
    "rule": ("Regel", "rule"),
    "hits": ("getroffen", "struck"),
    "set": ("Störung einrichten", "Set a fault"),
    "set_button": ("Einrichten", "Set"),
    "system": ("Verfahren", "System"),
    "fault": ("Störung", "Fault"),
    "when": ("Zeitpunkt", "Moment"),
    "way": ("Weg", "Way"),
    "all_ways": ("alle Wege", "all ways"),
    "times": ("Wie oft", "How often"),
    "times_hint": ("0: ohne Ende", "0: without end"),
    "after": ("Zuerst verschonen", "Spare first"),
    "every": ("Jede wievielte", "Every nth"),
    "share": ("Anteil (0 bis 1)", "Share (0 to 1)"),
    "match": ("Teil von Zustellung oder Art", "Part of delivery or kind"),
    "seconds": ("Sekunden", "Seconds"),
    "status": ("HTTP-Status", "HTTP status"),
    "per": ("Gezählt wird", "Counted"),
    "per_rule": ("über alle Zustellungen", "over all deliveries"),
    "per_delivery": ("je Zustellung", "for each delivery"),
    "seed": ("Auslosung", "Seed"),
    "retry_after": ("Wiederkommen als", "Retry-After as"),
    "size": ("Bytes", "Bytes"),
    "more": ("Genauer festlegen", "More detail"),
    "received": ("Eingänge", "Received"),
    "none_received": ("Noch nichts.", "Nothing yet."),
    "all": ("Alle", "All"),
    "first": ("zuerst", "first"),
    "last": ("zuletzt", "last"),
    "kind": ("Art", "kind"),
    "delivery": ("Zustellung", "delivery"),
    "arrivals": ("wie oft", "how often"),
    "reference": ("Aktenzeichen", "reference"),
    "receipts": ("Quittungen", "receipts"),
    "result": ("Ergebnis", "result"),
    "ok": ("angenommen", "taken"),
    "changed": ("anderer Inhalt bei Wiederholung", "another content when repeated"),
    "shown": (
        "Gezeigt werden die letzten {number} von {total}.",
        "Shown are the latest {number} of {total}.",
    ),
    "live": ("Alle 5 Sekunden neu laden", "Reload every 5 seconds"),
    "still": ("Nicht mehr neu laden", "Stop reloading"),
    "not_set": ("Nicht eingerichtet", "Not set"),
    "endless": ("ohne Ende", "without end"),
    "utc": ("Zeiten in UTC", "Times in UTC"),
}
