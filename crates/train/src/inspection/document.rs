use domain::EntityKind;
use features::{ColumnId, WIDTH};
use serde_json::{Map, Value, json};

use crate::bundle::Bundle;
use crate::site::{SiteBundle, probe_digest};

pub(super) fn of_table(bundle: &Bundle) -> Value {
    let manifest = &bundle.manifest;
    let columns: Vec<&str> =
        manifest.schema.columns.iter().map(|column| column.name.as_str()).collect();
    json!({
        "kind": "table",
        "written_by": manifest.written_by,
        "estimator": manifest.estimator,
        "settings": manifest.settings,
        "columns": columns,
        "schema_fingerprint": manifest.schema_fingerprint,
        "label": manifest.label,
        "classes": manifest.classes,
        "finish": manifest.finish,
        "data_digest": manifest.data_digest,
        "train_rows": manifest.train_rows,
        "seed": manifest.seed,
        "metrics": manifest.metrics,
        "audit": manifest.audit,
    })
}

pub(super) fn of_site(site: &SiteBundle) -> Value {
    let bundle = &site.bundle;
    let fitted = &bundle.fitted;
    let period = fitted.period.map(
        |period| json!({ "first": period.first.to_string(), "last": period.last.to_string() }),
    );
    let least_score: Map<String, Value> = bundle
        .least_strength
        .iter()
        .map(|(threat, strength)| {
            (threat.name().to_owned(), json!(threats::score_of(*strength).get()))
        })
        .collect();
    json!({
        "kind": "site",
        "schema_fingerprint": format!("{:016x}", features::fingerprint()),
        "probe_digest": probe_digest(),
        "endpoints": site.endpoints.names().count(),
        "period": period,
        "sessions": fitted.sessions,
        "sessions_sampled": fitted.sampled,
        "sessions_trimmed": fitted.trimmed,
        "budget": fitted.budget.to_string(),
        "budget_share": fitted.budget_share,
        "seed": fitted.seed,
        "least_score": least_score,
        "normal": normal(bundle),
        "training": site.training,
    })
}

/// What is normal: low, median and high of each column, a kind of entity.
fn normal(bundle: &pipeline::Bundle) -> Value {
    let of = |kind: EntityKind| {
        let column = |id: ColumnId| {
            let range = bundle.baseline.range(kind, id)?;
            Some((id.name().to_owned(), json!([range.low, range.median, range.high])))
        };
        let columns: Map<String, Value> = (0..WIDTH).map(ColumnId).filter_map(column).collect();
        let entities = bundle.baseline.entities(kind);
        (kind.name().to_owned(), json!({ "sessions": entities, "columns": columns }))
    };
    let fitted = |kind: &EntityKind| bundle.baseline.entities(*kind) > 0;
    Value::Object(EntityKind::ALL.into_iter().filter(fitted).map(of).collect())
}
