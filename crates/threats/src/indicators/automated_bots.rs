use domain::{EntityKind, Event, Finding, Threat};
use features::{ColumnId, column};

use super::reference;
use super::unauthorized_access::works_under_a_key;
use crate::{Clue, Doubt, Indicator, Page, View, weigh};

const CALLS: ColumnId = column("sequence_length");
const REQUESTS_1M: ColumnId = column("requests_1m");
const UNIQUE_PATHS: ColumnId = column("num_unique_paths");
const PATH_UNIQUENESS: ColumnId = column("path_uniqueness");
const ENDPOINT_UNIQUENESS: ColumnId = column("api_access_uniqueness");
const MEAN_GAP: ColumnId = column("inter_api_access_duration_sec");
const WRITES: ColumnId = column("write_ratio");
const ASSETS: ColumnId = column("asset_ratio");
const GAP_VARIATION: ColumnId = column("inter_api_access_duration_cv");
const GAP_ENTROPY: ColumnId = column("gap_entropy_bits");
const LONGEST_RUN: ColumnId = column("longest_run_calls");
const ACTIVE_HOURS: ColumnId = column("active_hours_24h");
const TOOL: ColumnId = column("tool_agent_ratio");
const COPIER: ColumnId = column("copier_agent_ratio");
const CRAWLER: ColumnId = column("crawler_agent_ratio");
const BROWSER: ColumnId = column("browser_agent_ratio");
const REFERERS: ColumnId = column("referer_ratio");
const SIGNED_IN: ColumnId = column("signed_in_ratio");
const NUM_USERS: ColumnId = column("num_users");
const ERRORS: ColumnId = column("client_error_ratio");
const OBJECTS: ColumnId = column("objects");
const OBJECT_RATIO: ColumnId = column("object_ratio");
const OBJECT_UNIQUENESS: ColumnId = column("object_uniqueness");
const CHANGES: ColumnId = column("allowed_change_ratio");
const CLIENTS: ColumnId = column("clients_1h");
const AGENTS: ColumnId = column("agents");
const SIGN_INS: ColumnId = column("sign_ins_24h");
const FAILURES: ColumnId = column("auth_failures_24h");
const FAILURE_RATIO: ColumnId = column("auth_failure_ratio_24h");
const VERIFIED: ColumnId = column("crawler_verified_24h");

/// Fewer calls than this show no habit.
const LEAST_CALLS: f32 = 30.0;

/// How much it takes: without this, nothing else counts.
const RATE: Clue = Clue::grows(REQUESTS_1M, 120.0, 60.0, 0.6);
/// The same of who is known, and of people, who may be several: they come back to pages, and come from
/// page to page, write as well as read, or call in fits and starts; or browsers load the pictures of pages.
const PEOPLE_RATE: Clue = Clue::grows(REQUESTS_1M, 240.0, 150.0, 0.6);
/// Of people who are known to be several, and of who may change things.
const CROWD_RATE: Clue = Clue::grows(REQUESTS_1M, 480.0, 300.0, 0.6);
const PEOPLE_UNIQUENESS: f32 = 0.5;
const PEOPLE_REFERERS: f32 = 0.5;
const PEOPLE_ENTROPY: f32 = 1.8;
const PEOPLE_WRITES: f32 = 0.05;
const BREADTH: Clue = Clue::grows(UNIQUE_PATHS, 150.0, 100.0, 0.4);
/// A copy at full speed: page after page, each once, without the pictures that a browser would load.
const BURST: Clue = Clue::grows(UNIQUE_PATHS, 40.0, 40.0, 0.6);
const BURST_GAP_SECS: f32 = 0.5;
const BURST_UNIQUENESS: f32 = 0.8;
/// On and on: so many calls of which each follows the one before within ten seconds. At a call every
/// six seconds 600 are an hour, and 300 half of one: people stop to read in less, and several behind
/// one address show accounts, agents or pictures. A page that is left open asks for as long.
const TIRELESS: Clue = Clue::grows(LONGEST_RUN, 600.0, 300.0, 0.7);
/// Day and night, however slowly.
const SLEEPLESS: Clue = Clue::reaches(ACTIVE_HOURS, 20.0, 0.7);
/// More paths than one page shows or one monitor watches.
const WIDE_PATHS: f32 = 30.0;
/// A copier by its own word, however slowly: who keeps a page or two takes fewer paths with them.
static COPY: [Clue; 2] =
    [Clue::reaches(COPIER, 0.9, 0.6), Clue::reaches(UNIQUE_PATHS, WIDE_PATHS, 0.6)];

