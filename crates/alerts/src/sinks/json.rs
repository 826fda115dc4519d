use std::io::{self, Write};

use domain::Alert;

use super::Document;

pub(super) fn write_lines(alerts: &[Alert], out: &mut impl Write) -> io::Result<()> {
    for alert in alerts {
        serde_json::to_writer(&mut *out, &Document::from(alert))?;
        out.write_all(b"\n")?;
    }
    Ok(())
}

pub(super) fn write_array(alerts: &[Alert], out: &mut impl Write) -> io::Result<()> {
    let documents: Vec<_> = alerts.iter().map(Document::from).collect();
    serde_json::to_writer_pretty(&mut *out, &documents)?;
    out.write_all(b"\n")
}
