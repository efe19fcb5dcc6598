"""Who grants episodes and says when a run is over."""
