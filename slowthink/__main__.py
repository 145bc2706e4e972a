"""`python -m slowthink` is the command `slowthink`."""

import sys

from slowthink.commands import main

if __name__ == "__main__":
    sys.exit(main())
