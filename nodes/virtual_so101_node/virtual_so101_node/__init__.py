"""An SO-101 that is not there: six STS3215 servos on a pseudo-terminal."""
