use domain::{Client, NameId, Names};

use crate::Lists;
use crate::ranges::{Ranges, addresses};

/// Crawlers that are told apart.
pub const MAX_CRAWLERS: usize = 1_000;

/// A crawler and where it comes from.
#[derive(Clone, Debug)]
pub(crate) struct Crawler {
    /// A word of its agent, in lower case.
    pub(crate) name: String,
    pub(crate) ranges: Ranges,
}

/// What became of a claim to be a crawler.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Claim {
    /// It comes from where that crawler comes from.
    Verified,
    /// It comes from elsewhere.
    Refuted,
}

/// Which agents claim to be which crawler: asked once an agent, then known by its number.
#[derive(Clone, Debug)]
pub struct Claims<'a> {
    crawlers: &'a [Crawler],
    /// By the number of the agent, the crawler whose word it holds.
    by_agent: Vec<Option<u16>>,
}

impl Lists {
    /// Looks for the crawlers' words in every agent of a log. `None` where no list names a crawler.
    pub fn claims(&self, agents: &Names) -> Option<Claims<'_>> {
        if self.crawlers.is_empty() {
            return None;
        }
        let crawler_of = |agent: usize| {
            let text = agents.text(NameId(agent as u32)).to_ascii_lowercase();
            let holds = |crawler: &Crawler| {
                let word = crawler.name.as_bytes();
                text.windows(word.len()).any(|part| part == word)
            };
            let found = self.crawlers.iter().position(holds)?;
            u16::try_from(found).ok()
        };
        // The first number stands for agents that are not told apart.
        let by_agent = (0..=agents.len()).map(|agent| crawler_of(agent).filter(|_| agent > 0));
        Some(Claims { crawlers: &self.crawlers, by_agent: by_agent.collect() })
    }
}

impl Claims<'_> {
    /// What becomes of what an agent claims, from there; `None` where it claims nothing that a list could
    /// tell, or the log does not tell the address.
    pub fn of(&self, agent: NameId, client: Client) -> Option<Claim> {
        let crawler = (*self.by_agent.get(agent.0 as usize)?)?;
        let is_there = self.crawlers[usize::from(crawler)].ranges.meets(addresses(client)?);
        Some(if is_there { Claim::Verified } else { Claim::Refuted })
    }
}