/// What all of the above must come to before manners count.
const LEAST_TAKEN: f32 = 0.35;

/// In which manner: what a program does and a person does not.
static MANNER: [Clue; 5] = [
    Clue::stays_below(GAP_VARIATION, 0.35, 0.3),
    Clue::stays_below(GAP_ENTROPY, 1.2, 0.2),
    Clue::reaches(LONGEST_RUN, 100.0, 0.3),
    Clue::reaches(ACTIVE_HOURS, 20.0, 0.3),
    Clue::reaches(PATH_UNIQUENESS, 0.8, 0.4),
];

/// What it looks like.
static LOOKS: [Clue; 2] = [Clue::reaches(TOOL, 0.9, 0.4), Clue::reaches(CRAWLER, 0.9, 0.2)];
const NO_REFERERS: Clue = Clue::stays_below(REFERERS, 0.02, 0.4);
/// Nobody: where others sign in or carry a key, it does neither.
const NO_ACCOUNT: Clue = Clue::stays_below(SIGNED_IN, 0.02, 0.2);

/// A part of a copy that many share out: too few pages to be anything alone. All of one kind, each
/// once, by a browser that loads no picture and comes from no page; together below 1.
const SHARE: [Clue; 3] = [
    Clue::reaches(PATH_UNIQUENESS, 0.9, 0.3),
    Clue::stays_below(ENDPOINT_UNIQUENESS, 0.2, 0.2),
    NO_REFERERS,
];
const LEAST_SHARE: f32 = 10.0;
/// Who meets more of them searches.
const MOST_DEAD_LINKS: f32 = 0.1;

/// Who mostly changes things, and is refused no more often than by a slip, has been given the right to.
const MOSTLY_CHANGES: f32 = 0.5;
const MOST_REFUSED: f32 = 0.05;

/// So much of a session must be verified for it to be the crawler's.
const LEAST_VERIFIED: f32 = 0.9;

/// As many agents from one address are as many people, or one who pretends to be.
const CROWD_AGENTS: f32 = 4.0;
const CROWD_USERS: f32 = 3.0;
/// Who says so and loads so many pictures has browsers, not names of them.
const BROWSER_ASSETS: f32 = 0.1;
/// So many times a day nobody signs in alone: an office, where the log tells no accounts.
const CROWD_SIGN_INS: f32 = 8.0;

const PAGE: Page = Page {
    title: "Automated bots",
    sees: "one client that calls far faster than others here; that reads page after page once and \
           never comes back; or that goes on for hundreds of calls without a pause of ten seconds, or day \
           and night, while it reads dozens of things or claims to be a browser, yet loads no picture \
           and comes from no page. A program that calls itself a copier of sites is told after dozens of \
           pages. And many clients of which each reads one share of a copy. Steady \
           rhythm and a tool's agent count on top",
    matters: "copies of what the API holds, prices watched, stock hoarded, and load that \
              someone pays for",
    wrong: &[
        Doubt::of(
            &[LONGEST_RUN],
            "a program of your own or a partner's whose key the log does not show; or a browser that is \
             set to send no referers, left on a page that asks every few seconds",
        ),
        Doubt::of(
            &[CLIENTS],
            "people whose browsers send no referers, after a list of links went round",
        ),
        Doubt::of(
            &[REQUESTS_1M, UNIQUE_PATHS],
            "several people behind one address, somebody in a hurry, or a partner's integration",
        ),
        Doubt::general(
            "a partner's integration, which is a bot by agreement: signed-in clients must go much \
             further before they count, one that works under an API key of its own does not, and where the log \
             shows neither it belongs on the allowlist. A crawler that comes from the ranges a \
             list gives for it (`--lists`) is never accused",
        ),
    ],
    misses: "loops of a few paths, or of POSTs to one, that name a page as their referer, since an open \
             dashboard does that; tools that are no faster than others here and ask for a few things, as \
             monitors do; who puts or deletes one thing after the other and is let, since a partner does \
             whose key the log does not show; and, where the log tells no accounts and no keys, tools that \
             come back to what they read, as partners do",
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

    fn adds_up(&self, view: &View<'_>) -> bool {
        takes_a_share(view)
    }

    fn judge(&self, view: &View<'_>) -> Option<Finding> {
        if view.kind != EntityKind::Client || view.value(CALLS) < LEAST_SHARE {
            return None;
        }
        // A crawler that comes from where it says is a bot that was asked in: it is not accused.
        if view.value(VERIFIED) >= LEAST_VERIFIED * view.value(CALLS) {
            return None;
        }
        // Nor is a partner, whose key was given to a program.
        if walks_as_somebody(view) || works_under_a_key(view) {
            return None;
        }
        let alone = judge_alone(view);
        let share = takes_a_share(view).then(|| weigh(Threat::AutomatedBots, view, &SHARE));
        let found = alone.into_iter().chain(share.flatten());
        found.max_by(|a, b| a.score.get().total_cmp(&b.score.get()))
    }
}

