"""Experiments with scenarios: trials of changed settings, their designs, stores and statistics."""
