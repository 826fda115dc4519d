//! A bundle as plain data: what is small and readable as JSON, numbers as tensors.

use std::num::NonZeroU32;

use domain::{EndpointId, EntityKind, Threat, Timestamp};
use features::{ColumnId, Limits, ProfileParts, Profiles, SignIn, WIDTH};
use models::{LoadError, NamedTensor, Saved};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use threats::{Baseline, Normal};

use crate::drift::ColumnSpread;
use crate::{AnomalyModel, Bundle, Fitted, LearnedModel, Period, Spread, Tail};

/// The kind that a saved bundle names.
pub(crate) const KIND: &str = "site";

#[derive(Serialize, Deserialize)]
struct Params {
    idle_gap_secs: NonZeroU32,
    max_entities: usize,
    budget: String,
    budget_share: f64,
    /// First, last, and what of it is silent.
    period_micros: Option<(i64, i64, i64)>,
    sessions: u64,
    sampled: usize,
    trimmed: usize,
    seed: u64,
    sign_ins: Vec<(u32, u32, bool, bool)>,
    /// Ordinary entities seen, a kind, in the order of [`EntityKind::ALL`].
    entities: Vec<u32>,
    least_strength: Vec<(String, f32)>,
    anomalies: Vec<ModelParams>,
    learned: Vec<LearnedParams>,
    /// Kinds of entities whose spread is known.
    spread: Vec<String>,
}

#[derive(Serialize, Deserialize)]
struct ModelParams {
    entity: String,
    kind: String,
    params: Value,
}

#[derive(Serialize, Deserialize)]
struct LearnedParams {
    entity: String,
    columns: Vec<String>,
    threats: Vec<String>,
    detector: ModelParams,
    naming: Option<ModelParams>,
}

impl Bundle {
    /// The bundle as plain data; [`Bundle::load`] takes it back to the same verdicts.
    pub fn save(&self) -> Saved {
        let mut tensors = Vec::new();
        let parts = ProfileParts::from(&self.profiles);
        save_profiles(&parts, &mut tensors);
        for (kind, columns) in &self.spread.kinds {
            save_spread(*kind, columns, &mut tensors);
        }
        for kind in EntityKind::ALL {
            save_baseline(kind, &self.baseline, &mut tensors);
        }
        let anomalies = self.anomalies.iter().map(|(kind, model)| {
            let place = format!("anomaly.{}", kind.name());
            let (saved, reached) = model.save();
            tensors.push(NamedTensor::vector(format!("{place}.reached"), reached.to_vec()));
            save_model(&place, *kind, saved, &mut tensors)
        });
        let anomalies = anomalies.collect();
        let learned = self.learned.iter().map(|(kind, model)| {
            let place = format!("learned.{}", kind.name());
            let reached = model.tail.values().to_vec();
            tensors.push(NamedTensor::vector(format!("{place}.reached"), reached));
            let detector = save_model(&place, *kind, model.detector.save(), &mut tensors);
            let naming = model.naming.as_ref().map(|naming| {
                save_model(&format!("{place}.naming"), *kind, naming.save(), &mut tensors)
            });
            LearnedParams {
                entity: kind.name().to_owned(),
                columns: model.columns.iter().map(|id| id.name().to_owned()).collect(),
                threats: model.threats.iter().map(|threat| threat.name().to_owned()).collect(),
                detector,
                naming,
            }
        });
        let learned = learned.collect();
        let Fitted { period, sessions, sampled, trimmed, budget, budget_share, seed } = self.fitted;
        let params = Params {
            idle_gap_secs: self.limits.idle_gap_secs,
            max_entities: self.limits.max_entities,
            budget: budget.to_string(),
            budget_share,
            period_micros: period
                .map(|it| (it.first.as_micros(), it.last.as_micros(), it.silent_micros)),
            sessions,
            sampled,
            trimmed,
            seed,
            sign_ins: parts
                .sign_ins
                .iter()
                .map(|(endpoint, it)| (endpoint.0, it.split_bytes, it.smaller_fails, it.redirects))
                .collect(),
            entities: EntityKind::ALL.map(|kind| self.baseline.entities(kind)).to_vec(),
            least_strength: self
                .least_strength
                .iter()
                .map(|(threat, strength)| (threat.name().to_owned(), *strength))
                .collect(),
            anomalies,
            learned,
            spread: self.spread.kinds.iter().map(|(kind, _)| kind.name().to_owned()).collect(),
        };
        let params = serde_json::to_value(&params).expect("plain data is always JSON");
        Saved { kind: KIND.to_owned(), params, tensors }
    }

