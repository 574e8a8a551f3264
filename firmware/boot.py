"""Chooses the image that runs, before main.py starts it. Never updated itself.

What it imports comes from the image in the chip (frozen, or in /lib), not from a slot. It leaves
the chosen slot's folder first in sys.path, or the path as it was when no slot holds a whole image,
and has forgotten the modules it used, so that main.py gets the slot's.
"""

import sys

# An image on trial that hangs before it feeds a watchdog of its own is reset after this.
WATCHDOG_MS = 120_000


def choose(root, checked):
    """Return (folder of the chosen slot or None, whether it is on trial); see `update.slots`."""
    from linli_firmware.update.record import NONE
    from linli_firmware.update.slot_files import SlotFiles
    from linli_firmware.update.slots import Slots

    folders = (root + "/a", root + "/b")
    slots = Slots(SlotFiles(root + "/slots"), [SlotFiles(folder) for folder in folders])
    slot = slots.choose(checked)
    return (None if slot == NONE else folders[slot]), slot == slots.record.trial != NONE


def start(machine, root=""):
    """Choose, and prepare everything for main.py; whatever the flash holds, this returns."""
    try:
        # Waking from a deep sleep is no occasion for damage, and the time costs battery.
        checked = machine.reset_cause() != machine.DEEPSLEEP_RESET
        folder, on_trial = choose(root, checked)
    except Exception as error:
        print("boot.py: no slot:", repr(error))
        folder, on_trial = None, False
    for name in list(sys.modules):
        if name.startswith("linli_"):
            del sys.modules[name]
    if folder:
        sys.path.insert(0, folder)
    if on_trial:
        machine.WDT(timeout=WATCHDOG_MS)


if __name__ == "__main__":
    import time

    import machine
    import micropython

    try:
        # As in main.py: nobody gets to the console before the node has decided about it.
        micropython.kbd_intr(-1)
        time.sleep_ms(0)
    except KeyboardInterrupt:
        pass
    start(machine)
