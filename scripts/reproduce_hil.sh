#!/usr/bin/env bash
# HIL-SERL from states: for each condition and seed record demonstrations once, train, evaluate the
# last weights on 100 unseen seeds. About nine minutes a run on two cores.
#   scripts/reproduce_hil.sh                          # every condition, seeds 1 2 3
#   SEEDS=1 scripts/reproduce_hil.sh demos20_help     # the headline once
# Everything goes below OUTPUT (default: outputs/reproduce_hil); a run that is there is kept.
set -euo pipefail
case "${1:-}" in -h | --help) sed -n '2,/^[^#]/s/^# \{0,1\}//p' "$0" && exit ;; esac
cd "$(dirname "$0")/.."

output="${OUTPUT:-outputs/reproduce_hil}"
steps="${STEPS:-12000}"
export ENV_CONFIG=configs/gym_hil_env_train_state.json OMP_NUM_THREADS=1
all=(demos20_help demos20 demos5_help demos5 demos0_help demos0 noisy20_help noisy20)
conditions=("${@:-${all[@]}}")

record() { # name, episodes, noise of the demonstrator
  [ -e "$output/$1" ] || OPERATOR_NOISE=$3 \
    RECORD_ARGS="--dataset.root=$output/$1 --dataset.repo_id=example/$1 --dataset.num_episodes=$2 --action_space=ee_delta" \
    uv run dora run dataflow-record-operator.yaml
}

train_and_evaluate() { # condition, seed
  local run="$output/$1-seed$2" demonstrations="${1%_help}" noise=0 mode=probability
  [ ! -e "$run/eval/results.json" ] || return 0
  rm -rf "$run"
  case $1 in noisy*) noise=0.6 ;; esac
  # The operator helps where the policy makes no progress for two seconds, or never.
  case $1 in *_help) mode=no_progress ;; esac
  local words="--output_dir=$run --seed=$2 --policy.online_steps=$steps"
  case $demonstrations in
    demos0) words+=" --dataset=null" ;;
    *) words+=" --dataset.root=$output/$demonstrations --dataset.repo_id=example/$demonstrations" ;;
  esac
  OPERATOR_MODE=$mode OPERATOR_PROBABILITY=0 OPERATOR_NOISE=$noise TRAIN_ARGS=$words \
    uv run dora run dataflow-train-operator.yaml
  # A training without demonstrations does not say what its actions mean.
  EVAL_ARGS="--policy.path=$run --action_space=ee_delta --eval.n_episodes=100 --seed=2000 --eval.output_dir=$run/eval" \
    uv run dora run dataflow-eval-fast.yaml
}

record demos20 20 0
record demos5 5 0
record noisy20 20 0.6
for seed in ${SEEDS:-1 2 3}; do
  for condition in "${conditions[@]}"; do
    train_and_evaluate "$condition" "$seed"
  done
done
# More than seven curves are too many.
uv run python benchmarks/hil_results.py "$output" \
  --plot "$output/training.png" --conditions "${conditions[@]:0:7}"
