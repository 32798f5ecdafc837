"""The bench: the whole job beside bare DuckDB SQL (`make bench`)."""
