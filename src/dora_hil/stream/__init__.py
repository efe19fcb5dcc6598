"""The contract: what is said between nodes, and how it is read. It knows no node."""
