"""The weakest signals a receiver decodes, dBm at 125 kHz by spreading factor."""

# ns-3 lorawan, gateway-lora-phy.cc and end-device-lora-phy.cc.
GATEWAY_DBM = {7: -130.0, 8: -132.5, 9: -135.0, 10: -137.5, 11: -140.0, 12: -142.5}
DEVICE_DBM = {7: -124.0, 8: -127.0, 9: -130.0, 10: -133.0, 11: -135.0, 12: -137.0}
