"""Doubles for whoever tests a node, and a node that writes down what a body says."""
