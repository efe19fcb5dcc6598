#!/usr/bin/env bash
# From nothing to a figure: record 50 demonstrations, train ACT on the CPU, evaluate on 50 unseen
# seeds. Everything goes below OUTPUT (default: outputs/reproduce_act), which must not exist.
set -euo pipefail
case "${1:-}" in -h | --help) sed -n '2,/^[^#]/s/^# \{0,1\}//p' "$0" && exit ;; esac
cd "$(dirname "$0")/.."

output="${OUTPUT:-outputs/reproduce_act}"
if [ -e "$output" ]; then
  echo "$output exists: remove it, or give another OUTPUT" >&2
  exit 2
fi
dataset=(--dataset.repo_id=example/gym_hil_state "--dataset.root=$output/dataset")
# No cameras: the state, and where the block is. Threads that wait for one another cost more than
# they bring to a policy this small.
export ENV_CONFIG=configs/gym_hil_env_state.json OMP_NUM_THREADS=1

RECORD_ARGS="${dataset[*]} --dataset.num_episodes=50" uv run dora run dataflow-record-operator.yaml
uv run lerobot-train --config_path=configs/example_gym_hil_train_cpu.json "${dataset[@]}" \
  --output_dir="$output/train"
# The same numbers, and a camera for the films.
ENV_CONFIG=configs/gym_hil_env_state_film.json \
  EVAL_ARGS="--policy.path=$output/train --eval.output_dir=$output/eval --eval.video=all" \
  uv run dora run dataflow-eval-fast.yaml
cat "$output/eval/results.txt"
