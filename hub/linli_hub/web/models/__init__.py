"""What the API takes and tells, as JSON; the commands of `linli hub` print the same."""
