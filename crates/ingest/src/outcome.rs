//! What became of a call that signs in, or presents a credential.

use domain::{AuthOutcome, Method, PathWords, Request};

use crate::endpoint::Target;

/// Parameters by which a form is told, where it is shown again, that somebody failed.
const FAILURES: [&[u8]; 8] =
    [b"error", b"err", b"failed", b"failure", b"invalid", b"denied", b"login_error", b"auth_error"];

/// Parameters whose value says so.
const VERDICTS: [&[u8]; 3] = [b"status", b"result", b"login"];

/// How a call ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Outcome {
    pub(crate) auth: AuthOutcome,
    /// Whether that is a failure which the answer does not tell in so many words.
    pub(crate) is_inferred: bool,
}

impl Outcome {
    const fn told(auth: AuthOutcome) -> Self {
        Self { auth, is_inferred: false }
    }

    /// The outcome of a request. `presented`: a credential was shown, or the log would not show one.
    /// `shows_form`: the path is that of software which answers failed sign-ins with the form and 200.
    pub(crate) fn of(
        request: &Request<'_>,
        words: PathWords,
        presented: bool,
        shows_form: bool,
    ) -> Self {
        if let Some(told) = request.told {
            let is_inferred = told.is_inferred && told.outcome == AuthOutcome::Failure;
            return Self { auth: told.outcome, is_inferred };
        }
        let status = request.status.unwrap_or(0);
        let signs_in = words.contains(PathWords::SIGN_IN)
            && matches!(request.method, Method::Post | Method::Put);
        if signs_in
            && !request.location.is_empty()
            && let Some(auth) = by_location(status, &request.target, &request.location)
        {
            return Self::told(auth);
        }
        match by_status(status, signs_in, presented) {
            AuthOutcome::Success if shows_form && status == 200 => {
                Self { auth: AuthOutcome::Failure, is_inferred: true }
            }
            auth => Self::told(auth),
        }
    }
}

fn by_status(status: u16, signs_in: bool, presented: bool) -> AuthOutcome {
    match status {
        200..=399 if signs_in => AuthOutcome::Success,
        400 | 401 | 403 | 422 | 423 | 429 if signs_in => AuthOutcome::Failure,
        401 if presented => AuthOutcome::Failure,
        403 => AuthOutcome::Forbidden,
        _ => AuthOutcome::None,
    }
}

/// What it says of a sign-in where its answer leads, if that is more than the status says: who failed is
/// sent back to the form, or to a page that is told of an error; who got in is sent elsewhere, be it to
/// where a second factor is asked for.
fn by_location(status: u16, target: &[u8], location: &[u8]) -> Option<AuthOutcome> {
    match status {
        302 | 303 | 307 if tells_failure(location) => Some(AuthOutcome::Failure),
        302 | 303 if leads_back(target, location) => Some(AuthOutcome::Failure),
        // The form is to be sent again as it was (RFC 9110 section 15.4.8), to another scheme or host:
        // what becomes of it is told there.
        307 if leads_back(target, location) => Some(AuthOutcome::None),
        _ => None,
    }
}

/// Whether the query of a URL tells of an error.
fn tells_failure(location: &[u8]) -> bool {
    let is_one_of =
        |words: &[&[u8]], text: &[u8]| words.iter().any(|word| word.eq_ignore_ascii_case(text));
    Target::split(location).query.split(|byte| matches!(byte, b'&' | b';')).any(|pair| {
        let equals = memchr::memchr(b'=', pair).unwrap_or(pair.len());
        let (name, value) = (&pair[..equals], pair.get(equals + 1..).unwrap_or_default());
        is_one_of(&FAILURES, name) || (is_one_of(&VERDICTS, name) && is_one_of(&FAILURES, value))
    })
}

/// Whether a reference leads to the path that it was given out under (RFC 3986 section 5.2), on whatever
/// host. Neither the query counts nor a slash at the end.
fn leads_back(target: &[u8], location: &[u8]) -> bool {
    let from = Target::split(target).path;
    let location = match location.strip_prefix(b"//") {
        Some(rest) => &rest[memchr::memchr(b'/', rest).unwrap_or(rest.len())..],
        None => location,
    };
    match Target::split(location).path {
        [] => matches!(location, [b'?' | b'#', ..]),
        to @ [b'/', ..] => is_same_path(to, from),
        to => {
            let last = memchr::memrchr(b'/', from).map_or(0, |slash| slash + 1);
            to.strip_prefix(b"./").unwrap_or(to) == &from[last..]
        }
    }
}

fn is_same_path(one: &[u8], other: &[u8]) -> bool {
    one.strip_suffix(b"/").unwrap_or(one) == other.strip_suffix(b"/").unwrap_or(other)
}

#[cfg(test)]
mod tests {
    use std::borrow::Cow;

    use domain::ToldSignIn;

    use super::*;

    #[test]
    fn a_refusal_is_a_failure_where_something_was_presented() {
        let check = |status, signs_in, presented, expect| {
            assert_eq!(by_status(status, signs_in, presented), expect, "{status}");
        };
        check(200, true, false, AuthOutcome::Success);
        check(403, true, false, AuthOutcome::Failure);
        check(404, true, false, AuthOutcome::None);
        check(200, false, false, AuthOutcome::None);
        check(401, false, true, AuthOutcome::Failure);
        check(401, false, false, AuthOutcome::None);
        check(403, false, false, AuthOutcome::Forbidden);
    }

