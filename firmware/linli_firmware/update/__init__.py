"""Updates over the air: signed bundles, two slots, roll-back."""
