#!/usr/bin/env bash
# HIL-SERL from cameras and from states: for each condition and seed record demonstrations once,
# train, evaluate on 100 unseen seeds. Six to thirteen minutes a run on two cores.
#   scripts/reproduce_hil.sh                          # every condition from cameras, seeds 1 2 3
#   SEEDS=1 scripts/reproduce_hil.sh demos20_help     # the headline once
#   CHECKPOINTS="2000 280s" scripts/reproduce_hil.sh demos20_help   # these are judged too: the first
#                   # after 2,000 steps, the last within 280 s of the first step (300 of the start)
#   scripts/reproduce_hil.sh state_demos20_help state_demos20            # from states
# Everything goes below OUTPUT (default: outputs/reproduce_hil); a run that is there is kept.
set -euo pipefail
case "${1:-}" in -h | --help) sed -n '2,/^[^#]/s/^# \{0,1\}//p' "$0" && exit ;; esac
cd "$(dirname "$0")/.."

output="${OUTPUT:-outputs/reproduce_hil}"
# _help: the operator helps where the policy makes no progress. _realtime: a tick of 100 ms, which
# waits for nobody, as with a person. noisy: the operator's noise is 0.6. hard_: two other boxes lie
# around the block, light and the front camera's place are others in every episode.
all=(demos20_help demos0_help demos20 demos0 demos20_help_realtime hard_demos20_help)
conditions=("${@:-${all[@]}}")
mkdir -p "$output"
# Nodes run in the folder of their dataflow.
realtime=.dataflow-train-realtime.yaml
trap 'rm -f "$realtime"' EXIT

settings() { # condition
  export ENV_CONFIG=configs/gym_hil_env_train.json TRAIN_CONFIG=configs/train_gym_hil_env.json
  dataflow=dataflow-train-operator.yaml steps="${STEPS:-8000}" saved=250
  export OPERATOR_PATIENCE=15 OPERATOR_NOISE=0.2
  demonstrations="${1#state_}" demonstrations="${demonstrations#hard_}" demonstrator_noise=0.3
  demonstrations="${demonstrations%_realtime}" demonstrations="${demonstrations%_help}"
  export OPERATOR_MODE=off
  case $1 in *_help*) OPERATOR_MODE=no_progress ;; esac
  case $1 in state_*)
    ENV_CONFIG=configs/gym_hil_env_train_state.json TRAIN_CONFIG=configs/train_gym_hil_state.json
    OPERATOR_PATIENCE=20 OPERATOR_NOISE=0 steps="${STEPS:-12000}" saved=1000 demonstrator_noise=0
    demonstrations="state_$demonstrations"
    ;;
  esac
  case $1 in hard_*)
    ENV_CONFIG=$output/env_hard.json demonstrations="hard_$demonstrations"
    varied='"variation": {"distractors": 2, "light": [0.5, 1.2], "camera_m": 0.03}'
    sed "s/\"random_block_position\": true/&, $varied/" configs/gym_hil_env_train.json > "$ENV_CONFIG"
    ;;
  esac
  case $1 in *noisy*) OPERATOR_NOISE=0.6 demonstrator_noise=0.6 ;; esac
  case $1 in *_realtime)
    dataflow=$realtime
    sed 's#millis/40#millis/100#; s#LOCKSTEP: .*#LOCKSTEP: ""#' dataflow-train-operator.yaml > "$dataflow"
    ;;
  esac
}

record() { # name
  local number="${1//[!0-9]/}"
  [ -e "$output/$1" ] || OPERATOR_MODE=always OPERATOR_NOISE=$demonstrator_noise \
    RECORD_ARGS="--dataset.root=$output/$1 --dataset.repo_id=example/$1 --dataset.num_episodes=$number --action_space=ee_delta" \
    uv run dora run dataflow-record-operator.yaml
}

evaluate() { # policy, folder
  # A training without demonstrations does not say what its actions mean.
  [ -e "$2/results.json" ] || \
    EVAL_ARGS="--policy.path=$1 --action_space=ee_delta --eval.n_episodes=100 --seed=2000 --eval.output_dir=$2" \
    uv run dora run dataflow-eval-fast.yaml
}

train() { # condition, seed
  local run="$output/$1-seed$2" words
  [ -e "$run/eval/results.json" ] || rm -rf "$run"
  [ -e "$run" ] && return
  words="--output_dir=$run --seed=$2 --policy.online_steps=$steps --save_freq=$saved"
  case $demonstrations in
    *demos0) words+=" --dataset=null" ;;
    *)
      record "$demonstrations"
      words+=" --dataset.root=$output/$demonstrations --dataset.repo_id=example/$demonstrations"
      ;;
  esac
  TRAIN_ARGS=$words uv run dora run "$dataflow"
}

for seed in ${SEEDS:-1 2 3}; do
  for condition in "${conditions[@]}"; do
    settings "$condition"
    train "$condition" "$seed"
    run="$output/$condition-seed$seed"
    evaluate "$run" "$run/eval"
    for at in ${CHECKPOINTS:-}; do
      read -r checkpoint _ < <(uv run python benchmarks/hil_checkpoints.py "$run" "$at")
      evaluate "$checkpoint/pretrained_model" "$run/eval-$at"
    done
  done
done
# More than seven curves are too many.
uv run python benchmarks/hil_results.py "$output" \
  --plot "$output/training.png" --conditions "${conditions[@]:0:7}"
