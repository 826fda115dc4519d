//! Sign-in endpoints as the configuration describes them. What cannot be meant is refused where the file
//! is read, so that it is told with its line and column.

use domain::Method;
use ingest::{Criterion, FieldCriterion, PathPattern, SignIn, Wanted};
use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize};

use super::within::within;

/// A sign-in endpoint that was understood, and as it was written.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(into = "SignInText")]
pub(crate) struct SignInEntry {
    text: SignInText,
    pub(crate) sign_in: SignIn,
}

impl<'de> Deserialize<'de> for SignInEntry {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        within::<D, SignInText, Self>(deserializer)
    }
}

/// Reads endpoints of which no two are the same: only the first would ever be asked.
pub(super) fn distinct<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Vec<SignInEntry>, D::Error> {
    let entries = Vec::<SignInEntry>::deserialize(deserializer)?;
    for (place, entry) in entries.iter().enumerate() {
        let SignIn { method, path, .. } = &entry.sign_in;
        let is_same = |it: &SignInEntry| it.sign_in.method == *method && it.sign_in.path == *path;
        if let Some(first) = entries[..place].iter().position(is_same) {
            let rule = format!(
                "invalid path {:?}: entries {} and {} of sign_in are both for {} of it",
                entry.text.path,
                first + 1,
                place + 1,
                entry.text.method.as_deref().unwrap_or("POST").to_ascii_uppercase(),
            );
            return Err(D::Error::custom(rule));
        }
    }
    Ok(entries)
}

/// A sign-in endpoint as it stands in the file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct SignInText {
    path: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    method: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    success: Option<CriterionText>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    failure: Option<CriterionText>,
}

/// What an answer looks like, as it stands in the file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct CriterionText {
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    status: Vec<u16>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    min_bytes: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    max_bytes: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    field: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    equals: Option<Equals>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    present: Option<bool>,
}

/// A value, or several of which one must be there.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
enum Equals {
    One(Scalar),
    AnyOf(Vec<Scalar>),
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
enum Scalar {
    Truth(bool),
    Whole(i64),
    Number(f64),
    Text(String),
}

impl TryFrom<SignInText> for SignInEntry {
    type Error = String;

    fn try_from(text: SignInText) -> Result<Self, String> {
        let SignInText { path, method, success, failure } = &text;
        let pattern = PathPattern::from_text(path).ok_or_else(|| {
            format!("invalid path {path:?}: must begin with a slash and have no query")
        })?;
        let method = method.as_deref().unwrap_or("POST");
        let known = Method::from_token(method.to_ascii_uppercase().as_bytes());
        if matches!(known, Method::Other | Method::Missing) {
            return Err(format!("invalid method {method:?}: must be one of HTTP's"));
        }
        if success.is_none() && failure.is_none() {
            return Err(format!("{path:?} needs success or failure: what tells them apart?"));
        }
        let criterion = |text: &Option<CriterionText>| text.as_ref().map(criterion).transpose();
        let (success, failure) = (criterion(success)?, criterion(failure)?);
        if let (Some(success), Some(failure)) = (&success, &failure) {
            check_apart(success, failure)?;
        }
        Ok(Self { sign_in: SignIn { method: known, path: pattern, success, failure }, text })
    }
}

impl From<SignInEntry> for SignInText {
    fn from(entry: SignInEntry) -> Self {
        entry.text
    }
}

/// Whether success and failure differ in what can be told without an answer at hand.
fn check_apart(success: &Criterion, failure: &Criterion) -> Result<(), String> {
    if success == failure {
        return Err("success and failure are the same: what tells them apart?".into());
    }
    let is_status_alone =
        |it: &Criterion| *it == Criterion { status: it.status.clone(), ..Criterion::default() };
    let both = success.status.iter().find(|status| failure.status.contains(status));
    match both.filter(|_| is_status_alone(success) && is_status_alone(failure)) {
        Some(both) => Err(format!("invalid status {both}: must not be success and failure both")),
        None => Ok(()),
    }
}

fn criterion(text: &CriterionText) -> Result<Criterion, String> {
    let CriterionText { status, min_bytes, max_bytes, field, equals, present } = text;
    if let Some(wrong) = status.iter().find(|status| !(100..=599).contains(*status)) {
        return Err(format!("invalid status {wrong}: must be 100 to 599"));
    }
    if let (Some(least), Some(most)) = (min_bytes, max_bytes)
        && least > most
    {
        return Err(format!("invalid min_bytes {least}: must be at most max_bytes, {most}"));
    }
    let wanted = match (equals, present) {
        (Some(Equals::One(value)), None) => Some(Wanted::AnyOf(vec![json(value)])),
        (Some(Equals::AnyOf(values)), None) => {
            Some(Wanted::AnyOf(values.iter().map(json).collect()))
        }
        (None, Some(present)) => Some(Wanted::Present(*present)),
        (None, None) => None,
        (Some(_), Some(_)) => return Err("a field has either equals or present".into()),
    };
    let field = match (field, wanted) {
        (Some(name), Some(wanted)) => Some(FieldCriterion { name: name.clone(), wanted }),
        (None, None) => None,
        (Some(name), None) => return Err(format!("field {name:?} needs equals or present")),
        (None, Some(_)) => return Err("equals and present need a field".into()),
    };
    let criterion =
        Criterion { status: status.clone(), min_bytes: *min_bytes, max_bytes: *max_bytes, field };
    if criterion == Criterion::default() {
        return Err(
            "an empty criterion fits everything: it needs a status, a size or a field".into()
        );
    }
    Ok(criterion)
}

fn json(value: &Scalar) -> serde_json::Value {
    match value {
        Scalar::Truth(truth) => (*truth).into(),
        Scalar::Whole(number) => (*number).into(),
        Scalar::Number(number) => (*number).into(),
        Scalar::Text(text) => text.clone().into(),
    }
}

#[cfg(test)]
mod tests {
    use crate::config::Config;

