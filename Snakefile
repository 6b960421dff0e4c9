"""LA2DS: what is made, in the order data flows. `snakemake` makes every table that config/config.yaml asks for."""

from snakemake.utils import min_version

min_version("9.12")


configfile: "config/config.yaml"


report: "workflow/report/workflow.rst"


# Of every job, where Snakemake is called with `--sdm apptainer`.
container: config.get("container") or None


include: "workflow/rules/plan.smk"
include: "workflow/rules/scheduling.smk"
include: "workflow/rules/fetch.smk"
include: "workflow/rules/videos.smk"
include: "workflow/rules/frames.smk"
include: "workflow/rules/keypoints.smk"
include: "workflow/rules/quality.smk"
include: "workflow/rules/heatmaps.smk"
include: "workflow/rules/rgb.smk"
include: "workflow/rules/train.smk"
include: "workflow/rules/embeddings.smk"
include: "workflow/rules/metrics.smk"
include: "workflow/rules/tasks.smk"
include: "workflow/rules/tables.smk"
include: "workflow/rules/robustness.smk"
include: "workflow/rules/tracking.smk"
include: "workflow/rules/figures.smk"
include: "workflow/rules/report.smk"


rule all_tables:
    """Make everything that config/config.yaml asks for."""
    default_target: True
    input:
        study.requested_files,


onsuccess:
    if study.tables_made():
        print(
            "Tables (beside each .md a .csv and a .tex; results/report.html shows all):",
            *study.tables_made(),
            sep="\n  ",
            file=sys.stderr,
        )
