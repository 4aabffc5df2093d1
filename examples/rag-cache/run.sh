#!/usr/bin/env bash
# An answer cache before a RAG.  bash examples/rag-cache/run.sh QUESTIONS.csv
set -euo pipefail
[ $# = 1 ] || { echo "give a csv file with the columns text,category" >&2; exit 2; }
[ ! -d .venv/bin ] || PATH="$PWD/.venv/bin:$PATH"
python examples/rag-cache/prepare.py "$1"
modicum size modicum-runs/rag-cache-data/rag-cache.toml --out modicum-runs/rag-cache
modicum verify modicum-runs/rag-cache
