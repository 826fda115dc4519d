use domain::{AuthOutcome, EntityKind, Event, Finding, PathWords, Threat};
use features::{ColumnId, column};

use super::reference;
use crate::{Clue, Doubt, Indicator, Page, View, weigh};

const OBJECTS: ColumnId = column("objects");
const OBJECT_RATIO: ColumnId = column("object_ratio");
const OBJECT_UNIQUENESS: ColumnId = column("object_uniqueness");
const OBJECT_WRITES: ColumnId = column("object_write_ratio");
const NEIGHBOURS: ColumnId = column("neighbour_ratio");
const MINUTES: ColumnId = column("vsession_duration_min");
const REFUSED_OBJECTS: ColumnId = column("refused_objects_24h");
const FORBIDDEN: ColumnId = column("forbidden_paths_24h");
const ADMIN_PATHS: ColumnId = column("admin_paths_24h");
const ERROR_PATHS: ColumnId = column("distinct_error_paths_24h");
const FAILED_SECRETS: ColumnId = column("failed_secrets_24h");
const FAILED_ACCOUNTS: ColumnId = column("failed_accounts_24h");
const REFUSED: ColumnId = column("refusals_24h");
const REFUSED_PATHS: ColumnId = column("refused_paths_24h");
const ERROR_RATIO: ColumnId = column("client_error_ratio");
const SIGN_INS: ColumnId = column("sign_ins_24h");
const PASSWORDS: ColumnId = column("password_ratio");
const USERS: ColumnId = column("users_by_number_24h");
const SIGNED_IN: ColumnId = column("signed_in_ratio");
const KEYS: ColumnId = column("key_ratio");

/// Doors that were locked, each once however often it is tried: objects, and pages of any kind.
const DOORS: [Clue; 3] = [
    Clue::grows(FORBIDDEN, 20.0, 12.0, 1.0),
    Clue::grows(REFUSED_OBJECTS, 10.0, 8.0, 1.0),
    Clue::grows(REFUSED_PATHS, 20.0, 12.0, 1.0),
];
/// Pages of the administration, tried by somebody who has signed in, or who tries little else. Among
/// a hundred other paths they are part of a search for weaknesses.
const ADMIN: Clue = Clue::grows(ADMIN_PATHS, 8.0, 6.0, 1.0);
/// Doors that were not: one object after another, each once. What is usual here says nothing about
/// it, since those who browse come back to what they found.
const ENUMERATION: Clue = Clue::reaches(OBJECTS, 60.0, 1.2);
const WRITES: Clue = Clue::reaches(OBJECTS, 40.0, 1.0);

/// One user after another by number, most of whom are not there: who is read, not whom one knows.
const USER_NUMBERS: Clue = Clue::grows(USERS, 4.0, 4.0, 1.0);

/// Keys that were made up: tokens refused one after another, without a sign-in.
const FORGED: Clue = Clue::grows(FAILED_SECRETS, 8.0, 6.0, 1.0);

/// Who share an address and have been away come back with as many stale tokens as there are people, and
/// then get in. Who made them up does not.
const LEAST_ERROR_RATIO: f32 = 0.55;

/// Who is refused less often than this knows what is his: many people behind one address, whose sessions
/// run out one after another, find as many doors locked as one who tries them, but not as a share of what
/// they open.
const LEAST_REFUSED_RATIO: f32 = 0.05;
/// The share of the paths that went wrong that must ask for the administration.
const LEAST_ADMIN_RATIO: f32 = 0.4;
/// How single-minded an enumeration is.
const LEAST_OBJECT_RATIO: f32 = 0.8;
const LEAST_UNIQUENESS: f32 = 0.9;
/// How it is told from work on what others ask for: it counts, or it is faster than anybody reads, with
/// a record every quarter of a minute throughout.
const LEAST_NEIGHBOURS: f32 = 0.5;
const READ_A_MINUTE: f32 = 4.0;

/// See the page.
#[derive(Debug)]
pub(super) struct UnauthorizedAccess;

