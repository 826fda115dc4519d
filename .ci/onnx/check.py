"""Holds an exported ONNX model against the scores that apiwarden gave for the same rows.

usage: check.py MODEL.onnx PREDICTIONS.csv

PREDICTIONS.csv is what `apiwarden predict BUNDLE ROWS -o csv` wrote: the rows with a score.
"""

import csv
import sys

import numpy as np
import onnx
import onnxruntime

TOLERANCE = 1e-5


def main(model_file: str, predictions_file: str) -> None:
    model = onnx.load(model_file)
    onnx.checker.check_model(model, full_check=True)
    assert {opset.domain: opset.version for opset in model.opset_import}[""] >= 17
    session = onnxruntime.InferenceSession(model_file, providers=["CPUExecutionProvider"])
    with open(predictions_file, newline="") as file:
        rows = list(csv.DictReader(file))
    feed = {}
    for column in session.get_inputs():
        cells = [row[column.name] for row in rows]
        if column.type == "tensor(string)":
            values = np.array(cells, dtype=object)
        else:
            values = np.array([cell or "nan" for cell in cells], dtype=np.float32)
        feed[column.name] = values.reshape(-1, 1)
    score, alert = session.run(["score", "alert"], feed)
    expected = np.array([row["score"] for row in rows], dtype=np.float32).reshape(-1, 1)
    worst = np.abs(score - expected).max()
    assert worst <= TOLERANCE, f"scores differ by up to {worst}"
    threshold = float({p.key: p.value for p in model.metadata_props}["threshold"])
    clear = np.abs(expected - threshold) > TOLERANCE
    assert (alert == (expected >= threshold))[clear].all(), "alerts differ"
    print(f"{len(rows)} rows: scores agree to {worst:.1e} (at most {TOLERANCE} is allowed)")


if __name__ == "__main__":
    main(*sys.argv[1:])
