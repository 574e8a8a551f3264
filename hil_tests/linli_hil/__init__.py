"""The rig: boards, emulated and real, and the tests that do not care which."""
