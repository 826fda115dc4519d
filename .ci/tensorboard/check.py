"""Reads a folder of event files back with the real TensorBoard and checks what is in them.

usage: check.py LOGDIR
"""

import sys
from pathlib import Path

from tensorboard.backend.event_processing import event_file_loader
from tensorboard.backend.event_processing.plugin_event_multiplexer import EventMultiplexer
from tensorboard.plugins.hparams import plugin_data_pb2
from tensorboard.util import tensor_util

METRICS = ["accuracy", "auc", "average_precision", "precision", "recall", "f1", "fpr_at_recall_95"]


def main(folder: Path) -> None:
    runs = sorted(path.name for path in folder.iterdir() if path.is_dir())
    assert "final" in runs and "fold-1" in runs, f"runs: {runs}"
    for file in folder.glob("*/events.out.tfevents.*"):
        # The loader checks every checksum and raises on the first that is wrong.
        events = list(event_file_loader.EventFileLoader(str(file)).Load())
        assert events[0].file_version == "brain.Event:2", file
        assert len(events) > 2, f"{file}: only {len(events)} events"
    multiplexer = EventMultiplexer(size_guidance={"tensors": 0})
    multiplexer.AddRunsFromDirectory(str(folder))
    multiplexer.Reload()
    for run in runs:
        check_run(multiplexer, run)
    print(f"{len(runs)} runs read back: {', '.join(runs)}")


def check_run(multiplexer: EventMultiplexer, run: str) -> None:
    accumulator = multiplexer.GetAccumulator(run)
    tags = list(multiplexer.Runs()[run]["tensors"])
    # The final fit that does not stop early and has no test rows learns from every row.
    has_second_side = run != "final" or "loss/validation" in tags
    sides = ["train", "validation"] if has_second_side else ["train"]
    for metric in ["loss", *METRICS]:
        for side in sides:
            tag = f"{metric}/{side}"
            points = accumulator.Tensors(tag)
            steps = [point.step for point in points]
            # An epoch without an alert has no precision.
            gaps = metric in ["precision", "f1"]
            every = list(range(1, max(steps) + 1))
            right = set(steps) <= set(every) if gaps else steps == every
            assert right and steps == sorted(set(steps)), f"{run} {tag}: steps {steps}"
            values = [tensor_util.make_ndarray(point.tensor_proto).item() for point in points]
            assert all(value == value for value in values), f"{run} {tag}: {values}"
    for prefix in ["weights/", "gradients/"]:
        histograms = [tag for tag in tags if tag.startswith(prefix)]
        assert histograms, f"{run}: no {prefix}"
        for tag in histograms:
            check_histogram(accumulator, run, tag)
    if has_second_side:
        check_pr_curve(accumulator, run, "validation/pr_curves")
    if run != "final":
        check_pr_curve(accumulator, run, "test/pr_curves")
        for metric in METRICS:
            (point,) = accumulator.Tensors(f"{metric}/test")
    check_hparams(accumulator, run)


def check_histogram(accumulator, run: str, tag: str) -> None:
    assert accumulator.SummaryMetadata(tag).plugin_data.plugin_name == "histograms", tag
    for point in accumulator.Tensors(tag):
        buckets = tensor_util.make_ndarray(point.tensor_proto)
        assert buckets.shape[1] == 3 and buckets[:, 2].sum() > 0, f"{run} {tag}: {buckets}"


def check_pr_curve(accumulator, run: str, tag: str) -> None:
    assert accumulator.SummaryMetadata(tag).plugin_data.plugin_name == "pr_curves", tag
    for point in accumulator.Tensors(tag):
        table = tensor_util.make_ndarray(point.tensor_proto)
        true_pos, false_pos, true_neg, false_neg, precision, recall = table
        total = true_pos + false_pos + true_neg + false_neg
        assert (total == total[0]).all(), f"{run} {tag}: rows get lost"
        assert recall[0] == 1 and (recall[:-1] >= recall[1:]).all(), f"{run} {tag}: {recall}"
        assert ((0 <= precision) & (precision <= 1)).all(), f"{run} {tag}: {precision}"


def check_hparams(accumulator, run: str) -> None:
    wanted = {
        "_hparams_/experiment": "experiment",
        "_hparams_/session_start_info": "session_start_info",
        "_hparams_/session_end_info": "session_end_info",
    }
    for tag, field in wanted.items():
        content = accumulator.SummaryMetadata(tag).plugin_data.content
        data = plugin_data_pb2.HParamsPluginData.FromString(content)
        assert data.WhichOneof("data") == field, f"{run} {tag}: {data}"
        if field == "session_start_info":
            names = set(data.session_start_info.hparams)
            assert {"learning_rate", "hidden", "dropout", "epochs"} <= names, names
        if field == "experiment" and run != "final":
            tags = {info.name.tag for info in data.experiment.metric_infos}
            assert "auc/test" in tags, tags


if __name__ == "__main__":
    main(Path(sys.argv[1]))
