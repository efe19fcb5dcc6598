#!/usr/bin/env bash
# HIL-SERL on the virtual SO-101, in real time and through its real driver, from two cameras: 20
# demonstrations by the scripted operator, which helps where the policy makes no progress; then 100
# unseen places, judged by the world.
#   scripts/reproduce_so101.sh              # seeds 1 2 3, half an hour each on two cores
#   SEEDS=1 STEPS=3000 scripts/reproduce_so101.sh
# Everything goes below OUTPUT (default: outputs/reproduce_so101); a run that is there is kept.
set -euo pipefail
case "${1:-}" in -h | --help) sed -n '2,/^[^#]/s/^# \{0,1\}//p' "$0" && exit ;; esac
cd "$(dirname "$0")/.."

output="${OUTPUT:-outputs/reproduce_so101}"
demonstrations="$output/demonstrations"
# The operator says success the moment the world says so, as a quick person would.
export ENV_CONFIG=configs/so101_env_train.json OPERATOR_SUCCESS_DELAY_S=0 ADVANCE=auto
mkdir -p "$output"

[ -e "$demonstrations" ] || OPERATOR_MODE=always OPERATOR_NOISE=0.3 \
  RECORD_ARGS="--dataset.root=$demonstrations --dataset.repo_id=example/so101_demos --dataset.num_episodes=20 --action_space=ee_delta" \
  uv run dora run dataflow-record-so101.yaml

for seed in ${SEEDS:-1 2 3}; do
  run="$output/help-seed$seed"
  if [ ! -e "$run/eval/results.json" ]; then
    rm -rf "$run"
    OPERATOR_MODE=no_progress OPERATOR_NOISE=0.2 \
      TRAIN_ARGS="--output_dir=$run --seed=$seed --policy.online_steps=${STEPS:-13000} --dataset.root=$demonstrations --dataset.repo_id=example/so101_demos" \
      uv run dora run dataflow-train-so101.yaml
    EVAL_ARGS="--policy.path=$run --action_space=ee_delta --eval.n_episodes=100 --seed=2000 --eval.output_dir=$run/eval" \
      uv run dora run dataflow-eval-so101.yaml
  fi
done
uv run python benchmarks/hil_results.py "$output" --plot "$output/training.png"
