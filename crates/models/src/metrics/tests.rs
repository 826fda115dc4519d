use proptest::prelude::*;

use super::*;

/// The definition of the area: every pair compared.
fn auc_by_pairs(scores: &[f32], labels: &[bool]) -> f64 {
    let (mut won, mut pairs) = (0.0, 0.0);
    for (bad, _) in scores.iter().zip(labels).filter(|(_, label)| **label) {
        for (ordinary, _) in scores.iter().zip(labels).filter(|(_, label)| !**label) {
            pairs += 1.0;
            won += if bad > ordinary { 1.0 } else { f64::from(u8::from(bad == ordinary)) / 2.0 };
        }
    }
    won / pairs
}

fn rows() -> impl Strategy<Value = (Vec<f32>, Vec<bool>)> {
    // Few different scores, so that ties are common.
    let row = (0u8..12, any::<bool>()).prop_map(|(score, label)| (f32::from(score) / 11.0, label));
    prop::collection::vec(row, 2..80).prop_map(|rows| rows.into_iter().unzip())
}

proptest! {
    #[test]
    fn the_area_is_the_share_of_pairs_in_order((scores, labels) in rows()) {
        let expect = auc_by_pairs(&scores, &labels);
        let found = auc(&scores, &labels);
        prop_assert!(found == expect || (found - expect).abs() < 1e-12 || found.is_nan() && expect.is_nan());
    }

    #[test]
    fn a_budget_is_kept_and_no_lower_threshold_would_keep_it(
        (scores, labels) in rows(),
        budget in 0.0..1.0f64,
    ) {
        let ordinary: Vec<f32> =
            scores.iter().zip(&labels).filter(|(_, l)| !**l).map(|(s, _)| *s).collect();
        prop_assume!(!ordinary.is_empty());
        let threshold = threshold_for_budget(&ordinary, budget);
        let rate = |t: f32| {
            ordinary.iter().filter(|s| **s >= t).count() as f64 / ordinary.len() as f64
        };
        prop_assert!(rate(threshold) <= budget);
        let lower = ordinary.iter().copied().filter(|s| *s < threshold).fold(f32::NAN, f32::max);
        prop_assert!(lower.is_nan() || rate(lower) > budget);
    }

    #[test]
    fn what_alarms_is_the_confusion_of_every_threshold((scores, labels) in rows()) {
        let counts = alarm_counts(&scores, &labels);
        prop_assert!(counts.windows(2).all(|pair| pair[0].threshold > pair[1].threshold));
        for at in counts {
            let expect = Confusion::at(&scores, &labels, at.threshold);
            let found = (at.found, at.false_alarms);
            prop_assert_eq!(found, (expect.true_positives, expect.false_positives));
        }
    }

    #[test]
    fn a_wanted_recall_is_reached((scores, labels) in rows(), recall in 0.01..1.0f64) {
        let bad: Vec<f32> =
            scores.iter().zip(&labels).filter(|(_, l)| **l).map(|(s, _)| *s).collect();
        prop_assume!(!bad.is_empty());
        let threshold = threshold_for_recall(&bad, recall);
        let found = |t: f32| bad.iter().filter(|s| **s >= t).count() as f64 / bad.len() as f64;
        prop_assert!(found(threshold) >= recall);
        prop_assert!(found(threshold.next_up()) < recall || found(threshold.next_up()) < found(threshold));
    }

    #[test]
    fn curves_run_from_nothing_to_everything_and_never_back((scores, labels) in rows()) {
        let roc = roc_curve(&scores, &labels);
        prop_assume!(!roc.is_empty());
        let trapezoid: f64 = roc.windows(2).map(|ends| {
            (ends[1].false_positive_rate - ends[0].false_positive_rate)
                * (ends[1].recall + ends[0].recall) / 2.0
        }).sum();
        prop_assert!((trapezoid - auc(&scores, &labels)).abs() < 1e-12);
        prop_assert_eq!((roc[0].recall, roc[0].false_positive_rate), (0.0, 0.0));
        let last = roc[roc.len() - 1];
        prop_assert_eq!((last.recall, last.false_positive_rate), (1.0, 1.0));
        for point in &roc {
            let counts = Confusion::at(&scores, &labels, point.threshold);
            prop_assert_eq!(counts.recall(), point.recall);
            prop_assert_eq!(counts.false_positive_rate(), point.false_positive_rate);
        }
    }
}

#[test]
fn the_figures_are_those_of_scikit_learn() {
    // roc_auc_score, average_precision_score, f1_score(threshold 0.5) of the same rows.
    let scores = [0.1, 0.4, 0.35, 0.8, 0.4];
    let labels = [false, false, true, true, true];
    assert!((auc(&scores, &labels) - 0.75).abs() < 1e-12);
    assert!((average_precision(&scores, &labels) - 0.805_555_555_555_555_5).abs() < 1e-12);
    let report = Report::of(&scores, &labels, 0.5);
    assert_eq!(report.confusion.true_positives, 1);
    assert_eq!((report.f1, report.precision), (0.5, 1.0));
    assert_eq!(report.fpr_at_recall_95, 0.5);
}

#[test]
fn a_missing_class_gives_no_figure_rather_than_a_wrong_one() {
    assert!(auc(&[0.5, 0.6], &[true, true]).is_nan());
    assert!(average_precision(&[0.5], &[false]).is_nan());
    assert!(fpr_at_recall(&[0.5], &[false], 0.9).is_nan());
    assert!(roc_curve(&[], &[]).is_empty());
}

#[test]
fn calibration_error_is_the_distance_of_score_and_share() {
    let scores = [0.25, 0.25, 0.25, 0.25, 0.95, 0.95];
    let labels = [true, false, false, false, true, false];
    assert!((calibration_error(&scores, &labels, 10) - 2.0 / 6.0 * 0.45).abs() < 1e-7);
}

#[test]
fn missing_an_attack_costs_what_it_costs() {
    let curve = cost_curve(&[0.9, 0.2], &[false, true], Cost { false_alarm: 1.0, miss: 10.0 });
    let costs: Vec<f64> = curve.iter().map(|point| point.cost).collect();
    assert_eq!(costs, [5.0, 5.5, 0.5]);
}
