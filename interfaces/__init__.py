"""The ways in and out: command line, pages, importers, simulation; and the one place that builds things."""
