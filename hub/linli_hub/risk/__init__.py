"""What threatens a community: twelve indicators, and incidents by the study's three grades."""
