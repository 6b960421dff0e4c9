"""Where the datasets come from: who made them, what a user does to get them, and what their root then holds.

Read by the workflow before anything is planned, so only the standard library is imported. Addresses were looked up in
public loaders and the makers' own repositories in November 2026; none of them could be opened from where this was
written. So no checksum is pinned here: the verb ``fetch`` prints the one it computes and keeps it beside the archive.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Archive:
    """A download that asks for no account and no consent: a .tar.gz.

    Attributes:
        url: its address.
        folder: the folder inside it whose content belongs into the root.
        sha256: its checksum; empty where nobody we can check has published one.
    """

    url: str
    folder: str
    sha256: str = ""


@dataclass(frozen=True)
class Source:
    """What is known of where a dataset comes from.

    Attributes:
        title: its name, for messages.
        page: the makers' page.
        licence: as far as one is stated.
        marks: patterns below the root, in groups; the dataset is there if something matches one pattern of each group.
        steps: what a person does, in order; ``{root}`` is the dataset's root.
        archive: the download, where one may be made without a person.
    """

    title: str
    page: str
    licence: str
    marks: tuple[tuple[str, ...], ...]
    steps: tuple[str, ...] = ()
    archive: Archive | None = None


# Reader of the dataset file -> source. Readers without one (demo, folder, casa) are described in NEEDED.
SOURCES = {
    "penn": Source(
        title="Penn Action",
        page="https://dreamdragon.github.io/PennAction",
        licence="research use; no licence text was found",
        marks=(("labels/*.mat",), ("frames/*",)),
        # Several public loaders name this address; one of them says that the archive has 3,235,203,923 bytes.
        archive=Archive("https://www.cis.upenn.edu/~kostas/Penn_Action.tar.gz", folder="Penn_Action"),
        steps=(
            "Phase labels are not part of it: put a file or folder of one of the formats in docs/datasets.md into "
            "{root}, or use config/datasets/penn_kinematic.yaml, which needs none.",
        ),
    ),
    "ikea": Source(
        title="IKEA ASM",
        page="https://ikeaasm.github.io",
        licence="non-commercial (CC BY-NC 4.0, as others state it)",
        marks=(
            (
                "gt_segments.json",
                "*/gt_segments.json",
                "annotations/*/gt_segments.json",
                "ikea_annotation_db_full",
                "*/ikea_annotation_db_full",
            ),
            ("*/*/dev*", "*/*/*/dev*"),
        ),
        steps=(
            "Its files lie in a Google Drive behind https://ikeaasm.github.io and "
            "https://github.com/IkeaASM/IKEA_ASM_Dataset, which hands them out to browsers only.",
            "Take `Annotations - action` (gt_segments.json or the database ikea_annotation_db_full, and the folder "
            "indexing_files) and unpack it in {root}.",
            "Take `Annotations - pose` and unpack it in {root}, so that "
            "{root}/Kallax_Shelf_Drawer/<scan>/dev3/predictions/pose2d/keypoint_rcnn/ holds the .json files.",
            "Only for methods that look at pictures: `Data - RGB top view`, so that "
            "{root}/Kallax_Shelf_Drawer/<scan>/dev3/images/scan_video.avi is there.",
        ),
    ),
    "h2o": Source(
        title="H2O",
        page="https://h2odataset.ethz.ch",
        licence="the makers' agreement, to be signed on their page",
        marks=(("action_train.txt", "label_split/action_train.txt"), ("subject*/*/*/cam*",)),
        steps=(
            "Register at https://h2odataset.ethz.ch; a user name and a password come by mail.",
            "Download label_split.zip and subject1_pose_v1_1.tar.gz to subject4_pose_v1_1.tar.gz there and unpack them "
            "in {root}, so that {root}/subject1/h1/0/cam4/hand_pose/000000.txt is there; rename the subjects' folders "
            "to subject1 ... subject4 if they are called otherwise.",
            "The action lists action_train.txt and action_val.txt belong into {root} or {root}/label_split; they also "
            "lie in https://github.com/taeinkwon/h2odataset, folder action_labels.",
        ),
    ),
    "uiprmd": Source(
        title="UI-PRMD",
        page="https://www.webpages.uidaho.edu/ui-prmd/",
        licence="ODC PDDL 1.0 (public domain)",
        marks=(("vicon_joints.parquet", "**/m*_positions.txt"),),
        # Two public projects report that the university's page is gone (one of them: HTTP 404 in June 2026), and no
        # address of its archives was found, so nothing is downloaded without a person.
        steps=(
            "Open https://www.webpages.uidaho.edu/ui-prmd/ and unpack its `Segmented Movements` in {root}: the files "
            "mMM_sSS_eEE_positions.txt of the folder Vicon/Positions are read.",
            "The page was reported closed in 2026. A copy (the licence allows copies) is the repository "
            "https://github.com/niemasd/UI-PRMD-Analysis: clone it, copy `Segmented Movements/Vicon/Positions` into "
            "{root}, and decompress the files there with gunzip.",
        ),
    ),
}

# Reader -> what its root holds, for readers whose files come from nowhere that could be named in one step.
NEEDED = {
    "casa": "CASA's records <action>_{train,val}.npy (docs/datasets.md)",
    "folder": "one folder of videos per action (docs/own_videos.md)",
}


def missing_root(reader: str) -> str:
    """Say how to come by the folder of a dataset that is not there, to be put behind "no such folder"."""
    if reader in SOURCES:
        return f"; `snakemake fetch_{reader}` gets {SOURCES[reader].title} or says how (docs/datasets.md)"
    return f"; put there {NEEDED[reader]}" if reader in NEEDED else ""
