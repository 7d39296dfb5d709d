"""The subcommands of ``quarry`` by subject. One imports what it needs when it runs, so that ``--help`` is quick."""
