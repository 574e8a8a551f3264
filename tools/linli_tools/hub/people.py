"""`linli hub people`: those who may log in."""

from pathlib import Path
from typing import Annotated
from urllib.parse import quote

import typer

from .client import Server, client
from .making import ask_password
from .opening import AsJson
from .tables import show, show_json

app = typer.Typer(help="Those who may log in to a hub.", no_args_is_help=True)

Name = Annotated[str, typer.Argument(metavar="NAME", help="Who.")]
Role = Annotated[str, typer.Option(help="viewer, operator, installer, auditor or admin.")]
PasswordFile = Annotated[
    Path | None, typer.Option(metavar="FILE", help="The password; asked for without it.")
]


@app.command("list")
def listing(server: Server = None, as_json: AsJson = False) -> None:
    """List everybody who may log in."""
    hub = client(server)
    show(hub.get("/people"), "people", hub.zone, as_json)


@app.command("add")
def add(
    name: Name,
    role: Role,
    password_file: PasswordFile = None,
    server: Server = None,
    as_json: AsJson = False,
) -> None:
    """Let somebody log in."""
    hub = client(server)
    hub.post("/people", name=name, role=role, password=ask_password(password_file, name))
    _done(name, role, f"{name} may log in, as {role}", as_json)


@app.command("role")
def set_role(name: Name, role: Role, server: Server = None, as_json: AsJson = False) -> None:
    """Have somebody work as something else."""
    client(server).put(f"/people/{quote(name)}/role", role=role)
    _done(name, role, f"{name} works as {role} now", as_json)


@app.command("remove")
def remove(name: Name, server: Server = None, as_json: AsJson = False) -> None:
    """Let somebody log in no more; what was done stays in the audit."""
    client(server).put(f"/people/{quote(name)}/role", role=None)
    _done(name, None, f"{name} may log in no more", as_json)


@app.command("password")
def set_password(
    name: Name,
    password_file: PasswordFile = None,
    server: Server = None,
    as_json: AsJson = False,
) -> None:
    """Give somebody else another password; all tokens of that person end."""
    hub = client(server)
    hub.put(f"/people/{quote(name)}/password", password=ask_password(password_file, name))
    _done(name, None, f"{name} has another password", as_json)


def _done(name: str, role: str | None, text: str, as_json: bool) -> None:
    if as_json:
        show_json({"name": name, "role": role})
    else:
        typer.echo(text)
