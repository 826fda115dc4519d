//! The contract of every estimator, run over the whole list.

use models::metrics::auc;
use models::{
    Chance, ColumnKind, Dataset, Detector, ESTIMATORS, EstimatorEntry, FitErrorKind, Learning,
    Matrix, Rows, Saved, Unwatched, estimator, load,
};

/// Rows of clouds around `class × distance` in two columns, with a column of holes, a category that
/// leans towards the class, and a column of noise.
fn clouds(counts: &[usize], distance: f64, seed: u64) -> Dataset {
    let mut chance = Chance::new(seed);
    let mut y: Vec<u32> = (0..).zip(counts).flat_map(|(c, n)| vec![c; *n]).collect();
    chance.shuffle(&mut y);
    let x = Matrix::from_fn(y.len(), 5, |row, column| {
        let centre = f64::from(y[row]) * distance;
        match column {
            0 => (centre + chance.normal()) as f32,
            1 => ((0.4 * (centre + chance.normal())).exp() * 10.0) as f32,
            2 if chance.below(5) == 0 => f32::NAN,
            2 => (centre / 2.0 + chance.normal()) as f32,
            3 => ((y[row] as usize + chance.below(2)) % 4) as f32,
            _ => chance.normal() as f32,
        }
    });
    let mut kinds = vec![ColumnKind::Numeric; 5];
    kinds[3] = ColumnKind::Categorical { levels: 4 };
    Dataset::new(x, kinds, y, counts.len() as u32).expect("is sound")
}

fn supervised(entry: &EstimatorEntry) -> bool {
    entry.learning == Learning::Supervised
}

/// What the estimator should be able to learn from: both classes, or nearly only the ordinary one.
fn usual_train(entry: &EstimatorEntry) -> Dataset {
    if supervised(entry) { clouds(&[300, 200], 3.0, 1) } else { clouds(&[480, 10], 3.0, 1) }
}

fn fit(entry: &EstimatorEntry, train: &Dataset, seed: u64) -> Box<dyn Detector> {
    let fitted = entry.default_estimator().fit(train, None, seed, &mut Unwatched);
    fitted.unwrap_or_else(|error| panic!("{}: {error}", entry.name))
}

fn area(detector: &dyn Detector, data: &Dataset) -> f64 {
    let bad: Vec<bool> = data.y().iter().map(|label| *label > 0).collect();
    auc(&detector.scores(data.x().view()), &bad)
}

fn text(saved: &Saved) -> String {
    serde_json::to_string(saved).expect("is plain data")
}

/// Rows that no table should have, and a log may send all the same.
fn odd_rows() -> Matrix {
    let odd =
        [f32::NAN, f32::INFINITY, f32::NEG_INFINITY, f32::MAX, f32::MIN, 1e-40, -0.0, 16_777_217.0];
    let mut values = Vec::new();
    for value in odd {
        values.extend([value; 5]);
        for column in 0..5 {
            let mut row = [0.5; 5];
            row[column] = value;
            values.extend(row);
        }
    }
    Matrix::new(5, values).expect("is whole")
}

fn check_estimator(entry: &EstimatorEntry) {
    let name = entry.name;
    let train = usual_train(entry);
    let test = clouds(&[300, 200], 3.0, 2);
    let detector = fit(entry, &train, 7);
    assert_eq!((detector.kind(), detector.columns()), (name, 5));
    assert_eq!(detector.classes(), if supervised(entry) { 2 } else { 0 }, "{name}");
    let found = area(detector.as_ref(), &test);
    assert!(found > 0.95, "{name}: area {found}");

    let again = fit(entry, &train, 7);
    assert_eq!(text(&detector.save()), text(&again.save()), "{name}: same seed, same bytes");

    check_scores(name, detector.as_ref(), &test.x().view());
    check_scores(name, detector.as_ref(), &odd_rows().view());
    check_reasons(name, detector.as_ref(), &test.x().view());
    check_reasons(name, detector.as_ref(), &odd_rows().view());
    check_saved(name, detector.as_ref(), &test);
    check_constant_column(entry, &train, &test, found);
    if supervised(entry) {
        check_weights(entry);
        check_one_class(entry);
        check_many_classes(entry);
    } else {
        check_labels_unseen(entry, &train);
    }
}

