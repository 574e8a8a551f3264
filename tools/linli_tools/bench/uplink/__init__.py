"""`linli bench uplink`: what a lost uplink costs on disk, and live alarms when it returns."""
