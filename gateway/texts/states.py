"""Texts of the states of a message and of a delivery: what it means and whether somebody has to act."""

from collections.abc import Mapping
from types import MappingProxyType

from gateway.core.status import DeliveryState, MessageState
from gateway.core.word import SpecialistStatus
from gateway.texts import Text

DELIVERY_STATES: Mapping[DeliveryState, Text] = MappingProxyType(
    {
        DeliveryState.QUEUED: Text(
            de="Die Nachricht wartet auf die nächste Zustellung an dieses Fachverfahren. Es ist nichts zu tun.",
            en="The message waits for the next attempt to deliver it to this system. Nothing needs to be done.",
        ),
        DeliveryState.CLAIMED: Text(
            de="Die Nachricht wird gerade an dieses Fachverfahren übertragen.",
            en="The message is being transferred to this system right now.",
        ),
        DeliveryState.PENDING: Text(
            de="Die Nachricht ist übergeben. Das Fachverfahren hat sie noch nicht bestätigt.",
            en="The message has been handed over. The system has not confirmed it yet.",
        ),
        DeliveryState.DELIVERED: Text(
            de="Das Fachverfahren hat die Nachricht angenommen.",
            en="The system has accepted the message.",
        ),
        DeliveryState.REJECTED: Text(
            de="Das Fachverfahren hat die Nachricht abgelehnt. Die Betriebsstelle klärt, ob sie erneut "
            "zugestellt wird; eine berichtigte Nachricht braucht eine neue nachrichtenUUID.",
            en="The system has refused the message. The operations staff find out whether it is delivered "
            "again; a corrected message needs a new nachrichtenUUID.",
        ),
        DeliveryState.UNCLEAR: Text(
            de="Es ist nicht sicher, ob das Fachverfahren die Nachricht erhalten hat. Die Betriebsstelle prüft "
            "das, damit nichts doppelt ankommt. Bitte nicht erneut mit neuer nachrichtenUUID senden.",
            en="It is not certain whether the system received the message. The operations staff check this so "
            "that nothing arrives twice. Please do not send it again with a new nachrichtenUUID.",
        ),
        DeliveryState.PARKED: Text(
            de="Die Nachricht konnte nicht zugestellt werden und ist sicher aufbewahrt. Die Betriebsstelle "
            "stellt sie zu, sobald das Fachverfahren wieder erreichbar ist. Bitte nicht erneut senden.",
            en="The message could not be delivered and is kept safe. The operations staff deliver it as soon "
            "as the system can be reached again. Please do not send it again.",
        ),
        DeliveryState.EXPIRED: Text(
            de="Die Nachricht konnte innerhalb der vorgesehenen Frist nicht zugestellt werden; das Fachverfahren hat "
            "sie nicht. Es folgt kein weiterer Versuch. Bitte auf anderem Weg übermitteln oder, wenn sie noch "
            "gebraucht wird, mit neuer nachrichtenUUID senden.",
            en="The message could not be delivered within the time granted; the system does not have it. No "
            "further attempt follows. Please transmit it another way or, where it is still needed, send it with "
            "a new nachrichtenUUID.",
        ),
        DeliveryState.WITHDRAWN: Text(
            de="Die Nachricht wurde zurückgezogen, bevor das Fachverfahren sie hatte.",
            en="The message was withdrawn before the system had it.",
        ),
        DeliveryState.DISMISSED: Text(
            de="Die Betriebsstelle hat entschieden, dass die Nachricht nicht zugestellt wird.",
            en="The operations staff have decided that the message is not delivered.",
        ),
    }
)

MESSAGE_STATES: Mapping[MessageState, Text] = MappingProxyType(
    {
        MessageState.IN_DELIVERY: Text(
            de="Die Nachricht ist angenommen und unterwegs. Es ist nichts zu tun.",
            en="The message is accepted and on its way. Nothing needs to be done.",
        ),
        MessageState.DELIVERED: Text(
            de="Alle Fachverfahren haben die Nachricht angenommen.",
            en="Every system has accepted the message.",
        ),
        MessageState.NEEDS_ATTENTION: Text(
            de="Mindestens eine Zustellung ist stehen geblieben; die Betriebsstelle kümmert sich darum. "
            "Einzelheiten stehen bei der Zustellung.",
            en="At least one delivery has come to a halt; the operations staff take care of it. "
            "Details stand with the delivery.",
        ),
        MessageState.UNDELIVERED: Text(
            de="Nichts ist mehr unterwegs, und mindestens ein Fachverfahren erhält die Nachricht nicht. "
            "Einzelheiten stehen bei der Zustellung.",
            en="Nothing is under way any more, and at least one system does not get the message. "
            "Details stand with the delivery.",
        ),
    }
)

SYSTEM_STATUSES: Mapping[SpecialistStatus, Text] = MappingProxyType(
    {
        SpecialistStatus.RECEIVED: Text(
            de="Eingegangen: Das Fachverfahren hat die Nachricht.",
            en="Received: the system has the message.",
        ),
        SpecialistStatus.IN_PROGRESS: Text(
            de="In Bearbeitung.",
            en="In progress.",
        ),
        SpecialistStatus.WAITING: Text(
            de="Wartet: auf die antragstellende Person, eine andere Stelle oder eine Zahlung.",
            en="Waiting: for the applicant, another office or a payment.",
        ),
        SpecialistStatus.CLOSED: Text(
            de="Abgeschlossen. Wie entschieden wurde, sagt gegebenenfalls die Antwort.",
            en="Closed. What was decided stands in the reply, where there is one.",
        ),
        SpecialistStatus.REFUSED: Text(
            de="Abgelehnt: Das Fachverfahren verarbeitet die Nachricht nicht.",
            en="Refused: the system does not process the message.",
        ),
    }
)
