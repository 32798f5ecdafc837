"""The retention warehouse: landing, warehouse (dbt), publishing and exports, run by Dagster.

A room imports only from rooms before it: settings and entities, then landing, warehouse,
publishing and exports, then `defs` (what Dagster sees) and `cli`.
"""
