"""`company.toml`: who the company is, its tariff, its traffic slots, its speeds by road class and slot."""

import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any

from doorstep.adapters.company_files.checks import zone
from doorstep.adapters.company_files.columns import RATE_LIMIT
from doorstep.adapters.company_files.contract import RULE_SETS
from doorstep.adapters.company_files.troubles import Trouble
from doorstep.domain.tariff import Tariff

FILE = "company.toml"

_NO_DIGIT = ("BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "UYI", "VND", "VUV", "XAF",
             "XOF", "XPF")  # fmt: skip
_THREE_DIGITS = ("BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND")
EXPONENTS: Mapping[str, int] = dict.fromkeys(_NO_DIGIT, 0) | dict.fromkeys(_THREE_DIGITS, 3) | {"CLF": 4, "UYW": 4}
"""Minor units of currencies (ISO 4217) that do not have two digits."""

_ISO_4217 = """
    AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BOV BRL BSD BTN BWP BYN BZD CAD CDF
    CHE CHF CHW CLF CLP CNY COP COU CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GNF GTQ
    GYD HKD HNL HTG HUF IDR ILS INR IQD IRR ISK JMD JOD JPY KES KGS KHR KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL LYD
    MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MXV MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN PYG
    QAR RON RSD RUB RWF SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TND TOP TRY TTD TWD TZS
    UAH UGX USD USN UYI UYU UYW UZS VED VES VND VUV WST XAF XCD XCG XOF XPF YER ZAR ZMW ZWG
"""
CURRENCIES = frozenset(_ISO_4217.split())
"""Currencies in use by ISO 4217, funds included; a code that was mistyped would give every amount another meaning."""

TARIFF: Mapping[str, str] = {
    {"overtime_after": "overtime_after_s"}.get(field.name, field.name): field.name for field in fields(Tariff)
}
"""Names in the file -> names of the noun."""

_RATE_LIMIT = f"{RATE_LIMIT:,}".replace(",", " ")
_TOP = frozenset({"name", "currency", "timezone", "country", "tariff", "slots", "speeds", "duty"})

_DUTY: Mapping[str, str] = {"rules": "duty_rules", "exceptions": "duty_exceptions", "runs_every_day": "runs_every_day"}
"""Names in section [duty] -> names of the noun."""
_EDGE = re.compile(r"([01]\d|2[0-3]):([0-5]\d)", re.ASCII)


class _Toml:
    """A parsed file with the troubles found in it."""

    def __init__(self, content: Mapping[str, Any]) -> None:
        self.content = content
        self.troubles: list[Trouble] = []
        self.notes: list[str] = []

    def trouble(self, column: str, expected: str, found: object, todo: str) -> None:
        self.troubles.append(Trouble(FILE, 0, column, expected, repr(found)[:60], todo))

    def strangers(self, names: Iterable[str]) -> None:
        self.notes += [f"{FILE}: {name} is not of the contract and was passed over" for name in sorted(names)]

    def text(self, name: str, *, needed: bool) -> str:
        value = self.content.get(name, "")
        if not isinstance(value, str) or (needed and not value.strip()):
            self.trouble(name, "text in quotes", value, "fill it in")
            return ""
        return value.strip()

    def section(self, name: str) -> Mapping[str, Any]:
        value = self.content.get(name, {})
        if isinstance(value, Mapping):
            return value
        self.trouble(name, f"a section [{name}]", value, f"write [{name}] on a line of its own")
        return {}


def read_company(path: Path) -> tuple[dict[str, Any], list[Trouble], list[str]]:
    """Return the body of the company's fact, the troubles and the notes of a `company.toml`."""
    try:
        content = tomllib.loads(path.read_bytes().removeprefix(b"\xef\xbb\xbf").decode("utf-8"))
    except UnicodeDecodeError as error:
        found = f"byte 0x{error.object[error.start]:02X} at byte {error.start:,}"
        return {}, [Trouble(FILE, 0, "", "UTF-8", found, "save it as UTF-8")], []
    except tomllib.TOMLDecodeError as error:
        return {}, [Trouble(FILE, 0, "", "TOML", f"a mistake: {error}", "correct it")], []
    toml = _Toml(content)
    body = _identity(toml) | {"tariff": _tariff(toml)} | _slots_and_speeds(toml) | _duty(toml)
    toml.notes += [
        f"{FILE}: {name} is not of the contract and was passed over" for name in sorted(content.keys() - _TOP)
    ]
    return body, toml.troubles, toml.notes


