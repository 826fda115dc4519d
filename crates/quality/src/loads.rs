use std::collections::BTreeMap;

use domain::{Event, Method, PathWords, Timestamp};

use crate::facts::LoadFacts;
use crate::hash::{client_bits, mix};
use crate::sample::Sample;

/// Pairs of a client and a page that are held for telling whether pages come with their files.
pub const SAMPLED_LOADS: usize = 1 << 14;
/// So many calls of pages and files are looked at: they tell as much as ten times as many.
pub const OBSERVED_LOADS: u32 = 1 << 16;
/// Files that are told apart of one load of a page: those with the smallest hashes, which are the same
/// ones for everybody.
pub const FILES_A_LOAD: usize = 8;

/// A page and its files come within this time, even to a slow phone.
const LOADING_SECS: f64 = 30.0;
/// A page that fewer clients loaded tells nothing about which files are its own.
const LEAST_LOADS: usize = 3;

/// Pages as browsers load them: the page itself, and with it the static files that it names.
///
/// What one browser loads in one go is in a whole log all there. Of each client only the first load of a
/// page is looked at: later ones come from its cache.
#[derive(Clone, Debug)]
pub(crate) struct Loads {
    loads: Sample<Load>,
    observed: u32,
}

/// A client's first load of a page.
#[derive(Clone, Debug, Default)]
struct Load {
    page: u16,
    /// When the client last asked for the page itself, before any file of it.
    opened: Option<Timestamp>,
    /// When the first file came.
    began: Option<Timestamp>,
    /// Whether the page itself came with its files.
    has_page: bool,
    /// The files, in the order of their hashes.
    files: Vec<u32>,
}

/// What is known of a page from all who loaded it.
#[derive(Clone, Copy, Debug)]
struct Page {
    loads: usize,
    /// The share of loads with the page itself.
    with_page: f64,
    /// Where one of the page's files came, the share of its others that came as well.
    together: f64,
}

impl Loads {
    pub(crate) fn new() -> Self {
        Self { loads: Sample::of_at_most(SAMPLED_LOADS), observed: 0 }
    }

    /// Takes an event in. Logs without files of pages cost nothing.
    #[inline]
    pub(crate) fn observe(&mut self, event: &Event) {
        let is_file = event.page_hash != 0;
        let is_of_interest =
            is_file || (self.observed > 0 && !event.words.contains(PathWords::ASSET));
        if is_of_interest && self.observed < OBSERVED_LOADS {
            self.take(event, is_file);
        }
    }

    fn take(&mut self, event: &Event, is_file: bool) {
        if event.method != Method::Get || event.is_error() {
            return;
        }
        self.observed += 1;
        let page = if is_file { event.page_hash } else { page_hash(event.path_hash) };
        let key = mix(client_bits(event.client).rotate_left(23) ^ u64::from(page));
        let Some(load) = self.loads.get(key) else { return };
        load.page = page;
        if is_file { load.file(event) } else { load.page(event.time) }
    }

    /// What loads have in common, of pages that tell: of those that have two files at least which most of
    /// their loads have.
    pub(crate) fn facts(&self) -> LoadFacts {
        let mut pages: BTreeMap<u16, Vec<&Load>> = BTreeMap::new();
        let mut is_known: BTreeMap<u16, bool> = BTreeMap::new();
        for load in self.loads.values() {
            // A page that nobody ever asked for lies on another host, or is a screen of a program.
            *is_known.entry(load.page).or_default() |= load.opened.is_some() || load.has_page;
            if load.began.is_some() {
                pages.entry(load.page).or_default().push(load);
            }
        }
        pages.retain(|page, _| is_known[page]);
        let pages: Vec<Page> = pages.values().filter_map(|loads| page(loads)).collect();
        LoadFacts {
            pages: pages.len() as u64,
            loads: pages.iter().map(|page| page.loads as u64).sum(),
            with_page: upper_quartile(&pages, |page| page.with_page),
            together: upper_quartile(&pages, |page| page.together),
        }
    }
}

impl Load {
    fn page(&mut self, time: Timestamp) {
        match self.began {
            None => self.opened = Some(time),
            // A line is written when its answer ends: a page's may come after those of its files.
            Some(began) => self.has_page |= time.secs_since(began) <= LOADING_SECS,
        }
    }

    fn file(&mut self, event: &Event) {
        let began = *self.began.get_or_insert(event.time);
        if event.time.secs_since(began) > LOADING_SECS {
            return;
        }
        if self.files.is_empty() {
            let opened = self.opened.map(|opened| event.time.secs_since(opened));
            self.has_page |= opened.is_some_and(|ago| ago <= LOADING_SECS);
        }
        let file = (event.path_hash >> 32) as u32;
        if let Err(place) = self.files.binary_search(&file) {
            self.files.insert(place, file);
            self.files.truncate(FILES_A_LOAD);
        }
    }
}

/// What [`Event::page_hash`] of a page's files is.
const fn page_hash(path_hash: u64) -> u16 {
    (path_hash >> 48) as u16
}

fn page(loads: &[&Load]) -> Option<Page> {
    let mut counts: BTreeMap<u32, usize> = BTreeMap::new();
    loads
        .iter()
        .flat_map(|load| &load.files)
        .for_each(|file| *counts.entry(*file).or_default() += 1);
    let most = counts.values().copied().max().filter(|most| *most >= LEAST_LOADS)?;
    let is_own = |file: &&u32| counts[*file] * 2 >= most;
    let others = counts.keys().filter(is_own).count().checked_sub(1).filter(|it| *it > 0)?;
    let (mut of_page, mut with_page, mut files, mut together) = (0_usize, 0_usize, 0_usize, 0.0);
    for load in loads {
        let own = load.files.iter().filter(is_own).count();
        if own > 0 {
            of_page += 1;
            with_page += usize::from(load.has_page);
            files += own;
            together += (own * (own - 1)) as f64 / others as f64;
        }
    }
    Some(Page {
        loads: of_page,
        with_page: with_page as f64 / of_page as f64,
        together: together / files as f64,
    })
}

/// What a quarter of all loads reach or exceed, each taken for what its page is.
fn upper_quartile(pages: &[Page], value: impl Fn(&Page) -> f64) -> f64 {
    let mut values: Vec<(f64, usize)> =
        pages.iter().map(|page| (value(page), page.loads)).collect();
    values.sort_unstable_by(|(a, _), (b, _)| b.total_cmp(a));
    let mut wanted = values.iter().map(|(_, loads)| loads).sum::<usize>().div_ceil(4);
    let reached = values.iter().find(|(_, loads)| {
        wanted = wanted.saturating_sub(*loads);
        wanted == 0
    });
    reached.map_or(0.0, |(value, _)| *value)
}

#[cfg(test)]
#[path = "loads_tests.rs"]
mod tests;
