//! What can be set, and what each setting means.

use std::collections::BTreeMap;

use alerts::Policy;
use domain::Threat;
use serde::{Deserialize, Serialize};

use super::economics::{Allow, OfThreat};
use super::sign_ins::SignInEntry;

/// Everything that the program needs to know, after defaults, file, environment and flags.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Config {
    pub(crate) read: Read,
    pub(crate) identity: Identity,
    pub(crate) endpoints: Endpoints,
    pub(crate) behaviour: Behaviour,
    pub(crate) judge: Judge,
    pub(crate) alerts: Alerts,
    pub(crate) threats: Threats,
    pub(crate) output: Output,
}

impl Config {
    /// What it may say and hardly means.
    pub(crate) fn warnings(&self) -> Vec<String> {
        let entries = self.alerts.allow.iter().zip(1..);
        let of_everybody = entries.filter(|(entry, _)| entry.is_of_everybody());
        let told = |(entry, place): (&Allow, u32)| {
            let (kind, value) = (entry.text.kind.name(), &entry.text.value);
            let threats = match &entry.text.threats[..] {
                [] => "every threat".to_owned(),
                some => some.join(", "),
            };
            format!(
                "entry {place} of alerts.allow ({kind} {value}) allows everybody, for {threats}"
            )
        };
        of_everybody.map(told).collect()
    }

