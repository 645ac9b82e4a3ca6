#!/usr/bin/env python
"""Command line. Runs as the database role `web` unless a command declares another."""

import os
import sys


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "dukcapil.settings")
    from dukcapil import embedded, processes

    processes.collect_seldom()
    from django.core.management import execute_from_command_line

    try:
        execute_from_command_line(sys.argv)
    except (embedded.EngineError, processes.AlreadyRuns) as error:
        sys.exit(f"dukcapil: {error}")
    except Exception as error:
        embedded_server = not os.environ.get("DATABASE_URL")
        if embedded_server and "Connection refused" in str(error):
            sys.exit(f"dukcapil: nothing runs on {embedded.var_dir()}. Start it: make run")
        raise


if __name__ == "__main__":
    main()