/// What speaks against a client whatever others do.
fn judge_alone(view: &View<'_>) -> Option<Finding> {
    if view.value(CALLS) < LEAST_CALLS {
        return None;
    }
    let client = Behaviour::of(view);
    let taking = client.taking(view);
    let taken: f32 = taking.clone().map(|clue| clue.strength(view)).sum();
    if taken < LEAST_TAKEN {
        return None;
    }
    let is_told = |manner: &Clue| taking.clone().any(|told| told.column == manner.column);
    let manner = client.manner(view).filter(|clue| !is_told(clue));
    weigh(Threat::AutomatedBots, view, taking.clone().chain(manner).chain(client.looks(view)))
}

/// What is known of a client before any number of it is weighed.
struct Behaviour {
    is_crawler: bool,
    is_crowd: bool,
    /// A known customer may well be a program; a stranger who is one says so or hides it.
    is_stranger: bool,
    may_change: bool,
    are_people: bool,
    /// Works with pages: follows links, loads what pages need, and writes or comes back, or is known by name.
    works: bool,
    /// Never pauses, as people do, even those who come back, follow links and write.
    is_tireless: bool,
    is_wide: bool,
    poses: bool,
    /// A key that the log does not show makes a stranger of a partner: only who is one among others
    /// who are known is nobody.
    is_nobody: bool,
}

impl Behaviour {
    fn of(view: &View<'_>) -> Self {
        let (is_crowd, are_people) = (is_crowd(view), are_people(view));
        let is_stranger = !is_known(view) && !is_crowd;
        let is_wide = view.value(UNIQUE_PATHS) >= WIDE_PATHS && loads_nothing(view);
        let writes = view.value(WRITES) >= PEOPLE_WRITES && !loads_nothing(view);
        let returns = view.value(PATH_UNIQUENESS) < PEOPLE_UNIQUENESS && has_browsers(view);
        Self {
            is_crawler: view.value(CRAWLER) >= 0.9,
            is_crowd,
            is_stranger,
            may_change: may_change(view),
            are_people,
            works: (are_people && (writes || returns)) || follows_links_as_known(view),
            is_tireless: is_stranger && TIRELESS.strength(view) >= TIRELESS.weight,
            is_wide,
            poses: poses_as_browser(view),
            is_nobody: view.value(BROWSER) < 0.1 && is_wide && others_are_known(view),
        }
    }

