"""What threatens a simulated community: see `linli_hub.risk`."""