    /// What becomes of a form sent to `/auth/login`, as told by status and `Location`.
    fn sent_to(status: u16, location: &str) -> AuthOutcome {
        let request = Request {
            method: Method::Post,
            target: Cow::Borrowed(b"/auth/login?next=/orders"),
            status: Some(status),
            location: Cow::Borrowed(location.as_bytes()),
            ..Request::default()
        };
        let outcome = Outcome::of(&request, PathWords::SIGN_IN, false, false);
        assert!(!outcome.is_inferred, "the log tells it");
        outcome.auth
    }

    #[test]
    fn who_is_sent_back_to_the_form_has_failed() {
        let check = |location, expect| assert_eq!(sent_to(302, location), expect, "{location}");
        check("/auth/login", AuthOutcome::Failure);
        check("/auth/login/", AuthOutcome::Failure);
        check("/auth/login?next=/orders#form", AuthOutcome::Failure);
        check("https://www.example.com:8443/auth/login", AuthOutcome::Failure);
        check("//www.example.com/auth/login", AuthOutcome::Failure);
        check("login?again", AuthOutcome::Failure);
        check("./login", AuthOutcome::Failure);
        check("?again", AuthOutcome::Failure);
        check("/auth/login/otp", AuthOutcome::Success);
        check("/login", AuthOutcome::Success);
        check("auth/login", AuthOutcome::Success);
        check("//auth/login", AuthOutcome::Success);
        check("https://www.example.com", AuthOutcome::Success);
        check("//www.example.com", AuthOutcome::Success);
        check("/account?from=/auth/login", AuthOutcome::Success);
        check("", AuthOutcome::Success);
    }

    #[test]
    fn who_is_sent_to_an_error_has_failed() {
        let check = |location, expect| assert_eq!(sent_to(303, location), expect, "{location}");
        check("/start?error", AuthOutcome::Failure);
        check("/start?a=1&Login_Error=1", AuthOutcome::Failure);
        check("https://id.example.com/start?denied=", AuthOutcome::Failure);
        check("/start?status=FAILED", AuthOutcome::Failure);
        check("/start?login=invalid;a=1", AuthOutcome::Failure);
        check("/start?status=ok", AuthOutcome::Success);
        check("/start?q=error", AuthOutcome::Success);
        check("/start?errors_shown=1", AuthOutcome::Success);
        check("/start?next=/a?error", AuthOutcome::Success);
        check("/error", AuthOutcome::Success);
        check("/start#?error", AuthOutcome::Success);
    }

    #[test]
    fn a_form_that_is_to_be_sent_again_has_not_been_answered() {
        assert_eq!(sent_to(307, "https://www.example.com/auth/login"), AuthOutcome::None);
        assert_eq!(sent_to(307, "/auth/login?error=1"), AuthOutcome::Failure);
        assert_eq!(sent_to(307, "/orders"), AuthOutcome::Success);
        assert_eq!(sent_to(301, "/auth/login"), AuthOutcome::Success, "as its status says");
        assert_eq!(sent_to(201, "/auth/login"), AuthOutcome::Success, "what was made lies there");
    }

    #[test]
    fn what_is_described_goes_before_and_other_calls_sign_nobody_in() {
        let request = Request {
            method: Method::Post,
            target: Cow::Borrowed(b"/auth/login"),
            status: Some(302),
            location: Cow::Borrowed(b"/auth/login"),
            ..Request::default()
        };
        let outcome = |request: &Request<'_>, words| Outcome::of(request, words, false, false).auth;
        let told = Some(ToldSignIn { outcome: AuthOutcome::Success, is_inferred: false });
        let described = Request { told, ..request.clone() };
        assert_eq!(outcome(&described, PathWords::SIGN_IN), AuthOutcome::Success);
        assert_eq!(outcome(&request, PathWords::empty()), AuthOutcome::None);
        let page = Request { method: Method::Get, ..request };
        assert_eq!(outcome(&page, PathWords::SIGN_IN), AuthOutcome::None);
    }

    #[test]
    fn a_form_shown_again_by_software_that_is_known_for_it_is_inferred() {
        let answer = |status| Request {
            method: Method::Post,
            target: Cow::Borrowed(b"/wp-login.php"),
            status: Some(status),
            ..Request::default()
        };
        let outcome = |status| Outcome::of(&answer(status), PathWords::SIGN_IN, false, true);
        let failed = Outcome { auth: AuthOutcome::Failure, is_inferred: true };
        assert_eq!(outcome(200), failed);
        assert_eq!(outcome(302), Outcome::told(AuthOutcome::Success));
        assert_eq!(outcome(429), Outcome::told(AuthOutcome::Failure));
    }

    proptest::proptest! {
        #[test]
        fn any_location_can_be_looked_at(
            target in proptest::collection::vec(proptest::sample::select(b"/?#.:=&ae".as_slice()), 0..20),
            location in proptest::collection::vec(proptest::sample::select(b"/?#.:=&ae".as_slice()), 0..20),
        ) {
            let _ = by_location(302, &target, &location);
        }
    }
}
