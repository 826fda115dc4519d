//! What a backtest tells, as plain data.

use std::collections::BTreeMap;

use domain::{Alert, EntityKind, Member};
use models::metrics::PrPoint;
use pipeline::Drift;
use serde::{Deserialize, Serialize};

/// Everything that holding alerts against a truth tells.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Backtest {
    /// Days from the log's first event to its last.
    pub log_days: f64,
    /// Clients of the log.
    pub clients: usize,
    /// How many of them attacked.
    pub attackers: usize,
    /// How many of them are known to be normal.
    pub normal_clients: usize,
    /// The clients that the truth does not list.
    pub unlisted: Unlisted,
    /// Alerts, whomever they accuse.
    pub alerts: usize,
    /// How many of them accuse an attacker, whomever else they accuse. What is neither true nor a false
    /// alarm accuses nobody but clients that the truth does not know.
    pub true_alerts: usize,
    /// A line a threat that the truth names, in the order of catalogues, and `all` at the end.
    pub threats: Vec<ThreatFigures>,
    /// The campaigns, in the order of the truth.
    pub campaigns: Vec<CampaignFigures>,
    /// Campaigns of the truth that this log does not hold: no source of theirs is in it, or not at
    /// that time. They count nowhere.
    pub absent: Vec<String>,
    /// What was wrong.
    pub false_alarms: FalseAlarms,
    /// What attackers were taken for.
    pub confusion: Confusion,
    /// Recall and precision by score.
    pub curve: Curve,
    /// What has changed since the training; `None` where the log was judged by what it told itself.
    pub drift: Option<DriftFigures>,
}

/// How much of the sessions' columns is spread otherwise than when the model was trained.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct DriftFigures {
    /// The kinds of entities that have enough sessions to be compared.
    pub compared: Vec<String>,
    /// The columns that have changed, most first.
    pub columns: Vec<DriftedColumn>,
}

/// A column that is spread otherwise than in training.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DriftedColumn {
    /// The kind of entity whose sessions they are.
    pub entity: String,
    /// The column's name.
    pub column: String,
    /// The population stability index; large from [`pipeline::LARGE_PSI`] on.
    pub psi: f64,
}

impl From<&Drift> for DriftFigures {
    fn from(drift: &Drift) -> Self {
        let column = |it: &pipeline::ColumnDrift| DriftedColumn {
            entity: it.kind.name().to_owned(),
            column: it.column.to_owned(),
            psi: it.psi,
        };
        Self {
            compared: drift.compared.iter().map(|kind| kind.name().to_owned()).collect(),
            columns: drift.columns.iter().map(column).collect(),
        }
    }
}

/// Clients that the truth says nothing about.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Unlisted {
    /// How many there are.
    pub clients: usize,
    /// Whether the truth, or who gave it, says that they are normal. Otherwise they count nowhere.
    pub are_normal: bool,
    /// How many of them were accused.
    pub accused: usize,
}

/// The figures of one threat, or of all.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ThreatFigures {
    /// Its name, or `all`.
    pub threat: String,
    /// Campaigns of it.
    pub campaigns: usize,
    /// Campaigns of which a source was accused of it.
    pub found: usize,
    /// Campaigns of which a source was accused of anything.
    pub noticed: usize,
    /// Sources of all its campaigns.
    pub sources: usize,
    /// Sources accused of it.
    pub sources_found: usize,
    /// Sources accused of anything.
    pub sources_noticed: usize,
    /// Seconds from a campaign's first request to the first alert that names it rightly: the median
    /// over the campaigns that were found, of an even number the later of the two in the middle.
    pub delay_secs_median: Option<f64>,
    /// The longest of these.
    pub delay_secs_max: Option<f64>,
}

/// What became of a campaign.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CampaignFigures {
    /// Its name.
    pub campaign: String,
    /// What it was.
    pub threat: String,
    /// By what it was made; empty where nobody says.
    pub tool: String,
    /// Its sources that are in the log.
    pub sources: usize,
    /// How many of them were accused of what it was.
    pub sources_found: usize,
    /// How many of them were accused of anything.
    pub sources_noticed: usize,
    /// Whatever its sources were accused of.
    pub seen_as: Vec<String>,
    /// Seconds from its first request to the first alert that names it rightly.
    pub delay_secs: Option<f64>,
    /// Its requests, where the truth has a label a request.
    pub requests: Option<usize>,
    /// How many of them came before the first alert about their source, whatever it named.
    pub requests_unnoticed: Option<usize>,
}

/// Alarms about those who did nothing, and who was accused by them or beside an attacker.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct FalseAlarms {
    /// False alarms: alerts that accuse a normal client and no attacker.
    pub alerts: usize,
    /// The same, a day.
    pub alerts_a_day: f64,
    /// The lower end of its 95 % interval.
    pub alerts_a_day_low: f64,
    /// The upper end.
    pub alerts_a_day_high: f64,
    /// What the budget aims at a day at most.
    pub promised_a_day: f64,
    /// The same, a thousand normal clients.
    pub alerts_per_1000_clients: f64,
    /// Normal clients that a false alarm accuses.
    pub clients: usize,
    /// Normal clients that are wronged: only alerts accuse them that an attacker is in.
    pub wronged: usize,
    /// The normal clients that were accused, by whatever alert: those of false alarms and the wronged.
    pub accused: BTreeMap<String, Accused>,
}

