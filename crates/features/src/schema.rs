//! The one schema: every column of a row, in order.

use domain::EntityKind;

use crate::GROUPS;

/// One number of a row.
#[derive(Clone, Copy, Debug)]
pub struct Column {
    /// Its name, with the unit last.
    pub name: &'static str,
    /// What a number in it counts, in the fewest words: `42` and these read as a phrase.
    pub short: &'static str,
    /// What it sees.
    pub sees: &'static str,
    /// Why it matters.
    pub matters: &'static str,
    /// When it is wrong.
    pub wrong: &'static str,
}

/// The place of a column in a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ColumnId(pub usize);

impl ColumnId {
    /// The column's number in a row.
    pub fn of(self, row: &domain::Row) -> f32 {
        row[self.0]
    }

    /// The column's name.
    pub fn name(self) -> &'static str {
        columns().nth(self.0).map_or("", |(_, column)| column.name)
    }
}

/// How many columns a row has.
pub const WIDTH: usize = {
    let mut width = 0;
    let mut group = 0;
    while group < GROUPS.len() {
        width += GROUPS[group].columns.len();
        group += 1;
    }
    width
};

/// The place of a column, by name. In a `const` a name that does not exist fails the build.
pub const fn column(name: &str) -> ColumnId {
    let (mut place, mut group) = (0, 0);
    while group < GROUPS.len() {
        let columns = GROUPS[group].columns;
        let mut index = 0;
        while index < columns.len() {
            if same(columns[index].name, name) {
                return ColumnId(place);
            }
            place += 1;
            index += 1;
        }
        group += 1;
    }
    panic!("no such column")
}

/// The column of a name.
pub fn find(name: &str) -> Option<&'static Column> {
    columns().map(|(_, column)| column).find(|column| column.name == name)
}

/// All columns in the order of a row, each with its group.
pub fn columns() -> impl Iterator<Item = (&'static crate::Group, &'static Column)> {
    GROUPS.iter().flat_map(|group| group.columns.iter().map(move |column| (group, column)))
}

/// Whether a column has a meaning for a kind of entity.
pub fn applies(id: ColumnId, kind: EntityKind) -> bool {
    columns().nth(id.0).is_some_and(|(group, _)| group.applies_to(kind))
}

/// A number that changes whenever the schema does: FNV-1a over the names in order.
pub const fn fingerprint() -> u64 {
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    let mut group = 0;
    while group < GROUPS.len() {
        let columns = GROUPS[group].columns;
        let mut index = 0;
        while index < columns.len() {
            let name = columns[index].name.as_bytes();
            let mut byte = 0;
            while byte < name.len() {
                hash = (hash ^ name[byte] as u64).wrapping_mul(0x0100_0000_01b3);
                byte += 1;
            }
            hash = (hash ^ 0xff).wrapping_mul(0x0100_0000_01b3);
            index += 1;
        }
        group += 1;
    }
    hash
}

const fn same(a: &str, b: &str) -> bool {
    let (a, b) = (a.as_bytes(), b.as_bytes());
    if a.len() != b.len() {
        return false;
    }
    let mut index = 0;
    while index < a.len() {
        if a[index] != b[index] {
            return false;
        }
        index += 1;
    }
    true
}