    fn read(text: &str) -> Result<Config, String> {
        toml::from_str(text).map_err(|error: toml::de::Error| error.message().to_owned())
    }

    #[test]
    fn a_sign_in_is_written_back_as_it_was_read() {
        let text = r#"
            [[endpoints.sign_in]]
            path = "/api/login"
            method = "POST"
            success = { status = [200, 302] }
            failure = { status = [401, 403, 429] }
            [[endpoints.sign_in]]
            path = "/api/{tenant}/enter"
            failure = { field = "error", equals = ["bad_password", 17] }
        "#;
        let config = read(text).unwrap();
        assert_eq!(config.endpoints.sign_in.len(), 2);
        let again = read(&toml::to_string(&config).unwrap()).unwrap();
        assert_eq!(again, config);
    }

    #[test]
    fn what_more_than_a_status_tells_apart_may_share_one() {
        let text = "[[endpoints.sign_in]]\npath = '/login'\nsuccess = { status = [200] }\n\
                    failure = { status = [200], field = 'error', present = true }\n\
                    [[endpoints.sign_in]]\npath = '/login'\nmethod = 'PUT'\n\
                    failure = { min_bytes = 100, max_bytes = 100 }\n";
        assert_eq!(read(text).map(|config| config.endpoints.sign_in.len()), Ok(2));
    }

    #[test]
    fn what_cannot_be_meant_is_refused() {
        let check = |entry: &str, part: &str| {
            let failure = read(&format!("[[endpoints.sign_in]]\n{entry}")).unwrap_err();
            assert!(failure.contains(part), "{entry}: {failure}");
        };
        check("path = 'login'\nfailure = { status = [401] }", "must begin with a slash");
        check("path = '/login'", "needs success or failure");
        check("path = '/login'\nfailure = {}", "an empty criterion");
        check("path = '/login'\nfailure = { status = [4010] }", "must be 100 to 599");
        check("path = '/login'\nfailure = { field = 'error' }", "needs equals or present");
        check("path = '/login'\nfailure = { equals = 'x' }", "need a field");
        check("path = '/login'\nmethod = 'LOGIN'\nfailure = { status = [401] }", "one of HTTP's");
        check("path = '/login'\nfailure = { state = [401] }", "unknown field `state`");
        check(
            "path = '/login'\nsuccess = { status = [200] }\nfailure = { status = [200] }",
            "success and failure are the same",
        );
        check(
            "path = '/login'\nsuccess = { status = [200, 302] }\nfailure = { status = [401, 302] }",
            "invalid status 302: must not be success and failure both",
        );
        check(
            "path = '/login'\nfailure = { min_bytes = 200, max_bytes = 100 }",
            "invalid min_bytes 200: must be at most max_bytes, 100",
        );
        check(
            "path = '/login'\nfailure = { status = [401] }\n[[endpoints.sign_in]]\n\
             path = '/login/'\nmethod = 'post'\nfailure = { status = [403] }",
            "invalid path \"/login/\": entries 1 and 2 of sign_in are both for POST of it",
        );
        check("path = '/login'\nfail = { status = [401] }", "unknown field `fail`");
    }
}
