use super::bins::Binned;
use super::grow::Grower;
use super::growth::{Cuts, Growth};
use super::model::{Link, TreeModel};
use super::sum::TreeSum;
use super::tree::Tree;
use crate::{Chance, ColumnKind, Dataset, Detector, Matrix};

fn growth() -> Growth {
    Growth {
        leaves_max: 31,
        depth_max: 32,
        min_leaf_rows: 1,
        min_leaf_hessian: 0.0,
        lambda: 0.0,
        min_gain: 0.0,
        category_smooth: 0.0,
        columns_a_tree: None,
        columns_a_node: None,
        cuts: Cuts::Best,
    }
}

/// Two numbers, one with holes, and a category.
fn table(rows: usize, seed: u64) -> Dataset {
    let mut chance = Chance::new(seed);
    let x = Matrix::from_fn(rows, 3, |_, column| match column {
        0 => chance.normal() as f32,
        1 if chance.below(4) == 0 => f32::NAN,
        1 => (chance.normal() as f32 * 4.0).round(),
        _ => chance.below(5) as f32,
    });
    let mut kinds = vec![ColumnKind::Numeric; 2];
    kinds.push(ColumnKind::Categorical { levels: 5 });
    let label = |row: usize| {
        let row = x.row(row);
        let hole = row[1].is_nan() && row[0] > 0.0;
        u32::from(hole || row[1] > 3.0 || (row[2] == 1.0 || row[2] == 3.0) && row[0] < 0.5)
    };
    let y = (0..rows).map(label).collect();
    Dataset::new(x, kinds, y, 2).expect("is sound")
}

fn slopes(data: &Dataset) -> Vec<[f32; 2]> {
    data.y().iter().map(|label| [-(*label as f32), 1.0]).collect()
}

fn grow(data: &Dataset, growth: Growth, seed: u64) -> Tree {
    let binned = Binned::of(data);
    let mut grower = Grower::new(&binned, growth);
    let rows = 0..data.rows() as u32;
    grower.grow(rows, &slopes(data), &mut Chance::new(seed), &mut [0.0; 3]).tree
}

fn model(data: &Dataset, trees: Vec<Tree>) -> TreeModel {
    let sums = vec![TreeSum { start: 0.0, trees }];
    let ordinary = data.x().row(0).to_vec();
    TreeModel::new("test", Link::Share, sums, Binned::of(data).categories(), &[1.0; 3], ordinary)
}

#[test]
fn a_full_tree_knows_every_row_by_heart() {
    let data = table(400, 1);
    for cuts in [Cuts::Best, Cuts::Random] {
        for columns_a_node in [None, Some(1)] {
            let full = Growth { leaves_max: usize::MAX, cuts, columns_a_node, ..growth() };
            let tree = grow(&data, full, 3);
            for row in 0..data.rows() {
                let value = tree.value[tree.leaf_of(data.x().row(row))];
                assert_eq!(value, data.y()[row] as f32, "{cuts:?} {columns_a_node:?} row {row}");
            }
        }
    }
}

/// The definition: try every cut of every column on the raw rows.
fn best_gain_by_hand(data: &Dataset) -> f64 {
    let worth = |rows: &[usize]| {
        let bad: f64 = rows.iter().map(|row| f64::from(data.y()[*row])).sum();
        if rows.is_empty() { 0.0 } else { bad * bad / rows.len() as f64 }
    };
    let all: Vec<usize> = (0..data.rows()).collect();
    let mut best = 0.0f64;
    for column in 0..3 {
        for cut in 0..data.rows() {
            let cut = data.x().get(cut, column);
            for missing_left in [false, true] {
                let left = |row: &usize| {
                    let value = data.x().get(*row, column);
                    value <= cut || (value.is_nan() && missing_left)
                };
                let (l, r): (Vec<usize>, Vec<usize>) = all.iter().partition(|row| left(row));
                best = best.max(worth(&l) + worth(&r) - worth(&all));
            }
        }
    }
    for subset in 0..32u32 {
        let left = |row: &usize| subset >> data.x().get(*row, 2) as u32 & 1 == 1;
        let (l, r): (Vec<usize>, Vec<usize>) = all.iter().partition(|row| left(row));
        best = best.max(worth(&l) + worth(&r) - worth(&all));
    }
    best
}

