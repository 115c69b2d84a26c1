"""Texts of the checks of destinations: the steps and how they went."""

from collections.abc import Mapping
from types import MappingProxyType

from gateway.core.check import StepName, StepResult
from gateway.texts import Text

STEP_NAMES: Mapping[StepName, Text] = MappingProxyType(
    {
        StepName.SETTINGS: Text(de="Einstellungen", en="settings"),
        StepName.SECRETS: Text(de="Geheimnisse", en="secrets"),
        StepName.FILES: Text(de="Dateien", en="files"),
        StepName.OWN_CERTIFICATE: Text(de="eigenes Zertifikat", en="own certificate"),
        StepName.NAME: Text(de="Namensauflösung", en="name resolution"),
        StepName.CONNECTION: Text(de="Verbindung", en="connection"),
        StepName.CERTIFICATE: Text(de="TLS und Zertifikat", en="TLS and certificate"),
        StepName.CREDENTIALS: Text(de="Anmeldung", en="login"),
        StepName.FOLDER: Text(de="Ordner", en="folder"),
        StepName.SPACE: Text(de="Platz", en="space"),
        StepName.CALL: Text(de="Aufruf", en="call"),
    }
)

STEP_RESULTS: Mapping[StepResult, Text] = MappingProxyType(
    {
        StepResult.OK: Text(de="in Ordnung", en="ok"),
        StepResult.WARNING: Text(de="Warnung", en="warning"),
        StepResult.FAILED: Text(de="misslungen", en="failed"),
        StepResult.SKIPPED: Text(de="ausgelassen", en="skipped"),
    }
)
