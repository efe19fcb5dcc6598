"""Where an arm has been, measured on a dataflow that runs."""
