//! What is odd and no threat.

use super::{Caller, Day, HOUR, MINUTE};

#[test]
fn phones_that_refresh_their_tokens_alike_do_not_outrun_the_budget() {
    let mut day = Day::of_people(600);
    for phone in 0..20 {
        let caller = Caller::program(&format!("203.0.113.{phone}")).with_agent("Shop/5.1 (phone)");
        let begins = day.between(8.0 * HOUR, 15.0 * HOUR);
        for round in 0..30 {
            let at = begins + 10.0 * MINUTE * f64::from(round);
            day.call(at, &caller, "GET /feed", 401);
            day.call(at + 0.2, &caller, "POST /oauth/token", 200);
            day.call(at + 0.5, &caller, "GET /feed", 200);
        }
    }
    let alerts = day.judged().alerts;
    let unnamed = alerts.iter().filter(|alert| alert["threat"] == "unclassified").count();
    assert!(unnamed <= 5, "{unnamed} alerts without a name, in a day whose budget is five");
}
