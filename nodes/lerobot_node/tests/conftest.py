"""Hand-made steps, and small datasets on the disk."""

from dataset_fixtures import dataset, make_step, spec, written
from hypothesis import settings

__all__ = ["dataset", "make_step", "spec", "written"]

# A loaded machine is not a defect: how long an example takes is not asserted.
settings.register_profile("lerobot-node", deadline=None)
settings.load_profile("lerobot-node")
