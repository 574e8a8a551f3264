"""What pages show of what the desk returns: pure functions, without HTTP."""
