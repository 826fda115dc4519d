use domain::{EventFlags, PathWords, Timestamp};

use super::{ACTORS, share};
use crate::{Column, Distinct, FeatureGroup, Group, Seen, Session, mix};

/// What an actor looks like: agent, referers, assets, whether it is signed in.
#[derive(Clone, Debug, Default)]
pub(crate) struct Surface {
    calls: u32,
    referers: u32,
    assets: u32,
    tools: u32,
    copiers: u32,
    crawlers: u32,
    browsers: u32,
    signed_in: u32,
    passwords: u32,
    keys: u32,
    polite: u32,
    agents: Distinct,
}

impl FeatureGroup for Surface {
    const GROUP: Group = Group {
        name: "surface",
        about: "What an actor looks like",
        kinds: ACTORS,
        columns: &[
            Column {
                name: "referer_ratio",
                short: "share with a referer",
                sees: "share of the session's calls with a Referer",
                matters: "browsers send one with most calls",
                wrong: "applications and strict referrer policies send none",
            },
            Column {
                name: "asset_ratio",
                short: "share of assets",
                sees: "share of the session's calls for style sheets, scripts, images and fonts",
                matters: "a browser loads them, a program does not",
                wrong: "a cache or a content network serves them elsewhere",
            },
            Column {
                name: "tool_agent_ratio",
                short: "share by a tool agent",
                sees: "share of the session's calls by a library, command-line tool or offline browser, or by no \
                       agent",
                matters: "a program that does not hide",
                wrong: "partners and own services are programs too",
            },
            Column {
                name: "crawler_agent_ratio",
                short: "share by a crawler agent",
                sees: "share of the session's calls by an agent that names itself a crawler",
                matters: "welcome crawlers are slow and read robots.txt; pretenders are neither",
                wrong: "anyone can take a crawler's name",
            },
            Column {
                name: "browser_agent_ratio",
                short: "share by a browser agent",
                sees: "share of the session's calls by an agent that names itself a browser",
                matters: "who claims to be a browser must behave like one",
                wrong: "application web views claim it too",
            },
            Column {
                name: "signed_in_ratio",
                short: "share signed in",
                sees: "share of the session's calls with an account, or with a credential that is \
                       more than a cookie",
                matters: "a known customer is easier to ask than to block",
                wrong: "logs without accounts show none",
            },
            Column {
                name: "password_ratio",
                short: "share with name and password",
                sees: "share of the session's calls that carry a name and password (HTTP Basic)",
                matters: "such a credential is tried like a sign-in, and shared by a user's devices",
                wrong: "logs without the Authorization header show none",
            },
            Column {
                name: "key_ratio",
                short: "share with an API key",
                sees: "share of the session's calls that carry an API key",
                matters: "a key is given to a program, whose work is to go through many things",
                wrong: "some applications carry one key for all of their users",
            },
            Column {
                name: "polite_calls",
                short: "robots.txt and the like",
                sees: "calls of the session for robots.txt, sitemaps and the like",
                matters: "a welcome crawler asks first",
                wrong: "it may have asked in an earlier session",
            },
            Column {
                name: "agents",
                short: "user agents",
                sees: "distinct user agents in the session",
                matters: "one actor has one or two; a disguise has dozens",
                wrong: "an address that many share has as many as devices",
            },
            Column {
                name: "copier_agent_ratio",
                short: "share by an offline browser",
                sees: "share of the session's calls by an agent that names itself a copier of sites",
                matters: "it says what it came for",
                wrong: "somebody may keep a few pages of a manual for a journey",
            },
        ],
    };

    fn begin_session(&mut self, _at: Timestamp) {
        let mut agents = std::mem::take(&mut self.agents);
        agents.clear();
        *self = Self { agents, ..Self::default() };
    }

    fn observe(&mut self, seen: &Seen<'_>) {
        let event = seen.event;
        let has = |flag| u32::from(event.flags.contains(flag));
        let copier = EventFlags::AGENT_COPIER;
        let tool = EventFlags::AGENT_TOOL.union(EventFlags::AGENT_MISSING).union(copier);
        let signed_in = event.account.is_some() || event.flags.contains(EventFlags::CREDENTIALED);
        self.calls += 1;
        self.referers += has(EventFlags::REFERER);
        self.assets += u32::from(event.words.contains(PathWords::ASSET));
        self.tools += u32::from(event.flags.intersects(tool));
        self.copiers += has(copier);
        self.crawlers += has(EventFlags::AGENT_CRAWLER);
        self.browsers += has(EventFlags::AGENT_BROWSER);
        self.signed_in += u32::from(signed_in);
        self.passwords += has(EventFlags::PASSWORD);
        self.keys += has(EventFlags::KEY);
        self.polite += u32::from(event.words.contains(PathWords::POLITE));
        self.agents.insert(mix(event.agent.0.into()));
    }

    fn fill(&self, _session: &Session, out: &mut [f32]) {
        let ratio = |part: u32| share(part as f32, self.calls as f32);
        out.copy_from_slice(&[
            ratio(self.referers),
            ratio(self.assets),
            ratio(self.tools),
            ratio(self.crawlers),
            ratio(self.browsers),
            ratio(self.signed_in),
            ratio(self.passwords),
            ratio(self.keys),
            self.polite as f32,
            self.agents.count(),
            ratio(self.copiers),
        ]);
    }

    fn heap_bytes(&self) -> usize {
        self.agents.heap_bytes()
    }
}
