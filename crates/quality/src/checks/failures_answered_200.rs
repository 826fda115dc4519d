use super::{count, figure, named};
use crate::{Caveat, Check, Facts, Page, SignInFacts};

/// See the page.
#[derive(Debug)]
pub(super) struct FailuresAnswered200;

const PAGE: Page = Page {
    title: "Failed sign-ins answered like successes",
    sees: "a sign-in endpoint whose accepted answers are of two kinds, small and large or sent on and \
           shown again, of which one is hardly ever followed by another call; or one whose software is \
           known to answer failures so",
    means: "which sign-ins failed is inferred from size or redirect of the answer: an alert that counts \
            failed logins there is as good as that guess",
    wrong: "an endpoint that answers small to a second step (a code, a challenge) looks the same",
};

impl Check for FailuresAnswered200 {
    fn name(&self) -> &'static str {
        "failures_answered_200"
    }

    fn page(&self) -> &'static Page {
        &PAGE
    }

    fn look(&self, facts: &Facts) -> Option<Caveat> {
        let endpoints: Vec<&SignInFacts> =
            facts.sign_ins.iter().filter(|sign_in| sign_in.failed > 0).collect();
        if endpoints.is_empty() {
            return None;
        }
        let failed: u64 = endpoints.iter().map(|sign_in| sign_in.failed).sum();
        let accepted: u64 = endpoints.iter().map(|sign_in| sign_in.accepted).sum();
        let names: Vec<&str> = endpoints.iter().map(|sign_in| sign_in.endpoint.as_str()).collect();
        Some(Caveat {
            name: self.name(),
            seen: format!(
                "{} of {} sign-ins answered as accepted are taken for failures, by size or redirect of \
                 the answer, at {}",
                count(failed),
                count(accepted),
                named(&names)
            ),
            figures: vec![
                figure("endpoints", endpoints.len() as f64),
                figure("accepted_sign_ins", accepted as f64),
                figure("taken_for_failures", failed as f64),
            ],
            means: PAGE.means,
            advice:
                "let the endpoint answer 401 to failures, or describe in the configuration, under \
                     endpoints.sign_in, by what they are told"
                    .into(),
        })
    }
}
