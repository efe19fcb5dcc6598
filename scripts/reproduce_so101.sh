#!/usr/bin/env bash
# HIL-SERL on the virtual SO-101, in real time and through its real driver, from two cameras: 20
# demonstrations by the scripted operator, which helps where the policy makes no progress; then 100
# unseen places, judged by the world. The reward is the world's own word (help), or nothing but a
# classifier on the cameras (classifier), for which 130 labelled episodes are recorded first.
#   scripts/reproduce_so101.sh              # both, seeds 1 2 3: half an hour a run on two cores
#   SEEDS=1 STEPS=3000 scripts/reproduce_so101.sh classifier
#   scripts/reproduce_so101.sh operator     # how many of these places the operator itself solves:
#                                           # by deltas and by a leader, noise 0 and 0.3; 40 minutes
# Everything goes below OUTPUT (default: outputs/reproduce_so101); a run that is there is kept.
set -euo pipefail
case "${1:-}" in -h | --help) sed -n '2,/^[^#]/s/^# \{0,1\}//p' "$0" && exit ;; esac
cd "$(dirname "$0")/.."

output="${OUTPUT:-outputs/reproduce_so101}"
conditions=("$@")
[ $# -gt 0 ] || conditions=(help classifier)
export ENV_CONFIG=configs/so101_env_train.json ADVANCE=auto
# The operator says success the moment the world says so, as a quick person would.
says_success="OPERATOR_SUCCESS_DELAY_S=0"
mkdir -p "$output"

record() { # name, words of the recorder, further variables
  [ -e "$output/$1" ] || env "$says_success" OPERATOR_MODE=always OPERATOR_NOISE=0.3 "${@:3}" \
    RECORD_ARGS="--dataset.root=$output/$1 --dataset.repo_id=example/so101_$1 --action_space=ee_delta $2" \
    uv run dora run dataflow-record-so101.yaml
}

classifier() { # made once
  record labelled "--dataset.num_episodes=130 --dataset.video=false --seed=100" OPERATOR_FAILURES=0.6 OPERATOR_SEED=1 \
    ENV_ARGS="--robot.number_of_steps_after_success=15 --env.processor.reset.control_time_s=5"
  [ -e "$output/classifier" ] || uv run dora-hil classifier train \
    --config_path=configs/train_reward_classifier.json --dataset.root="$output/labelled" \
    --dataset.repo_id=example/so101_labelled --output_dir="$output/classifier"
}

train_and_evaluate() { # condition, seed
  local run="$output/$1-seed$2" rewarded="$says_success"
  [ ! -e "$run/eval/results.json" ] || return 0
  if [ "$1" = classifier ]; then
    classifier
    rewarded="REWARD_ARGS=--env.processor.reward_classifier.pretrained_path=$output/classifier"
  fi
  rm -rf "$run"
  env "$rewarded" OPERATOR_MODE=no_progress OPERATOR_NOISE=0.2 \
    TRAIN_ARGS="--output_dir=$run --seed=$2 --policy.online_steps=${STEPS:-10000} --dataset.root=$output/demonstrations --dataset.repo_id=example/so101_demonstrations" \
    uv run dora run dataflow-train-so101.yaml
  env "$says_success" \
    EVAL_ARGS="--policy.path=$run --action_space=ee_delta --eval.n_episodes=100 --seed=2000 --eval.output_dir=$run/eval" \
    uv run dora run dataflow-eval-so101.yaml
}

operate() { # dataflow, name, words of the recorder
  local noise root
  for noise in 0 0.3; do
    root="$output/operator_$2_$noise"
    [ -e "$root" ] || env "$says_success" OPERATOR_MODE=always OPERATOR_NOISE="$noise" \
      RECORD_ARGS="--dataset.root=$root --dataset.repo_id=example/so101_$2 --dataset.num_episodes=100 --seed=2000 $3" \
      uv run dora run "$1"
    echo "$root: $(grep -c '"success": true' "$root/meta/dora_hil_episodes.jsonl") of 100"
  done
}

if [ "${1:-}" = operator ]; then
  operate dataflow-record-so101.yaml deltas --action_space=ee_delta
  operate dataflow-record-so101-leader.yaml leader ""
  exit
fi

record demonstrations "--dataset.num_episodes=20"
for seed in ${SEEDS:-1 2 3}; do
  for condition in "${conditions[@]}"; do
    train_and_evaluate "$condition" "$seed"
  done
done
uv run python benchmarks/hil_results.py "$output" \
  --plot "$output/training.png" --conditions "${conditions[@]}"
