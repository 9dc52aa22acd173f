"""The language in which Skykeep answers: by argument, else by the environment, else English."""

from __future__ import annotations

import gettext
from collections.abc import Callable, Mapping
from importlib import resources

from skykeep.errors import Refused

ENGLISH = "en"
_ENVIRONMENT = ("LC_ALL", "LC_MESSAGES", "LANG")  # the first that is set decides, as POSIX has it


def languages() -> list[str]:
    """Return the languages there are, by their ISO 639 codes; English is the one of the sources."""
    folders = [one for one in resources.files("skykeep").joinpath("locale").iterdir() if one.is_dir()]
    found = [one.name for one in folders if one.joinpath("LC_MESSAGES", "skykeep.mo").is_file()]
    return sorted([ENGLISH, *found])


def translator(language: str | None, environment: Mapping[str, str]) -> Callable[[str], str]:
    """Return what turns an English sentence into the reader's language.

    A `language` such as "de" or "de_AT" that is not there is Refused; what the environment asks for is tried, and
    English where it is not there.
    """
    code = _code(language) if language is not None else _asked(environment)
    if code not in languages():
        if language is not None:
            raise Refused(f"there is no catalogue for language {language!r}; there are {', '.join(languages())}")
        code = ENGLISH
    if code == ENGLISH:
        return str
    path = resources.files("skykeep").joinpath("locale", code, "LC_MESSAGES", "skykeep.mo")
    with path.open("rb") as file:
        return gettext.GNUTranslations(file).gettext


def _asked(environment: Mapping[str, str]) -> str:
    """Return the language of the first of the variables that is set."""
    return _code(next((environment[name] for name in _ENVIRONMENT if environment.get(name)), ENGLISH))


def _code(name: str) -> str:
    """Return "de" of "de_AT.UTF-8@euro"; "C" and "POSIX" stand for English."""
    code = name.partition(".")[0].partition("@")[0].replace("-", "_").partition("_")[0].lower()
    return ENGLISH if code in {"c", "posix", ""} else code
