"""`python -m tests.golden`: see tests/golden/story.py."""

import sys

from tests.golden.story import main

sys.exit(main(sys.argv[1:]))
