"""`linli hub`: a site is made, served, looked into, and what it keeps is proved and copied."""

import typer

from . import keeping, making, serving, views
from .demo import demo

app = typer.Typer(
    help="The live hub: make a site, enrol devices, serve them, look into it, verify and back up.",
    no_args_is_help=True,
)

app.command("init")(making.init)
app.command("enrol")(making.enrol)
app.command("devices")(making.devices)
app.command("serve")(serving.serve)
app.command("demo")(demo)
app.command("incidents")(views.incidents)
app.command("doors")(views.doors)
app.command("meters")(views.meters)
app.command("fleet")(views.fleet)
app.command("audit")(views.audit)
app.command("verify")(keeping.verify)
app.command("archive")(keeping.archive)
app.command("retire")(keeping.retire)
app.command("backup")(keeping.backup)
app.command("restore")(keeping.restore)
