"""One module a kind of device: its app, its code on the wire, and what its pins are wired to.

Each has `KIND`, `App`, `adapt(settings, root)`, which returns the app's settings with what JSON
cannot hold, and `wire(pins, port, board)`, which returns (list of input drivers, outputs by name).
The outputs' drivers are polled like the inputs'.
"""
