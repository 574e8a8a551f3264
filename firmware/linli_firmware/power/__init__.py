"""What the devices draw, how they sleep, and how long their batteries last."""
