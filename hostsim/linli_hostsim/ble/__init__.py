"""Bluetooth Low Energy: devices that advertise, gateways that find them and keep connections."""
