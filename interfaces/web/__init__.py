"""The web process: the public pages, their JSON twins and the schema endpoint."""
