use domain::{EntityKind, Event, Finding, Threat};
use features::{ColumnId, column};

use super::reference;
use crate::{Clue, Doubt, Indicator, Page, View, weigh};

const CALLS: ColumnId = column("sequence_length");
const REQUESTS_1M: ColumnId = column("requests_1m");
const UNIQUE_PATHS: ColumnId = column("num_unique_paths");
const PATH_UNIQUENESS: ColumnId = column("path_uniqueness");
const MEAN_GAP: ColumnId = column("inter_api_access_duration_sec");
const WRITES: ColumnId = column("write_ratio");
const ASSETS: ColumnId = column("asset_ratio");
const GAP_VARIATION: ColumnId = column("inter_api_access_duration_cv");
const GAP_ENTROPY: ColumnId = column("gap_entropy_bits");
const LONGEST_RUN: ColumnId = column("longest_run_calls");
const ACTIVE_HOURS: ColumnId = column("active_hours_24h");
const TOOL: ColumnId = column("tool_agent_ratio");
const CRAWLER: ColumnId = column("crawler_agent_ratio");
const BROWSER: ColumnId = column("browser_agent_ratio");
const REFERERS: ColumnId = column("referer_ratio");
const SIGNED_IN: ColumnId = column("signed_in_ratio");
const NUM_USERS: ColumnId = column("num_users");
const AGENTS: ColumnId = column("agents");
const SIGN_INS: ColumnId = column("sign_ins_24h");
const FAILURES: ColumnId = column("auth_failures_24h");
const VERIFIED: ColumnId = column("crawler_verified_24h");

/// Fewer calls than this show no habit.
const LEAST_CALLS: f32 = 30.0;

/// How much it takes: without this, nothing else counts.
const RATE: Clue = Clue::grows(REQUESTS_1M, 120.0, 60.0, 0.6);
/// The same of people, who may be several: they come back to pages, and come from page to page, write
/// as well as read, or call in fits and starts; or a browser loads the pictures of a page.
const PEOPLE_RATE: Clue = Clue::grows(REQUESTS_1M, 240.0, 150.0, 0.6);
const PEOPLE_UNIQUENESS: f32 = 0.5;
const PEOPLE_REFERERS: f32 = 0.5;
const PEOPLE_ENTROPY: f32 = 1.8;
const PEOPLE_WRITES: f32 = 0.05;
const PEOPLE_ASSETS: f32 = 0.5;
const BREADTH: Clue = Clue::grows(UNIQUE_PATHS, 150.0, 100.0, 0.4);
/// A copy at full speed: page after page, each once, without the pictures that a browser would load.
const BURST: Clue = Clue::grows(UNIQUE_PATHS, 40.0, 40.0, 0.6);
const BURST_GAP_SECS: f32 = 0.5;
const BURST_UNIQUENESS: f32 = 0.8;

/// What all of the above must come to before manners count.
const LEAST_TAKEN: f32 = 0.35;

/// In which manner: what a program does and a person does not.
const MANNER: [Clue; 5] = [
    Clue::stays_below(GAP_VARIATION, 0.35, 0.3),
    Clue::stays_below(GAP_ENTROPY, 1.2, 0.2),
    Clue::reaches(LONGEST_RUN, 100.0, 0.3),
    Clue::reaches(ACTIVE_HOURS, 20.0, 0.3),
    Clue::reaches(PATH_UNIQUENESS, 0.8, 0.4),
];

/// What it looks like.
const LOOKS: [Clue; 2] = [Clue::reaches(TOOL, 0.9, 0.4), Clue::reaches(CRAWLER, 0.9, 0.2)];
const NO_REFERERS: Clue = Clue::stays_below(REFERERS, 0.02, 0.4);

/// So much of a session must be verified for it to be the crawler's.
const LEAST_VERIFIED: f32 = 0.9;

/// As many agents from one address are as many people, or one who pretends to be.
const CROWD_AGENTS: f32 = 4.0;
const CROWD_USERS: f32 = 3.0;
/// So many times a day nobody signs in alone: an office, where the log tells no accounts.
const CROWD_SIGN_INS: f32 = 8.0;

