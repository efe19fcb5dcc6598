"""A trained policy: found on the disk, held against a body, asked for actions."""
