"""Presets for interfaces: one YAML file per system, with a small module where one is needed."""
