"""`python -m bench [QUESTION ...] [--rounds N] [--write]`; see README.md for what it needs."""

import argparse
import sys

from bench import lab, questions, table


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("questions", nargs="*", metavar="QUESTION", help=", ".join(questions.ALL))
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--write", action="store_true", help="put the tables into docs/decisions/")
    options = parser.parse_args()
    with lab.lab() as here:
        for name in options.questions or questions.ALL:
            print(f"# {name}", file=sys.stderr, flush=True)
            record, measure = questions.ALL[name]
            results = measure(here, options.rounds)
            text = table.table(results) if isinstance(results, dict) else results
            print(f"\n## {name}\n\n{text}\n", flush=True)
            if options.write:
                table.write(record, name, text)


if __name__ == "__main__":
    main()
