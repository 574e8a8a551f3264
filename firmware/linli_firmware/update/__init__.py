"""Updates over the air: signed bundles, two slots, roll-back. docs/UPDATES.md says how and why."""
