"""Texts of the refusals: what is wrong with a submission and what to do, readable without a phone call."""

from collections.abc import Mapping
from types import MappingProxyType

from gateway.core.refusal import Refusal, RefusalCode
from gateway.texts import Explanation, Language, Text

_C = RefusalCode

REFUSALS: Mapping[RefusalCode, Explanation] = MappingProxyType(
    {
        _C.NOT_WELL_FORMED: Explanation(
            Text(de="Kein wohlgeformtes XML", en="Not well-formed XML"),
            (
                Text(
                    de="Der gesendete Inhalt ist leer ({size} Bytes). Senden Sie die Nachricht als Inhalt der Anfrage.",
                    en="The content is empty ({size} bytes). Send the message as the body of the request.",
                ),
                Text(
                    de="Der gesendete Inhalt beginnt nicht mit „<“: Er ist kein XML und sieht aus wie {likely}. "
                    "Senden Sie die Nachricht selbst, ohne Umschlag.",
                    en="The content does not begin with '<': it is no XML, and looks like {likely}. Send the "
                    "message itself, without an envelope.",
                ),
                Text(
                    de="In Zeile {line}, Spalte {column} endet ein anderes Element als das, das in Zeile {opened} "
                    "beginnt. Prüfen Sie, ob beide gleich geschrieben sind und jedes Element geschlossen ist.",
                    en="In line {line}, column {column} another element ends than the one that begins in line "
                    "{opened}. Check that both are spelt alike and that every element is closed.",
                ),
                Text(
                    de="Der gesendete Inhalt lässt sich ab Zeile {line}, Spalte {column} nicht als XML lesen. "
                    "Prüfen Sie, ob er vollständig übertragen wurde und jedes Element geschlossen ist.",
                    en="From line {line}, column {column} on the content can't be read as XML. Check that it "
                    "was transferred completely and that every element is closed.",
                ),
                Text(
                    de="Der gesendete Inhalt lässt sich nicht als XML lesen. Prüfen Sie, ob er vollständig "
                    "übertragen wurde und jedes Element geschlossen ist.",
                    en="The content can't be read as XML. Check that it was transferred completely and that "
                    "every element is closed.",
                ),
            ),
        ),
        _C.NOT_UTF8: Explanation(
            Text(de="Nicht in UTF-8 kodiert", en="Not encoded in UTF-8"),
            (
                Text(
                    de="XÖV-Nachrichten werden in UTF-8 übertragen. Speichern Sie die Nachricht in UTF-8 und "
                    'geben Sie in der XML-Deklaration encoding="UTF-8" an.',
                    en='XÖV messages travel in UTF-8. Save the message in UTF-8 and state encoding="UTF-8" '
                    "in the XML declaration.",
                ),
            ),
        ),
        _C.DOCTYPE_FORBIDDEN: Explanation(
            Text(de="DOCTYPE ist nicht erlaubt", en="DOCTYPE is not allowed"),
            (
                Text(
                    de="Aus Sicherheitsgründen wird keine Nachricht mit DOCTYPE angenommen. Entfernen Sie die "
                    "DOCTYPE-Zeile samt ihren Entitäten.",
                    en="For security reasons no message with a DOCTYPE is taken. Remove the DOCTYPE line and "
                    "its entities.",
                ),
            ),
        ),
        _C.TOO_DEEP: Explanation(
            Text(de="Zu tief verschachtelt", en="Nested too deeply"),
            (
                Text(
                    de="Die Elemente sind tiefer als {limit} Ebenen verschachtelt. Kein Standard verlangt das; "
                    "prüfen Sie, wie die Nachricht erzeugt wird.",
                    en="The elements are nested more than {limit} levels deep. No standard demands that; check "
                    "how the message is made.",
                ),
                Text(
                    de="Die Elemente sind tiefer verschachtelt, als das Gateway liest. Kein Standard verlangt "
                    "das; prüfen Sie, wie die Nachricht erzeugt wird.",
                    en="The elements are nested more deeply than the gateway reads. No standard demands that; "
                    "check how the message is made.",
                ),
            ),
        ),
        _C.TOO_LARGE: Explanation(
            Text(de="Zu groß", en="Too large"),
            (
                Text(
                    de="Die Sendung ist größer als {limit}. Verkleinern Sie die Anlagen oder teilen Sie sie auf "
                    "mehrere Nachrichten auf.",
                    en="The submission is larger than {limit}. Make the attachments smaller or spread them over "
                    "several messages.",
                ),
                Text(
                    de="Die Sendung ist größer als erlaubt. Verkleinern Sie die Anlagen oder teilen Sie sie auf "
                    "mehrere Nachrichten auf.",
                    en="The submission is larger than allowed. Make the attachments smaller or spread them over "
                    "several messages.",
                ),
            ),
        ),
        _C.UNKNOWN_KIND: Explanation(
            Text(de="Unbekannte Nachrichtenart", en="Unknown kind of message"),
            (
                Text(
                    de="Die Version {version} des Standards {standard} kennt diese Nachrichtenart nicht; es gibt sie in: "
                    "{elsewhere}. Erzeugen Sie die Nachricht in einer Version, die sie kennt.",
                    en="Version {version} of the standard {standard} has no such kind of message; there is one in: "
                    "{elsewhere}. Make the message in a version that has it.",
                ),
                Text(
                    de="Der Namensraum gehört zum Standard {standard}, das Wurzelelement ist dort aber keine "
                    "eingerichtete Nachrichtenart. Prüfen Sie das Wurzelelement; /v1/schemas nennt die "
                    "eingerichteten Nachrichtenarten.",
                    en="The namespace belongs to the standard {standard}, but the root element is no installed "
                    "kind of message there. Check the root element; /v1/schemas lists the installed kinds.",
                ),
                Text(
                    de="Für dieses Wurzelelement in diesem Namensraum ist kein Standard eingerichtet. Prüfen Sie "
                    "Namensraum und Wurzelelement; /v1/schemas nennt die eingerichteten Standards.",
                    en="No standard is installed for this root element in this namespace. Check the namespace "
                    "and the root element; /v1/schemas lists the installed standards.",
                ),
            ),
        ),
        _C.AMBIGUOUS_KIND: Explanation(
            Text(de="Nachrichtenart nicht eindeutig", en="Ambiguous kind of message"),
            (
                Text(
                    de="Mehrere eingerichtete Standards beanspruchen diese Nachricht. Das ist ein Fehler der "
                    "Einrichtung des Gateways, nicht der Nachricht: Bitte melden Sie ihn der Betriebsstelle.",
                    en="Several installed standards claim this message. That is a fault of the gateway's set-up, "
                    "not of the message: please report it to the operations staff.",
                ),
            ),
        ),
        _C.VERSION_NOT_SUPPORTED: Explanation(
            Text(de="Version wird nicht unterstützt", en="Version not supported"),
            (
                Text(
                    de="Die Version {version} des Standards {standard} galt bis {valid_until} und wird nicht mehr "
                    "angenommen. Erzeugen Sie die Nachricht in einer heute gültigen Version: {in_force}.",
                    en="Version {version} of the standard {standard} was valid until {valid_until} and is no longer "
                    "taken. Make the message in a version that is valid today: {in_force}.",
                ),
                Text(
                    de="Die Version {version} des Standards {standard} galt bis {valid_until} und wird nicht mehr "
                    "angenommen. In einer anderen Version gibt es diese Nachrichtenart heute nicht; fragen Sie die "
                    "Betriebsstelle.",
                    en="Version {version} of the standard {standard} was valid until {valid_until} and is no longer "
                    "taken. Today no other version has this kind of message; ask the operations staff.",
                ),
                Text(
                    de="Die Version {version} des Standards {standard} gilt erst ab {valid_from}, 0 Uhr (Berlin). "
                    "Erzeugen Sie die Nachricht bis dahin in einer heute gültigen Version: {in_force}.",
                    en="Version {version} of the standard {standard} is not yet valid: it is from {valid_from}, "
                    "0:00 (Berlin). Until then make the message in a version that is valid today: {in_force}.",
                ),
                Text(
                    de="Die Version {version} des Standards {standard} gilt erst ab {valid_from}, 0 Uhr (Berlin). "
                    "Senden Sie die Nachricht ab dann; vorher gibt es diese Nachrichtenart nicht.",
                    en="Version {version} of the standard {standard} is not yet valid: it is from {valid_from}, "
                    "0:00 (Berlin). Send the message from then on; before, there is no such kind of message.",
                ),
                Text(
                    de="Der Namensraum gehört zur Version {namespace_version} des Standards {standard}, das Attribut "
                    "version nennt eine andere. Bringen Sie beide in Übereinstimmung.",
                    en="The namespace belongs to version {namespace_version} of the standard {standard}, the "
                    "attribute version names another. Make the two agree.",
                ),
                Text(
                    de="Diese Version des Standards {standard} ist hier nicht eingerichtet. Eingerichtet sind: "
                    "{supported}. Die Version steht im Namensraum und im Attribut version; ob die Kommune sie annimmt, "
                    "sagt die Prüfung der berichtigten Nachricht.",
                    en="This version of the standard {standard} is not installed here. Installed are: "
                    "{supported}. The version stands in the namespace and in the attribute version; whether the "
                    "municipality takes it, the check of the corrected message tells.",
                ),
                Text(
                    de="Diese Version des Standards wird hier heute nicht angenommen. Erzeugen Sie die Nachricht in "
                    "einer heute gültigen Version.",
                    en="This version of the standard is not taken here today. Make the message in a version that "
                    "is valid today.",
                ),
            ),
        ),
        _C.VERSION_NOT_TAKEN: Explanation(
            Text(de="Version wird dort nicht angenommen", en="Version not taken there"),
            (
                Text(
                    de="Das Fachverfahren von {tenant} nimmt den Standard {standard} nicht in der Version {version} "
                    "an, sondern in: {taken}. Erzeugen Sie die Nachricht in einer davon.",
                    en="The specialist system of {tenant} does not take version {version} of the standard "
                    "{standard}, but: {taken}. Make the message in one of them.",
                ),
                Text(
                    de="Das Fachverfahren der Kommune nimmt diese Version des Standards nicht an. Fragen Sie die "
                    "Betriebsstelle, welche es annimmt.",
                    en="The municipality's specialist system does not take this version of the standard. Ask the "
                    "operations staff which one it takes.",
                ),
            ),
        ),
        _C.SCHEMA_INVALID: Explanation(
            Text(de="Entspricht nicht dem Schema", en="Does not conform to the schema"),
            (
                Text(
                    de="Die Nachricht verletzt das Schema ihres Standards an mehr als {shown} Stellen. Die "
                    "ersten {shown} sind aufgeführt, mit Pfad, Regel und dem, was dort erlaubt ist. Berichtigen Sie sie und "
                    "senden Sie neu; was dann noch fehlt, steht in der nächsten Antwort.",
                    en="The message breaks the schema of its standard at more than {shown} places. The "
                    "first {shown} are listed with their path, the rule and what is allowed there. Correct them and send "
                    "again; what is left then stands in the next answer.",
                ),
                Text(
                    de="Die Nachricht verletzt das Schema ihres Standards. Jede Fundstelle ist aufgeführt, mit "
                    "Pfad, Regel und dem, was dort erlaubt ist. Berichtigen Sie alle und senden Sie neu.",
                    en="The message breaks the schema of its standard. Each place is listed with its "
                    "path, the rule and what is allowed there. Correct all of them and send again.",
                ),
            ),
        ),
        _C.CODE_LIST_UNKNOWN: Explanation(
            Text(de="Unbekannte Codeliste oder Fassung", en="Unknown code list or version of one"),
            (
                Text(
                    de="Die Nachricht nennt in listURI oder listVersionID eine Codeliste oder eine Fassung, die "
                    "hier nicht eingerichtet ist. Jede Fundstelle ist mit den bekannten Fassungen aufgeführt. "
                    "Verwenden Sie eine davon.",
                    en="In listURI or listVersionID the message names a code list, or a version of one, that is "
                    "not installed here. Each place is listed with the versions that are known. Use "
                    "one of them.",
                ),
            ),
        ),
        _C.CODE_UNKNOWN: Explanation(
            Text(de="Unbekannter Code", en="Unknown code"),
            (
                Text(
                    de="Ein Code steht nicht in der Codeliste, die für ihn gilt. Jede Fundstelle ist mit "
                    "ihrer Codeliste aufgeführt. Verwenden Sie einen Code aus der Liste.",
                    en="A code is not in the code list that applies to it. Each place is listed with "
                    "its code list. Use a code of that list.",
                ),
            ),
        ),
        _C.RULE_BROKEN: Explanation(
            Text(de="Prüfregel verletzt", en="Rule broken"),
            (
                Text(
                    de="Die Nachricht verletzt eine Prüfregel, die über das Schema hinausgeht, etwa die Prüfziffer "
                    "einer Kennung. Jede Fundstelle ist mit Pfad und Regel aufgeführt. "
                    "Berichtigen Sie alle und senden Sie neu.",
                    en="The message breaks a rule beyond the schema, e.g. the check digits of an identifier. "
                    "Each place is listed with its path and the rule. Correct all "
                    "of them and send again.",
                ),
            ),
        ),
        _C.HEADER_INCOMPLETE: Explanation(
            Text(de="Nachrichtenkopf unvollständig", en="Message header incomplete"),
            (
                Text(
                    de="Im Nachrichtenkopf fehlen Angaben, ohne die die Nachricht nicht zugeordnet werden kann: "
                    "{missing}. Ergänzen Sie sie.",
                    en="The message header lacks facts without which the message can't be assigned: {missing}. "
                    "Add them.",
                ),
                Text(
                    de="Im Nachrichtenkopf fehlen Angaben, ohne die die Nachricht nicht zugeordnet werden kann "
                    "(nachrichtenUUID, leser, autor). Ergänzen Sie sie.",
                    en="The message header lacks facts without which the message can't be assigned "
                    "(nachrichtenUUID, leser, autor). Add them.",
                ),
            ),
        ),
        _C.UNKNOWN_RECIPIENT: Explanation(
            Text(de="Leser unbekannt", en="Unknown reader"),
            (
                Text(
                    de="Unter der Kennung des Lesers ist hier keine Kommune angeschlossen. Prüfen Sie im "
                    "Nachrichtenkopf leser/kennung; erwartet wird ags: und der achtstellige Gemeindeschlüssel, bei einer Rechnung "
                    "leitweg: und die Leitweg-ID.",
                    en="No municipality is connected here under the reader's Kennung. Check leser/kennung in "
                    "the header; expected is ags: followed by the municipality's key of eight digits, or for an invoice "
                    "leitweg: followed by the Leitweg-ID.",
                ),
            ),
        ),
        _C.SENDER_NOT_ENTITLED: Explanation(
            Text(de="Absender nicht berechtigt", en="Sender not entitled"),
            (
                Text(
                    de="Mit diesem Zugangsschlüssel dürfen Sie diese Nachricht nicht senden: Entweder nennt der "
                    "Nachrichtenkopf einen Autor, für den der Schlüssel nicht gilt, oder die Dienstleistung oder "
                    "Kommune ist für Sie nicht freigegeben. Die Betriebsstelle kann die Freigabe erweitern.",
                    en="This access key may not send this message: either the header names an author for whom "
                    "the key is not valid, or the service or the municipality is not released for you. The "
                    "operations staff can extend the release.",
                ),
            ),
        ),
        _C.NOT_BOOKED: Explanation(
            Text(de="Dienst ist nicht gebucht", en="Service is not booked"),
            (
                Text(
                    de="{tenant} hat den Dienst {service} nicht gebucht. Auch eine fehlerfreie Nachricht kann dort "
                    "nicht bearbeitet werden. Bieten Sie den Dienst für diese Kommune nicht an oder bitten "
                    "Sie sie, ihn zu buchen.",
                    en="{tenant} has not booked the service {service}. Even a faultless message can't be "
                    "processed there. Do not offer the service for this municipality, or ask it to "
                    "book the service.",
                ),
                Text(
                    de="Die Kommune hat diesen Dienst nicht gebucht. Bieten Sie ihn für diese Kommune nicht an "
                    "oder bitten Sie sie, ihn zu buchen.",
                    en="The municipality has not booked this service. Do not offer it for this municipality, or "
                    "ask it to book the service.",
                ),
            ),
        ),
        _C.TEST_NOT_POSSIBLE: Explanation(
            Text(de="Testnachricht nicht möglich", en="Test message not possible"),
            (
                Text(
                    de="Die Nachricht trägt das Attribut test. Für den Dienst {service} hat die Kommune kein "
                    "Testsystem eingerichtet, und eine Testnachricht geht nie an ein Echtsystem. Bitten Sie die "
                    "Betriebsstelle um ein Testziel.",
                    en="The message carries the attribute test. The municipality has no test system for the "
                    "service {service}, and a test message never goes to a productive one. Ask the operations "
                    "staff for a test destination.",
                ),
                Text(
                    de="Die Nachricht trägt das Attribut test, und für diesen Dienst gibt es kein Testsystem. "
                    "Bitten Sie die Betriebsstelle um ein Testziel.",
                    en="The message carries the attribute test, and there is no test system for this service. "
                    "Ask the operations staff for a test destination.",
                ),
            ),
        ),
        _C.ALREADY_USED: Explanation(
            Text(de="Bereits für anderen Inhalt verwendet", en="Already used for other content"),
            (
                Text(
                    de="Die nachrichtenUUID oder der Idempotency-Key wurde schon für einen anderen Inhalt "
                    "verwendet. Eine berichtigte Nachricht braucht eine neue nachrichtenUUID und einen neuen "
                    "Idempotency-Key; eine wiederholte muss Byte für Byte gleich sein.",
                    en="The nachrichtenUUID or the Idempotency-Key has already been used for other content. A "
                    "corrected message needs a new nachrichtenUUID and a new Idempotency-Key; a repeated one "
                    "must be the same byte for byte.",
                ),
            ),
        ),
    }
)
"""Title and details of each reason; the last detail of each needs no facts."""

_NOT_ENTITLED: Mapping[str, Text] = MappingProxyType(
    {
        "autor": Text(
            de="Der Nachrichtenkopf nennt unter autor/kennung einen Autor, für den dieser Zugangsschlüssel nicht "
            "gilt. Tragen Sie die Kennung Ihres Portals ein, oder lassen Sie den Schlüssel von der "
            "Betriebsstelle erweitern.",
            en="The header names an author under autor/kennung for whom this access key is not valid. Enter "
            "your portal's own Kennung, or have the operations staff extend the key.",
        ),
        "service": Text(
            de="Mit diesem Zugangsschlüssel dürfen Sie diesen Dienst nicht an diese Kommune senden. Die "
            "Betriebsstelle kann die Freigabe erweitern.",
            en="This access key may not send this service to this municipality. The operations staff can extend "
            "the release.",
        ),
    }
)


def explain(refusal: Refusal, language: Language) -> str:
    """What is wrong and what to do, as one text."""
    if refusal.code is RefusalCode.SENDER_NOT_ENTITLED:
        specific = _NOT_ENTITLED.get(refusal.facts.get("scope", ""))
        if specific is not None:
            return specific.speak(language)
    return REFUSALS[refusal.code].detail(language, refusal.facts)
