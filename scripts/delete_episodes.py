"""Delete episodes of a dataset: `dora-hil delete`, by the name that people know it by."""

import sys

from dora_hil.command import main

main(["delete", *sys.argv[1:]])
