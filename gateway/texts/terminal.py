"""Terminal: German or English, as the environment of the command line asks."""

import os


def say(de: str, en: str) -> str:
    """The text in the language of `AMTSBOTE_LANG`, else `LC_ALL`, `LC_MESSAGES`, `LANG`; German by default."""
    for variable in ("AMTSBOTE_LANG", "LC_ALL", "LC_MESSAGES", "LANG"):
        value = os.environ.get(variable, "").lower()
        if value.startswith("en"):
            return en
        if value.startswith("de"):
            return de
    return de
