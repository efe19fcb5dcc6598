"""A LeRobot dataset on the disk: read, written and replaced so that nothing is lost."""