    /// Takes a saved bundle back.
    ///
    /// # Errors
    /// When it is of another kind or schema, or a part of it is missing or damaged.
    pub fn load(saved: &Saved) -> Result<Self, LoadError> {
        if saved.kind != KIND {
            return Err(damaged("it is no bundle of a site"));
        }
        let params: Params = serde_json::from_value(saved.params.clone()).map_err(damaged)?;
        let sign_ins = params.sign_ins.iter().map(|it| {
            let &(endpoint, split_bytes, smaller_fails, redirects) = it;
            (EndpointId(endpoint), SignIn { split_bytes, smaller_fails, redirects })
        });
        let mut baseline = Baseline::default();
        for (kind, entities) in EntityKind::ALL.into_iter().zip(&params.entities) {
            if let Some(normals) = load_baseline(kind, saved)? {
                baseline.set(kind, *entities, normals);
            }
        }
        let least_strength = params.least_strength.iter();
        let least_strength = least_strength
            .map(|(name, strength)| Ok((threat(name)?, *strength)))
            .collect::<Result<_, LoadError>>()?;
        let period = params.period_micros.map(|(first, last, silent_micros)| Period {
            first: Timestamp::from_micros(first),
            last: Timestamp::from_micros(last),
            silent_micros,
        });
        if !(params.budget_share > 0.0 && params.budget_share <= 1.0) {
            return Err(damaged(format!("its budget is a share of {}", params.budget_share)));
        }
        Ok(Self {
            limits: Limits {
                idle_gap_secs: params.idle_gap_secs,
                max_entities: params.max_entities,
            },
            profiles: load_profiles(saved, sign_ins.collect())?,
            baseline,
            anomalies: params
                .anomalies
                .iter()
                .map(|it| load_anomaly(it, saved))
                .collect::<Result<_, LoadError>>()?,
            learned: params
                .learned
                .iter()
                .map(|it| load_learned(it, saved))
                .collect::<Result<_, LoadError>>()?,
            spread: Spread {
                kinds: params.spread.iter().map(|name| load_spread(name, saved)).collect::<Result<
                    _,
                    LoadError,
                >>(
                )?,
            },
            least_strength,
            fitted: Fitted {
                period,
                sessions: params.sessions,
                sampled: params.sampled,
                trimmed: params.trimmed,
                budget: params.budget.parse().map_err(damaged)?,
                budget_share: params.budget_share,
                seed: params.seed,
            },
        })
    }
}

fn save_profiles(parts: &ProfileParts, tensors: &mut Vec<NamedTensor>) {
    // Numbers of endpoints stay far below 2²⁴, up to where `f32` is exact.
    let ends = parts.transitions.iter().flat_map(|(from, to, _)| [from.0 as f32, to.0 as f32]);
    tensors.push(NamedTensor::table("profiles.pairs", 2, ends.collect()));
    let bits = parts.transitions.iter().map(|(_, _, bits)| *bits).collect();
    tensors.push(NamedTensor::vector("profiles.pair_bits", bits));
    tensors.push(NamedTensor::vector("profiles.calls", parts.calls.clone()));
    tensors.push(NamedTensor::vector("profiles.never_after", parts.never_after.clone()));
    tensors.push(NamedTensor::vector("profiles.hours", parts.hours.clone()));
}

