use proptest::prelude::*;

use super::*;
use crate::Chance;

#[test]
fn platt_finds_the_line_that_made_the_labels() {
    let mut chance = Chance::new(4);
    let values: Vec<f32> = (0..20_000).map(|_| chance.normal() as f32 * 2.0).collect();
    let bad: Vec<bool> = values
        .iter()
        .map(|value| chance.unit_f32() < crate::contributions::sigmoid(1.5 * value - 0.7))
        .collect();
    let platt = Platt::fit(&values, &bad, &vec![1.0; values.len()]);
    assert!((platt.scale - 1.5).abs() < 0.08 && (platt.shift + 0.7).abs() < 0.06, "{platt:?}");
}

#[test]
fn platt_stays_finite_where_rows_are_told_apart_completely() {
    let platt = Platt::fit(&[0.0, 1.0, 2.0, 3.0], &[false, false, true, true], &[1.0; 4]);
    assert!(platt.scale.is_finite() && platt.probability(3.0) > 0.7, "{platt:?}");
}

/// The definition: at each score the largest of the smallest means of the stretches around it.
fn isotonic_by_hand(scores: &[f32], bad: &[bool], at: f32) -> f64 {
    let mut values: Vec<f32> = scores.to_vec();
    values.sort_by(f32::total_cmp);
    values.dedup();
    let mean = |low: f32, high: f32| {
        let inside = || scores.iter().zip(bad).filter(|(s, _)| **s >= low && **s <= high);
        inside().filter(|(_, bad)| **bad).count() as f64 / inside().count() as f64
    };
    let lows = values.iter().filter(|low| **low <= at);
    let least = |low: &f32| {
        let highs = values.iter().filter(|high| **high >= at);
        highs.map(|high| mean(*low, *high)).fold(f64::INFINITY, f64::min)
    };
    lows.map(least).fold(0.0, f64::max)
}

proptest! {
    #[test]
    fn isotonic_is_the_best_rising_line(
        rows in prop::collection::vec((0u8..10, any::<bool>()), 1..40),
    ) {
        let scores: Vec<f32> = rows.iter().map(|(score, _)| f32::from(*score) / 9.0).collect();
        let bad: Vec<bool> = rows.iter().map(|(_, bad)| *bad).collect();
        let fitted = Isotonic::fit(&scores, &bad, &vec![1.0; rows.len()]);
        for score in &scores {
            let expect = isotonic_by_hand(&scores, &bad, *score);
            prop_assert!((f64::from(fitted.probability(*score)) - expect).abs() < 1e-6);
        }
        for step in 0..100 {
            let low = fitted.probability(step as f32 / 100.0);
            prop_assert!(low <= fitted.probability((step + 1) as f32 / 100.0));
        }
    }

    #[test]
    fn a_conformal_threshold_keeps_its_rate(
        scores in prop::collection::vec(0u8..50, 1..200),
        rate in 0.001..1.0f64,
    ) {
        let scores: Vec<f32> = scores.iter().map(|score| f32::from(*score) / 50.0).collect();
        let conformal = Conformal::fit(&scores);
        match conformal.threshold(rate) {
            Some(threshold) => {
                prop_assert!(conformal.p_value(threshold) <= rate);
                let below = scores.iter().copied().filter(|s| *s < threshold);
                let below = below.fold(f32::NAN, f32::max);
                prop_assert!(below.is_nan() || conformal.p_value(below) > rate);
            }
            None => prop_assert!(1.0 / (scores.len() + 1) as f64 > rate),
        }
    }
}

#[test]
fn p_values_of_new_ordinary_rows_are_even() {
    let mut chance = Chance::new(8);
    let mut draw = |count: usize| (0..count).map(|_| chance.unit_f32().powi(3)).collect::<Vec<_>>();
    let conformal = Conformal::fit(&draw(2_000));
    for rate in [0.01, 0.05, 0.2] {
        let found = draw(20_000).iter().filter(|s| conformal.p_value(**s) <= rate).count();
        assert!((found as f64 / 20_000.0 - rate).abs() < rate / 2.0, "{rate}: {found}");
    }
}

#[test]
fn calibration_keeps_scores_in_range() {
    let scores: Vec<f32> = (0..=100).map(|score| score as f32 / 100.0).collect();
    let bad: Vec<bool> = scores.iter().map(|score| *score > 0.6).collect();
    let odds: Vec<f32> = scores.iter().map(|score| log_odds(*score)).collect();
    let even = vec![1.0; bad.len()];
    for calibration in [
        Calibration::None,
        Calibration::Platt(Platt::fit(&odds, &bad, &even)),
        Calibration::Isotonic(Isotonic::fit(&scores, &bad, &even)),
    ] {
        for score in [0.0, 0.3, 0.7, 1.0] {
            assert!((0.0..=1.0).contains(&calibration.probability(score)));
        }
    }
}
