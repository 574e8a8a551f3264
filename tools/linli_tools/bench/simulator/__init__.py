"""`linli bench sim`: what a simulation costs, beside named peers, each in a process of its own."""
