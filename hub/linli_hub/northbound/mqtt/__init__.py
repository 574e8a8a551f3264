"""An uplink to an MQTT 5 broker, with Home Assistant's discovery; docs/NORTHBOUND.md.

`settings` needs nothing more than the hub does; `bridge` needs aiomqtt.
"""
