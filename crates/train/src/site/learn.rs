//! Learning attacks from labelled sessions: which estimator, how sure, and what it cannot see.

use std::collections::BTreeMap;

use domain::{Entity, EntityKind, Row, Threat, Timestamp};
use features::{ColumnId, applies, columns};
use models::metrics::{auc, average_precision};
use models::{ColumnKind, Dataset, Detector, Matrix, Unwatched};
use pipeline::{
    Label, LearnedModel, Part, SampleFit, SampledSession, Tail, log_odds, ordinary, quiet,
};
use serde::Serialize;
use serde_json::{Value, json};

use super::{Folds, Woven};
use crate::cross_validation::in_parallel;
use crate::error::{Error, data};

/// Rows of a session that are learned from, evenly spaced, the last among them. A session weighs the
/// same however many there are.
const ROWS_A_SESSION: usize = 4;
/// Fewer attacks of a kind of entity, or fewer ordinary sessions, teach nothing.
const LEAST_SESSIONS: usize = 20;
/// What an ordinary session weighs that nobody has looked at: it was only not suspicious.
const PRESUMED_WEIGHT: f32 = 0.5;
/// Columns that tell when or where, not how: a time of day that the attacks of one log happened to have
/// is no property of attacks.
const LEFT_OUT: [&str; 2] = ["api_access_time", "source"];

/// Columns of which the site's own calls say more than attacks that are woven in: how long an answer took
/// and how large it was depends on the server, and who is woven in has no past. By them a model would tell
/// what was made from what was recorded.
const LEFT_OUT_OF_WOVEN: [&str; 4] =
    ["latency_ms_mean", "response_bytes_mean", "attempt_sizes_24h", "api_access_time_own_surprise"];

/// What may learn: the network and its peers. One is taken in place of an earlier one only if it does
/// better by more than the earlier one varies over the folds: where all tell this log's attacks apart, the
/// last digit says nothing about the next log. So the order matters: boosted trees come first, because on
/// simulated days of other seeds they find the most of what is slow or hidden, at under a microsecond a
/// row; extra trees come last, because they cost several times as much.
const CANDIDATES: [&str; 3] = ["gradient_boosting", "mlp", "extra_trees"];

/// How attacks are learned.
#[derive(Clone, Copy, Debug)]
pub struct LearnOptions<'a> {
    /// How the actors are divided into parts.
    pub folds: &'a Folds,
    /// Governs every random choice.
    pub seed: u64,
    /// How many fits run at a time; the outcome does not depend on it.
    pub threads: usize,
    /// The share of ordinary sessions that may alarm.
    pub budget_share: f64,
    /// Columns that no model looks at, by name.
    pub dropped: &'a [String],
    /// Whether it is measured how much of each threat is found that was never seen.
    pub measures_unseen: bool,
}

/// The rows that there are to learn from. In those of the site, nothing was fitted on the calls of the
/// actor that they describe.
#[derive(Clone, Copy, Debug)]
pub struct Lecture<'a> {
    /// The rows of the site's own traffic.
    pub sample: &'a SampleFit,
    /// The rows of attacks that were woven in.
    pub attacks: &'a SampleFit,
    /// Which attacks those are.
    pub woven: &'a Woven,
}

/// What learning about a kind of entity told. Every figure is of sessions whose actors the model had
/// not seen.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct KindReport {
    /// `client`, `account` or `credential`.
    pub entity: &'static str,
    /// Sessions with an attack, labelled or woven in.
    pub attacks: usize,
    /// How many of them were woven in.
    pub woven: usize,
    /// Sessions that were taken for ordinary.
    pub ordinary: usize,
    /// Of these, how many somebody had labelled benign.
    pub benign: usize,
    /// The estimators that were tried, in the order of trying.
    pub candidates: Vec<CandidateReport>,
    /// The one that was taken: the highest average precision, beyond what chance makes of it. `None` where too little was there to
    /// learn from, and nothing was.
    pub chosen: Option<String>,
    /// The share of each threat's sessions that reach the budget's threshold.
    pub recall: BTreeMap<&'static str, Recall>,
}

