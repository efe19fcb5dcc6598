"""What `dora-hil` can do with policies, classifiers and films; a file for each command."""
