"""What a community costs, what it brings in, when it has paid for itself, and its index."""
