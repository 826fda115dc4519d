//! What there is to call: endpoints, accounts, agents, and how the server answers.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::Arc;

use domain::Timestamp;

use crate::Chance;

/// A site as its visitors see it.
#[derive(Clone, Debug)]
pub struct Site {
    /// What it serves.
    pub endpoints: Vec<Endpoint>,
    /// Names to sign in with.
    pub accounts: Vec<Arc<str>>,
    /// What its ordinary visitors call themselves, each with its share.
    pub agents: Vec<(Arc<str>, f64)>,
    /// The share of its ordinary visitors who send a `Referer`.
    pub referer_share: f64,
    /// How its visitors move, where that is known: what attackers imitate who hide.
    pub habits: Habits,
    /// Who is signed in and when: what there is to hijack.
    pub owners: Vec<Owner>,
    /// The answer to a path that does not exist.
    pub not_found: Answer,
    /// The answer to a call without a valid credential.
    pub unauthorized: Answer,
    /// The answer to a call without the right.
    pub forbidden: Answer,
}

/// How visitors move.
#[derive(Clone, Debug, Default)]
pub struct Habits {
    /// Seconds between calls of one visitor, as they come.
    pub gaps_secs: Vec<f64>,
    /// Which endpoints follow one, by their places among the endpoints, each with its share.
    pub steps: BTreeMap<usize, Vec<(usize, f64)>>,
}

/// A method and a path template.
#[derive(Clone, Debug)]
pub struct Endpoint {
    /// The method.
    pub method: &'static str,
    /// The path; each segment in braces stands for an identifier.
    pub template: String,
    /// What it is for.
    pub role: Role,
    /// How often people call it, against the others.
    pub weight: f64,
    /// What it answers when all is well.
    pub answer: Answer,
    /// What it answers when a sign-in fails; of others unused.
    pub failed: Answer,
}

/// What an endpoint is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// A page, or a call that begins something.
    Page,
    /// A style sheet, script, image or font.
    Asset,
    /// Many objects.
    List,
    /// One object, by its identifier.
    Object,
    /// Something that changes what is stored.
    Write,
    /// Where credentials are given out.
    SignIn,
    /// For the few.
    Admin,
    /// What monitors ask for.
    Health,
}

/// How the server answers.
#[derive(Clone, Copy, Debug)]
pub struct Answer {
    /// The status code.
    pub status: u16,
    /// Bytes of the response, at the median.
    pub bytes: f64,
    /// Milliseconds until it was out, at the median.
    pub latency_ms: f64,
}

/// A signed-in visitor.
#[derive(Clone, Debug)]
pub struct Owner {
    /// The account, where it is known.
    pub account: Option<Arc<str>>,
    /// The token or session.
    pub credential: Arc<str>,
    /// From where it is used.
    pub peer: IpAddr,
    /// The agent that uses it.
    pub agent: Arc<str>,
    /// Its first use.
    pub first: Timestamp,
    /// Its last use.
    pub last: Timestamp,
}

impl Endpoint {
    /// The path of one object: numbers and the like stand for the identifiers.
    pub fn path(&self, object: u64) -> String {
        let shape = |segment: &str| match segment {
            "{date}" => format!("2026-{:02}-{:02}", object % 12 + 1, object % 28 + 1),
            "{email}" => format!("user{object}@example.org"),
            "{ip}" => format!("198.51.100.{}", object % 254 + 1),
            "{uuid}" => {
                let (high, low) = (Chance::new(object, 1).bits(), Chance::new(object, 2).bits());
                let [a, b, c] = [high >> 32, high >> 16 & 0xffff, high & 0xfff];
                let [d, e] = [low >> 48 & 0x3fff | 0x8000, low & 0xffff_ffff_ffff];
                format!("{a:08x}-{b:04x}-4{c:03x}-{d:04x}-{e:012x}")
            }
            file if file.starts_with("{file}") => format!("f{object}{}", &file["{file}".len()..]),
            id if id.starts_with('{') => object.to_string(),
            word => word.to_owned(),
        };
        let segments: Vec<String> = self.template.split('/').map(shape).collect();
        segments.join("/")
    }

    /// Whether its path names an object.
    pub fn has_object(&self) -> bool {
        self.template.contains('{')
    }
}

impl Answer {
    /// An answer of this status.
    pub const fn of(status: u16, bytes: f64, latency_ms: f64) -> Self {
        Self { status, bytes, latency_ms }
    }
}

