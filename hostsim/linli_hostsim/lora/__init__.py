"""LoRa: airtime, propagation, gateways, class-A radios."""
