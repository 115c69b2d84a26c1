"""Main: `python -m gateway` is the command `amtsbote` where it is not installed."""

from gateway.cli import main

if __name__ == "__main__":
    main()
