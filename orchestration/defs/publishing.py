"""Stages 5 and 6: the snapshot for BI, once exports are staged and everything is proven."""

import dagster as dg

from orchestration.defs.resources import DataFolder
from orchestration.defs.warehouse import asset_key, models_of
from orchestration.stages import publish


@dg.asset(
    key=["published", "marts_snapshot"],
    group_name="publishing",
    kinds={"duckdb"},
    deps=[
        *(asset_key(node["unique_id"]) for node in [*models_of("marts"), *models_of("quality")]),
        dg.AssetKey(["exports", "staged_set"]),
    ],
    pool="warehouse",
)
def marts_snapshot(data_folder: DataFolder) -> dg.MaterializeResult[None]:
    """The file that BI opens: `published/current.duckdb`, swapped in one step."""
    snapshot = publish(data_folder.settings())
    return dg.MaterializeResult(
        metadata={
            "content_id": snapshot.content_id,
            "as_of_date": str(snapshot.as_of_date),
            "bytes": snapshot.bytes,
            "seconds": snapshot.seconds,
            "is_new": snapshot.is_new,
            "tables": dg.TableMetadataValue(
                [
                    dg.TableRecord({"table": f"{table.schema}.{table.name}", "rows": table.rows})
                    for table in snapshot.tables
                ],
                dg.TableSchema([dg.TableColumn("table", "string"), dg.TableColumn("rows", "int")]),
            ),
        }
    )
