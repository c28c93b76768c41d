"""The command line: parse, call a flow, answer."""


def main() -> int:
    """Run one command."""
    print("doorstep: no command yet")
    return 0
