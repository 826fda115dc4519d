use super::*;

/// What is found in the project's own recordings is not lost again, and nobody else is accused. The
/// figures are those of today: what is missed or wrong is told in `docs/reference/quality.md`.
#[test]
fn the_projects_own_recordings_are_judged_as_well_as_they_were() {
    let program = program::build("test").expect("the program is built");
    let check = |recording: &str, log: &str, least_named: usize, most_wronged: usize| {
        let folder = testkit::workspace_root().join("recordings").join(recording);
        let truth = Truth::read(&folder).expect("the truth can be read");
        let alarms = detect(&program, &folder.join(log), &truth.trusted_proxies);
        let alarms = alarms.expect("the log can be judged");
        let tally = Tally::of(&truth, &alarms);
        let named = tally.campaigns.iter().filter(|outcome| outcome.named > 0).count();
        let wronged = tally.wronged.keys().filter(|it| truth.normals.contains_key(**it)).count();
        assert!(named >= least_named, "{recording}/{log}: {named} campaigns are named");
        assert!(wronged <= most_wronged, "{recording}/{log}: {wronged} clients are wronged");
    };
    let [json, combined] = OWN_LOGS;
    check("b", json, 28, 4);
    check("b", combined, 19, 3);
    check("c", json, 25, 5);
    check("c", combined, 16, 8);
}
