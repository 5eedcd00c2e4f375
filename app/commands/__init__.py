"""The commands of the command line, one module each: `describe(parser)` and `run(arguments)`."""
