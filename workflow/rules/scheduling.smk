"""Before the first job: whether there is anything to send jobs to, and how Snakemake looks for jobs to start."""

from la2ds.plan.cluster.runs import begin
from la2ds.plan.cluster.start import start
from la2ds.plan.console import shorten
from la2ds.plan.forks.start import start_server

# `make` asks for it; typed by hand, Snakemake says all it has to say.
if os.environ.get("LA2DS_CONSOLE") == "short" and workflow.is_main_process:
    shorten(logger)


onstart:
    # Snakemake knows its executor from here on.
    plugin = workflow.executor_plugin
    if (
        plugin is not None
        and plugin.name == "slurm"
        and shutil.which("sbatch") is None
    ):
        raise WorkflowError(NO_SLURM)
    if plugin is not None and plugin.name == "slurm":
        raising_workflow_errors(start)(
            workflow.scheduler._executor, Path(workflow.workdir_init)
        )
    # That plugin takes over the jobs of an earlier run by itself.
    if plugin is None or plugin.name != "cluster-generic":
        begin()
    # In conda's environments and in containers there is another Python.
    if (
        plugin is not None
        and plugin.name == "local"
        and not workflow.deployment_settings.deployment_method
    ):
        start_server()
    # To keep to its limit of 100 starts a second, Snakemake (9.27) looks through all ready jobs a second after it did so
    # last, and every job that finishes begins one more such series: after 35 jobs of the demo they took a third of a core.
    # So the limit goes, unless somebody set another.
    limit = workflow.scheduling_settings.max_jobs_per_timespan
    if limit is None or (limit.max_jobs, limit.timespan) == (100, 1):
        workflow.scheduler.job_rate_limiter = None