fn load_profiles(
    saved: &Saved,
    sign_ins: Vec<(EndpointId, SignIn)>,
) -> Result<Profiles, LoadError> {
    let endpoint = |number: f32| EndpointId(number as u32);
    let ends = saved.tensor("profiles.pairs")?.chunks_exact(2);
    let bits = saved.tensor("profiles.pair_bits")?;
    if ends.len() != bits.len() {
        return Err(damaged("its transitions do not hold together"));
    }
    let pairs = ends.zip(bits);
    Ok(Profiles::from(ProfileParts {
        transitions: pairs.map(|(e, bits)| (endpoint(e[0]), endpoint(e[1]), *bits)).collect(),
        calls: saved.tensor("profiles.calls")?.to_vec(),
        never_after: saved.tensor("profiles.never_after")?.to_vec(),
        hours: saved.tensor("profiles.hours")?.to_vec(),
        sign_ins,
    }))
}

/// Low, median and high of each column, NaN where nothing is known; nothing at all for a kind that was
/// not fitted.
fn save_baseline(kind: EntityKind, baseline: &Baseline, tensors: &mut Vec<NamedTensor>) {
    let ranges: Vec<Option<Normal>> =
        (0..WIDTH).map(|place| baseline.range(kind, ColumnId(place))).collect();
    if ranges.iter().all(Option::is_none) {
        return;
    }
    let values = ranges.iter().flat_map(|range| match range {
        Some(normal) => [normal.low, normal.median, normal.high],
        None => [f32::NAN; 3],
    });
    let name = format!("baseline.{}", kind.name());
    tensors.push(NamedTensor::table(name, 3, values.collect()));
}

fn load_baseline(
    kind: EntityKind,
    saved: &Saved,
) -> Result<Option<Vec<Option<Normal>>>, LoadError> {
    let name = format!("baseline.{}", kind.name());
    if saved.tensors.iter().all(|tensor| tensor.name != name) {
        return Ok(None);
    }
    let values = saved.tensor(&name)?;
    if values.len() != 3 * WIDTH {
        return Err(damaged(format!("{name} has {} values, not {}", values.len(), 3 * WIDTH)));
    }
    let normal =
        |v: &[f32]| (!v[0].is_nan()).then(|| Normal { low: v[0], median: v[1], high: v[2] });
    Ok(Some(values.chunks_exact(3).map(normal).collect()))
}

/// Edges and counts of each column, one behind the other, and how many edges each has.
fn save_spread(kind: EntityKind, columns: &[ColumnSpread], tensors: &mut Vec<NamedTensor>) {
    let name = |part: &str| format!("spread.{}.{part}", kind.name());
    let edges = columns.iter().flat_map(|column| column.edges.clone()).collect();
    // Counts of a sample stay far below 2²⁴, up to where `f32` is exact.
    let counts = columns.iter().flat_map(|column| column.counts.iter().map(|n| *n as f32));
    let lengths = columns.iter().map(|column| column.edges.len() as f32).collect();
    tensors.push(NamedTensor::vector(name("edges"), edges));
    tensors.push(NamedTensor::vector(name("counts"), counts.collect()));
    tensors.push(NamedTensor::vector(name("lengths"), lengths));
}

fn load_spread(entity: &str, saved: &Saved) -> Result<(EntityKind, Vec<ColumnSpread>), LoadError> {
    let part = |name: &str| saved.tensor(&format!("spread.{entity}.{name}"));
    let (mut edges, mut counts) = (part("edges")?, part("counts")?);
    let lengths = part("lengths")?;
    let mut columns = Vec::with_capacity(lengths.len());
    for length in lengths.iter().map(|length| *length as usize) {
        let whole =
            edges.split_at_checked(length).zip(counts.split_at_checked(length.saturating_add(2)));
        let Some(((own_edges, later_edges), (own_counts, later_counts))) = whole else {
            return Err(damaged("the spread of its sessions does not hold together"));
        };
        (edges, counts) = (later_edges, later_counts);
        columns.push(ColumnSpread {
            edges: own_edges.to_vec(),
            counts: own_counts.iter().map(|count| *count as u64).collect(),
        });
    }
    if columns.len() != WIDTH {
        let columns = columns.len();
        return Err(damaged(format!("the spread of {columns} columns is known, not of {WIDTH}")));
    }
    Ok((entity_kind(entity)?, columns))
}