/// How an estimator did.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct CandidateReport {
    /// Its name.
    pub estimator: String,
    /// Area under the ROC curve over sessions: mean over the folds, and standard deviation.
    pub auc: (f64, f64),
    /// Average precision over sessions, likewise.
    pub average_precision: (f64, f64),
}

/// How much of a threat is found.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Recall {
    /// Sessions of it.
    pub sessions: usize,
    /// Share found by a model that had seen other actors of the same threat.
    pub seen: f64,
    /// Share found by a model that had never seen the threat; NaN where no other was there.
    pub never_seen: f64,
}

/// Learns about clients, if there is enough to learn from.
///
/// Accounts and credentials are left to the indicators: a label says which client attacked, and the row
/// of an account that was attacked is the same a minute later, when its owner calls. A model of such
/// rows accuses owners (measured on the field recording: 43 owners in five minutes).
///
/// # Errors
/// When an estimator refuses the data, which is a fault of ours.
pub fn learn(
    lecture: Lecture<'_>,
    options: &LearnOptions<'_>,
) -> Result<(Option<LearnedModel>, KindReport), Error> {
    Sessions::of(EntityKind::Client, lecture, options).learn(options)
}

/// The highest log-odds of ordinary sessions after `cut`, each under a model that was fitted on what
/// other actors had done until then. In the rows of the lecture nothing may be fitted on what came after.
/// Empty where there was too little to learn from.
///
/// # Errors
/// As [`learn`].
pub fn reached_later(
    lecture: Lecture<'_>,
    estimator: &str,
    cut: Timestamp,
    options: &LearnOptions<'_>,
) -> Result<Vec<f32>, Error> {
    let kind = EntityKind::Client;
    let sessions = Sessions::of(kind, lecture, options);
    if sessions.attacks() < LEAST_SESSIONS || sessions.ordinary < LEAST_SESSIONS {
        return Ok(Vec::new());
    }
    // The least usual of them teach nothing, but come again.
    let later = quiet(kind, lecture.sample);
    let reached = in_parallel(options.folds.count(), options.threads, |fold| {
        let learned: Vec<usize> =
            (0..sessions.all.len()).filter(|at| sessions.all[*at].fold != fold).collect();
        let detector = sessions.fit(estimator, &learned, Part::Until(cut), options.seed)?;
        let own = later.iter().filter(|it| options.folds.of_entity(it.entity()) == fold);
        let rows = own.map(|session| session.rows_of(Part::After(cut)).collect::<Vec<_>>());
        let reached = rows.filter(|rows| !rows.is_empty());
        Ok(reached.map(|rows| sessions.highest(&*detector, &rows)).collect::<Vec<f32>>())
    });
    let mut all = Vec::new();
    for reached in reached {
        all.extend(reached?);
    }
    Ok(all)
}

/// The sessions of a kind of entity that there are to learn from.
struct Sessions<'a> {
    kind: EntityKind,
    columns: Vec<ColumnId>,
    /// Ordinary ones first.
    all: Vec<Labelled<'a>>,
    ordinary: usize,
    /// The threats that occur, in the order of catalogues.
    threats: Vec<Threat>,
}

struct Labelled<'a> {
    session: &'a SampledSession,
    threat: Option<Threat>,
    fold: usize,
    is_woven: bool,
}

