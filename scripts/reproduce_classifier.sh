#!/usr/bin/env bash
# Where the reward comes from: the simulator's own success, a classifier on the cameras, or a button
# that is pressed 0.3 to 1.0 s late. Record, train the classifier, check it on unseen episodes, then
# HIL-SERL from cameras with each, evaluated by the simulator on 100 unseen seeds. About ten minutes
# a run on two cores, and ten minutes before the first.
#   scripts/reproduce_classifier.sh                    # every condition, seeds 1 2 3
#   SEEDS=1 scripts/reproduce_classifier.sh classifier
# Everything goes below OUTPUT (default: outputs/reproduce_classifier); what is there is kept.
set -euo pipefail
case "${1:-}" in -h | --help) sed -n '2,/^[^#]/s/^# \{0,1\}//p' "$0" && exit ;; esac
cd "$(dirname "$0")/.."

output="${OUTPUT:-outputs/reproduce_classifier}"
steps="${STEPS:-8000}"
conditions=("$@")
[ $# -gt 0 ] || conditions=(own classifier button)
export OMP_NUM_THREADS=1
mkdir -p "$output"

record() { # name, first seed, seed of the operator, share of failures, episodes
  [ -e "$output/$1" ] || OPERATOR_NOISE=0.3 OPERATOR_FAILURES=$4 OPERATOR_SEED=$3 \
    ENV_CONFIG=configs/gym_hil_env_classifier.json RECORD_CONFIG=configs/gym_hil_record_classifier.json \
    RECORD_ARGS="--dataset.root=$output/$1 --dataset.repo_id=example/$1 --seed=$2 --dataset.num_episodes=$5" \
    uv run dora run dataflow-record-operator.yaml
}

record labelled 0 1 0.5 80
record unseen 5000 2 0.4 63
[ -e "$output/classifier" ] || OMP_NUM_THREADS=2 uv run dora-hil classifier train \
  --config_path=configs/train_reward_classifier.json --dataset.root="$output/labelled" \
  --dataset.repo_id=example/labelled \
  --output_dir="$output/classifier"
[ -e "$output/report" ] || uv run dora-hil classifier evaluate --classifier "$output/classifier" \
  --repo_id example/unseen --root "$output/unseen" --output "$output/report"
[ -e "$output/relabelled" ] || uv run python benchmarks/relabel_late.py --repo_id example/unseen \
  --root "$output/unseen" --classifier "$output/classifier" --output "$output/relabelled" |
  tee "$output/relabelled.txt"
threshold=$(uv run python -c "import json; print(json.load(open('$output/report/report.json'))['threshold'])")

demonstrations="$output/demonstrations"
[ -e "$demonstrations" ] || ENV_CONFIG=configs/gym_hil_env_train.json OPERATOR_NOISE=0.3 \
  RECORD_ARGS="--dataset.root=$demonstrations --dataset.repo_id=example/demonstrations --dataset.num_episodes=20 --action_space=ee_delta" \
  uv run dora run dataflow-record-operator.yaml

# The same cameras, tick and stage for all three, so that they cost the same.
sed 's/"terminate_on_success": false/"terminate_on_success": true/' \
  configs/gym_hil_env_train_classifier.json > "$output/env_own.json"
sed 's/"reward_type": "sparse"/"reward_type": "none"/' \
  configs/gym_hil_env_train_classifier.json > "$output/env_button.json"

train_and_evaluate() { # condition, seed
  local run="$output/$1-seed$2" env="$output/env_$1.json" delay="" classifier=null
  [ ! -e "$run/eval/results.json" ] || return 0
  rm -rf "$run"
  case $1 in
    classifier) env=configs/gym_hil_env_train_classifier.json classifier="$output/classifier" ;;
    button) delay="0.3 1.0" ;;
  esac
  ENV_CONFIG=$env OPERATOR_NOISE=0.2 OPERATOR_SUCCESS_DELAY_S=$delay \
    REWARD_ARGS="--env.processor.reward_classifier.pretrained_path=$classifier --env.processor.reward_classifier.success_threshold=$threshold" \
    TRAIN_ARGS="--output_dir=$run --seed=$2 --policy.online_steps=$steps --dataset.root=$demonstrations --dataset.repo_id=example/demonstrations" \
    uv run dora run dataflow-train-classifier.yaml
  ENV_CONFIG=configs/gym_hil_env_train.json \
    EVAL_ARGS="--policy.path=$run --eval.n_episodes=100 --seed=2000 --eval.output_dir=$run/eval" \
    uv run dora run dataflow-eval-fast.yaml
}

for seed in ${SEEDS:-1 2 3}; do
  for condition in "${conditions[@]}"; do
    train_and_evaluate "$condition" "$seed"
  done
done
uv run python benchmarks/hil_results.py "$output" \
  --plot "$output/training.png" --conditions "${conditions[@]}"
