"""`python -m ttsd` is the `ttsd` command."""

from ttsd.cli.main import main

main()
