"""Success without a button: LeRobot's reward classifier, trained, used and checked."""
