"""The hub over HTTP: an API, a stream of what happens, metrics, and pages for people."""