impl<'a> Sessions<'a> {
    fn of(kind: EntityKind, lecture: Lecture<'a>, options: &LearnOptions<'_>) -> Self {
        let threat_of = |session: &SampledSession| match session.label() {
            Some(Label::Attack(threat)) => Some(threat),
            _ => None,
        };
        let labelled = |session: &'a SampledSession| {
            let fold = options.folds.of_entity(session.entity());
            Labelled { session, threat: threat_of(session), fold, is_woven: false }
        };
        let woven = |session: &'a SampledSession| {
            let campaign = match session.entity() {
                Entity::Client(client) => lecture.woven.campaign(client),
                _ => None,
            };
            let fold = options.folds.of_campaign(campaign.unwrap_or(0));
            Labelled { session, threat: threat_of(session), fold, is_woven: true }
        };
        let mut all: Vec<Labelled<'a>> =
            ordinary(kind, lecture.sample, options.seed).into_iter().map(labelled).collect();
        let count = all.len();
        let attacks = lecture.sample.sessions(kind).into_iter().map(labelled);
        let attacks = attacks.chain(lecture.attacks.sessions(kind).into_iter().map(woven));
        all.extend(attacks.filter(|labelled| labelled.threat.is_some()));
        let is_there = |threat: &Threat| all.iter().any(|it| it.threat == Some(*threat));
        let threats = Threat::ALL.into_iter().filter(is_there).collect();
        let mut columns = columns_of(kind, options.dropped);
        if all.iter().any(|it| it.is_woven) {
            columns.retain(|id| !LEFT_OUT_OF_WOVEN.contains(&id.name()));
        }
        Self { kind, columns, all, ordinary: count, threats }
    }

    fn attacks(&self) -> usize {
        self.all.len() - self.ordinary
    }

    fn learn(
        &self,
        options: &LearnOptions<'_>,
    ) -> Result<(Option<LearnedModel>, KindReport), Error> {
        let is_benign = |it: &&Labelled<'_>| it.session.label() == Some(Label::Benign);
        let mut report = KindReport {
            entity: self.kind.name(),
            attacks: self.attacks(),
            woven: self.all.iter().filter(|it| it.is_woven).count(),
            ordinary: self.ordinary,
            benign: self.all.iter().filter(is_benign).count(),
            candidates: Vec::new(),
            chosen: None,
            recall: BTreeMap::new(),
        };
        if self.attacks() < LEAST_SESSIONS || self.ordinary < LEAST_SESSIONS {
            return Ok((None, report));
        }
        let mut best: Option<(f64, &'static str, Vec<f32>)> = None;
        for name in CANDIDATES {
            let scores = self.cross_validated(name, options)?;
            let candidate = self.judge(name, &scores, options.folds.count());
            let (precision, spread) = candidate.average_precision;
            report.candidates.push(candidate);
            if best.as_ref().is_none_or(|(to_beat, ..)| precision > *to_beat) {
                best = Some((precision + spread, name, scores));
            }
        }
        let Some((_, name, scores)) = best else { return Ok((None, report)) };
        report.chosen = Some(name.to_owned());
        let reached = scores[..self.ordinary].to_vec();
        let tail = Tail::of_log_odds(reached.clone());
        let is_found = |score: f32| tail.strength(score, options.budget_share) >= 1.0;
        let unseen = match options.measures_unseen {
            true => self.never_seen(name, &tail, options)?,
            false => BTreeMap::new(),
        };
        for threat in &self.threats {
            let of = |it: &(&Labelled<'_>, &f32)| it.0.threat == Some(*threat);
            let own: Vec<f32> = self.all.iter().zip(&scores).filter(of).map(|it| *it.1).collect();
            let found = own.iter().filter(|score| is_found(**score)).count();
            let seen = found as f64 / own.len() as f64;
            let never_seen = unseen.get(threat).copied().unwrap_or(f64::NAN);
            report.recall.insert(threat.name(), Recall { sessions: own.len(), seen, never_seen });
        }
        let everything: Vec<usize> = (0..self.all.len()).collect();
        let detector = self.fit(name, &everything, Part::Whole, options.seed)?;
        let naming = self.fit_naming(options.seed)?;
        let threats = self.threats.clone();
        let model = LearnedModel::new(self.columns.clone(), detector, naming, threats, reached);
        Ok((Some(model), report))
    }

    /// The highest log-odds of each session under a model that has not seen its actor.
    fn cross_validated(&self, name: &str, options: &LearnOptions<'_>) -> Result<Vec<f32>, Error> {
        let scored = in_parallel(options.folds.count(), options.threads, |fold| {
            let (judged, learned): (Vec<usize>, Vec<usize>) =
                (0..self.all.len()).partition(|at| self.all[*at].fold == fold);
            let detector = self.fit(name, &learned, Part::Whole, options.seed)?;
            let scored = judged.into_iter().map(|at| (at, self.score(&*detector, at)));
            Ok(scored.collect::<Vec<_>>())
        });
        let mut scores = vec![0.0; self.all.len()];
        for fold in scored {
            fold?.into_iter().for_each(|(at, score)| scores[at] = score);
        }
        Ok(scores)
    }

    /// The recall of each threat under a model that was shown all others, but of it nothing. Nor of the
    /// actors in the fold that calibrates it: those are the ordinary sessions of one fold.
    fn never_seen(
        &self,
        name: &str,
        tail: &Tail,
        options: &LearnOptions<'_>,
    ) -> Result<BTreeMap<Threat, f64>, Error> {
        if self.threats.len() < 2 {
            return Ok(BTreeMap::new());
        }
        let recalls = in_parallel(self.threats.len(), options.threads, |at| {
            let threat = self.threats[at];
            let (left_out, learned): (Vec<usize>, Vec<usize>) =
                (0..self.all.len()).partition(|at| self.all[*at].threat == Some(threat));
            let detector = self.fit(name, &learned, Part::Whole, options.seed)?;
            let is_found = |at: &&usize| {
                let score = self.score(&*detector, **at);
                tail.strength(score, options.budget_share) >= 1.0
            };
            let found = left_out.iter().filter(is_found).count();
            Ok((threat, found as f64 / left_out.len() as f64))
        });
        recalls.into_iter().collect()
    }

    /// The highest log-odds that a session reaches: an attack's from its first labelled call on.
    fn score(&self, detector: &dyn Detector, at: usize) -> f32 {
        self.highest(detector, &self.all[at].rows(Part::Whole))
    }

    fn highest(&self, detector: &dyn Detector, rows: &[&Row]) -> f32 {
        let rows: Vec<f32> = rows.iter().flat_map(|row| self.pick(row)).collect();
        let rows = Matrix::new(self.columns.len(), rows).expect("rows are whole");
        log_odds(detector.scores(rows.view()).into_iter().fold(0.0, f32::max))
    }

    fn judge(&self, name: &'static str, scores: &[f32], folds: usize) -> CandidateReport {
        let (mut areas, mut precisions) = (Vec::new(), Vec::new());
        for fold in 0..folds {
            let of_fold = self.all.iter().zip(scores).filter(|(it, _)| it.fold == fold);
            let (own, truth): (Vec<f32>, Vec<bool>) =
                of_fold.map(|(it, score)| (*score, it.threat.is_some())).unzip();
            areas.push(auc(&own, &truth));
            precisions.push(average_precision(&own, &truth));
        }
        CandidateReport {
            estimator: name.to_owned(),
            auc: mean_and_spread(&areas),
            average_precision: mean_and_spread(&precisions),
        }
    }

    fn fit(
        &self,
        name: &str,
        chosen: &[usize],
        part: Part,
        seed: u64,
    ) -> Result<Box<dyn Detector>, Error> {
        let data = self.dataset(chosen, part, |it| Some(u32::from(it.threat.is_some())), 2)?;
        fit(name, &data, seed)
    }

    /// What tells the threats apart, where there are several.
    fn fit_naming(&self, seed: u64) -> Result<Option<Box<dyn Detector>>, Error> {
        if self.threats.len() < 2 {
            return Ok(None);
        }
        let attacks: Vec<usize> = (self.ordinary..self.all.len()).collect();
        let class = |it: &Labelled<'_>| {
            let place = self.threats.iter().position(|threat| it.threat == Some(*threat));
            place.map(|place| place as u32)
        };
        let data = self.dataset(&attacks, Part::Whole, class, self.threats.len() as u32)?;
        fit("random_forest", &data, seed).map(Some)
    }

    /// A few rows of each chosen session.
    fn dataset(
        &self,
        chosen: &[usize],
        part: Part,
        class: impl Fn(&Labelled<'_>) -> Option<u32>,
        classes: u32,
    ) -> Result<Dataset, Error> {
        let (mut values, mut labels, mut weights) = (Vec::new(), Vec::new(), Vec::new());
        for it in chosen.iter().map(|at| &self.all[*at]) {
            let Some(label) = class(it) else { continue };
            // What is woven in knows of no time: its rows teach whichever part is learned from.
            let rows = it.rows(if it.is_woven { Part::Whole } else { part });
            let is_presumed = it.threat.is_none() && it.session.label().is_none();
            let taken = ROWS_A_SESSION.min(rows.len());
            for n in 1..=taken {
                values.extend(self.pick(rows[n * rows.len() / taken - 1]));
                labels.push(label);
                weights.push(if is_presumed { PRESUMED_WEIGHT } else { 1.0 } / taken as f32);
            }
        }
        let width = self.columns.len();
        let kinds = vec![ColumnKind::Numeric; width];
        let refused = |error: models::FitError| data(error.to_string());
        let x = Matrix::new(width, values).map_err(refused)?;
        let unweighted = Dataset::new(x, kinds, labels, classes).map_err(refused)?;
        unweighted.with_weights(weights).map_err(refused)
    }

    fn pick<'r>(&'r self, row: &'r Row) -> impl Iterator<Item = f32> + 'r {
        self.columns.iter().map(|id| id.of(row))
    }
}

impl<'a> Labelled<'a> {
    /// Its rows of a part of the time: an attack's from its first labelled call on.
    fn rows(&self, part: Part) -> Vec<&'a Row> {
        match self.threat {
            Some(_) => self.session.labelled_rows_of(part).collect(),
            None => self.session.rows_of(part).collect(),
        }
    }
}

