"""The models beside Keras and LightGBM, in one run, by CPU time. Prints a page in Markdown.

Usage: models.py FOLDER_OF_EXAMPLES [--epochs N]

With fewer than 50 epochs Keras' time is scaled up to 50, its start with it, so that it looks slower than it is:
good for trying the script out, and the page says so. The two that fit boosted trees take turns, so that what else
runs on the machine is unfair to neither.
"""

import csv
import gzip
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
os.environ["KERAS_BACKEND"] = "tensorflow"

import numpy as np

EXAMPLES = Path(sys.argv[1])
EPOCHS = int(sys.argv[sys.argv.index("--epochs") + 1]) if "--epochs" in sys.argv else 50
ROOT = Path(__file__).resolve().parents[1]
DATA = Path(os.environ.get("APIWARDEN_DATA", ROOT / "../shared/data"))
FOLDS = 5
TURNS = 9
# Chosen by its area in a grouped five-fold cross-validation inside the rows to fit, out of those below.
WIDE = dict(
    hidden=[128, 64],
    batch_norm=False,
    learning_rate=1e-3,
    class_weights="equal",
    schedule="cosine",
    patience=None,
    epochs=30,
    l2=1e-4,
    preprocess=dict(pieces_max=96),
)
NARROWER = dict(WIDE, hidden=[64, 64])
EARLY = dict(patience=5, schedule="halving", epochs=50, l2=1e-6)
CANDIDATES = [
    ("8-4-4, as it is by default", {}),
    ("64-64, all else as by default", dict(hidden=[64, 64])),
    ("the same, 48 pieces", dict(hidden=[64, 64], preprocess=dict(pieces_max=48))),
    ("64-64, no batch normalisation, classes equal", dict(NARROWER, **EARLY, preprocess={})),
    ("the same, 48 pieces", dict(NARROWER, **EARLY, preprocess=dict(pieces_max=48))),
    ("64-64, cosine over 30 epochs, no early stopping", dict(NARROWER, preprocess={})),
    ("the same, 16 pieces", dict(NARROWER, preprocess=dict(pieces_max=16))),
    ("the same, 48 pieces", dict(NARROWER, preprocess=dict(pieces_max=48))),
    ("the same, 96 pieces", NARROWER),
    ("the same, batch normalisation and dropout 0.2", dict(NARROWER, batch_norm=True, dropout=0.2)),
    ("128-64, 96 pieces", WIDE),
]


def child(example, *arguments):
    """CPU seconds of a child, and what it said."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(
        [EXAMPLES / example, *arguments], check=True, capture_output=True, text=True
    )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return cpu, done.stdout


def judge(path, name, settings=None, *options):
    """What `judge_table` says, a line a seed."""
    settings = json.dumps(settings or {})
    _, said = child("judge_table", str(path), name, settings, *options)
    return [json.loads(line) for line in said.splitlines()]


def mean(lines, figure):
    return sum(line[figure] for line in lines) / len(lines)


def read(path):
    with path.open() as lines:
        rows = list(csv.reader(lines))[1:]
    codes = [{}, {}]
    x = np.array(
        [
            [*map(float, r[:3]), *(c.setdefault(v, len(c)) for c, v in zip(codes, r[3:5]))]
            for r in rows
        ]
    )
    y = np.array([r[5] == "outlier" for r in rows], int)
    train = np.array([r[6] == "train" for r in rows])
    return x[train], y[train], x[~train], y[~train]


def keras_network(width):
    import keras

    penalty = keras.regularizers.L1L2(1e-5, 1e-4)
    layers = [keras.Input((width,))]
    for units in [8, 4, 4]:
        layers.append(keras.layers.Dense(units, activation="relu", kernel_regularizer=penalty))
        layers.append(keras.layers.BatchNormalization())
        layers.append(keras.layers.Dropout(0.1))
    layers.append(keras.layers.Dense(1, activation="sigmoid"))
    model = keras.Sequential(layers)
    model.compile(optimizer=keras.optimizers.Adam(1e-3), loss="binary_crossentropy")
    return model


def keras_pipeline(x, y):
    """CPU seconds of five folds and a final fit; the last model."""
    start = time.process_time()
    fold = np.arange(len(x)) % FOLDS
    arguments = dict(batch_size=32, epochs=EPOCHS, verbose=0, class_weight={0: 1.2, 1: 0.8})
    for held in range(FOLDS):
        model = keras_network(x.shape[1])
        inside = fold != held
        model.fit(x[inside], y[inside], validation_data=(x[~inside], y[~inside]), **arguments)
    model = keras_network(x.shape[1])
    model.fit(x, y, **arguments)
    return (time.process_time() - start) * 50 / EPOCHS, model


def best_of(times, measure):
    return min(measure() for _ in range(times))


def micros(rows, work):
    start = time.process_time()
    work()
    return (time.process_time() - start) * 1e6 / rows


def boosting_turns(path, x, y):
    """CPU seconds of a fit of ours and of one of LightGBM's, turn after turn; its last model."""
    import lightgbm

    one_thread = {"objective": "binary", "num_threads": 1, "verbose": -1}

    def theirs():
        start = time.process_time()
        data = lightgbm.Dataset(x, y, categorical_feature=[3, 4], params=one_thread)
        theirs.model = lightgbm.train(one_thread, data, num_boost_round=100)
        return time.process_time() - start

    def ours():
        lines = judge(path, "gradient_boosting", {}, "--seeds=3")
        return min(line["fit_secs"] for line in lines)

    turns = [(ours(), best_of(3, theirs)) for _ in range(TURNS)]
    return turns, theirs.model


