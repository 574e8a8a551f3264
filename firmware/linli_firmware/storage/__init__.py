"""The store on flash: a journal, logs and files that survive a power cut at every write."""
