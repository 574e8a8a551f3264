"""Real series played back: household water readings and door counts."""
