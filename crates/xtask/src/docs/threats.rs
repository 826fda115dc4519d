use std::fmt::Write;

use threats::{INDICATORS, Indicator, Reference};

use super::cell;

/// Every threat that is named.
pub(super) fn page() -> String {
    let mut text = String::from(
        "# Threats\n\nEach threat is recognised by one indicator: a pure function of a \
         feature row and what is normal on the site. An anomaly that none of them explains is \
         `unclassified`.\n\n\
         `apiwarden threats` lists them, `apiwarden threats show NAME` shows one.\n",
    );
    for indicator in INDICATORS {
        describe(*indicator, &mut text);
    }
    text
}

fn describe(indicator: &dyn Indicator, text: &mut String) {
    let page = indicator.page();
    let _ = writeln!(text, "\n## {}\n\nIn outputs: `{}`.", page.title, indicator.threat());
    let heads = [
        ("What it sees", page.sees),
        ("Why it matters", page.matters),
        ("When it is wrong", &page.wrong_text()),
    ];
    for (head, body) in heads {
        let _ = writeln!(text, "\n**{head}.** {}.", cell(body));
    }
    let mitre = page.mitre.iter().map(|entry| link(entry, mitre_url(entry.id)));
    let owasp = page.owasp.iter().map(|entry| link(entry, owasp_url(entry)));
    let links: Vec<String> = mitre.chain(owasp).collect();
    let _ = writeln!(text, "\n**References.** {}.", links.join(" · "));
}

fn link(entry: &Reference, url: String) -> String {
    format!("[{} {}]({url})", entry.id, entry.name)
}

/// `T1110.001` lies at `T1110/001`.
fn mitre_url(id: &str) -> String {
    format!("https://attack.mitre.org/techniques/{}/", id.replace('.', "/"))
}

/// `API2:2023` lies at `0xa2-` and its name in lower case.
fn owasp_url(entry: &Reference) -> String {
    let number = entry.id.trim_start_matches("API").split(':').next().unwrap_or_default();
    let name = entry.name.to_lowercase().replace(' ', "-");
    format!("https://owasp.org/API-Security/editions/2023/en/0xa{number}-{name}/")
}