#[test]
fn the_first_split_is_the_best_there_is() {
    for seed in 0..8 {
        let data = table(90 + seed as usize * 17, seed);
        let binned = Binned::of(&data);
        let mut grower = Grower::new(&binned, Growth { leaves_max: 2, ..growth() });
        let mut gains = [0.0; 3];
        let rows = 0..data.rows() as u32;
        grower.grow(rows, &slopes(&data), &mut Chance::new(1), &mut gains);
        let (found, expect) = (gains.iter().sum::<f64>(), best_gain_by_hand(&data));
        assert!((found - expect).abs() < 1e-9, "seed {seed}: {found} {expect}");
    }
}

#[test]
fn histograms_by_subtraction_and_by_counting_give_one_tree() {
    let data = table(3000, 5);
    let kept = grow(&data, Growth { leaves_max: 400, min_leaf_rows: 3, ..growth() }, 1);
    // Wanting all columns "of a node" turns subtraction off.
    let counting = Growth { columns_a_node: Some(3), ..growth() };
    let fresh = grow(&data, Growth { leaves_max: 400, min_leaf_rows: 3, ..counting }, 1);
    for row in 0..data.rows() {
        let value = |tree: &Tree| tree.value[tree.leaf_of(data.x().row(row))];
        assert!((value(&kept) - value(&fresh)).abs() < 1e-6);
    }
}

#[test]
fn limits_on_leaves_are_kept() {
    let data = table(1000, 2);
    let tree = grow(&data, Growth { leaves_max: 9, min_leaf_rows: 40, ..growth() }, 1);
    let leaves: Vec<usize> = (0..tree.nodes.len()).filter(|at| tree.is_leaf(*at)).collect();
    assert!(leaves.len() <= 9 && leaves.len() > 3, "{}", leaves.len());
    let arrive = |leaf: &usize| {
        (0..data.rows()).filter(|row| tree.leaf_of(data.x().row(*row)) == *leaf).count()
    };
    assert!(leaves.iter().all(|leaf| arrive(leaf) >= 40));
    let deep = grow(&data, Growth { depth_max: 2, ..growth() }, 1);
    assert!(deep.nodes.len() <= 7);
}

/// The definition of the Shapley value, over all orders of columns.
fn shapley_by_hand(model: &TreeModel, row: &[f32], reference: &[f32]) -> Vec<f64> {
    let orders = [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]];
    let mut parts = vec![0.0; 3];
    for order in orders {
        let mut mixed = reference.to_vec();
        for column in order {
            let before = f64::from(model.score(&mixed).get());
            mixed[column] = row[column];
            parts[column] += (f64::from(model.score(&mixed).get()) - before) / 6.0;
        }
    }
    parts
}

#[test]
fn contributions_are_shapley_values_by_their_definition() {
    let data = table(300, 4);
    let ordinary = data.x().row(0);
    let random = Growth { cuts: Cuts::Random, ..growth() };
    let mut trees: Vec<Tree> = (1..=4).map(|seed| grow(&data, random, seed)).collect();
    trees.iter_mut().flat_map(|tree| &mut tree.value).for_each(|value| *value /= 4.0);
    let model = model(&data, trees);
    for row in (0..300).step_by(7) {
        let row = data.x().row(row);
        let why = model.contributions(row);
        for (part, expect) in why.parts.iter().zip(shapley_by_hand(&model, row, ordinary)) {
            assert!((f64::from(*part) - expect).abs() < 1e-6, "{part} {expect}");
        }
        assert!((why.score() - model.score(row).get()).abs() < 1e-6);
        assert!((why.base - model.score(ordinary).get()).abs() < 1e-6);
    }
}

#[test]
fn an_unknown_category_goes_where_missing_ones_go() {
    let data = table(500, 6);
    let model = model(&data, vec![grow(&data, growth(), 1)]);
    let score = |code: f32| model.score(&[0.1, 1.0, code]).get();
    for odd in [17.0, -3.0, 1.5, f32::INFINITY, f32::NEG_INFINITY] {
        assert_eq!(score(odd), score(f32::NAN), "{odd}");
    }
}

#[test]
fn saved_and_loaded_they_are_the_same_and_damage_is_noticed() {
    let data = table(500, 6);
    let model = model(&data, vec![grow(&data, growth(), 1), grow(&data, growth(), 2)]);
    let saved = model.save();
    assert_eq!(TreeModel::load("test", &saved).expect("loads"), model);
    for at in 0..saved.tensors.len() {
        let mut broken = saved.clone();
        broken.tensors[at].values.pop();
        broken.tensors[at].shape = vec![broken.tensors[at].values.len()];
        assert!(TreeModel::load("test", &broken).is_err(), "{}", saved.tensors[at].name);
    }
    let mut circle = saved;
    circle.tensors[5].values[3] = 0.0;
    assert!(TreeModel::load("test", &circle).is_err());
}
