use std::io::{self, Write};

use domain::Alert;

use super::Document;
use crate::escape_json;

pub(super) fn write_lines(alerts: &[Alert], out: &mut impl Write) -> io::Result<()> {
    for alert in alerts {
        let line = serde_json::to_string(&Document::from(alert))?;
        writeln!(out, "{}", escape_json(&line))?;
    }
    Ok(())
}

pub(super) fn write_array(alerts: &[Alert], out: &mut impl Write) -> io::Result<()> {
    let documents: Vec<_> = alerts.iter().map(Document::from).collect();
    let array = serde_json::to_string_pretty(&documents)?;
    writeln!(out, "{}", escape_json(&array))
}
