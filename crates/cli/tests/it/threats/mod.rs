//! Each threat in the ways in which it comes, and beside it what looks like it and is none: days of
//! one site, told line by line and judged as any log is.

mod automated_bots;
mod brute_force;
mod credential_stuffing;
mod ip_spoofing;
mod session_hijacking;
mod sign_ins;
mod token_abuse;
mod unauthorized_access;
mod unnamed;
mod vulnerability_probing;

use std::fmt::Write;

use serde_json::{Value, json};

use crate::program::Folder;

pub(crate) const MINUTE: f64 = 60.0;
pub(crate) const HOUR: f64 = 3_600.0;

const BROWSER: &str = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0";
const PHONE: &str = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15";

/// Who calls, and how.
#[derive(Clone, Debug)]
pub(crate) struct Caller {
    address: String,
    agent: String,
    token: String,
    forwarded: String,
    referer: bool,
}

impl Caller {
    /// A program at an address.
    pub(crate) fn program(address: &str) -> Self {
        let [agent, token, forwarded] = ["python-requests/2.32.0", "", ""].map(String::from);
        Self { address: address.into(), agent, token, forwarded, referer: false }
    }

    /// A person at a browser.
    pub(crate) fn person(address: &str) -> Self {
        Self { referer: true, ..Self::program(address).with_agent(BROWSER) }
    }

    pub(crate) fn with_agent(self, agent: &str) -> Self {
        Self { agent: agent.into(), ..self }
    }

    pub(crate) fn with_token(self, token: &str) -> Self {
        Self { token: format!("Bearer {token}"), ..self }
    }

    /// With a name and password in each call (HTTP Basic).
    pub(crate) fn with_password(self, encoded: &str) -> Self {
        Self { token: format!("Basic {encoded}"), ..self }
    }

    /// With this in its `X-Forwarded-For`.
    pub(crate) fn claiming(self, forwarded: &str) -> Self {
        Self { forwarded: forwarded.into(), ..self }
    }

    /// The same with another address: on the move.
    pub(crate) fn at(self, address: &str) -> Self {
        Self { address: address.into(), ..self }
    }
}

/// A log while it is made, in seconds from its midnight. Chance is the same each time.
pub(crate) struct Day {
    lines: Vec<(f64, Value)>,
    chance: u64,
}

impl Day {
    /// A day on which nothing happens yet.
    pub(crate) fn empty() -> Self {
        Self { lines: Vec::new(), chance: 7 }
    }

    /// A day of so many people, most of them between eight and eight: each signs in once, one of ten
    /// after mistyping, looks at things for some minutes, comes back to some, and writes now and then.
    pub(crate) fn of_people(people: usize) -> Self {
        let mut day = Self::empty();
        for person in 0..people {
            let address = format!("192.0.{}.{}", 2 + person / 200, 1 + person % 200);
            let agent = if person % 3 == 0 { PHONE } else { BROWSER };
            let caller = Caller::person(&address).with_agent(agent);
            for _ in 0..1 + person % 3 {
                let at = day.between(8.0 * HOUR, 20.0 * HOUR);
                day.visit(&caller, &format!("person-{person}"), at);
            }
        }
        day
    }

    fn visit(&mut self, caller: &Caller, name: &str, mut at: f64) {
        if self.between(0.0, 1.0) < 0.1 {
            self.call(at, caller, "POST /login", 401);
            at += self.between(4.0, 15.0);
        }
        self.call(at, caller, "POST /login", 200);
        let caller = caller.clone().with_token(name);
        for _ in 0..self.between(6.0, 25.0) as usize {
            at += self.between(1.0, 40.0);
            let item = self.between(0.0, 30.0) as usize;
            let request = match self.between(0.0, 10.0) as usize {
                0 => "POST /orders".to_owned(),
                1..4 => "GET /items".to_owned(),
                4 => "GET /static/app.css".to_owned(),
                _ => format!("GET /items/{item}"),
            };
            let status = match self.between(0.0, 30.0) as usize {
                _ if request == "POST /orders" => 201,
                0 => 404,
                1..4 => 304,
                _ => 200,
            };
            self.call(at, &caller, &request, status);
        }
    }