const PAGE: Page = Page {
    title: "Automated bots",
    sees: "one client that calls far faster than others here, without pauses, in a steady rhythm, reads \
           page after page once and never comes back, calls around the clock, or claims to be a \
           browser and does not behave like one",
    matters: "copies of what the API holds, prices watched, stock hoarded, and load that \
              someone pays for",
    wrong: &[Doubt::general(
        "a partner's integration is a bot by agreement: signed-in clients must go much \
            further before they count, and belong on the allowlist. Monitors and polite \
            crawlers stay below the rate; a crawler that comes from the ranges a list gives for it \
            (`--lists`) is never accused",
    )],
    misses: "",
    mitre: &[reference("T1119", "Automated Collection")],
    owasp: &[
        reference("API4:2023", "Unrestricted Resource Consumption"),
        reference("API6:2023", "Unrestricted Access to Sensitive Business Flows"),
    ],
};

/// See the page.
#[derive(Debug)]
pub(super) struct AutomatedBots;

impl Indicator for AutomatedBots {
    fn threat(&self) -> Threat {
        Threat::AutomatedBots
    }

    fn page(&self) -> &'static Page {
        &PAGE
    }

    fn concerns(&self, _: &Event) -> bool {
        true
    }

    fn judge(&self, view: &View<'_>) -> Option<Finding> {
        if view.kind != EntityKind::Client || view.value(CALLS) < LEAST_CALLS {
            return None;
        }
        // A crawler that comes from where it says is a bot that was asked in: it is not accused.
        if view.value(VERIFIED) >= LEAST_VERIFIED * view.value(CALLS) {
            return None;
        }
        // Breadth is a crawler's trade, and many people together are broad too: of these only the
        // rate counts.
        let is_crawler = view.value(CRAWLER) >= 0.9;
        let is_crowd = view.value(NUM_USERS) >= CROWD_USERS
            || view.value(SIGN_INS) - view.value(FAILURES) >= CROWD_SIGN_INS
            || (view.value(AGENTS) >= CROWD_AGENTS && view.value(REFERERS) >= 0.5);
        let breadth = (!is_crawler && !is_crowd).then_some(&BREADTH);
        // A known customer may well be a program; a stranger who is one says so or hides it.
        let is_stranger = view.value(SIGNED_IN) < 0.5 && !is_crowd;
        let bursts = is_stranger
            && !is_crawler
            && view.value(MEAN_GAP) <= BURST_GAP_SECS
            && view.value(PATH_UNIQUENESS) >= BURST_UNIQUENESS
            && view.value(REFERERS).max(view.value(ASSETS)) < 0.5;
        let burst = bursts.then_some(&BURST);
        let rate = if are_people(view) { &PEOPLE_RATE } else { &RATE };
        let taking = [rate].into_iter().chain(breadth).chain(burst);
        let taken: f32 = taking.clone().map(|clue| clue.strength(view)).sum();
        if taken < LEAST_TAKEN {
            return None;
        }
        let manner = if is_stranger { &MANNER[..] } else { &[] };
        // Where most clients are tools, or none sends a referer, it tells nothing to be like them.
        let looks = LOOKS.iter().filter(|look| is_stranger && !is_usual(look.column, view));
        let sends_none = is_stranger && view.value(BROWSER) >= 0.9 && others_send_referers(view);
        let hides = sends_none.then_some(&NO_REFERERS);
        weigh(self.threat(), view, taking.chain(manner).chain(looks).chain(hides))
    }
}

/// Whether a client behaves like people at their browsers and applications.
fn are_people(view: &View<'_>) -> bool {
    let links = view.value(REFERERS) >= PEOPLE_REFERERS;
    let comes_back = view.value(PATH_UNIQUENESS) < PEOPLE_UNIQUENESS;
    let lives = view.value(WRITES) >= PEOPLE_WRITES || view.value(GAP_ENTROPY) >= PEOPLE_ENTROPY;
    (comes_back && (links || lives)) || (links && view.value(ASSETS) >= PEOPLE_ASSETS)
}

/// Whether at least half of the ordinary clients here are like that by half.
fn is_usual(column: ColumnId, view: &View<'_>) -> bool {
    view.normal(column).is_some_and(|normal| normal.median >= 0.5)
}

/// Whether there are clients here that do send referers, or nothing is known of that.
fn others_send_referers(view: &View<'_>) -> bool {
    view.normal(REFERERS).is_none_or(|normal| normal.high >= 0.5)
}
