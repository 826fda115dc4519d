use super::{count, figure, named, percent};
use crate::{Caveat, Check, ClientFacts, Facts, Page};

/// Fewer requests may well come from one program.
const LEAST_REQUESTS: u64 = 200;
/// Together they make nearly all of the traffic...
const LEAST_SHARE: f64 = 0.8;
/// ...and each of them a part that no single person makes.
const LEAST_OWN_SHARE: f64 = 0.05;
/// One person has a few devices and accounts, not so many.
const LEAST_PEOPLE: u64 = 8;
/// Most requests carry a chain...
const LEAST_CLAIMED: f64 = 0.5;
/// ...and each address that sends one speaks for so many origins, on average.
const LEAST_ORIGINS: f64 = 4.0;

/// See the page.
#[derive(Debug)]
pub(super) struct ProxyAsClient;

const PAGE: Page = Page {
    title: "A proxy seen as the client",
    sees: "one to a few addresses that make at least four fifths of all requests under many agents or \
           accounts, or most requests with a forwarded chain whose senders speak for several origins each \
           and are not trusted",
    means: "everybody behind the proxy is judged as one client: attackers hide among the others, whoever \
            is accused is all of them, and limits a client mean nothing",
    wrong: "one attacker who changes agents with every call, in a log of little else, looks the same; so \
            does one busy office",
};

impl Check for ProxyAsClient {
    fn name(&self) -> &'static str {
        "proxy_as_client"
    }

    fn page(&self) -> &'static Page {
        &PAGE
    }

    fn look(&self, facts: &Facts) -> Option<Caveat> {
        if facts.requests < LEAST_REQUESTS {
            return None;
        }
        self.crowds(facts).or_else(|| self.untrusted_chain(facts))
    }
}

impl ProxyAsClient {
    /// Few addresses that many people are behind.
    fn crowds(&self, facts: &Facts) -> Option<Caveat> {
        let is_crowd = |client: &&ClientFacts| {
            client.share >= LEAST_OWN_SHARE
                && client.agents.max(client.accounts).max(client.origins) >= LEAST_PEOPLE
        };
        let crowds: Vec<&ClientFacts> = facts.clients.iter().filter(is_crowd).collect();
        let share: f64 = crowds.iter().map(|client| client.share).sum();
        if share < LEAST_SHARE {
            return None;
        }
        let most =
            |people: fn(&ClientFacts) -> u64| crowds.iter().map(|it| people(it)).max().unwrap_or(0);
        let (agents, accounts, origins) =
            (most(|it| it.agents), most(|it| it.accounts), most(|it| it.origins));
        let names: Vec<&str> = crowds.iter().map(|client| client.name.as_str()).collect();
        let people = [(agents, "agents"), (accounts, "accounts"), (origins, "claimed origins")];
        let people = people.iter().filter(|(number, _)| *number > 0);
        let people: Vec<String> = people.map(|(number, what)| format!("{number} {what}")).collect();
        let each = if crowds.len() > 1 { " each" } else { "" };
        Some(Caveat {
            name: self.name(),
            seen: format!(
                "{} made {} of {} requests, with up to {}{each}",
                named(&names),
                percent(share),
                count(facts.requests),
                people.join(", "),
            ),
            figures: vec![
                figure("clients", crowds.len() as f64),
                figure("requests_ratio", share),
                figure("agents", agents as f64),
                figure("accounts", accounts as f64),
                figure("origins", origins as f64),
            ],
            means: PAGE.means,
            advice: advice(&names, origins >= LEAST_PEOPLE),
        })
    }

    /// Many requests that say who they come from, and nobody is believed.
    fn untrusted_chain(&self, facts: &Facts) -> Option<Caveat> {
        let claimed = facts.with_claims as f64 / facts.requests as f64;
        let origins = facts.claims as f64 / facts.claimants.max(1) as f64;
        if claimed < LEAST_CLAIMED || origins < LEAST_ORIGINS {
            return None;
        }
        let speakers = facts.clients.iter().filter(|client| client.origins > 0);
        let names: Vec<&str> = speakers.map(|client| client.name.as_str()).collect();
        let trust = if facts.trusts_a_proxy {
            "none of them is among identity.trusted_proxies"
        } else {
            "no proxy is trusted"
        };
        Some(Caveat {
            name: self.name(),
            seen: format!(
                "{} of {} requests carry a forwarded chain: {} addresses speak for {} origins, and {trust}",
                percent(claimed),
                count(facts.requests),
                count(facts.claimants),
                count(facts.claims),
            ),
            figures: vec![
                figure("requests_ratio", claimed),
                figure("clients", facts.claimants as f64),
                figure("origins", facts.claims as f64),
            ],
            means: PAGE.means,
            advice: advice(&names, true),
        })
    }
}

fn advice(names: &[&str], has_chain: bool) -> String {
    let shown: Vec<String> =
        names.iter().take(3).map(|name| format!("--trusted-proxy {name}")).collect();
    let flags = shown.join(" ");
    if has_chain {
        format!("if they are yours: {flags} (a network such as 10.0.0.0/8 names many)")
    } else {
        format!("let the server log the forwarded chain (X-Forwarded-For) too, and then: {flags}")
    }
}
