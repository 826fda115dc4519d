//! Settings: where they come from, and what is said of those that cannot be used.

use crate::program::{Folder, ran};
use crate::traffic::with_attacks;

#[test]
fn an_unknown_key_is_told_with_its_line_and_column() {
    let folder = Folder::with_log(with_attacks());
    folder.write("apiwarden.toml", "[judge]\nbudget = '1/day'\n  budgte = 3\n");
    let ran = folder.run(&["detect", "access.log"]).ends_with(78);
    let file = folder.path("apiwarden.toml");
    let file = file.canonicalize().expect("the file is there");
    let begins = format!("apiwarden: {}:3:3: unknown field `budgte`, expected ", file.display());
    assert!(ran.err.starts_with(&begins), "{}", ran.err);
    assert_eq!((ran.err.lines().count(), ran.out.as_str()), (1, ""));
    folder
        .run(&["threats", "-c", "none.toml"])
        .fails(78, "none.toml: No such file or directory (os error 2)");
}

#[test]
fn a_value_that_cannot_be_used_is_told_by_where_it_was_given() {
    let folder = Folder::with_log(with_attacks());
    let rule = "\"nonsense\": must be alarms a day (5/day) or a share above 0 % and at most 50 % \
                (0.1%)";
    folder
        .run(&["detect", "access.log", "--budget", "nonsense"])
        .fails(2, &format!("invalid --budget {rule}"));
    let mut program = folder.program(&["detect", "access.log"]);
    ran(program.env("APIWARDEN_JUDGE_BUDGET", "nonsense"))
        .fails(78, &format!("invalid APIWARDEN_JUDGE_BUDGET {rule}"));
    folder.write("own.toml", "[judge]\nbudget = 'nonsense'\n");
    folder
        .run(&["detect", "access.log", "-c", "own.toml"])
        .fails(78, &format!("own.toml: invalid judge.budget {rule}"));
    folder
        .run(&["config", "check", "-c", "own.toml"])
        .fails(78, &format!("own.toml: invalid judge.budget {rule}"));
}

#[test]
fn a_cooldown_below_the_window_of_an_hour_is_refused() {
    let folder = Folder::with_log(with_attacks());
    folder.write("own.toml", "[alerts]\ncooldown_secs = 0\n");
    let rule = "own.toml: invalid alerts.cooldown_secs 0: must be at least 3600";
    folder.run(&["config", "check", "-c", "own.toml"]).fails(78, rule);
    folder.run(&["detect", "none.log", "-c", "own.toml"]).fails(78, rule);
    folder.write("own.toml", "[alerts]\ncooldown_secs = 3600\n");
    folder.run(&["detect", "access.log", "-c", "own.toml"]).ends_with(0);
}

#[test]
fn what_is_wrong_in_a_later_table_is_told_with_its_own_line() {
    let folder = Folder::new();
    let entry = |kind: &str, value: &str| {
        format!("[[alerts.allow]]\nkind = '{kind}'\nvalue = '{value}'\nreason = 'x'\n")
    };
    let two = entry("client", "192.0.2.1") + "\n" + &entry("client", "192.0.2.1111");
    folder.write("own.toml", two);
    let rule = "own.toml:6:1: invalid client \"192.0.2.1111\": must be an address, a network such as \
                10.0.0.0/8 or a host";
    folder.run(&["config", "check", "-c", "own.toml"]).fails(78, rule);
    let sign_ins = "[endpoints]\nsign_in = [\n  { path = '/a', failure = { status = [401] } },\n  \
                    { path = '/b', failure = { status = [4010] } },\n]\n";
    folder.write("own.toml", sign_ins);
    let rule = "own.toml:4:3: invalid status 4010: must be 100 to 599";
    folder.run(&["config", "check", "-c", "own.toml"]).fails(78, rule);
}

