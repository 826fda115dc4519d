use serde::{Deserialize, Serialize};

use crate::Dataset;

/// How much a row of each class weighs in a fit, on top of the row's own weight.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClassWeighting {
    /// All rows weigh the same, so that scores are probabilities of the data as they are.
    Equal,
    /// Each class weighs the same in all.
    Balanced,
    /// As balanced, but each weight clipped to 0.5..=2 and all scaled to sum to the number of classes:
    /// a rare class counts more without drowning the others.
    Dynamic,
}

impl ClassWeighting {
    /// The weight of each class; a class without rows weighs 1.
    pub fn weights(self, class_counts: &[usize]) -> Vec<f32> {
        let classes = class_counts.len() as f32;
        let rows: usize = class_counts.iter().sum();
        let balanced = class_counts.iter().map(|count| match count {
            0 => 1.0,
            count => rows as f32 / (classes * *count as f32),
        });
        match self {
            Self::Equal => vec![1.0; class_counts.len()],
            Self::Balanced => balanced.collect(),
            Self::Dynamic => {
                let clipped: Vec<f32> = balanced.map(|weight| weight.clamp(0.5, 2.0)).collect();
                let sum: f32 = clipped.iter().sum();
                clipped.iter().map(|weight| weight * classes / sum).collect()
            }
        }
    }

    /// The weight of each row of a labelled dataset: its own times that of its class.
    pub fn row_weights(self, data: &Dataset) -> Vec<f32> {
        let of_class = self.weights(&data.class_counts());
        let row_weight = |(row, label): (usize, &u32)| data.weight(row) * of_class[*label as usize];
        data.y().iter().enumerate().map(row_weight).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dynamic_weights_are_clipped_and_sum_to_the_classes() {
        let check = |rule: ClassWeighting, counts: &[usize], expect: &[f32]| {
            assert_eq!(rule.weights(counts), expect, "{rule:?} {counts:?}");
        };
        check(ClassWeighting::Equal, &[9, 1], &[1.0, 1.0]);
        check(ClassWeighting::Balanced, &[30, 10], &[2.0 / 3.0, 2.0]);
        check(ClassWeighting::Dynamic, &[990, 10], &[0.403_225_8, 1.596_774_2]);
        check(ClassWeighting::Dynamic, &[5, 5, 5], &[1.0, 1.0, 1.0]);
    }
}