const PAGE: Page = Page {
    title: "Unauthorized access",
    sees: "one client that is refused object after object, page after page of the administration, or \
           with one made-up token after another; that counts through users by number; or that goes through objects one by one with one \
           credential, each once, and gets them, by their numbers or faster than anybody reads",
    matters: "broken object-level authorization is the commonest hole in APIs, and every answer of 200 \
              in such a run is somebody's data",
    wrong: &[
        Doubt::of(
            &[OBJECTS],
            "a signed-in export or backup, which goes through all its own objects once",
        ),
        Doubt::of(
            &[REFUSED_OBJECTS, REFUSED_PATHS],
            "an application whose session has run out, or somebody who follows links to what is no longer shared",
        ),
        Doubt::of(&[ADMIN_PATHS], "an administrator whose session has run out"),
        Doubt::of(
            &[FAILED_SECRETS],
            "people who share an address and have been away for so long that their tokens ran out",
        ),
        Doubt::of(&[USERS], "old links to people who have left"),
        Doubt::general("a front end that shows buttons it should hide, and collects 403s"),
    ],
    misses: "objects taken at a reader's pace and in no order, as in work on what others ask for, and those \
             taken under an API key of its own, as partners' programs do",
    mitre: &[
        reference("T1087", "Account Discovery"),
        reference("T1213", "Data from Information Repositories"),
    ],
    owasp: &[
        reference("API1:2023", "Broken Object Level Authorization"),
        reference("API5:2023", "Broken Function Level Authorization"),
    ],
};

impl Indicator for UnauthorizedAccess {
    fn threat(&self) -> Threat {
        Threat::UnauthorizedAccess
    }

    fn page(&self) -> &'static Page {
        &PAGE
    }

    fn concerns(&self, event: &Event) -> bool {
        let refused = matches!(event.auth, AuthOutcome::Failure | AuthOutcome::Forbidden);
        refused || event.object_hash != 0 || event.words.contains(PathWords::ADMIN)
    }

    fn judge(&self, view: &View<'_>) -> Option<Finding> {
        if view.kind != EntityKind::Client {
            return None;
        }
        let signed_in = view.value(SIGNED_IN) >= 0.5;
        let enumerates = view.value(OBJECT_RATIO) >= LEAST_OBJECT_RATIO
            && view.value(OBJECT_UNIQUENESS) >= LEAST_UNIQUENESS
            && (counts(view) || outruns_readers(view))
            && signed_in
            && !works_under_a_key(view);
        let writes = enumerates && view.value(OBJECT_WRITES) >= 0.5;
        let admin_ratio = view.value(ADMIN_PATHS) / view.value(ERROR_PATHS).max(1.0);
        let admin = (signed_in || admin_ratio >= LEAST_ADMIN_RATIO).then_some(&ADMIN);
        let forged = forges_tokens(view).then_some(&FORGED);
        let counts_users = view.value(OBJECT_UNIQUENESS) >= LEAST_UNIQUENESS
            && view.value(OBJECTS) >= view.value(USERS);
        let users = counts_users.then_some(&USER_NUMBERS);
        let objects = enumerates.then_some(&ENUMERATION);
        let is_refused = view.value(ERROR_RATIO) >= LEAST_REFUSED_RATIO;
        let doors = if is_refused { &DOORS[..] } else { &[] };
        let clues = doors.iter().chain(admin).chain(forged).chain(users);
        let clues = clues.chain(objects).chain(writes.then_some(&WRITES));
        weigh(self.threat(), view, clues)
    }
}

/// Whether a client is a program that was given a key of its own, as partners are: to go through objects is
/// its work. Where people's applications carry keys too, one tells nothing.
pub(super) fn works_under_a_key(view: &View<'_>) -> bool {
    let is_usual = view.normal(KEYS).is_some_and(|normal| normal.median >= 0.5);
    view.value(KEYS) >= 0.9 && !is_usual
}

fn counts(view: &View<'_>) -> bool {
    view.value(NEIGHBOURS) >= LEAST_NEIGHBOURS
}

fn outruns_readers(view: &View<'_>) -> bool {
    view.value(OBJECTS) >= READ_A_MINUTE * view.value(MINUTES)
}

/// Whether what a client is refused for are tokens that it made up rather than passwords that it guesses:
/// each is another, several accounts are named in them or none, and nobody signs in.
pub(super) fn forges_tokens(view: &View<'_>) -> bool {
    let names = view.value(FAILED_ACCOUNTS);
    let names_nobody = names == 0.0 && view.value(ERROR_RATIO) >= LEAST_ERROR_RATIO;
    view.value(PASSWORDS) < 0.5
        && view.value(SIGN_INS) < view.value(REFUSED) / 2.0
        && (names >= 2.0 || names_nobody)
        && view.value(FAILED_SECRETS) >= 2.0
}
