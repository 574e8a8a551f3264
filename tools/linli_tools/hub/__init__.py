"""`linli hub`: a site is made, served, worked with, and what it keeps is proved and copied."""

import typer

from . import (
    cards,
    clustering,
    desk,
    keeping,
    making,
    people,
    proposing,
    serving,
    session,
    updating,
    views,
)
from .demo import demo

app = typer.Typer(
    help="The live hub: make a site, serve its devices, work with it, verify and back up.",
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
app.command("acknowledge")(desk.acknowledge)
app.command("close")(desk.close)
app.command("radar")(desk.radar)
app.add_typer(proposing.app, name="propose")
app.command("proposals")(proposing.proposals)
app.command("approve")(proposing.approve)
app.command("withdraw")(proposing.withdraw)
app.command("collect")(proposing.collect)
app.command("place")(desk.place)
app.command("consent")(desk.consent)
app.command("erase")(desk.erase)
app.add_typer(cards.app, name="cards")
app.add_typer(clustering.app, name="cluster")
app.add_typer(updating.app, name="update")
app.add_typer(people.app, name="people")
app.command("login")(session.log_in)
app.command("logout")(session.log_out)
app.command("whoami")(session.who_am_i)
app.command("token")(session.token)
app.command("verify")(keeping.verify)
app.command("archive")(keeping.archive)
app.command("retire")(keeping.retire)
app.command("backup")(keeping.backup)
app.command("restore")(keeping.restore)
