"""A campaign of faults on a hub cluster, and what its devices and operators remember of it.

`world` is where the cluster's nodes live, `faults` what happens to them. `devices` and `operators`
use the cluster meanwhile, and write their own `records`; `checker` holds these against the hub's
log.
"""
