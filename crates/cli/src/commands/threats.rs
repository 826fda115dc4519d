use std::fmt::Write;

use clap::{Args, Subcommand};
use domain::Threat;
use threats::{INDICATORS, Page};

use super::Session;
use crate::exit::{Exit, Failure};
use crate::render::{Style, wrap};

#[derive(Args, Debug)]
pub(crate) struct ThreatsArgs {
    #[command(subcommand)]
    what: Option<What>,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Show the page of one threat.
    Show {
        /// Its name, such as brute-force.
        threat: Threat,
    },
}

/// Lists the threats, or shows the page of one.
pub(crate) fn run(args: &ThreatsArgs, session: &Session) -> Result<Exit, Failure> {
    let mut text = String::new();
    match &args.what {
        None => {
            for indicator in INDICATORS {
                let page = indicator.page();
                let ids: Vec<_> = page.mitre.iter().chain(page.owasp).map(|r| r.id).collect();
                let name = format!("{:<22}", indicator.threat().name());
                let _ = writeln!(text, "{} {}", session.style.bold(&name), ids.join(", "));
            }
        }
        Some(What::Show { threat }) => match threats::page_of(*threat) {
            Some(page) => show(page, session.style, &mut text),
            None => {
                let named: Vec<_> = INDICATORS.iter().map(|i| i.threat().name()).collect();
                let named = named.join(", ");
                let message = format!("{threat} has no page: must be one of {named}");
                return Err(Failure::new(Exit::Usage, message));
            }
        },
    }
    super::print(text.as_bytes())
}

fn show(page: &Page, style: Style, text: &mut String) {
    let _ = writeln!(text, "{}\n", style.bold(page.title));
    let heads = [
        ("What it sees", page.sees),
        ("Why it matters", page.matters),
        ("When it is wrong", &page.wrong_text()),
    ];
    for (head, body) in heads {
        let _ = writeln!(text, "{}\n{}\n", style.bold(head), wrap(body, 78, "  "));
    }
    let _ = writeln!(text, "{}", style.bold("References"));
    for reference in page.mitre.iter().chain(page.owasp) {
        let _ = writeln!(text, "  {:<12} {}", reference.id, reference.name);
    }
}
