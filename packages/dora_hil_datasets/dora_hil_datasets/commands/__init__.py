"""What `dora-hil` can do with datasets and curves; a file for each command."""
