"""`doctor`: what is wrong, since when, why, what to do, and whether replaying is safe."""

import asyncio
from datetime import datetime
from typing import Annotated

import orjson
import typer

from gateway.cli.serving import DEFAULT_CONFIG, Config
from gateway.doctor.symptom import Gravity, Symptom
from gateway.texts import Language
from gateway.texts.doctor import ADVICE, AREAS
from gateway.texts.terminal import say

_SIGNS = {Gravity.WELL: "  ", Gravity.LOOK: "! ", Gravity.BROKEN: "!!"}
_LABELS = {
    "why": {Language.DE: "weil", Language.EN: "because"},
    "do": {Language.DE: "tun", Language.EN: "do"},
    "replay": {Language.DE: "erneut senden?", Language.EN: "replay?"},
}


def doctor(
    json: Annotated[bool, typer.Option("--json", help=say("Alles als JSON.", "Everything as JSON."))] = False,
    lang: Annotated[
        Language | None, typer.Option(help=say("Sprache der Texte.", "Language of the texts."))
    ] = None,
    call: Annotated[
        bool,
        typer.Option(
            "--call/--no-call",
            help=say(
                "Auch die Ziele ansehen, ohne etwas zu senden.",
                "Also look at destinations, and send nothing.",
            ),
        ),
    ] = True,
    config: Config = DEFAULT_CONFIG,
) -> None:
    """Look at configuration, machine, store, broker, workers, schemas and destinations. Changes nothing, works beside a
    running gateway and without one. Ends with 0 where all is well, 1 where somebody should look, 2 where messages are
    not accepted or not delivered.
    """
    from gateway.doctor.examination import examine  # noqa: PLC0415 - as above
    from gateway.telemetry import logs  # noqa: PLC0415 - other commands examine nothing

    language = lang or Language(say("de", "en"))
    with logs.silent():
        symptoms = asyncio.run(examine(config, call=call))
    worst = max(each.gravity for each in symptoms)
    if json:
        findings = [_fields(each, language) for each in symptoms]
        typer.echo(orjson.dumps({"status": int(worst), "findings": findings}, option=orjson.OPT_INDENT_2))
    else:
        for symptom in symptoms:
            _print(symptom, language)
        typer.echo(_SUMMARY[worst][language])
    raise typer.Exit(int(worst))


_SUMMARY = {
    Gravity.WELL: {Language.DE: "Alles in Ordnung.", Language.EN: "All is well."},
    Gravity.LOOK: {
        Language.DE: "Es läuft; jemand sollte nachsehen.",
        Language.EN: "It works; somebody should look.",
    },
    Gravity.BROKEN: {
        Language.DE: "Gestört: es wird nicht angenommen oder nicht zugestellt.",
        Language.EN: "Broken: messages are not accepted or not delivered.",
    },
}


def _fields(symptom: Symptom, language: Language) -> dict[str, object]:
    advice = ADVICE[symptom.code]
    texts = {"what": advice.what, "why": advice.why, "do": advice.do, "replay": advice.replay}
    return {
        "area": symptom.area.value,
        "code": symptom.code,
        "gravity": symptom.gravity.name.lower(),
        "since": symptom.since,
        "facts": {name: fact for name, fact in symptom.facts.items() if name not in {"de", "en"}},
        **{name: text and text.speak(language, symptom.facts) for name, text in texts.items()},
    }


def _print(symptom: Symptom, language: Language) -> None:
    told = _fields(symptom, language)
    since = f" ({_local(symptom.since)})" if symptom.since else ""
    area = AREAS[symptom.area].speak(language)
    typer.echo(f"{_SIGNS[symptom.gravity]} {area:<13} {told['what']}{since}")
    for name, label in _LABELS.items():
        if told[name] is not None:
            typer.echo(f"{'':17}{label[language]}: {told[name]}")


def _local(moment: datetime) -> str:
    return f"{moment.astimezone():%Y-%m-%d %H:%M}"
