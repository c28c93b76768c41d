"""One command per file: `add` draws its arguments, its `run` parses, calls a flow and answers."""
