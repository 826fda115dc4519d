use std::collections::HashMap;

/// The number of an interned text: an index into [`Names`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NameId(pub u32);

impl NameId {
    /// Stands for every text that came after the table was full.
    pub const OVERFLOW: Self = Self(0);
}

/// A bounded table of texts (accounts, agents, host names), so that an event holds small numbers.
///
/// It never forgets: once it holds `capacity` texts, each further new text is counted and shares
/// [`NameId::OVERFLOW`]. A text longer than [`Names::MAX_TEXT_BYTES`] is cut.
#[derive(Clone, Debug)]
pub struct Names {
    ids: HashMap<Box<[u8]>, NameId>,
    texts: Vec<Box<[u8]>>,
    capacity: usize,
    overflowed: u64,
}

impl Names {
    /// Longest text that is kept, in bytes.
    pub const MAX_TEXT_BYTES: usize = 256;

    /// An empty table for at most `capacity` texts.
    pub fn with_capacity_limit(capacity: usize) -> Self {
        let overflow: Box<[u8]> = Box::from(&b"(others)"[..]);
        Self { ids: HashMap::new(), texts: vec![overflow], capacity, overflowed: 0 }
    }

    /// The number of a text, new or known.
    pub fn intern(&mut self, text: &[u8]) -> NameId {
        let text = &text[..text.len().min(Self::MAX_TEXT_BYTES)];
        if let Some(id) = self.ids.get(text) {
            return *id;
        }
        if self.texts.len() > self.capacity {
            self.overflowed += 1;
            return NameId::OVERFLOW;
        }
        let id = NameId(self.texts.len() as u32);
        self.texts.push(text.into());
        self.ids.insert(text.into(), id);
        id
    }

    /// The number of a text, if it is known.
    pub fn find(&self, text: &[u8]) -> Option<NameId> {
        self.ids.get(&text[..text.len().min(Self::MAX_TEXT_BYTES)]).copied()
    }

    /// The text of a number given out by this table.
    pub fn text(&self, id: NameId) -> &[u8] {
        self.texts.get(id.0 as usize).map_or(b"", |text| text)
    }

    /// How many texts it holds.
    pub fn len(&self) -> usize {
        self.texts.len() - 1
    }

    /// Whether it holds no text.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// How many calls of [`Names::intern`] found the table full.
    pub fn overflowed(&self) -> u64 {
        self.overflowed
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_table_counts_what_it_turns_away() {
        let mut names = Names::with_capacity_limit(2);
        let (ann, bob) = (names.intern(b"ann"), names.intern(b"bob"));
        assert_ne!(ann, bob);
        assert_eq!(names.intern(b"eve"), NameId::OVERFLOW);
        assert_eq!(names.intern(b"ann"), ann);
        assert_eq!((names.text(bob), names.overflowed()), (&b"bob"[..], 1));
    }
}
