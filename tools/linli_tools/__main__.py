"""`python -m linli_tools` is `linli`."""

from .cli import main

main()
