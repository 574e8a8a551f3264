"""What hangs on the pins. Drivers take pin-like objects and `now`; none imports `machine`.

All are alike. A pin says 1 while it is active, whatever the wiring (see `types` for what pins and
chips must offer). Inputs report through callbacks given to the constructor, always from `poll` and
with `now` last, so that an app's method fits as it is: `LevelInput(pin, door.set_contact)`. Outputs
have `set(value, now)`, which takes the value of an app's Output. `poll(now)` does what is due, at
once or late; `next_deadline()` says when that is, 0 when an interrupt has left work, None when only
an interrupt or a `set` can bring any. Interrupt handlers only take notes, and allocate nothing.
`counts`, where there is one, holds what went wrong, by name. Times that matter are constants at the
top of each module with their source, and arguments of the constructor.
"""
