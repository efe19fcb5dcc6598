#!/usr/bin/env bash
# From corrections to a better policy, without a person: ten noisy demonstrations of pick-cube, ACT
# from states, then rounds in which the scripted operator corrects fifteen attempts and the policy is
# trained on from them; after each round 100 unseen blocks. Beside it the same number of frames as
# plain demonstrations, trained on for as long. About twelve minutes a round and seed on two cores.
#   scripts/reproduce_improve.sh            # seeds 1 2 3, three rounds
#   SEEDS=1 ROUNDS=1 IMPROVE="--learn recoveries" scripts/reproduce_improve.sh
# Everything goes below OUTPUT (default: outputs/reproduce_improve); what is there is kept.
set -euo pipefail
case "${1:-}" in -h | --help) sed -n '2,/^[^#]/s/^# \{0,1\}//p' "$0" && exit ;; esac
cd "$(dirname "$0")/.."

output="${OUTPUT:-outputs/reproduce_improve}"
export OMP_NUM_THREADS=1 ENV_CONFIG=configs/gym_hil_env_state.json

demonstrate() { # dataset, episodes, first seed
  OPERATOR_NOISE=0.3 \
    RECORD_ARGS="--dataset.repo_id=example/demonstrations --dataset.root=$1 --dataset.num_episodes=$2 --seed=$3" \
    uv run dora run dataflow-record-operator.yaml
}

judge() { # folder of a training, folder for the results
  [ -e "$2/results.json" ] || EVAL_ARGS="--policy.path=$1 --eval.n_episodes=100 --seed=50000 --eval.video=none --eval.output_dir=$2" \
    uv run dora run dataflow-eval-fast.yaml
}

frames() { # of a dataset
  uv run python -c "import json; print(json.load(open('$1/meta/info.json'))['total_frames'])"
}

for seed in ${SEEDS:-1 2 3}; do
  run="$output/seed$seed"
  policy="$run/round0/train"
  [ -e "$run/round0/dataset" ] || demonstrate "$run/round0/dataset" 10 $((seed * 1000))
  [ -e "$policy/checkpoints/last" ] || uv run lerobot-train \
    --config_path=configs/example_gym_hil_train_cpu.json --dataset.repo_id=example/demonstrations \
    --dataset.root="$run/round0/dataset" --output_dir="$policy" --seed="$seed"
  judge "$policy" "$run/round0/eval"
  plain="$policy"
  for round in $(seq "${ROUNDS:-3}"); do
    corrections="$run/corrections$round"
    # Other blocks in every round, none of which the policy is judged on.
    [ -e "$corrections" ] || OPERATOR_MODE=no_progress OPERATOR_NOISE=0.3 \
      EVAL_ARGS="--policy.path=$policy --eval.n_episodes=200 --eval.n_corrections=15 --seed=$((seed * 1000 + round * 200)) --eval.video=none --eval.output_dir=$run/correct$round --dataset.root=$corrections --dataset.repo_id=example/corrections$round" \
      uv run dora run dataflow-eval-fast.yaml
    # shellcheck disable=SC2086  # several words
    uv run dora-hil improve --policy_path "$policy" --corrections "$corrections" \
      --output_dir "$run/round$round" ${IMPROVE:-}
    policy="$run/round$round/train"
    judge "$policy" "$run/round$round/eval"

    # As many frames as plain demonstrations, and as many steps from the last such policy on.
    dataset="$run/plain$round/dataset"
    if [ ! -e "$run/plain$round/train/checkpoints/last" ]; then
      wanted=$(frames "$run/round$round/dataset") ten=$(frames "$run/round0/dataset")
      [ -e "$dataset" ] ||
        demonstrate "$dataset" $(((10 * wanted + ten - 1) / ten)) $((seed * 1000))
      uv run lerobot-train --config_path="$plain/checkpoints/last/pretrained_model/train_config.json" \
        --policy.path="$plain/checkpoints/last/pretrained_model" --resume=false \
        --dataset.repo_id=example/demonstrations --dataset.root="$dataset" --output_dir="$run/plain$round/train"
    fi
    plain="$run/plain$round/train"
    judge "$plain" "$run/plain$round/eval"
  done
  for folder in "$run"/round?/eval "$run"/plain?/eval; do
    echo "$folder: $(head -n 1 "$folder/results.txt")"
  done
done
