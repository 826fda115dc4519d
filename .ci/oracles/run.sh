#!/bin/sh
# Holds the models against Keras, scikit-learn, LightGBM and XGBoost. Needs cargo, python3 and PyPI.
set -eu
cd "$(dirname "$0")/../.."
venv="${ORACLES_VENV:-target/oracles-venv}"
if [ ! -x "$venv/bin/python" ]; then
    python3 -m venv "$venv"
fi
"$venv/bin/pip" install --quiet --requirement .ci/oracles/requirements.txt
cargo build --quiet --release --package apiwarden-models --example oracle --example judge_table
exec "$venv/bin/python" .ci/oracles/check.py "${CARGO_TARGET_DIR:-target}/release/examples"