    /// A number between two, by chance.
    pub(crate) fn between(&mut self, low: f64, high: f64) -> f64 {
        self.chance = self.chance.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695);
        low + (self.chance >> 11) as f64 / (1_u64 << 53) as f64 * (high - low)
    }

    /// One call, answered in a usual size.
    pub(crate) fn call(&mut self, at: f64, caller: &Caller, request: &str, status: u16) {
        let bytes = match status {
            200 if request == "POST /login" => 225,
            200 | 201 => self.between(180.0, 4_200.0) as u64,
            304 | 204 => 0,
            _ => 97,
        };
        self.call_of(at, caller, request, status, bytes);
    }

    /// One call with the size of its answer.
    pub(crate) fn call_of(
        &mut self,
        at: f64,
        caller: &Caller,
        request: &str,
        status: u16,
        bytes: u64,
    ) {
        let (method, target) = request.split_once(' ').expect("a method and a target");
        let (whole, millis) = (at as u64, (at.fract() * 1e3) as u64);
        let (hour, minute, second) = (whole / 3_600 % 24, whole / 60 % 60, whole % 60);
        let day = 23 + whole / 86_400;
        let line = json!({
            "time": format!("2026-11-{day:02}T{hour:02}:{minute:02}:{second:02}.{millis:03}Z"),
            "remote_addr": caller.address,
            "http_x_forwarded_for": caller.forwarded,
            "request_method": method,
            "request_uri": target,
            "status": status,
            "body_bytes_sent": bytes,
            "http_user_agent": caller.agent,
            "http_referer": if caller.referer { "https://shop.example/items" } else { "" },
            "http_authorization": caller.token,
        });
        self.lines.push((at, line));
    }

    /// Adds to the latest line a field of its own.
    pub(crate) fn saying(&mut self, field: &str, value: Value) {
        let (_, line) = self.lines.last_mut().expect("a line was told");
        line[field] = value;
    }

    /// The same in a log that does not show them.
    pub(crate) fn without_credentials(mut self) -> Self {
        for (_, line) in &mut self.lines {
            line["http_authorization"] = json!("");
        }
        self
    }

    /// What of it had been written by a moment.
    pub(crate) fn until(mut self, end: f64) -> Self {
        self.lines.retain(|(at, _)| *at <= end);
        self
    }

    /// What is found in it.
    pub(crate) fn judged(self) -> Verdict {
        self.judged_by("")
    }

    /// What is found in it under a configuration.
    pub(crate) fn judged_by(mut self, configuration: &str) -> Verdict {
        self.lines.sort_by(|a, b| a.0.total_cmp(&b.0));
        let log = self.lines.iter().fold(String::new(), |mut log, (_, line)| {
            writeln!(log, "{line}").expect("a string takes everything");
            log
        });
        let folder = Folder::with_log(log);
        folder.write("apiwarden.toml", configuration);
        let ran = folder.run(&["-q", "detect", "-o", "jsonl", "access.log"]).ends_with(0);
        let alerts = ran.out.lines().map(|line| serde_json::from_str(line).expect("JSON"));
        Verdict { alerts: alerts.collect() }
    }
}

/// The alerts of a day.
pub(crate) struct Verdict {
    pub(crate) alerts: Vec<Value>,
}

impl Verdict {
    /// The threats that an address is accused of, by name.
    pub(crate) fn of(&self, address: &str) -> Vec<&str> {
        let accused = |alert: &&Value| {
            let is = |value: &Value| value.as_str() == Some(address);
            let listed = |list: &Value| list.as_array().is_some_and(|list| list.iter().any(is));
            let entity = &alert["entity"];
            match entity["kind"].as_str() {
                Some("client") => is(&entity["value"]),
                _ => listed(&alert["clients"]),
            }
        };
        self.alerts.iter().filter(accused).filter_map(|alert| alert["threat"].as_str()).collect()
    }

    /// Fails unless an address is accused of a threat.
    pub(crate) fn accuses(&self, address: &str, threat: &str) {
        let found = self.of(address);
        assert!(found.contains(&threat), "{address}: {threat} is not in {found:?}");
    }

    /// Fails if an address is accused of anything.
    pub(crate) fn acquits(&self, address: &str) {
        let found = self.of(address);
        assert!(found.is_empty(), "{address} is accused of {found:?}");
    }

    /// Fails if an address is accused by any name. What is merely the oddest of its day may be told as
    /// such: the budget of five unnamed alerts a day is made for that.
    pub(crate) fn names_nothing_of(&self, address: &str) {
        let mut found = self.of(address);
        found.retain(|threat| *threat != "unclassified");
        assert!(found.is_empty(), "{address} is accused of {found:?}");
    }

    /// Fails if anybody is accused whose address begins like this.
    pub(crate) fn acquits_all(&self, prefix: &str) {
        for alert in &self.alerts {
            let clients = alert["clients"].as_array().expect("a list").iter();
            let wronged: Vec<&str> =
                clients.filter_map(Value::as_str).filter(|it| it.starts_with(prefix)).collect();
            assert!(wronged.is_empty(), "{} accuses {wronged:?}: {alert}", alert["threat"]);
        }
    }
}
