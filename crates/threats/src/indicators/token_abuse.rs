use domain::{EntityKind, Event, Finding, Threat};
use features::{ColumnId, column};

use super::reference;
use crate::{Clue, Doubt, Indicator, Page, View, weigh};

const CLIENTS_1H: ColumnId = column("clients_1h");
const CLIENTS_24H: ColumnId = column("clients_24h");
const STRANGER: ColumnId = column("stranger_calls");
const RETURNS: ColumnId = column("client_returns_1h");
const OWN_RATE: ColumnId = column("own_rate_ratio");
const NEW_ENDPOINTS: ColumnId = column("new_endpoints_1h");
const NEW_RATIO: ColumnId = column("new_endpoint_ratio_1h");
const REQUESTS_1H: ColumnId = column("requests_1h");
const STRANGE_HOUR: ColumnId = column("strange_hour");
const AGENTS: ColumnId = column("agents_24h");

/// One credential in many hands. A person has a few devices, and a phone a few addresses a day.
const HANDS: [Clue; 3] = [
    Clue::grows(CLIENTS_1H, 8.0, 5.0, 0.8),
    Clue::grows(CLIENTS_24H, 20.0, 12.0, 0.5),
    Clue::grows(AGENTS, 6.0, 4.0, 0.4),
];
/// The same, seen from the account where the log shows no credential: several people may share it.
const ACCOUNT_HANDS: [Clue; 2] =
    [Clue::grows(CLIENTS_1H, 10.0, 6.0, 0.8), Clue::grows(CLIENTS_24H, 25.0, 15.0, 0.4)];

/// One credential against its own past: far above its rate, where it never called, when it never
/// called. One of these is a change of plans; all together, or two of them by a stranger, are not.
const HABITS: [Clue; 5] = [
    Clue::grows(OWN_RATE, 10.0, 10.0, 0.4),
    Clue::grows(NEW_ENDPOINTS, 8.0, 8.0, 0.4),
    Clue::reaches(NEW_RATIO, 0.5, 0.4),
    Clue::reaches(STRANGE_HOUR, 1.0, 0.2),
    Clue::reaches(STRANGER, 1.0, 0.2),
];

/// Ten a minute for an hour: a program's doing. A person who comes back to an application that only polled
/// overnight breaks its habits too, but not so.
const LEAST_REQUESTS: f32 = 600.0;
/// A job that runs for the first time does one thing.
const LEAST_NEW: f32 = 2.0;

/// So few returns of a client that was there before, and so few agents, are one device's.
const LEAST_RETURNS: f32 = 3.0;
const OWN_AGENTS: f32 = 2.0;
/// So few clients are a person's own.
const LEAST_CLIENTS: f32 = 4.0;

/// See the page.
#[derive(Debug)]
pub(super) struct TokenAbuse;

const PAGE: Page = Page {
    title: "Token abuse",
    sees: "one credential or account that many clients and programs use within an hour or a day; and one \
           that is used far above its own rate, on endpoints it never called, at hours it never used",
    matters: "a token that leaked is passed on; a key that is sold is used by everyone who bought it",
    wrong: &[
        Doubt::of(
            &[OWN_RATE, NEW_ENDPOINTS, NEW_RATIO, STRANGE_HOUR],
            "a job that grows with a release, or one that calls several endpoints and runs for the \
             first time after hours of little work under the same key: put it on the allowlist",
        ),
        Doubt::general(
            "a service that runs on many machines under one key: put it on the allowlist",
        ),
        Doubt::general("a carrier that sends a phone's calls through several gateways in turn"),
    ],
    misses: "",
    mitre: &[
        reference("T1528", "Steal Application Access Token"),
        reference("T1550.001", "Use Alternate Authentication Material: Application Access Token"),
    ],
    owasp: &[reference("API2:2023", "Broken Authentication")],
};

impl Indicator for TokenAbuse {
    fn threat(&self) -> Threat {
        Threat::TokenAbuse
    }

    fn page(&self) -> &'static Page {
        &PAGE
    }

    fn concerns(&self, _: &Event) -> bool {
        true
    }

    fn judge(&self, view: &View<'_>) -> Option<Finding> {
        if view.kind == EntityKind::Credential && breaks_habits(view) {
            return weigh(self.threat(), view, &HABITS);
        }
        if view.value(CLIENTS_24H) < LEAST_CLIENTS || view.value(STRANGER) == 0.0 {
            return None;
        }
        // A phone on the move changes its address again and again, never goes back, and stays itself.
        let roams = view.value(RETURNS) < LEAST_RETURNS && view.value(AGENTS) <= OWN_AGENTS;
        if roams {
            return None;
        }
        match view.kind {
            EntityKind::Credential => weigh(self.threat(), view, &HANDS),
            EntityKind::Account => weigh(self.threat(), view, &ACCOUNT_HANDS),
            EntityKind::Client | EntityKind::Endpoint => None,
        }
    }
}

/// Whether a credential is used far above its own rate, and on endpoints it never called: on many, or for
/// most of a program's calls on a few. One alone may be a new job, unless the hour or the client is new.
fn breaks_habits(view: &View<'_>) -> bool {
    let [is_fast, is_broad, is_elsewhere, ..] =
        HABITS.map(|clue| clue.strength(view) >= clue.weight);
    let is_strange = view.value(STRANGE_HOUR).max(view.value(STRANGER)) >= 1.0;
    let is_at_work = is_elsewhere && view.value(REQUESTS_1H) >= LEAST_REQUESTS;
    let is_no_job = view.value(NEW_ENDPOINTS) >= LEAST_NEW || is_strange;
    is_fast && (is_broad || (is_at_work && is_no_job))
}
