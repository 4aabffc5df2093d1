#!/usr/bin/env bash
# An intent classifier.  bash examples/intent/run.sh [TRAIN.csv TEST.csv]
set -euo pipefail
[ ! -d .venv/bin ] || PATH="$PWD/.venv/bin:$PATH"
python examples/intent/prepare.py "$@"
modicum size modicum-runs/intent-data/intent.toml --out modicum-runs/intent
modicum verify modicum-runs/intent
echo "Who invented the telephone?" | modicum predict modicum-runs/intent - | cut -c 1-60