impl Site {
    /// A small shop: what scenarios play on.
    pub fn shop(accounts: usize) -> Self {
        let page = |template: &str, weight, bytes| {
            endpoint("GET", template, Role::Page, weight, Answer::of(200, bytes, 24.0))
        };
        let list = |template: &str, weight, bytes| {
            endpoint("GET", template, Role::List, weight, Answer::of(200, bytes, 35.0))
        };
        let object = |template: &str, weight| {
            endpoint("GET", template, Role::Object, weight, Answer::of(200, 900.0, 12.0))
        };
        let write = |method: &'static str, template: &str, weight, status| {
            endpoint(method, template, Role::Write, weight, Answer::of(status, 240.0, 48.0))
        };
        let asset = |template: &str, bytes| {
            endpoint("GET", template, Role::Asset, 1.0, Answer::of(200, bytes, 2.0))
        };
        let admin = |template: &str| {
            endpoint("GET", template, Role::Admin, 0.0, Answer::of(200, 4_000.0, 60.0))
        };
        let sign_in = Endpoint {
            failed: Answer::of(401, 58.0, 95.0),
            ..endpoint("POST", "/api/v1/login", Role::SignIn, 0.0, Answer::of(200, 480.0, 110.0))
        };
        Self {
            endpoints: vec![
                page("/", 3.0, 5_200.0),
                page("/about", 0.3, 3_100.0),
                page("/shop", 4.0, 7_800.0),
                list("/api/v1/products", 6.0, 9_000.0),
                list("/api/v1/search", 3.0, 5_000.0),
                list("/api/v1/orders", 2.0, 2_600.0),
                list("/api/v1/notifications", 2.0, 320.0),
                object("/api/v1/products/{id}", 8.0),
                object("/api/v1/orders/{id}", 2.0),
                object("/api/v1/users/{uuid}", 0.8),
                object("/api/v1/invoices/{id}", 0.5),
                write("POST", "/api/v1/cart", 1.5, 201),
                write("POST", "/api/v1/orders", 0.5, 201),
                write("PUT", "/api/v1/users/{uuid}", 0.2, 200),
                write("DELETE", "/api/v1/cart/{id}", 0.2, 204),
                sign_in,
                asset("/static/app.css", 18_000.0),
                asset("/static/app.js", 94_000.0),
                asset("/static/logo.svg", 2_100.0),
                asset("/favicon.ico", 1_150.0),
                admin("/admin/users"),
                admin("/admin/settings"),
                admin("/internal/metrics"),
                endpoint("GET", "/health", Role::Health, 0.0, Answer::of(200, 15.0, 1.0)),
            ],
            accounts: (0..accounts).map(|number| account_name(number).into()).collect(),
            agents: AGENTS.iter().map(|(agent, share)| ((*agent).into(), *share)).collect(),
            referer_share: 1.0,
            habits: Habits::default(),
            owners: Vec::new(),
            not_found: Answer::of(404, 153.0, 3.0),
            unauthorized: Answer::of(401, 58.0, 4.0),
            forbidden: Answer::of(403, 72.0, 5.0),
        }
    }

    /// The endpoints of a role.
    pub fn of(&self, role: Role) -> Vec<&Endpoint> {
        self.endpoints.iter().filter(|endpoint| endpoint.role == role).collect()
    }

    /// The endpoints of one of these roles; all, where there is none.
    pub fn of_any(&self, roles: &[Role]) -> Vec<&Endpoint> {
        let found: Vec<&Endpoint> =
            self.endpoints.iter().filter(|endpoint| roles.contains(&endpoint.role)).collect();
        if found.is_empty() { self.endpoints.iter().collect() } else { found }
    }

    /// What an ordinary visitor calls itself.
    pub fn agent(&self, chance: &mut Chance) -> Arc<str> {
        let place = chance.weighted(self.agents.iter().map(|(_, share)| *share));
        place.map_or_else(|| "-".into(), |place| self.agents[place].0.clone())
    }
}

fn endpoint(
    method: &'static str,
    template: &str,
    role: Role,
    weight: f64,
    answer: Answer,
) -> Endpoint {
    Endpoint { method, template: template.to_owned(), role, weight, answer, failed: answer }
}

/// `ana.lopez3`, `ben.meyer4`, ...
fn account_name(number: usize) -> String {
    const FIRST: [&str; 12] = [
        "ana", "ben", "chloe", "dmitri", "elif", "farid", "grace", "hugo", "ines", "jonas", "kana",
        "leo",
    ];
    const LAST: [&str; 10] = [
        "lopez", "meyer", "okafor", "park", "rossi", "silva", "tanaka", "urban", "weiss", "yilmaz",
    ];
    let (first, last) = (FIRST[number % FIRST.len()], LAST[number / 3 % LAST.len()]);
    format!("{first}.{last}{number}")
}

const AGENTS: [(&str, f64); 7] = [
    (
        "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36",
        40.0,
    ),
    (
        "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 Safari/605.1.15",
        15.0,
    ),
    ("Mozilla/5.0 (X11; Linux x86_64; rv:132.0) Gecko/20100101 Firefox/132.0", 8.0),
    ("Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:132.0) Gecko/20100101 Firefox/132.0", 10.0),
    (
        "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 Mobile/15E148 Safari/604.1",
        14.0,
    ),
    (
        "Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Mobile Safari/537.36",
        11.0,
    ),
    (
        "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36 Edg/131.0.0.0",
        7.0,
    ),
];