def _identity(toml: _Toml) -> dict[str, Any]:
    name, currency = toml.text("name", needed=True), toml.text("currency", needed=True)
    timezone, country = toml.text("timezone", needed=True), toml.text("country", needed=False)
    if currency and currency not in CURRENCIES:
        toml.trouble("currency", "three capital letters of ISO 4217", currency, "write EUR, JPY, KWD ...")
    if timezone and not zone(timezone):
        toml.trouble("timezone", "a time zone of the IANA list", timezone, "write a name such as Europe/Lisbon")
    return {
        "name": name, "currency": currency, "exponent": EXPONENTS.get(currency, 2), "timezone": timezone,
        "country": country,
    }  # fmt: skip


def _tariff(toml: _Toml) -> dict[str, Any]:
    given = toml.section("tariff")
    toml.notes += [
        f"{FILE}: tariff.{n} is not of the contract and was passed over" for n in given.keys() - TARIFF.keys()
    ]
    tariff = Tariff()
    said: dict[str, Any] = {name: getattr(tariff, field) for name, field in TARIFF.items()}
    for name in given.keys() & TARIFF.keys():
        value, multiplier = given[name], name == "overtime_multiplier"
        right = isinstance(value, int | float if multiplier else int) and not isinstance(value, bool)
        if not right or not (1 <= value <= 10 if multiplier else 0 <= value <= RATE_LIMIT):
            what = (
                "a number from 1 to 10" if multiplier else f"a whole number from 0 to {RATE_LIMIT:,}".replace(",", " ")
            )
            toml.trouble(f"tariff.{name}", what, value, "write it in minor units or seconds, as its name says")
            continue
        said[name] = float(value) if multiplier else value
    return said


def _duty(toml: _Toml) -> dict[str, Any]:
    """Return what section [duty] says; nothing where there is none."""
    given, said = toml.section("duty"), {}
    toml.strangers(f"duty.{name}" for name in given.keys() - _DUTY.keys())
    for name in given.keys() & _DUTY.keys():
        value = given[name]
        if name == "rules" and value not in RULE_SETS:
            toml.trouble("duty.rules", f"one of {', '.join(RULE_SETS)}", value, "correct it, or leave it away")
        elif name != "rules" and not isinstance(value, bool):
            toml.trouble(f"duty.{name}", "true or false", value, "write it without quotes")
        else:
            said[_DUTY[name]] = value
    return said


def _slots_and_speeds(toml: _Toml) -> dict[str, Any]:
    edges = _edges(toml)
    speeds = toml.section("speeds")
    factors: dict[str, list[float]] = {}
    for road, values in speeds.items():
        if road == "source":
            continue
        right = isinstance(values, list) and len(values) == len(edges)
        if not right or not all(isinstance(v, int | float) and v is not True and 0.01 <= v <= 10 for v in values):
            what = f"{len(edges)} factors from 0.01 to 10, one per traffic slot"
            toml.trouble(f"speeds.{road}", what, values, "give one factor for each of slots.edges")
            continue
        factors[road] = [float(v) for v in values]
    source = speeds.get("source", "assumption")
    return {"slot_edges": edges, "speed_factors": factors, "speeds_source": str(source)}


def _edges(toml: _Toml) -> list[int]:
    given = toml.section("slots").get("edges", ["00:00"])
    found = [_EDGE.fullmatch(edge) for edge in given if isinstance(edge, str)] if isinstance(given, list) else []
    edges = [int(m[1]) * 3600 + int(m[2]) * 60 for m in found if m]
    if not isinstance(given, list) or len(edges) != len(given) or edges[:1] != [0] or edges != sorted(set(edges)):
        todo = 'write edges = ["00:00", "07:00", ...]'
        toml.trouble("slots.edges", "rising clock times HH:MM, the first 00:00", given, todo)
        return [0]
    return edges
