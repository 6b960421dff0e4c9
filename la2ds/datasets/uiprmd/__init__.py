"""UI-PRMD: physical rehabilitation movements, recorded in 3D and seen through a camera of ours."""
