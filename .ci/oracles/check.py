"""Holds apiwarden's models against other implementations. Fails with a list of what differs.

Usage: check.py FOLDER_OF_EXAMPLES
"""

import csv
import gzip
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

os.environ.setdefault("KERAS_BACKEND", "jax")
os.environ.setdefault("JAX_PLATFORMS", "cpu")

import numpy as np

EXAMPLES = Path(sys.argv[1])
ROOT = Path(__file__).resolve().parents[2]
DATA = Path(os.environ.get("APIWARDEN_DATA", ROOT / "../shared/data"))
FAILED = []


def check(what, holds, detail=""):
    print(
        ("ok      " if holds else "DIFFERS ") + what + (f": {detail}" if detail else ""), flush=True
    )
    if not holds:
        FAILED.append(what)


def near(what, ours, theirs, most):
    worst = float(np.max(np.abs(np.asarray(ours, float) - np.asarray(theirs, float))))
    check(what, worst <= most, f"at most {worst:.2g} apart (allowed {most:g})")


def run(example, *arguments):
    done = subprocess.run(
        [EXAMPLES / example, *arguments], check=True, capture_output=True, text=True
    )
    return done.stdout


def table(folder):
    """The fair task unpacked, or, where the data are not there, a table of the same form."""
    path = Path(folder) / "percall.csv"
    packed = DATA / "table/percall.csv.gz"
    if packed.exists():
        path.write_bytes(gzip.decompress(packed.read_bytes()))
        return path
    print(f"!!! {packed} is not there: using a made-up table", flush=True)
    rng = np.random.default_rng(1)
    with path.open("w", newline="") as out:
        writer = csv.writer(out)
        writer.writerow("gap uniqueness length ip_type source classification split".split())
        for row in range(12_000):
            bad = rng.random() < 0.6
            gap = round(float(rng.lognormal(1.0 if bad else 2.0, 1.0)), 2)
            unique = round(float(rng.beta(4, 2) if bad == (gap < 4) else rng.beta(2, 3)), 2)
            length = int(rng.lognormal(3 if bad else 2.2, 0.9)) + 1
            kinds = "default" if rng.random() < 0.97 else "datacenter", (
                "E" if rng.random() < 0.5 else "F"
            )
            label = "outlier" if bad else "normal"
            writer.writerow(
                [gap, unique, length, *kinds, label, "train" if row % 5 < 3 else "test"]
            )
    return path


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


def network(name, facts):
    """The same start, the same batches: the same weights, losses and scores."""
    import keras

    settings = facts["settings"]
    x = np.array(facts["inputs"], np.float32).reshape(-1, facts["width"])
    y = np.array(facts["y"], np.float32)
    weights = np.array(facts["class_weights"], np.float32)[y.astype(int)]
    penalty = keras.regularizers.L1L2(settings["l1"], settings["l2"])
    layers = [keras.Input((facts["width"],))]
    for width in settings["hidden"]:
        layers.append(keras.layers.Dense(width, activation="relu", kernel_regularizer=penalty))
        if settings["batch_norm"]:
            layers.append(keras.layers.BatchNormalization(momentum=settings["norm_momentum"]))
    layers.append(keras.layers.Dense(1, activation="sigmoid", kernel_regularizer=penalty))
    model = keras.Sequential(layers)

    def variables():
        named = []
        dense = 0
        for layer in model.layers:
            if isinstance(layer, keras.layers.Dense):
                dense += 1
                named += [
                    (f"dense_{dense}/kernel", layer.kernel),
                    (f"dense_{dense}/bias", layer.bias),
                ]
            elif isinstance(layer, keras.layers.BatchNormalization):
                named += [
                    (f"dense_{dense}/gamma", layer.gamma),
                    (f"dense_{dense}/beta", layer.beta),
                ]
        return named

    start = dict(facts["before"])
    for key, variable in variables():
        value = np.array(start[key], np.float32).reshape(variable.shape)
        # The example shows weights after a step of a billionth. Where a unit sits exactly on its
        # kink even that counts: what starts whole is taken as whole.
        value = np.where(np.abs(value - np.round(value)) < 1e-6, np.round(value), value)
        variable.assign(value)

    # Keras reports the loss with its penalties; ours is without. Take it from a metric.
    model.compile(
        optimizer=keras.optimizers.Adam(settings["learning_rate"]),
        loss="binary_crossentropy",
        weighted_metrics=[keras.metrics.BinaryCrossentropy(name="bce")],
    )
    history = model.fit(
        x,
        y[:, None],
        batch_size=settings["batch_rows"],
        epochs=settings["epochs"],
        sample_weight=weights,
        shuffle=False,
        verbose=0,
    )
    # The metric divides by the sum of the weights, the loss by the number of rows.
    losses = np.array(history.history["bce"]) * weights.mean()
    near(f"{name}: losses of each epoch", facts["losses"], losses, 1e-5)
    end = dict(facts["after"])
    moves = np.ptp(x, axis=0) > 0
    for key, variable in variables():
        ours, theirs = np.array(end[key]).reshape(variable.shape), np.asarray(variable)
        if key == "dense_1/kernel":
            # The size of 0 has no slope. Ours is 0, theirs here 1, so weights that nothing else
            # moves differ.
            ours, theirs = ours[moves], theirs[moves]
        near(f"{name}: {key} after training", ours, theirs, 1e-4)
    near(f"{name}: scores", facts["scores"], model.predict(x, verbose=0).ravel(), 1e-4)


