use domain::{EntityKind, Event, EventFlags, Finding, Threat};
use features::{ColumnId, column};

use super::reference;
use crate::{Clue, Doubt, Indicator, Page, View, weigh};

const VALUES: ColumnId = column("forwarded_values_24h");
const VALUE_RATIO: ColumnId = column("forwarded_value_ratio");
const BOGONS: ColumnId = column("forwarded_bogons_24h");
const MALFORMED: ColumnId = column("forwarded_malformed_24h");
const LOCALS: ColumnId = column("forwarded_locals_24h");
const AGENTS: ColumnId = column("agents");
const REFUTED: ColumnId = column("crawler_refuted_24h");

/// Origins that keep changing.
const ROTATION: [Clue; 2] =
    [Clue::grows(VALUES, 10.0, 6.0, 1.0), Clue::grows(BOGONS, 40.0, 20.0, 0.4)];
/// What no proxy writes.
const NONSENSE: Clue = Clue::grows(MALFORMED, 3.0, 2.0, 1.0);

/// Who asks to be taken for the server itself, though calling from outside, again and again. A proxy on a
/// person's own machine says so too, in every call: it takes more than a visit or two.
const SELF: Clue = Clue::grows(LOCALS, 20.0, 12.0, 1.0);

/// Who takes a crawler's name does not come from where it comes from. A single call may be somebody who
/// tries how his site looks to it.
const IMPOSTOR: Clue = Clue::grows(REFUTED, 3.0, 3.0, 1.0);

/// An honest proxy shows each of its people for some calls, a generator never repeats.
const LEAST_VALUE_RATIO: f32 = 0.15;
/// An honest proxy's people bring their own agents: at least one for so many origins.
const VALUES_AN_AGENT: f32 = 5.0;

/// See the page.
#[derive(Debug)]
pub(super) struct IpSpoofing;

const PAGE: Page = Page {
    title: "IP spoofing",
    sees: "a client whose forwarded chain claims ever new origins, unroutable ones, the server itself \
           (`127.0.0.1`, though it calls from outside), or texts that are no address, where no trusted proxy vouches for them; or one that names itself a crawler from \
           outside the ranges that a list gives for it (`--lists`)",
    matters: "services behind that believe the header let such a client pass limits and allowlists, and \
              blame others",
    wrong: &[
        Doubt::of(&[LOCALS], "a proxy on a person's own machine, which names itself in each call"),
        Doubt::of(&[REFUTED], "the crawler itself, where the list of its ranges is out of date"),
        Doubt::general(
            "a content network or a company's proxy that is not declared as trusted: such a one shows \
             many origins honestly, but with as many agents, and it repeats them; declare it with \
             --trusted-proxy",
        ),
    ],
    misses: "",
    mitre: &[reference("T1090", "Proxy"), reference("T1036", "Masquerading")],
    owasp: &[reference("API8:2023", "Security Misconfiguration")],
};

impl Indicator for IpSpoofing {
    fn threat(&self) -> Threat {
        Threat::IpSpoofing
    }

    fn page(&self) -> &'static Page {
        &PAGE
    }

    fn concerns(&self, event: &Event) -> bool {
        const CLAIMS: EventFlags =
            EventFlags::FORWARDED_UNTRUSTED.union(EventFlags::CRAWLER_REFUTED);
        event.flags.intersects(CLAIMS)
    }

    fn judge(&self, view: &View<'_>) -> Option<Finding> {
        if view.kind != EntityKind::Client {
            return None;
        }
        let is_crowd = view.value(AGENTS) * VALUES_AN_AGENT >= view.value(VALUES);
        let rotates = view.value(VALUE_RATIO) >= LEAST_VALUE_RATIO && !is_crowd;
        let rotation = if rotates { &ROTATION[..] } else { &[] };
        weigh(self.threat(), view, [&NONSENSE, &SELF, &IMPOSTOR].into_iter().chain(rotation))
    }
}