def wide_network(path):
    """How the wide network was chosen, and how it does on rows that had no part in that."""
    rows = []
    for name, settings in CANDIDATES:
        lines = judge(path, "mlp", settings, "--inside", "--seeds=5")
        rows.append((mean(lines, "auc"), mean(lines, "fpr95"), mean(lines, "fit_secs"), name))
    best = max(rows)[0]
    table = "\n".join(
        f"| {name} | {f'**{area:.5f}**' if area == best else f'{area:.5f}'} | {fpr:.4f} | {secs:.2f} |"
        for area, fpr, secs, name in rows
    )
    lines = judge(path, "mlp", WIDE, "--seeds=5")
    areas = [line["auc"] for line in lines]
    return f"""
# A wide network

Chosen inside the rows to fit, by a five-fold cross-validation that keeps equal rows together. *Pieces* are inputs
that rise from 0 to 1 over one piece of a column each.

| inside the rows to fit | area | FPR at 95 % recall | fit, s |
|---|---|---|---|
{table}

The last of them on the rows to judge, five seeds: area {mean(lines, "auc"):.4f} ({min(areas):.4f} – {max(areas):.4f}), average
precision {mean(lines, "ap"):.4f}, F1 {mean(lines, "f1"):.4f}, FPR at 95 % recall {mean(lines, "fpr95"):.3f}. As the program is asked for it:

```sh
apiwarden train percall.csv --label classification --split-column split --folds 0 --hidden 128,64 --no-batch-norm \\
    --class-weights equal --learning-rate 0.001 --l2 0.0001 --set schedule=cosine --no-early-stopping --epochs 30 --pieces 96
```"""


def main():
    from sklearn.metrics import roc_auc_score

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "percall.csv"
        path.write_bytes(gzip.decompress((DATA / "table/percall.csv.gz").read_bytes()))
        x, y, test, test_y = read(path)
        ours_cv = best_of(3, lambda: child("cross_validate", str(path))[0])
        judged = {}
        for name in ["mlp", "gradient_boosting", "random_forest", "extra_trees", "ada_boost"]:
            lines = [judge(path, name)[0] for _ in range(5)]
            judged[name] = {
                k: min(line[k] for line in lines)
                for k in ["fit_secs", "batch_micros_a_row", "one_row_micros", "auc"]
            }
        turns, boosted_by_peer = boosting_turns(path, x, y)
        wide_page = wide_network(path)

    scaled = np.c_[
        (np.log1p(x[:, :3]) - np.log1p(x[:, :3]).mean(0)) / np.log1p(x[:, :3]).std(0), x[:, 3:]
    ]
    keras_cv, model = keras_pipeline(scaled.astype(np.float32), y.astype(np.float32))
    one = scaled[:1].astype(np.float32)
    model.predict(one, verbose=0)
    keras_one = best_of(
        5, lambda: micros(20, lambda: [model.predict(one, verbose=0) for _ in range(20)])
    )
    many = np.tile(scaled, (5, 1)).astype(np.float32)
    keras_many = best_of(
        3, lambda: micros(len(many), lambda: model.predict(many, batch_size=4096, verbose=0))
    )

    boost_many = best_of(
        5, lambda: micros(len(test), lambda: boosted_by_peer.predict(test, num_threads=1))
    )
    boost_area = roc_auc_score(test_y, boosted_by_peer.predict(test, num_threads=1))

    network, boosted = judged["mlp"], judged["gradient_boosting"]
    ratios = sorted(theirs / ours for ours, theirs in turns)
    middle = statistics.median
    ours_fit, boost_fit = middle(ours for ours, _ in turns), middle(theirs for _, theirs in turns)
    note = "" if EPOCHS == 50 else f" (from {EPOCHS} epochs, scaled: too high)"
    print(f"""# Models beside Keras and LightGBM

One run of `benches/models.sh` on shared cores; ratios count, not seconds. The fair task's table, 19,105 rows to
fit, 12,339 to judge.

| network 8-4-4, batch normalisation, dropout 0.1, L1 and L2, batch 32 | apiwarden | Keras on TensorFlow | ratio |
|---|---|---|---|
| five folds and a final fit, 50 epochs each, CPU s{note} | {ours_cv:.2f} | {keras_cv:.0f} | {keras_cv / ours_cv:.0f} |
| one row, µs | {network["one_row_micros"]:.2f} | {keras_one:.0f} | {keras_one / network["one_row_micros"]:.0f} |
| a row of a batch, µs | {network["batch_micros_a_row"]:.3f} | {keras_many:.2f} | {keras_many / network["batch_micros_a_row"]:.0f} |

A batch runs at {1 / network["batch_micros_a_row"]:.1f} million rows a second, preprocessing included (Keras: without it).

| 100 rounds, 31 leaves, one thread | apiwarden | LightGBM | ratio |
|---|---|---|---|
| fit, CPU s, the median of {TURNS} turns | {ours_fit:.3f} | {boost_fit:.3f} | {middle(ratios):.2f} ({ratios[0]:.2f} – {ratios[-1]:.2f}) |
| a row of a batch, µs | {boosted["batch_micros_a_row"]:.2f} | {boost_many:.2f} | {boost_many / boosted["batch_micros_a_row"]:.2f} |
| area under the ROC curve | {boosted["auc"]:.4f} | {boost_area:.4f} | |

| other trees (100, AdaBoost 200) | fit, s | a row alone, µs | area |
|---|---|---|---|""")
    for name in ["random_forest", "extra_trees", "ada_boost"]:
        line = judged[name]
        print(
            f"| {name} | {line['fit_secs']:.3f} | {line['one_row_micros']:.2f} | {line['auc']:.4f} |"
        )
    print(wide_page)


main()