def lines(facts):
    from sklearn.linear_model import LogisticRegression, Ridge

    width = facts["width"]
    x = np.array(facts["inputs"]).reshape(-1, width)
    test = np.array(facts["test_inputs"]).reshape(-1, width)
    y = np.array(facts["y"])
    logistic = LogisticRegression(C=1.0, tol=1e-10, max_iter=10_000).fit(x, y)
    near("logistic regression: weights", facts["logistic"][:-1], logistic.coef_[0], 2e-3)
    scores = logistic.predict_proba(test)[:, 1]
    near("logistic regression: scores", facts["logistic_scores"], scores, 1e-4)
    ridge = Ridge(alpha=1.0).fit(x, 2.0 * y - 1.0).coef_
    ours = np.array(facts["ridge"][:-1])
    # Ours is scaled to log-odds: the direction is what must agree.
    cosine = ours @ ridge / np.linalg.norm(ours) / np.linalg.norm(ridge)
    check("ridge: direction of the weights", cosine > 1 - 1e-6, f"cosine {cosine:.9f}")


def scores_of(path, estimator, settings=None):
    out = run(
        "judge_table", str(path), estimator, json.dumps(settings or {}), "--scores"
    ).splitlines()
    return json.loads(out[0]), np.array(out[1:], float)


def figures(path, y):
    """Our figures of our scores, against scikit-learn's of the same scores."""
    from sklearn import metrics

    for estimator in ["mlp", "decision_tree", "naive_bayes"]:
        ours, scores = scores_of(path, estimator)
        fpr, recall, _ = metrics.roc_curve(y, scores, drop_intermediate=False)
        found = scores >= 0.5
        bins = np.minimum((scores.astype(np.float32) * np.float32(10)).astype(int), 9)
        ece = sum(
            abs(scores[bins == b].mean() - y[bins == b].mean()) * (bins == b).mean()
            for b in np.unique(bins)
        )
        theirs = {
            "auc": metrics.roc_auc_score(y, scores),
            "ap": metrics.average_precision_score(y, scores),
            "fpr95": fpr[np.argmax(recall >= 0.95)],
            "f1": metrics.f1_score(y, found),
            "f1_macro": metrics.f1_score(y, found, average="macro"),
            "ece": ece,
        }
        for name, value in theirs.items():
            near(
                f"figures of {estimator}: {name}",
                ours[name],
                value,
                1e-6 if name != "ece" else 2e-4,
            )