    /// What it says of which incidents alert.
    pub(crate) fn policy(&self) -> Policy {
        let it = &self.threats;
        let modes = [
            (Threat::AutomatedBots, &it.automated_bots),
            (Threat::BruteForce, &it.brute_force),
            (Threat::CredentialStuffing, &it.credential_stuffing),
            (Threat::SessionHijacking, &it.session_hijacking),
            (Threat::TokenAbuse, &it.token_abuse),
            (Threat::VulnerabilityProbing, &it.vulnerability_probing),
            (Threat::IpSpoofing, &it.ip_spoofing),
            (Threat::UnauthorizedAccess, &it.unauthorized_access),
            (Threat::Unclassified, &it.unclassified),
        ];
        Policy {
            allowlist: self.alerts.allow.iter().map(|allow| allow.allowance.clone()).collect(),
            modes: modes.into_iter().map(|(threat, of)| (threat, of.mode())).collect(),
        }
    }
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Read {
    pub(crate) format: String,
    pub(crate) formats: BTreeMap<String, String>,
    pub(crate) fields: BTreeMap<String, String>,
    pub(crate) timezone: String,
    pub(crate) timezones: BTreeMap<String, String>,
    pub(crate) max_line_bytes: usize,
    pub(crate) max_rejects: String,
    pub(crate) lateness_secs: u32,
    pub(crate) max_reorder_events: usize,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[derive(Default)]
pub(crate) struct Identity {
    pub(crate) trusted_proxies: Vec<String>,
    pub(crate) fingerprint_key_file: String,
    pub(crate) lists: String,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Endpoints {
    pub(crate) openapi: String,
    pub(crate) max_literals: usize,
    #[serde(deserialize_with = "super::sign_ins::distinct")]
    pub(crate) sign_in: Vec<SignInEntry>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Behaviour {
    pub(crate) idle_gap_secs: u32,
    pub(crate) max_entities: usize,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Judge {
    pub(crate) budget: String,
    pub(crate) seed: u64,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Alerts {
    pub(crate) cooldown_secs: u32,
    pub(crate) allow: Vec<Allow>,
}

/// One [`setting`] a threat, since each is a key of its own.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Threats {
    pub(crate) automated_bots: OfThreat,
    pub(crate) brute_force: OfThreat,
    pub(crate) credential_stuffing: OfThreat,
    pub(crate) session_hijacking: OfThreat,
    pub(crate) token_abuse: OfThreat,
    pub(crate) vulnerability_probing: OfThreat,
    pub(crate) ip_spoofing: OfThreat,
    pub(crate) unauthorized_access: OfThreat,
    pub(crate) unclassified: OfThreat,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Output {
    pub(crate) fail_on: String,
    pub(crate) max_alerts: usize,
}

impl Default for Read {
    fn default() -> Self {
        Self {
            format: "auto".into(),
            formats: BTreeMap::new(),
            fields: BTreeMap::new(),
            timezone: "UTC".into(),
            timezones: BTreeMap::new(),
            max_line_bytes: 65_536,
            max_rejects: "50%".into(),
            lateness_secs: 60,
            max_reorder_events: 65_536,
        }
    }
}

impl Default for Endpoints {
    fn default() -> Self {
        Self { openapi: String::new(), max_literals: 50, sign_in: Vec::new() }
    }
}

impl Default for Behaviour {
    fn default() -> Self {
        Self { idle_gap_secs: 1_800, max_entities: 2_000_000 }
    }
}

impl Default for Judge {
    fn default() -> Self {
        Self { budget: "5/day".into(), seed: 2_026 }
    }
}

impl Default for Alerts {
    fn default() -> Self {
        Self { cooldown_secs: 86_400, allow: Vec::new() }
    }
}

impl Default for Output {
    fn default() -> Self {
        Self { fail_on: "none".into(), max_alerts: 50 }
    }
}

/// One setting, for people.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Setting {
    /// `section.key`.
    pub(crate) key: &'static str,
    /// The flag that sets it, if one does.
    pub(crate) flag: Option<&'static str>,
    /// What it means, in a sentence or two.
    pub(crate) meaning: &'static str,
}

const fn setting(key: &'static str, flag: Option<&'static str>, meaning: &'static str) -> Setting {
    Setting { key, flag, meaning }
}

/// Every setting, in the order of the file.
pub(crate) const SETTINGS: &[Setting] = &[
    setting(
        "read.format",
        Some("--format"),
        "The format of the lines: `auto`, a name, or an nginx `log_format` or Apache `LogFormat` \
         string given verbatim.",
    ),
    setting(
        "read.formats",
        Some("--format"),
        "The format of some logs, as `\"GLOB\" = \"FORMAT\"`: of the globs that a log's name as given \
         fits, the longest counts. `apiwarden formats detect LOG` prints such lines, and keeps them with `--save`; `--format` sets \
         them aside.",
    ),
    setting(
        "read.fields",
        None,
        "For JSON lines, and for tables with a header line: where a field of ours stands under another \
         name, as `ours = \"theirs\"`; dots go into nested objects.",
    ),
    setting(
        "read.timezone",
        Some("--tz"),
        "The zone of times that carry none: an IANA name or an offset like `+02:00`. A time that its \
         clocks showed twice is the one nearer to the line before; one that they skipped counts by the \
         offset before the jump.",
    ),
    setting(
        "read.timezones",
        Some("--tz"),
        "The zone of some logs, as `\"GLOB\" = \"ZONE\"`, chosen as `read.formats` are; `--tz` sets them \
         aside.",
    ),
    setting(
        "read.max_line_bytes",
        None,
        "A longer line is a reject, and the rest of it is skipped.",
    ),
    setting(
        "read.max_rejects",
        Some("--max-rejects"),
        "The share of lines that may be rejected; more ends the run with status 65.",
    ),
    setting(
        "read.lateness_secs",
        Some("--lateness"),
        "How far back in event time a line may come and still be put in order; later ones are counted \
         and left out.",
    ),
    setting(
        "read.max_reorder_events",
        None,
        "How many events may wait for their turn, whatever the lateness.",
    ),
    setting(
        "identity.trusted_proxies",
        Some("--trusted-proxy"),
        "Addresses and networks of your own proxies. Only what they vouch for in the forwarded chain is \
         believed.",
    ),
    setting(
        "identity.fingerprint_key_file",
        None,
        "A file with 32 bytes of secret key for the fingerprints of credentials. Without it the key is \
         derived from the beginning of the log: the same log gives the same fingerprints.",
    ),
    setting(
        "identity.lists",
        Some("--lists"),
        "A folder of lists about addresses, told apart by their names: `datacenter*.txt`, `vpn*.txt`, \
         `tor*.txt` and `crawler-NAME.txt` with a network a line, `*.csv` with `range,kind,name`, and \
         MaxMind's `*.mmdb` of autonomous systems and countries. Nothing is fetched.",
    ),
    setting(
        "endpoints.openapi",
        Some("--openapi"),
        "An OpenAPI 3 description (JSON or YAML) whose paths are the endpoint templates.",
    ),
    setting(
        "endpoints.max_literals",
        None,
        "A place in a path with more distinct values than this is taken for a parameter.",
    ),
    setting(
        "endpoints.sign_in",
        None,
        "Sign-in endpoints, beyond those that are recognised by their paths: tables with `path` (a \
         segment in braces stands for any), `method` (POST where there is none), and `success` or \
         `failure` or both. Each says what an answer looks like, and all that it says must hold: \
         `status` (a list), `min_bytes`, `max_bytes` (of the response), and for lines of JSON `field` \
         with `equals` (a value or a list of them) or `present` (`true` where it is neither missing nor \
         `null` nor empty). What fits neither says nothing; where only one is described, the rest is \
         the other.",
    ),
    setting(
        "behaviour.idle_gap_secs",
        Some("--idle-gap"),
        "A session ends when its actor is idle for so long.",
    ),
    setting(
        "behaviour.max_entities",
        None,
        "How many clients, accounts, credentials and endpoints are followed at once; beyond it the one \
         idle longest is let go, and counted.",
    ),
    setting(
        "judge.budget",
        Some("--budget"),
        "How many false alarms you are ready to look at: `5/day`, or a share of the ordinary sessions \
         like `0.1%`.",
    ),
    setting("judge.seed", Some("--seed"), "The seed of every random choice."),
    setting(
        "alerts.cooldown_secs",
        None,
        "An incident of an entity and threat that rests for longer is over, and what comes after it is \
         another; within it, it is the same. At least 3600: calls count for an hour, so an incident that \
         ended sooner would open again for the same calls.",
    ),
    setting(
        "alerts.allow",
        None,
        "Who is allowed to be odd: tables with `kind` (`client`, `account`, `credential`, `endpoint` or \
         `agent`), `value` (for clients an address, a network or a host name; for agents a pattern in \
         which `*` stands for any text), `reason`, and, if wanted, `expires` (an RFC 3339 date, the last \
         day on which it holds, or a time; both are held against the times in the log) and `threats` \
         (all where there are none). What is allowed is counted and told, not forgotten; of an entry that \
         allows everybody (agent `*`, client `0.0.0.0/0`) every run warns.",
    ),
    setting(
        "threats.automated_bots",
        None,
        "What becomes of its incidents, as `mode`: `alert`; `log` writes them marked as such, neither \
         counted among alerts nor a reason to fail; `off` drops them.",
    ),
    setting("threats.brute_force", None, "As `threats.automated_bots`."),
    setting("threats.credential_stuffing", None, "As `threats.automated_bots`."),
    setting("threats.session_hijacking", None, "As `threats.automated_bots`."),
    setting("threats.token_abuse", None, "As `threats.automated_bots`."),
    setting("threats.vulnerability_probing", None, "As `threats.automated_bots`."),
    setting("threats.ip_spoofing", None, "As `threats.automated_bots`."),
    setting("threats.unauthorized_access", None, "As `threats.automated_bots`."),
    setting("threats.unclassified", None, "As `threats.automated_bots`."),
    setting(
        "output.fail_on",
        Some("--fail-on"),
        "The severity (`low`, `medium`, `high`, `critical`) from which an alert ends the run with status \
         1, or `none`.",
    ),
    setting(
        "output.max_alerts",
        Some("--max-alerts"),
        "How many alerts are shown to people; other outputs give all.",
    ),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_key_is_described_and_every_description_has_its_key() {
        let table = toml::Table::try_from(Config::default()).expect("defaults are a table");
        let mut keys: Vec<String> = table
            .iter()
            .flat_map(|(section, keys)| {
                let keys = keys.as_table().expect("sections are tables").keys();
                keys.map(move |key| format!("{section}.{key}"))
            })
            .collect();
        let mut described: Vec<&str> = SETTINGS.iter().map(|setting| setting.key).collect();
        keys.sort_unstable();
        described.sort_unstable();
        assert_eq!(keys, described);
    }
}
