"""Settings of every test run."""

from hypothesis import settings

# A loaded machine is not a defect: how long an example takes is not asserted.
settings.register_profile("dora-hil", deadline=None)
settings.load_profile("dora-hil")
