#!/usr/bin/env bash
# An LLM log right-sized: discover, size, verify, report.  bash examples/llm-log/run.sh
set -euo pipefail
[ ! -d .venv/bin ] || PATH="$PWD/.venv/bin:$PATH"
DATA=modicum-runs/llm-log-data
JOB=sort-questions-say-question
python examples/llm-log/make_log.py
modicum discover "$DATA/log.jsonl" --write "$JOB" --out "$DATA/tasks" --force
modicum size "$DATA/tasks/$JOB.toml" --out modicum-runs/llm-log
modicum verify modicum-runs/llm-log
modicum report modicum-runs/llm-log --for business --format md | head -12
