use domain::{EntityKind, Event, Finding, Threat};
use features::{ColumnId, column};

use super::reference;
use crate::{Clue, Doubt, Indicator, Page, View, weigh};

const QUICK: ColumnId = column("quick_returns_1h");
const DISGUISED: ColumnId = column("disguised_returns_1h");
const CLIENTS: ColumnId = column("clients_1h");
const STRANGER: ColumnId = column("stranger_calls");
const PASSWORDS: ColumnId = column("password_ratio");

/// Two owners take turns: what counts is that the program changed with the address, and that the network
/// did while both were active. Each alone is enough if it happens often, and together they are sooner.
const TURNS: [Clue; 2] =
    [Clue::grows(DISGUISED, 6.0, 4.0, 1.0), Clue::grows(QUICK, 12.0, 8.0, 0.5)];
/// A password is shared by all devices of its owner, who take turns honestly, in the background too: it takes
/// as many turns as two programs make that call all the time.
const PASSWORD_TURNS: [Clue; 1] = [Clue::grows(DISGUISED, 60.0, 60.0, 0.7)];

/// More clients than this are no hijacker and owner: see token abuse.
const MOST_CLIENTS: f32 = 4.0;

/// See the page.
#[derive(Debug)]
pub(super) struct SessionHijacking;

const PAGE: Page = Page {
    title: "Session hijacking",
    sees: "one token or session cookie that two to four clients use in turns within an hour, above all \
           where the user agent changes together with the address, or both networks are active at once",
    matters: "who holds a session needs no password, and second factors have been passed already",
    wrong: &[
        Doubt::of(&[QUICK], "a browser behind two gateways in turn"),
        Doubt::general("a person who copies a token between two machines"),
    ],
    misses: "a theft that ends before the owner has come back a few times; and, where the thief sends \
             the owner's agent, one that lies between two calls of the owner, as a VPN that is switched \
             on and off does, or one from IPv6 where the owner has none but IPv4; and a stolen name and \
             password (HTTP Basic) used now and then, as the owner's own devices use it",
    mitre: &[
        reference("T1539", "Steal Web Session Cookie"),
        reference("T1550.004", "Use Alternate Authentication Material: Web Session Cookie"),
    ],
    owasp: &[reference("API2:2023", "Broken Authentication")],
};

impl Indicator for SessionHijacking {
    fn threat(&self) -> Threat {
        Threat::SessionHijacking
    }

    fn page(&self) -> &'static Page {
        &PAGE
    }

    fn concerns(&self, _: &Event) -> bool {
        true
    }

    fn judge(&self, view: &View<'_>) -> Option<Finding> {
        let clients = view.value(CLIENTS);
        let is_shared = (2.0..=MOST_CLIENTS).contains(&clients);
        if view.kind != EntityKind::Credential || !is_shared || view.value(STRANGER) == 0.0 {
            return None;
        }
        let is_password = view.value(PASSWORDS) >= 0.5;
        weigh(self.threat(), view, if is_password { &PASSWORD_TURNS[..] } else { &TURNS })
    }
}
