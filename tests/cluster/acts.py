"""What happens to trainings on clusters. Each act is done to an attempt that is halted after its first checkpoint."""

from cluster import daemons, hosts, node_is, slurm, start_again, wait_for
from training import Training

WARNING = 2  # minutes before the end; profiles/slurm: --signal=USR1@120


def cancel(training, copy):
    """What a person does. SLURM wakes the process before it tells it."""
    slurm("scancel", training.job)


def kill(training, copy):
    """What the kernel does where memory is short; nobody is told."""
    training.process.kill()


def warn(training, copy):
    """What the profile asks SLURM for before time is up; the signal must come through all layers above the process."""
    training.limit(int(training.minutes()) + WARNING)
    wait_for("SIGUSR1", training.is_warned)
    training.let_go()


def overrun(training, copy):
    """What happens where no warning helps: deaf (see faults.py) and held, it cannot leave before its time is up."""
    training.limit(1)
    wait_for("the end of its time", training.hold)


def requeue(training, copy):
    """What an administrator does."""
    slurm("scontrol", "requeue", training.job)
    start_again(training.job)


def crash(training, copy):
    """The power of its node is cut, and comes back."""
    hosts("off", training.node)
    wait_for(f"{training.node} down", lambda: node_is(training.node, "down"))
    start_again(training.job)
    daemons("boot", training.node)


def hang(training, copy):
    """Its node stands still and is not heard; when it is heard again, the training has begun elsewhere."""
    hosts("unplug", training.node)
    wait_for(f"{training.node} down", lambda: node_is(training.node, "down"))
    start_again(training.job)
    another = Training(copy, training.seed, training.started)
    hosts("plug", training.node)
    # What is left there ends within seconds. If the job came back before that, SLURM would find two copies, drain the
    # node and hold the job until an administrator releases it.
    wait_for(f"the last step on {training.node}", lambda: not training.has_steps())
    return another


def send_urgent(node):
    words = ["sbatch", "--partition=urgent", "--gpus=1", "--mem=100", "--output=/dev/null", "--wrap=sleep 5"]
    slurm(*words, f"--nodelist={node}", host="login")


def preempt(training, copy):
    """A job of more importance takes its place."""
    send_urgent(training.node)
    start_again(training.job)


def preempt_with_grace(training, copy):
    """The same in a partition where it is told to leave first."""
    slurm("scontrol", "update", "PartitionName=gpu", "GraceTime=20")
    send_urgent(training.node)


# What happens to the training of a seed, one after another.
ACTS = {0: (overrun, kill), 1: (warn, cancel, requeue), 2: (crash, hang, preempt, preempt_with_grace)}
# SLURM's last word of a job to which this happened; after the other acts the same job begins again. One that was
# warned, or preempted with grace, leaves by itself.
STATES = {
    "left_behind": "CANCELLED",
    "overrun": "TIMEOUT",
    "warn": "FAILED",
    "cancel": "CANCELLED",
    "kill": "FAILED",
    "preempt_with_grace": "FAILED",
}


def disturb(copy, training, done):
    """Do to the attempts at a training what is meant for them, and see each end; gives the last, held.

    Args:
        copy: the study's folder.
        training: the first attempt.
        done: gets an entry for each act.
    """
    for act in ACTS[training.seed]:
        another = act(training, copy)
        training.wait()
        done.append(training.record(act.__name__))
        training = another or Training(copy, training.seed, training.started)
    return training