    /// The clues of taking much.
    fn taking(&self, view: &View<'_>) -> impl Iterator<Item = &'static Clue> + Clone + use<> {
        // Breadth is a crawler's trade, many people together are broad too, and who changes many things
        // copies none: of these only the rate counts.
        let is_broad_by_trade = self.is_crawler || self.is_crowd || self.works || self.may_change;
        let goes_on = self.goes_on();
        let sleepless = goes_on && self.is_wide && SLEEPLESS.strength(view) > 0.0;
        let copies = self.is_stranger && COPY.iter().all(|clue| clue.strength(view) > 0.0);
        [
            Some(self.rate()),
            (!is_broad_by_trade).then_some(&BREADTH),
            (self.is_stranger && !self.is_crawler && bursts(view)).then_some(&BURST),
            (goes_on && self.is_tireless).then_some(&TIRELESS),
            sleepless.then_some(&SLEEPLESS),
        ]
        .into_iter()
        .flatten()
        .chain(if copies { &COPY[..] } else { &[] })
    }

    fn rate(&self) -> &'static Clue {
        let is_no_person = self.is_tireless && (self.is_wide || self.poses);
        if self.is_crowd || self.may_change {
            &CROWD_RATE
        } else if !self.is_stranger || self.are_people && !is_no_person {
            &PEOPLE_RATE
        } else {
            &RATE
        }
    }

    /// Whether it tells of a client that it goes on and on.
    fn goes_on(&self) -> bool {
        self.is_stranger && !self.is_crawler && (self.poses || self.is_nobody)
    }

