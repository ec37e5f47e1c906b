"""`python -m reprokit`: the command line, where its script is not on PATH."""

import sys

if __name__ == "__main__":
    if not sys.flags.safe_path:
        # the current folder: a `typing.py` of the project would stand in for the real one
        del sys.path[0]
    from reprokit.cli.app import main

    main()
