"""What shows pictures to people: Rerun's program, films."""