fn check_scores(name: &str, detector: &dyn Detector, rows: &Rows<'_>) {
    let scores = detector.scores(*rows);
    for (row, score) in rows.iter().zip(&scores) {
        assert!((0.0..=1.0).contains(score), "{name}: score {score} of {row:?}");
        let alone = detector.score(row).get();
        assert_eq!(alone.to_bits(), score.to_bits(), "{name}: alone or not, {row:?}");
    }
    let all = detector.probabilities(*rows);
    for (pair, score) in all.chunks_exact(2).zip(&scores) {
        assert!((pair[1] - score).abs() < 1e-6 && (pair[0] + pair[1] - 1.0).abs() < 1e-5, "{name}");
    }
}

fn check_reasons(name: &str, detector: &dyn Detector, rows: &Rows<'_>) {
    for row in rows.iter().step_by(17).chain(rows.iter().take(6)) {
        let why = detector.contributions(row);
        assert_eq!(why.parts.len(), row.len(), "{name}");
        assert!(why.parts.iter().all(|part| part.is_finite()), "{name}: {why:?} of {row:?}");
        let (sum, score) = (why.score(), detector.score(row).get());
        assert!((sum - score).abs() < 1e-4, "{name}: parts give {sum}, score {score}, {row:?}");
    }
}

fn check_saved(name: &str, detector: &dyn Detector, test: &Dataset) {
    let saved = detector.save();
    // Parameters travel as JSON; tensors do not, since JSON has no infinity.
    let params = serde_json::from_str(&saved.params.to_string()).expect("is JSON");
    let back = load(&Saved { params, ..saved.clone() });
    let back = back.unwrap_or_else(|error| panic!("{name}: {error}"));
    let bits = |scores: Vec<f32>| scores.iter().map(|s| s.to_bits()).collect::<Vec<_>>();
    let view = test.x().view();
    assert_eq!(bits(detector.scores(view)), bits(back.scores(view)), "{name}");
    let row = test.x().row(3);
    assert_eq!(detector.contributions(row), back.contributions(row), "{name}");
    assert_eq!(text(&back.save()), text(&saved), "{name}");
    for at in 0..saved.tensors.len() {
        let what = &saved.tensors[at].name;
        let mut gone = saved.clone();
        gone.tensors.remove(at);
        assert!(load(&gone).is_err(), "{name}: loads without {what}");
        let mut short = saved.clone();
        if short.tensors[at].values.pop().is_some() {
            assert!(load(&short).is_err(), "{name}: loads with a short {what}");
        }
    }
    assert!(load(&Saved { kind: "abacus".into(), ..saved.clone() }).is_err());
    assert!(load(&Saved { params: serde_json::Value::Null, ..saved }).is_err(), "{name}");
}

fn check_constant_column(entry: &EstimatorEntry, train: &Dataset, test: &Dataset, before: f64) {
    let with = |data: &Dataset| {
        let x = Matrix::from_fn(data.rows(), 6, |row, column| match column {
            5 => 4.0,
            _ => data.x().get(row, column),
        });
        let kinds = [data.kinds(), &[ColumnKind::Numeric]].concat();
        Dataset::new(x, kinds, data.y().to_vec(), 2).expect("is sound")
    };
    let detector = fit(entry, &with(train), 7);
    let after = area(detector.as_ref(), &with(test));
    assert!(after > before - 0.03, "{}: a constant column, {before} {after}", entry.name);
}

/// Clouds that overlap: the weights say on which side to err.
fn check_weights(entry: &EstimatorEntry) {
    let (data, test) = (clouds(&[300, 300], 0.7, 3), clouds(&[300, 300], 0.7, 4));
    let mean = |bad_weight: f32| {
        let weight = |label: &u32| if *label == 1 { bad_weight } else { 1.0 };
        let weighted = data.clone().with_weights(data.y().iter().map(weight).collect());
        let detector = fit(entry, &weighted.expect("is sound"), 7);
        let scores = detector.scores(test.x().view());
        scores.iter().sum::<f32>() / scores.len() as f32
    };
    let (light, heavy) = (mean(0.2), mean(5.0));
    // Leaves of one class, as forests have them, do not feel weights: they move least.
    assert!(light + 0.04 < heavy, "{}: mean score {light}, weighted {heavy}", entry.name);
}

