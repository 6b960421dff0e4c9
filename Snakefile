"""LA2DS: what is made, in the order data flows. `snakemake` makes every table that config/config.yaml asks for."""

from snakemake.utils import min_version

min_version("9.12")


configfile: "config/config.yaml"


report: "workflow/report/workflow.rst"


include: "workflow/rules/scheduling.smk"
include: "workflow/rules/common.smk"
include: "workflow/rules/digests.smk"
include: "workflow/rules/inputs.smk"
include: "workflow/rules/requests.smk"
include: "workflow/rules/report_inputs.smk"
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


plan_without_slurm()


rule all_tables:
    default_target: True
    input:
        requested_files,


onsuccess:
    show_tables()
