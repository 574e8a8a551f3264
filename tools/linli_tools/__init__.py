"""The `linli` command: simulate, look into frames, make keys, measure; and the test vectors."""