def areas(path, x, y, test, test_y):
    """Where numbers need not be equal, the quality must be: areas within a margin, or better."""
    import lightgbm
    import xgboost
    from sklearn import ensemble, naive_bayes, neighbors, svm, tree
    from sklearn.metrics import roc_auc_score

    def judge(estimator, theirs, margin, settings=None):
        ours = scores_of(path, estimator, settings)[0]["auc"]
        expected = roc_auc_score(test_y, theirs)
        check(
            f"area of {estimator}", ours > expected - margin, f"{ours:.4f}, theirs {expected:.4f}"
        )

    def bad(model):
        return model.fit(x, y).predict_proba(test)[:, 1]

    boosted = lightgbm.LGBMClassifier(n_jobs=1, verbose=-1, random_state=1)
    judge("gradient_boosting", bad(boosted), 0.002)
    boosted = xgboost.XGBClassifier(
        n_jobs=1,
        n_estimators=100,
        learning_rate=0.1,
        max_leaves=31,
        grow_policy="lossguide",
        max_depth=0,
        tree_method="hist",
    )
    judge("gradient_boosting", bad(boosted), 0.002)
    forest = dict(n_estimators=100, min_samples_leaf=2, random_state=1)
    judge("random_forest", bad(ensemble.RandomForestClassifier(**forest)), 0.005)
    judge("extra_trees", bad(ensemble.ExtraTreesClassifier(**forest)), 0.005)
    one = tree.DecisionTreeClassifier(
        max_leaf_nodes=128, max_depth=16, min_samples_leaf=20, random_state=1
    )
    judge("decision_tree", bad(one), 0.003)
    stumps = ensemble.AdaBoostClassifier(
        tree.DecisionTreeClassifier(max_depth=3),
        n_estimators=200,
        learning_rate=0.2,
        random_state=1,
    )
    judge("ada_boost", bad(stumps), 0.003)
    judge("naive_bayes", bad(naive_bayes.GaussianNB()), 0.005)

    # Where nothing is squeezed and nothing drawn, the same rows must give the same support vector
    # machine and the same neighbourhoods: fit on few rows, standardised as ours are.
    mean, sd = x[:, :3].mean(0), x[:, :3].std(0)
    encode = lambda rows: np.c_[
        np.clip((rows[:, :3] - mean) / sd, -20, 20),
        np.eye(2)[rows[:, 3].astype(int)],
        np.eye(2)[rows[:, 4].astype(int)],
    ]
    rng = np.random.default_rng(3)
    some = rng.choice(len(x), 3000, replace=False)
    machine = svm.SVC(gamma=1.0 / encode(x[some]).var(0).sum()).fit(encode(x[some]), y[some])
    plain = {"preprocess": {"squeeze": "never", "rare_rows": 1}}
    judge("svm", machine.decision_function(encode(test)), 0.006, plain)
    factor = neighbors.LocalOutlierFactor(n_neighbors=20, novelty=True).fit(encode(x[some]))
    ours = scores_of(path, "local_outlier_factor", plain)[0]["auc"]
    theirs = roc_auc_score(test_y, -factor.score_samples(encode(test)))
    check(
        "area of local_outlier_factor",
        abs(ours - theirs) < 0.04,
        f"{ours:.4f}, theirs {theirs:.4f}",
    )
    forest = ensemble.IsolationForest(random_state=1).fit(x)
    ours = np.mean(
        [
            json.loads(line)["auc"]
            for line in run(
                "judge_table", str(path), "isolation_forest", "{}", "--seeds=5"
            ).splitlines()
        ]
    )
    theirs = roc_auc_score(test_y, -forest.score_samples(test))
    check("area of isolation_forest", abs(ours - theirs) < 0.05, f"{ours:.4f}, theirs {theirs:.4f}")


def main():
    with tempfile.TemporaryDirectory() as folder:
        path = table(folder)
        x, y, test, test_y = read(path)
        facts = json.loads(run("oracle", str(path)))
        for name in ["plain", "batch_norm"]:
            network(f"network, {name}", facts[name])
        lines(facts["lines"])
        figures(path, test_y)
        areas(path, x, y, test, test_y)
    if FAILED:
        sys.exit(f"{len(FAILED)} differ: " + "; ".join(FAILED))
    print("all agree")


main()
