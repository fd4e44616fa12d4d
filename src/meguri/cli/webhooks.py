"""`meguri ledger webhooks`: other systems that are told of events."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from meguri.cli.language import language, translator
from meguri.cli.opened import Db, Keys, found
from meguri.cli.output import Columns, Json, Lang, console, grid, note, output, worded, write_document

if TYPE_CHECKING:
    from meguri.ledger.webhooks import Webhook

_ = translator(language())

app = typer.Typer(
    help=_("Tell other systems of events by HTTP, at least once each and in order."),
    no_args_is_help=True,
    rich_markup_mode=None,
)
Id = Annotated[str, typer.Argument(metavar="ID", help=_("The webhook's id, as in the list."))]


@app.command(
    help=_("Tell an address of events from now on, and print the secret that signs what it is told.")
)
def add(
    url: Annotated[str, typer.Argument(metavar="URL", help=_("Where to send events (https)."))],
    word: Annotated[
        list[str] | None,
        typer.Option("--word", metavar="WORD", help=_("Only what happened so. May be repeated.")),
    ] = None,
    battery: Annotated[
        list[str] | None,
        typer.Option("--battery", metavar="ID", help=_("Only of this battery. May be repeated.")),
    ] = None,
    access: Annotated[
        Literal["public", "interest", "authority"],
        typer.Option("--access", help=_("Which parts of events it is told.")),
    ] = "public",
    after: Annotated[
        int | None,
        typer.Option("--after", metavar="LINE", min=-1, help=_("Begin behind this line of the log.")),
    ] = None,
    allow_private: Annotated[
        bool, typer.Option("--allow-private", help=_("The address may be in a network of our own, and http."))
    ] = False,
    db: Db = None,
    keys: Keys = None,
    json: Json = False,
    lang: Lang = None,
) -> None:
    from meguri.ledger.webhooks import add_webhook

    _chosen, say = worded(lang)
    with found(db, keys) as ledger:
        made, secret = add_webhook(
            ledger.store,
            url,
            words=word or (),
            batteries=battery or (),
            access=access,
            private=allow_private,
            after=after,
        )
    if json:
        return write_document({**_document(made), "secret": secret}, output(json=True))
    typer.echo(secret)
    note(say("It is shown this once. Check with it the header Meguri-Signature of what arrives."))
    return None


@app.command("list", help=_("List the webhooks: up to which line they were told, and what fails."))
def list_(db: Db = None, keys: Keys = None, json: Json = False, lang: Lang = None) -> None:
    from meguri.ledger.webhooks import list_webhooks

    _chosen, say = worded(lang)
    with found(db, keys) as ledger:
        held = list_webhooks(ledger.store)
    if json:
        return write_document({"webhooks": [_document(one) for one in held]}, output(json=True))
    columns: Columns = (
        (say("id"), "left"),
        (say("address"), "left"),
        (say("reads"), "left"),
        (say("told up to"), "right"),
        (say("failures"), "right"),
        (say("state"), "left"),
    )
    rows = [
        (
            one.id,
            one.url,
            one.access,
            f"{one.position:,}",
            f"{one.failures:,}",
            say("given up: {fault}").format(fault=one.fault) if one.given_up else one.fault or say("well"),
        )
        for one in held
    ]
    console().print(grid(columns, rows, wraps=(1, 5)))
    return None


@app.command(help=_("Tell an address no more."))
def remove(webhook: Id, db: Db = None, keys: Keys = None, lang: Lang = None) -> None:
    from meguri.ledger.webhooks import remove_webhook

    _chosen, say = worded(lang)
    with found(db, keys) as ledger:
        remove_webhook(ledger.store, webhook)
    note(say("Removed."))


@app.command(help=_("Try one again now that failed or was given up, from where it stopped."))
def resume(webhook: Id, db: Db = None, keys: Keys = None, json: Json = False, lang: Lang = None) -> None:
    from meguri.ledger.webhooks import resume_webhook

    _chosen, say = worded(lang)
    with found(db, keys) as ledger:
        held = resume_webhook(ledger.store, webhook)
    if json:
        return write_document(_document(held), output(json=True))
    note(say("It is tried again, behind line {line}.").format(line=held.position))
    return None


@app.command(help=_("Send what waits to be sent. A server does so by itself."))
def run(
    every: Annotated[
        float | None,
        typer.Option("--every", metavar="SECONDS", min=0.1, help=_("Go on until Ctrl-C, so often.")),
    ] = None,
    db: Db = None,
    keys: Keys = None,
    json: Json = False,
    lang: Lang = None,
) -> None:
    import time

    from meguri.ledger.rounds import tell_all

    _chosen, say = worded(lang)
    with found(db, keys) as ledger:
        count = tell_all(ledger)
        while every is not None:
            time.sleep(every)
            count += tell_all(ledger)
    if json:
        return write_document({"events": count}, output(json=True))
    note(say("{count} events were taken.").format(count=f"{count:,}"))
    return None


def _document(held: Webhook) -> dict[str, Any]:
    return {
        "id": held.id,
        "url": held.url,
        "access": held.access,
        "words": held.words,
        "batteries": held.batteries,
        "private": held.private,
        "created": held.created,
        "position": held.position,
        "due": held.due,
        "failures": held.failures,
        "fault": held.fault,
        "given_up": held.given_up,
    }
