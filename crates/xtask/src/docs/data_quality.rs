use std::fmt::Write;

use quality::{CHECKS, Check};

use super::cell;

/// Every check of a log itself, and the fields of what they find.
pub(super) fn page() -> String {
    let mut text = String::from(
        "# Data quality\n\n`detect` also says what makes its own verdicts doubtful: *caveats* about the log \
         itself. They accuse nobody, are not counted among the alerts, and do not change the exit status. \
         People see them between the summary and the alerts; with `-o jsonl`, `json` and `csv` they go to \
         standard error with the summary, so that whoever reads alerts reads alerts alone; `--caveats FILE` \
         writes one JSON object a line:\n\n\
         | field | type | meaning |\n|---|---|---|\n\
         | `caveat` | text | one of the names below |\n\
         | `seen` | text | what was seen, a sentence with its figures |\n\
         | `figures` | object | the same figures by name, each a number; units stand last in a name |\n\
         | `means` | text | what it means for the verdicts |\n\
         | `advice` | text | what to do, or to type |\n\n\
         What is counted takes a few nanoseconds a line and a few MiB at most: shares and distinct things \
         come from a sample of 32,768 distinct lines where there are more.\n",
    );
    for check in CHECKS {
        describe(*check, &mut text);
    }
    text
}

fn describe(check: &dyn Check, text: &mut String) {
    let page = check.page();
    let _ = writeln!(text, "\n## {}\n\nIn outputs: `{}`.", page.title, check.name());
    let heads = [
        ("What it sees", page.sees),
        ("What it means", page.means),
        ("When it is wrong", page.wrong),
    ];
    for (head, body) in heads {
        let _ = writeln!(text, "\n**{head}.** {}.", cell(body));
    }
}
