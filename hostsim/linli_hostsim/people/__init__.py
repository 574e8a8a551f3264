"""What residents do: pass doors, draw water, press for help."""
