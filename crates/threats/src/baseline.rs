use domain::{EntityKind, Row};
use features::{ColumnId, WIDTH, column};

/// How many ordinary entities must have been seen before their range replaces a floor. With fewer,
/// the 99th percentile is little more than the largest value.
pub const LEAST_ENTITIES: u32 = 50;

/// The range of a column over the ordinary entities of a kind.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Normal {
    /// 1 % of the entities lie below.
    pub low: f32,
    /// Half of the entities lie below.
    pub median: f32,
    /// 1 % of the entities lie above.
    pub high: f32,
}

const NUM_USERS: ColumnId = column("num_users");

/// What is normal here: a range a kind of entity and column, fitted on traffic from which attacks
/// were trimmed.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Baseline {
    kinds: [KindBaseline; EntityKind::ALL.len()],
}

#[derive(Clone, Debug, Default, PartialEq)]
struct KindBaseline {
    entities: u32,
    normals: Vec<Option<Normal>>,
    /// The ends of the ranges by themselves, without end where nothing is known: they are compared with
    /// whole rows.
    lows: Vec<f32>,
    highs: Vec<f32>,
}

impl Baseline {
    /// Sets what is normal for a kind: `normals` holds a range a column of the schema, `None` where
    /// nothing is known, out of so many ordinary entities.
    ///
    /// # Panics
    /// When `normals` is not as wide as the schema.
    pub fn set(&mut self, kind: EntityKind, entities: u32, normals: Vec<Option<Normal>>) {
        assert_eq!(normals.len(), WIDTH, "a baseline is as wide as the schema");
        let ends = |of: fn(Normal) -> f32, unknown| -> Vec<f32> {
            normals.iter().map(|normal| normal.map_or(unknown, of)).collect()
        };
        let lows = ends(|normal| normal.low, f32::NEG_INFINITY);
        let highs = ends(|normal| normal.high, f32::INFINITY);
        self.kinds[kind as usize] = KindBaseline { entities, normals, lows, highs };
    }

    /// How many ordinary entities of a kind were seen.
    pub fn entities(&self, kind: EntityKind) -> u32 {
        self.kinds[kind as usize].entities
    }

    /// The range of a column, however few entities it comes from.
    pub fn range(&self, kind: EntityKind, column: ColumnId) -> Option<Normal> {
        *self.kinds[kind as usize].normals.get(column.0)?
    }

    /// How many numbers of a row lie outside their ranges, however few entities these come from.
    pub fn outside(&self, kind: EntityKind, row: &Row) -> u32 {
        let KindBaseline { lows, highs, .. } = &self.kinds[kind as usize];
        let ends = lows.iter().zip(highs);
        // No `||`: without branches the compiler compares several columns at a time.
        let outside =
            row.iter().zip(ends).map(|(value, (low, high))| (value < low) | (value > high));
        outside.map(u32::from).sum()
    }

    /// The range of a column, if enough entities were seen to rely on it.
    pub fn normal(&self, kind: EntityKind, column: ColumnId) -> Option<Normal> {
        if self.entities(kind) < LEAST_ENTITIES {
            return None;
        }
        self.range(kind, column)
    }
}

/// What an indicator looks at: a row, whose it is, and what is normal here.
#[derive(Clone, Copy, Debug)]
pub struct View<'a> {
    /// The kind of entity that the row describes.
    pub kind: EntityKind,
    /// The row.
    pub row: &'a Row,
    /// What is normal here.
    pub baseline: &'a Baseline,
}

impl View<'_> {
    /// The row's number in a column; 0 where it has none.
    pub fn value(&self, column: ColumnId) -> f32 {
        let value = column.of(self.row);
        if value.is_nan() { 0.0 } else { value }
    }

    /// By how much a count may be larger because several people are behind the entity: the square root
    /// of the accounts that were let in, since people do not have their bad moments together. At
    /// least 1. The root also bounds what an attacker gains who claims accounts without having them.
    pub fn crowd(&self) -> f32 {
        self.value(NUM_USERS).max(1.0).sqrt()
    }

    /// The learned range of a column, where there is one.
    pub fn normal(&self, column: ColumnId) -> Option<Normal> {
        self.baseline.normal(self.kind, column)
    }
}
