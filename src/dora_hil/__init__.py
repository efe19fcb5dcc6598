"""What every dora-hil node shares: messages, episodes, takeover, action spaces."""