/// Puts a model's numbers under `place` and gives the rest of it.
fn save_model(
    place: &str,
    entity: EntityKind,
    saved: Saved,
    tensors: &mut Vec<NamedTensor>,
) -> ModelParams {
    tensors.extend(saved.tensors.into_iter().map(|tensor| {
        let name = format!("{place}.model.{}", tensor.name);
        NamedTensor { name, ..tensor }
    }));
    ModelParams { entity: entity.name().to_owned(), kind: saved.kind, params: saved.params }
}

fn model_of(place: &str, params: &ModelParams, saved: &Saved) -> Saved {
    let prefix = format!("{place}.model.");
    let tensors = saved.tensors.iter().filter_map(|tensor| {
        let name = tensor.name.strip_prefix(&prefix)?.to_owned();
        Some(NamedTensor { name, ..tensor.clone() })
    });
    let tensors = tensors.collect();
    Saved { kind: params.kind.clone(), params: params.params.clone(), tensors }
}

fn load_anomaly(
    params: &ModelParams,
    saved: &Saved,
) -> Result<(EntityKind, AnomalyModel), LoadError> {
    let kind = entity_kind(&params.entity)?;
    let place = format!("anomaly.{}", params.entity);
    let reached = saved.tensor(&format!("{place}.reached"))?.to_vec();
    Ok((kind, AnomalyModel::load(kind, &model_of(&place, params, saved), reached)?))
}

fn load_learned(
    params: &LearnedParams,
    saved: &Saved,
) -> Result<(EntityKind, LearnedModel), LoadError> {
    let kind = entity_kind(&params.entity)?;
    let place = format!("learned.{}", params.entity);
    let reached = saved.tensor(&format!("{place}.reached"))?.to_vec();
    let column = |name: &String| {
        let known = (0..WIDTH).map(ColumnId).find(|id| id.name() == name);
        known.ok_or_else(|| damaged(format!("{name} is no column of this program")))
    };
    let columns: Vec<ColumnId> = params.columns.iter().map(column).collect::<Result<_, _>>()?;
    let threats: Vec<Threat> =
        params.threats.iter().map(|name| threat(name)).collect::<Result<_, _>>()?;
    let detector = models::load(&model_of(&place, &params.detector, saved))?;
    let naming = match &params.naming {
        Some(naming) => {
            let place = format!("{place}.naming");
            Some(models::load(&model_of(&place, naming, saved))?)
        }
        None => None,
    };
    let fits = detector.columns() == columns.len()
        && match &naming {
            Some(it) => it.columns() == columns.len() && it.classes() == threats.len(),
            None => threats.len() == 1,
        };
    if !fits {
        return Err(damaged("the parts of a learned model do not hold together"));
    }
    let tail = Tail::of_log_odds(reached);
    Ok((kind, LearnedModel { columns, detector, naming, threats, tail }))
}

fn entity_kind(name: &str) -> Result<EntityKind, LoadError> {
    let found = EntityKind::ALL.into_iter().find(|kind| kind.name() == name);
    found.ok_or_else(|| damaged(format!("{name} is no kind of entity")))
}

fn threat(name: &str) -> Result<Threat, LoadError> {
    let found = Threat::ALL.into_iter().find(|threat| threat.name() == name);
    found.ok_or_else(|| damaged(format!("{name} is no threat")))
}

fn damaged(reason: impl ToString) -> LoadError {
    LoadError::new(KIND, reason)
}
