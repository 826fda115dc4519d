use std::io::{self, Write};

use quality::Caveat;

use super::{Style, escape, wrap};

/// Columns beside the lead, on the narrowest terminal that we write for.
const WIDTH: usize = 72;

/// Writes what is to be said of the log itself: what was seen, what it means and what to do.
pub(crate) fn write_caveats(
    caveats: &[Caveat],
    style: Style,
    out: &mut impl Write,
) -> io::Result<()> {
    match caveats.len() {
        0 => return Ok(()),
        1 => writeln!(out, "\n{}", style.bold("1 caveat about the log itself"))?,
        n => writeln!(out, "\n{}", style.bold(&format!("{n} caveats about the log itself")))?,
    }
    for Caveat { name, seen, means, advice, .. } in caveats {
        writeln!(out, "\n{}", style.yellow(name))?;
        for (lead, text) in [("seen", seen.as_str()), ("means", means), ("do", advice)] {
            for (place, line) in wrap(&escape(text), WIDTH, "").lines().enumerate() {
                let lead = if place == 0 { lead } else { "" };
                writeln!(out, "  {} {line}", style.dim(&format!("{lead:<5}")))?;
            }
        }
    }
    Ok(())
}
