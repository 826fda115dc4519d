use std::fmt::Write;

use ingest::formats::Slot;
use ingest::{FORMATS, Taken};

/// Every format that has a name.
pub(super) fn page() -> String {
    let mut text = String::from(
        "# Formats\n\nThe format of a log is recognised by its first lines. `--format NAME` \
         overrules that; so does an nginx `log_format` or Apache `LogFormat` string, given \
         verbatim. Where two formats read a line equally well, the one that stands first here is \
         chosen.\n\nRecords are lines. Where a source is a JSON document they are its objects \
         instead: the elements of an array, objects that go on over several lines, and what stands \
         in `log.entries` (HAR), `Records` or `records`, `resourceSpans` and `resourceLogs` \
         (OTLP).\n",
    );
    let names: Vec<String> = Slot::NAMES.iter().map(|(name, _)| format!("`{name}`")).collect();
    let _ = writeln!(
        text,
        "\nJSON lines and tables whose fields bear names of their own are read with `fields` in the \
         section `[read]` of the configuration, ours first: `fields = {{ client = \"remote\", status = \
         \"code\" }}`. Our names: {}.",
        names.join(", ")
    );
    for format in FORMATS {
        let (name, title, example) = (format.name(), format.title(), format.example());
        let _ = writeln!(text, "\n## {name}\n\n{title}.");
        if !format.notes().is_empty() {
            let _ = writeln!(text, "{}", format.notes());
        }
        let _ = writeln!(text, "\n```text\n{example}\n```");
        if let Some(string) = format.format_string() {
            let _ = writeln!(text, "\nAs a format string:\n\n```text\n{string}\n```");
        }
        write_taken(&format.taken(), &mut text);
    }
    text
}

fn write_taken(taken: &[Taken], text: &mut String) {
    if taken.is_empty() {
        return;
    }
    text.push_str("\n| becomes | taken from, the first that is there |\n|---|---|\n");
    for Taken { becomes, fields } in taken {
        let fields: Vec<String> = fields.iter().map(|field| format!("`{field}`")).collect();
        let _ = writeln!(text, "| {becomes} | {} |", fields.join(" "));
    }
}
