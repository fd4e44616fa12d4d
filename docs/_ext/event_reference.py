"""The reference of events and stages, written from the tables of the room `battery`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from markdown_table import table
from stage_drawing import drawing

from meguri.battery import EVENTS, FIELDS, LINKS, ROLES, RULES, STAGES, STEPS, Happening
from meguri.battery.access import READABLE
from meguri.report import battery_words

EN, JA = battery_words("en"), battery_words("ja")
COMMON = tuple(Happening.__struct_fields__)
CAPTION = (
    "A dot: the event may happen at this stage. The ring: the stage that follows. Events that change no stage are "
    "in the table below. · 点は出来事が起こりうる段階、丸は次の段階です。"
)
ANY_STAGE = "any · すべて"
ANYONE = "anyone · 誰でも"


def event_page() -> str:
    """Stages, events, what events name, fields and who may read them."""
    return "\n".join(
        (
            "## Stages · 段階",
            "",
            "```{raw} html",
            drawing(),
            "```",
            "",
            CAPTION,
            "",
            *stages(),
            "## Events · 出来事",
            "",
            *events(),
            "## What events do to the things they name · 出来事が名指すもの",
            "",
            *links(),
            "## Fields · 項目",
            "",
            *fields(),
            "## Roles · 役割",
            "",
            *table(
                ("role", "English", "日本語"),
                ((f"`{role}`", EN.roles[role], JA.roles[role]) for role in ROLES),
            ),
            "## Who may read · 閲覧区分",
            "",
            *readers(),
        )
    )


def stages() -> Iterator[str]:
    leaving = {
        stage: [event for (at, event), to in STEPS.items() if at == stage and to != stage]
        + [
            f"{link.event}: {link.field}"
            for link in LINKS
            if stage in link.at and link.to not in (None, stage)
        ]
        for stage in STAGES
    }
    return table(
        ("stage", "English", "日本語", "is left by · 次の段階へ"),
        ((f"`{stage}`", EN.stages[stage], JA.stages[stage], coded(leaving[stage])) for stage in STAGES),
    )


def events() -> Iterator[str]:
    return table(
        (
            "event",
            "may happen at → leads to · 段階",
            "recorded by · 記録者",
            "EPCIS 2.0",
            "own fields · 固有の項目",
        ),
        (
            (
                f"`{rule.event}`<br>{EN.events[rule.event]}<br>{JA.events[rule.event]}",
                (ANY_STAGE if len(rule.at) >= len(STAGES) - 1 else coded(rule.at))
                + (f"<br>→ `{rule.to}`" if rule.to else ""),
                ANYONE if len(rule.roles) == len(ROLES) - 1 else coded(rule.roles),
                "<br>".join(filter(None, (rule.epcis, rule.action, rule.step, rule.disposition))),
                coded(name for name in EVENTS[rule.event].__struct_fields__ if name not in COMMON),
            )
            for rule in RULES
        ),
    )


def links() -> Iterator[str]:
    return table(
        ("event: field", "日本語", "the thing may be at", "and becomes · 次の段階"),
        (
            (
                f"`{link.event}`: `{link.field}`",
                f"{JA.events[link.event]}：{JA.fields[link.field]}",
                coded(link.at),
                f"`{link.to}`" if link.to else "stays, and some of it is drawn · そのまま（一部を投入）",
            )
            for link in LINKS
        ),
    )


def fields() -> Iterator[str]:
    used = {
        name: [word for word, kind in EVENTS.items() if name in kind.__struct_fields__] for name in FIELDS
    }
    return table(
        ("field", "meaning · 意味", "unit", "read by · 閲覧できる人", "in events · 出来事"),
        (
            (
                f"`{name}`",
                f"{EN.fields[name]}<br>{JA.fields[name]}"
                + "".join(
                    f"<br>`{code}` {EN.values[name][code]} {JA.values[name][code]}"
                    for code in EN.values.get(name, ())
                ),
                field.unit,
                f"`{field.access}`",
                "all · すべて" if name in COMMON or name == "type" else coded(used[name]),
            )
            for name, field in FIELDS.items()
        ),
    )


def readers() -> Iterator[str]:
    return table(
        ("class", "English", "日本語", "sees the fields of"),
        (
            (f"`{name}`", EN.access[name], JA.access[name], coded(one for one in READABLE if one in seen))
            for name, seen in READABLE.items()
        ),
    )


def coded(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)
