"""The live hub: the other end of the line, with a log, a database, a broker and a page."""
