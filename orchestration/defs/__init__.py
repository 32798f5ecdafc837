"""What Dagster sees, by stage: no logic here, the work is done by the plain machinery."""
