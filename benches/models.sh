#!/bin/sh
# Measures the models beside Keras and LightGBM in one run. Needs cargo, python3, PyPI and the table.
set -eu
cd "$(dirname "$0")/.."
venv="${BENCHES_VENV:-target/benches-venv}"
if [ ! -x "$venv/bin/python" ]; then
    python3 -m venv "$venv"
fi
"$venv/bin/pip" install --quiet --requirement benches/requirements.txt
cargo build --quiet --release --package apiwarden-models --examples
exec "$venv/bin/python" benches/models.py "${CARGO_TARGET_DIR:-target}/release/examples" "$@"