    /// The clues of a program's manner.
    fn manner(&self, view: &View<'_>) -> impl Iterator<Item = &'static Clue> + Clone + use<> {
        let shows = self.is_stranger && !is_open_page(view);
        if shows { &MANNER[..] } else { &[] }.iter()
    }

    /// The clues of a program's looks. Where most clients are tools, or none sends a referer, it tells nothing
    /// to be like them.
    fn looks(&self, view: &View<'_>) -> impl Iterator<Item = &'static Clue> + Clone + use<> {
        let [tool, crawler] = &LOOKS;
        let shows = |look: &Clue| self.is_stranger && !is_usual(look.column, view);
        let hides = self.is_stranger && view.value(BROWSER) >= 0.9 && others_send_referers(view);
        [
            shows(tool).then_some(tool),
            shows(crawler).then_some(crawler),
            hides.then_some(&NO_REFERERS),
            (self.goes_on() && self.is_nobody).then_some(&NO_ACCOUNT),
        ]
        .into_iter()
        .flatten()
    }
}

/// Whether a client reads one thing after another faster than a page loads, and loads no page.
fn bursts(view: &View<'_>) -> bool {
    view.value(MEAN_GAP) <= BURST_GAP_SECS
        && view.value(PATH_UNIQUENESS) >= BURST_UNIQUENESS
        && view.value(REFERERS).max(view.value(ASSETS)) < 0.5
}

/// Whether the server knows a client: by an account or a key, or by one that the log does not show.
fn is_known(view: &View<'_>) -> bool {
    view.value(SIGNED_IN) >= 0.5 || may_change(view) || came_in_by_a_page(view)
}

/// Whether a client signed in well and works with pages, as people do whose accounts the log does not
/// show. A program that signs in alone may have anybody's password.
fn came_in_by_a_page(view: &View<'_>) -> bool {
    got_in(view) >= 1.0 && view.value(REFERERS) >= PEOPLE_REFERERS && !loads_nothing(view)
}

/// Whether a client is a browser in which somebody who is known goes from page to page.
fn follows_links_as_known(view: &View<'_>) -> bool {
    view.value(SIGNED_IN) >= 0.5
        && view.value(BROWSER) >= 0.9
        && view.value(REFERERS) >= PEOPLE_REFERERS
}

/// Whether a client puts, patches or deletes things and is let. Posting says nothing of the kind: anybody
/// may send a form.
fn may_change(view: &View<'_>) -> bool {
    view.value(CHANGES) >= MOSTLY_CHANGES && view.value(ERRORS) <= MOST_REFUSED
}

/// Whether a client that is known goes through objects one by one. What it takes is told as unauthorized
/// access; that a program does it need not be told as well. The limits are those told there, less what a
/// sketch of distinct values may err.
fn walks_as_somebody(view: &View<'_>) -> bool {
    is_known(view)
        && view.value(OBJECTS) >= 50.0
        && view.value(OBJECT_RATIO) >= 0.8
        && view.value(OBJECT_UNIQUENESS) >= 0.75
}

/// Whether several people seem to be behind a client.
fn is_crowd(view: &View<'_>) -> bool {
    view.value(NUM_USERS) >= CROWD_USERS
        || got_in(view) >= CROWD_SIGN_INS
        || (view.value(AGENTS) >= CROWD_AGENTS
            && (view.value(REFERERS) >= 0.5 || view.value(ASSETS) >= BROWSER_ASSETS))
}

/// How many of its sign-ins of a day went well, at most. Not all failures are failed sign-ins: where a
/// token runs out, an application is refused several times at once and goes on.
fn got_in(view: &View<'_>) -> f32 {
    let (failures, ratio) = (view.value(FAILURES), view.value(FAILURE_RATIO));
    if failures == 0.0 || ratio <= 0.0 {
        return view.value(SIGN_INS) - failures;
    }
    (failures * (1.0 - ratio) / ratio).min(view.value(SIGN_INS))
}

/// Whether a client may be one of many that copy a site together. Where nothing is known of others, or
/// they load no pictures and send no referers either, nobody is.
fn takes_a_share(view: &View<'_>) -> bool {
    let is_stranger = view.value(SIGNED_IN) < 0.02 && !is_crowd(view);
    is_stranger
        && poses_as_browser(view)
        && others_load_assets(view)
        && view.normal(REFERERS).is_some_and(|normal| normal.median >= 0.5)
        && view.value(ERRORS) <= MOST_DEAD_LINKS
        && SHARE.iter().all(|clue| clue.strength(view) > 0.0)
}

/// Whether a client claims to be a browser and has neither loaded a picture nor come from a page,
/// where others do the one or the other.
fn poses_as_browser(view: &View<'_>) -> bool {
    view.value(BROWSER) >= 0.9
        && loads_nothing(view)
        && NO_REFERERS.strength(view) > 0.0
        && (others_send_referers(view) || others_load_assets(view))
}

/// Whether a client has loaded no picture, style sheet or script at all.
fn loads_nothing(view: &View<'_>) -> bool {
    view.value(ASSETS) == 0.0
}

/// Whether what a client says are browsers load pictures as browsers do.
fn has_browsers(view: &View<'_>) -> bool {
    view.value(BROWSER) >= 0.5 && view.value(ASSETS) >= BROWSER_ASSETS
}

/// Whether a client behaves like people at their browsers and applications.
fn are_people(view: &View<'_>) -> bool {
    let links = view.value(REFERERS) >= PEOPLE_REFERERS;
    let comes_back = view.value(PATH_UNIQUENESS) < PEOPLE_UNIQUENESS;
    let lives = view.value(WRITES) >= PEOPLE_WRITES || view.value(GAP_ENTROPY) >= PEOPLE_ENTROPY;
    (comes_back && (links || lives)) || (links && has_browsers(view))
}

/// Whether a client may be a page that somebody left open: it asks for the same few things, from a page,
/// as steadily and as long as any program.
fn is_open_page(view: &View<'_>) -> bool {
    view.value(UNIQUE_PATHS) < WIDE_PATHS
        && view.value(REFERERS) >= PEOPLE_REFERERS
        && view.value(PATH_UNIQUENESS) < PEOPLE_UNIQUENESS
}

/// Whether at least half of the ordinary clients here are like that by half.
fn is_usual(column: ColumnId, view: &View<'_>) -> bool {
    view.normal(column).is_some_and(|normal| normal.median >= 0.5)
}

/// Whether there are clients here that do send referers, or nothing is known of that.
fn others_send_referers(view: &View<'_>) -> bool {
    view.normal(REFERERS).is_none_or(|normal| normal.high >= 0.5)
}

/// Whether clients here load pictures and the like, so that who does not is no browser.
fn others_load_assets(view: &View<'_>) -> bool {
    view.normal(ASSETS).is_some_and(|normal| normal.median >= 0.05)
}

/// Whether the log tells accounts or keys of clients here.
fn others_are_known(view: &View<'_>) -> bool {
    view.normal(SIGNED_IN).is_some_and(|normal| normal.high >= 0.5)
}
