"""The warehouse: what dbt needs before it builds, and dbt itself, run in this process."""