fn check_one_class(entry: &EstimatorEntry) {
    let refused = |data: &Dataset| {
        let fitted = entry.default_estimator().fit(data, None, 1, &mut Unwatched);
        fitted.err().unwrap_or_else(|| panic!("{}: must be refused", entry.name)).kind
    };
    let only_bad = clouds(&[0, 50], 3.0, 1);
    assert_eq!(refused(&only_bad), FitErrorKind::OneClass { class: 1 }, "{}", entry.name);
    let weightless: Vec<f32> = (0..60).map(|row| if row < 30 { 1.0 } else { 0.0 }).collect();
    let data = clouds(&[30, 30], 3.0, 1);
    let sorted: Vec<usize> = [0, 1]
        .iter()
        .flat_map(|label| (0..60).filter(|row| data.y()[*row] == *label).collect::<Vec<_>>())
        .collect();
    let data = data.subset(&sorted).and_then(|data| data.with_weights(weightless));
    let kind = refused(&data.expect("is sound"));
    assert_eq!(kind, FitErrorKind::OneClass { class: 0 }, "{}", entry.name);
    let x = Matrix::from_fn(5, 5, |row, _| row as f32);
    let unlabelled = Dataset::unlabelled(x, vec![ColumnKind::Numeric; 5]).expect("is sound");
    assert!(matches!(refused(&unlabelled), FitErrorKind::Unlabelled { .. }), "{}", entry.name);
}

fn check_many_classes(entry: &EstimatorEntry) {
    let name = entry.name;
    let (train, test) = (clouds(&[200, 150, 150], 4.0, 4), clouds(&[100, 100, 100], 4.0, 5));
    let detector = fit(entry, &train, 7);
    assert_eq!(detector.classes(), 3, "{name}");
    let all = detector.probabilities(test.x().view());
    let scores = detector.scores(test.x().view());
    let mut right = 0;
    for ((p, score), label) in all.chunks_exact(3).zip(&scores).zip(test.y()) {
        assert!((p.iter().sum::<f32>() - 1.0).abs() < 1e-4, "{name}: {p:?}");
        assert!((1.0 - p[0] - score).abs() < 1e-4, "{name}: {p:?} {score}");
        let best = (0..3).max_by(|a, b| p[*a].total_cmp(&p[*b]));
        right += usize::from(best == Some(*label as usize));
    }
    // A line cannot cut the middle one of three clouds in a row out by itself.
    let least = if ["ridge", "lasso", "elastic_net"].contains(&name) { 180 } else { 240 };
    assert!(right > least, "{name}: {right} of 300");
    check_reasons(name, detector.as_ref(), &test.x().view());
    let back = load(&detector.save()).unwrap_or_else(|error| panic!("{name}: {error}"));
    assert_eq!(back.probabilities(test.x().view()), all, "{name}");
}

fn check_labels_unseen(entry: &EstimatorEntry, train: &Dataset) {
    let without = Dataset::unlabelled(train.x().clone(), train.kinds().to_vec());
    let (with, without) = (fit(entry, train, 7), fit(entry, &without.expect("is sound"), 7));
    let scores = |detector: &dyn Detector| detector.scores(train.x().view());
    assert_eq!(scores(with.as_ref()), scores(without.as_ref()), "{}", entry.name);
}

#[test]
fn every_estimator_keeps_the_contract() {
    let broken = ESTIMATORS
        .iter()
        .filter(|entry| std::panic::catch_unwind(|| check_estimator(entry)).is_err());
    let broken: Vec<&str> = broken.map(|entry| entry.name).collect();
    assert!(broken.is_empty(), "see above: {broken:?}");
}

#[test]
fn names_are_unique_and_settings_come_back() {
    for (at, entry) in ESTIMATORS.iter().enumerate() {
        assert!(ESTIMATORS[..at].iter().all(|other| other.name != entry.name));
        let own = entry.default_estimator();
        assert_eq!((own.name(), own.title()), (entry.name, entry.title));
        let again = estimator(entry.name, own.settings()).expect("takes its own settings");
        assert_eq!(format!("{own:?}"), format!("{again:?}"));
        let unknown = estimator(entry.name, serde_json::json!({"no_such_setting": 1}));
        let message = unknown.expect_err("must be refused").to_string();
        assert!(message.contains("no_such_setting"), "{message}");
    }
    let message = estimator("abacus", serde_json::json!({})).expect_err("unknown").to_string();
    assert!(message.starts_with("invalid estimator abacus: must be one of mlp, "), "{message}");
}

#[test]
fn two_rows_and_one_column_are_enough_to_fit_or_to_say_why_not() {
    let x = Matrix::from_fn(2, 1, |row, _| row as f32);
    let data = Dataset::new(x, vec![ColumnKind::Numeric], vec![0, 1], 2).expect("is sound");
    for entry in ESTIMATORS {
        if let Ok(detector) = entry.default_estimator().fit(&data, None, 1, &mut Unwatched) {
            let scores = detector.scores(data.x().view());
            assert!(scores.iter().all(|s| (0.0..=1.0).contains(s)), "{}: {scores:?}", entry.name);
        }
    }
}
