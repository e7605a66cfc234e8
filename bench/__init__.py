"""Side-by-side measurements behind docs/decisions/: `python -m bench` prints their tables."""
