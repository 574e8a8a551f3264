"""Cohorts: many like devices as arrays, whose frames are resolved in windows of time."""
