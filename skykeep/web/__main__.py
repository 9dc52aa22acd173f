"""`python -m skykeep.web DIR`."""

import os
import sys

# Nothing here is worth compiling, and the compiler is half of what the process would weigh.
os.environ.setdefault("SKYKEEP_PLAIN_KERNELS", "1")

from skykeep.web.serving import main  # after the line above

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
