"""`python -m reprokit`: the command line, where its script is not on PATH."""

from reprokit.cli.app import main

if __name__ == "__main__":
    main()