fn columns_of(kind: EntityKind, dropped: &[String]) -> Vec<ColumnId> {
    let all = columns().enumerate().map(|(place, (_, column))| (ColumnId(place), column.name));
    let is_left_out = |name: &str| LEFT_OUT.contains(&name) || dropped.iter().any(|it| it == name);
    all.filter(|(id, name)| applies(*id, kind) && !is_left_out(name)).map(|(id, _)| id).collect()
}

/// The settings that an estimator learns with here, where they are not its defaults: whatever is chosen is
/// asked about every session several times. Small trees that each see a part of the columns stay in the
/// processor's nearest memory, and lean on no column alone.
fn settings(name: &str) -> Value {
    match name {
        "gradient_boosting" => json!({ "leaves_max": 8, "column_share": 0.4, "row_share": 0.7 }),
        "mlp" => json!({ "hidden": [8, 4, 4] }),
        "extra_trees" | "random_forest" => json!({ "trees": 32 }),
        _ => json!({}),
    }
}

fn fit(name: &str, data: &Dataset, seed: u64) -> Result<Box<dyn Detector>, Error> {
    let refused = |error: models::FitError| crate::error::data(error.to_string());
    let estimator = models::estimator(name, settings(name)).map_err(refused)?;
    estimator.fit(data, None, seed, &mut Unwatched).map_err(refused)
}

fn mean_and_spread(values: &[f64]) -> (f64, f64) {
    let finite: Vec<f64> = values.iter().copied().filter(|value| value.is_finite()).collect();
    let count = finite.len() as f64;
    let mean = finite.iter().sum::<f64>() / count;
    let squares: f64 = finite.iter().map(|value| (value - mean).powi(2)).sum();
    (mean, (squares / (count - 1.0).max(1.0)).sqrt())
}
