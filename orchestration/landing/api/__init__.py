"""Interfaces as sources: presets, their settings in `sources.yml`, requests, pages, records.

`sources` reads the settings and imports nothing of dlt; `stream` does the rest, imported only
where a source of `kind: api` is configured. Of dlt's `rest_api` it is the client underneath, with
its paginators and retries, that reads: the resources on top of it hand out rows one by one and keep
their own state, while here a page is what survives a cut and the ledger knows where to go on.
"""
