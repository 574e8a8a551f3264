"""`linli firmware`: from the sources of a device to a board that runs them."""

import typer

from ..capture.commands import monitor
from . import build, flash, inspection, ports, provision, shell, sign, update

app = typer.Typer(
    help="Build, sign and provision the images of boards, and bring them there.",
    no_args_is_help=True,
)

app.command("build")(build.build)
app.command("sign")(sign.sign)
app.command("inspect")(inspection.inspect)
app.command("provision")(provision.provision)
app.command("update")(update.update)
app.command("monitor")(monitor)
app.command("flash")(flash.flash)
app.command("shell", context_settings={"allow_interspersed_args": False})(shell.shell)
app.command("ports")(ports.ports)