/// A normal client that was accused.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Accused {
    /// The group that the truth puts it in, which may be empty; `unlisted` where it does not list it.
    pub group: String,
    /// Whether only alerts accuse it that an attacker is in. Otherwise a false alarm does.
    pub is_wronged: bool,
    /// Of what it was accused.
    pub alerts: Vec<AlertLine>,
}

/// What the sources of each threat were taken for: by the alert of the highest score.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Confusion {
    /// What there is: the threats of the truth, and `normal`.
    pub truth: Vec<String>,
    /// What they can be taken for: every threat, and `nothing`.
    pub taken_for: Vec<String>,
    /// Clients, a row of each truth.
    pub clients: Vec<Vec<usize>>,
}

/// Recall and precision of clients, by the highest score that each reached. Clients that no truth
/// knows are left out.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Curve {
    /// A point for each different score, highest first. Empty where nobody attacks.
    pub points: Vec<PrPoint>,
    /// The mean of the precision over the recall; `None` where nobody attacks.
    pub average_precision: Option<f64>,
}

/// An alert on one line: the fields of the alert document that tell it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AlertLine {
    /// What it looks like.
    pub threat: String,
    /// How much it matters.
    pub severity: String,
    /// How sure.
    pub score: f32,
    /// Who or what.
    pub entity: EntityLine,
    /// RFC 3339, UTC.
    pub first_seen: String,
    /// Addresses involved, most active first.
    pub clients: Vec<String>,
    /// The numbers against what is normal, weightiest first.
    pub evidence: Vec<EvidenceLine>,
}

/// Who or what an alert is about.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EntityLine {
    /// `client`, `account`, `credential` or `endpoint`.
    pub kind: String,
    /// Its name.
    pub value: String,
}

/// One number against what is normal.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EvidenceLine {
    /// The column of the feature schema.
    pub feature: String,
    /// What was seen.
    pub value: f32,
    /// The upper end of normal; `None` where there is none.
    pub normal_high: Option<f32>,
    /// How many times beyond the nearer end of normal.
    pub ratio: f32,
}

impl AlertLine {
    /// The clients that the alert accuses: the one that it is about, else those that it lists.
    /// Nothing in a log says which of them is innocent.
    pub fn accused(&self) -> &[String] {
        match self.entity.kind.as_str() {
            "client" => std::slice::from_ref(&self.entity.value),
            _ => &self.clients,
        }
    }
}

impl Accused {
    /// Who it is and of what it was accused, as people read it: `10.0.0.9 (people): brute_force 0.80`.
    pub fn told(&self, client: &str) -> String {
        let group = match self.group.as_str() {
            "" => String::new(),
            group => format!(" ({group})"),
        };
        let alerts: Vec<String> =
            self.alerts.iter().map(|it| format!("{} {:.2}", it.threat, it.score)).collect();
        let wronged = if self.is_wronged { "; wronged" } else { "" };
        format!("{client}{group}: {}{wronged}", alerts.join(", "))
    }
}

/// The clients of an alert: its members where it has such, else those that it lists.
fn clients_of(alert: &Alert) -> Vec<String> {
    let is_client = |member: &&Member| member.entity.kind == EntityKind::Client;
    let members = alert.members.iter().filter(is_client).map(|member| &member.entity.value);
    let listed = alert.clients.iter().filter(|it| !members.clone().any(|member| member == *it));
    members.clone().chain(listed).cloned().collect()
}

/// A span of time in seven characters at most, for tables: `36 s`, `90 min`, `10.2 h`, `3.4 d`.
pub fn brief_span(secs: f64) -> String {
    match secs {
        ..119.5 => format!("{secs:.0} s"),
        ..7_170.0 => format!("{:.0} min", secs / 60.0),
        ..172_620.0 => format!("{:.1} h", secs / 3_600.0),
        _ => format!("{:.1} d", secs / 86_400.0),
    }
}

impl From<&Alert> for AlertLine {
    fn from(alert: &Alert) -> Self {
        let evidence = alert.evidence.iter().map(|line| EvidenceLine {
            feature: line.feature.to_owned(),
            value: line.value,
            normal_high: (line.normal_high < f32::MAX).then_some(line.normal_high),
            ratio: line.ratio,
        });
        Self {
            threat: alert.threat.name().to_owned(),
            severity: alert.severity.name().to_owned(),
            score: alert.score.get(),
            entity: EntityLine {
                kind: alert.entity.kind.name().to_owned(),
                value: alert.entity.value.clone(),
            },
            first_seen: alert.first_seen.to_string(),
            clients: clients_of(alert),
            evidence: evidence.collect(),
        }
    }
}