#[test]
fn an_entry_that_allows_everybody_is_warned_of() {
    let folder = Folder::with_log(with_attacks());
    let entry = "[[alerts.allow]]\nkind = 'agent'\nvalue = '*'\nreason = 'x'\n";
    folder.write("apiwarden.toml", entry);
    let warning = "warning: entry 1 of alerts.allow (agent *) allows everybody, for every threat\n";
    let checked = folder.run(&["config", "check"]).ends_with(0);
    assert_eq!(
        (checked.err.as_str(), checked.out.as_str()),
        (warning, "the configuration is valid\n")
    );
    let ran = folder.run(&["detect", "access.log", "-o", "jsonl"]).ends_with(0);
    assert!(ran.err.contains(warning) && ran.out.is_empty(), "{}", ran.err);
}

#[test]
fn a_slip_is_told_before_any_reading() {
    let folder = Folder::new();
    let slips = [
        ("--budget", "0/day", "must be alarms a day"),
        ("--fail-on", "awful", "must be none, low, medium, high or critical"),
        ("--max-rejects", "200%", "must be 0% to 100%"),
        ("--tz", "Mars/Olympus", "must be an IANA name, UTC or +hh:mm"),
        ("--format", "apache", "unknown format \"apache\": must be one of combined "),
        ("--format", "$remote_addr", "invalid format string at column 1: no field tells the time"),
        ("--idle-gap", "0", "must be at least 1"),
        ("--trusted-proxy", "10.0.0.0/99", "must be an address or a network such as 10.0.0.0/8"),
        ("--openapi", "none.yaml", "No such file or directory"),
    ];
    for (flag, value, rule) in slips {
        // The log is not there: whoever looked for it first would say so.
        let ran = folder.run(&["detect", "none.log", flag, value]).ends_with(2);
        assert!(ran.err.starts_with(&format!("apiwarden: invalid {flag} ")), "{}", ran.err);
        assert!(ran.err.contains(rule), "{flag} {value}: {}", ran.err);
        assert_eq!(ran.err.lines().count(), 1, "{}", ran.err);
    }
}

#[test]
fn an_environment_value_of_the_wrong_kind_names_its_variable() {
    let folder = Folder::new();
    let mut program = folder.program(&["config", "show"]);
    let ran = ran(program.env("APIWARDEN_BEHAVIOUR_IDLE_GAP_SECS", "soon")).ends_with(78);
    let begins = "apiwarden: invalid APIWARDEN_BEHAVIOUR_IDLE_GAP_SECS \"soon\": invalid type: ";
    assert!(ran.err.starts_with(begins), "{}", ran.err);
}

#[test]
fn what_is_shown_as_configuration_can_be_read_as_one() {
    let folder = Folder::new();
    let shown = folder.run(&["config", "show", "--effective"]).ends_with(0).out;
    folder.write("again.toml", &shown);
    let again = folder.run(&["config", "show", "-c", "again.toml"]).ends_with(0).out;
    assert_eq!(again, folder.run(&["config", "show"]).ends_with(0).out);
    let example = folder.run(&["config", "example"]).ends_with(0).out;
    folder.write("example.toml", example.replace("\n# ", "\n#"));
    folder.run(&["config", "check", "-c", "example.toml"]).ends_with(0);
}

#[test]
fn alerts_at_or_above_a_severity_end_with_one() {
    let folder = Folder::with_log(with_attacks());
    folder.run(&["detect", "access.log"]).ends_with(0);
    folder.run(&["detect", "access.log", "--fail-on", "low"]).ends_with(1);
    let calm = Folder::with_log(crate::traffic::line("192.0.2.1", 0, "GET /items", 200));
    calm.run(&["detect", "access.log", "--fail-on", "low"]).ends_with(0);
    folder.write("apiwarden.toml", "[output]\nfail_on = 'low'\n");
    folder.run(&["detect", "access.log", "-o", "csv"]).ends_with(1);
    folder.run(&["detect", "access.log", "--fail-on", "none"]).ends_with(0);
}
