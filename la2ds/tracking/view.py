"""How MLflow's list of runs opens: with the columns that tables are read by, best first.

MLflow keeps a view that somebody shares as a tag of the experiment, and opens it where an address names its key.
"""

import contextlib
import json
import sqlite3
import sys
from typing import Any

from la2ds.tracking.moved import follow_move
from la2ds.tracking.names import HEADLINES
from la2ds.tracking.store import STORE

KEY = "la2ds"
VIEW_TAG = f"mlflow.sharedViewState.{KEY}"
COLUMNS = [f"params.`{name}`" for name in ("method", "action", "seed")]
COLUMNS += [*(f"metrics.`test/{name}`" for name in HEADLINES), "metrics.`use/minutes`"]
# All keys that MLflow 3.17 has of such a view: it takes what is missing for undefined.
VIEW = {
    "searchFilter": "",
    "orderByKey": f"metrics.`test/{HEADLINES[0]}`",
    "orderByAsc": False,
    "startTime": "ALL",
    "lifecycleFilter": "Active",
    "datasetsFilter": [],
    "modelVersionFilter": "All Runs",
    "selectedColumns": COLUMNS,
    "columnOrder": [],
    "columnWidths": {},
    "runsExpanded": {},
    "runsPinned": [],
    "runsHidden": [],
    "runsVisibilityMap": {},
    "runsHiddenMode": "FIRST_10_RUNS",
    "viewMaximized": False,
    "runListHidden": False,
    "isAccordionReordered": False,
    "useGroupedValuesInCharts": True,
    "hideEmptyCharts": True,
    "groupBy": None,
    "groupsExpanded": {},
    "autoRefreshEnabled": True,
    "globalLineChartConfig": {"xAxisKey": "step", "lineSmoothness": 0, "selectedXAxisMetricKey": ""},
}


def add_view(client: Any, experiment: str) -> None:
    """Keep the view with an experiment."""
    client.set_experiment_tag(experiment, VIEW_TAG, json.dumps(VIEW))


def links(server: str) -> list[str]:
    """List the addresses of the default store's experiments, each opening in our view."""
    file = STORE / "mlflow.db"
    with contextlib.closing(sqlite3.connect(file)) as database:
        tagged = "SELECT experiment_id, name FROM experiments JOIN experiment_tags USING (experiment_id) WHERE key = ?"
        rows = database.execute(f"{tagged} ORDER BY name", (VIEW_TAG,)).fetchall()
    query = f"viewStateShareKey={KEY}&workflowType=machine_learning"
    return [f"{name}: {server}/#/experiments/{number}/runs?{query}" for number, name in rows]


if __name__ == "__main__":  # what `make ui` calls
    follow_move(f"sqlite:///{STORE / 'mlflow.db'}", STORE)
    print(*links(sys.argv[1]), sep="\n", file=sys.stderr)
