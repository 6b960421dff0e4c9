#!/usr/bin/env bash
# Trains the network that comes with the package anew, into la2ds/learning/pretrained: no data set is needed.
# Seed 0 unless another number is given; ten minutes of one processor core. Its card says what it is worth.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
.venv/bin/python -m la2ds.learning.pretraining results/pretrained --seed "${1:-0}"
# Not before it is done: the weights there are of a commit, and named by it.
cp results/pretrained/{model.safetensors,run.json} la2ds/learning/pretrained/
