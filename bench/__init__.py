"""Side-by-side measurements of the choices that docs/decisions/ explains: `python -m bench` prints their tables."""
