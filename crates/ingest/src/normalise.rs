//! Requests become events: client, account, credential and endpoint resolved.

use std::borrow::Cow;

use domain::{
    AccountId, Client, CredentialKind, EndpointId, Event, EventFlags, Method, NameId, Names,
    PathWords, Request, Timestamp,
};
use hashbrown::HashTable;
use ipnet::IpNet;

use crate::endpoint::{
    EndpointLearner, EndpointTable, LearnOptions, OpenApi, Resolver, Shaped, Target, query_object,
    unknown,
};
use crate::hash::Hasher;
use crate::identity::{self, Node, Resolved};
use crate::lexicon;
use crate::outcome::Outcome;

/// Slots of the cache of targets (32 bytes each). A power of two.
const CACHE_SLOTS: usize = 1 << 15;

/// So many absolute targets are strangers', however short the log; of more it counts whether they are
/// a tenth of it.
const LEAST_ABSOLUTE: u64 = 10;

/// So many assets name the page that they were loaded for: whether a log holds all that belongs together
/// shows in them, and what a log of millions adds to that is not worth its time.
const NAMED_PAGES: u32 = 1 << 16;

/// What a call to a sign-in endpoint is that the configuration describes.
const DESCRIBED_SIGN_IN: PathWords = PathWords::SIGN_IN.union(PathWords::DESCRIBED);

/// What normalising needs to know beside the request.
#[derive(Clone, Debug)]
pub struct NormaliseOptions {
    /// Addresses whose forwarded chain is believed.
    pub trusted_proxies: Vec<IpNet>,
    /// Most accounts that are told apart; further ones share one number.
    pub max_accounts: usize,
    /// Most agents that are told apart.
    pub max_agents: usize,
    /// Most host names (clients without address) that are told apart.
    pub max_hosts: usize,
    /// How endpoints are learned.
    pub endpoints: LearnOptions,
    /// The API's description, if there is one.
    pub openapi: Option<OpenApi>,
    /// Endpoints are learned from requests until then. Of later ones nothing is looked up: who sets
    /// this wants the table, not the events.
    pub learn_until: Option<Timestamp>,
}

impl Default for NormaliseOptions {
    fn default() -> Self {
        Self {
            trusted_proxies: Vec::new(),
            max_accounts: 1_000_000,
            max_agents: 100_000,
            max_hosts: 100_000,
            endpoints: LearnOptions::default(),
            openapi: None,
            learn_until: None,
        }
    }
}

/// Turns requests into events. It holds the tables that give names their numbers.
#[derive(Debug)]
pub struct Normaliser {
    trusted_proxies: Vec<IpNet>,
    endpoints: Endpoints,
    accounts: Names,
    hosts: Names,
    agents: Agents,
    hasher: Hasher,
    cache: Vec<Cached>,
    /// Sources in which a credential has been seen: their logs show one where there is one.
    shows_credentials: Vec<bool>,
    /// How many targets of each source were absolute URLs.
    absolute_targets: Vec<u64>,
    named_pages: u32,
    events: u64,
    learn_until: Option<Timestamp>,
}

/// Where endpoints come from.
#[derive(Debug)]
enum Endpoints {
    Learning(EndpointLearner),
    Frozen(EndpointTable),
}

/// What is known of a target, by its hash.
#[derive(Clone, Copy, Debug)]
struct Cached {
    key: u64,
    found: Known,
}

/// All that an event takes from its target.
#[derive(Clone, Copy, Debug)]
struct Known {
    path_hash: u64,
    object_hash: u32,
    query_hash: u32,
    endpoint: EndpointId,
    words: PathWords,
    flags: EventFlags,
}

/// The tables of a run: what the numbers of its events stand for.
#[derive(Clone, Debug)]
pub struct Directory {
    /// Account names.
    pub accounts: Names,
    /// User agents.
    pub agents: Names,
    /// Host names of clients without address.
    pub hosts: Names,
    /// Endpoints.
    pub endpoints: EndpointTable,
    /// How many new paths found no room while endpoints were learned.
    pub paths_overflowed: u64,
}

impl Normaliser {
    /// A normaliser that learns endpoints: events carry provisional ones until the [`Resolver`] of
    /// [`Normaliser::finish`] has seen them.
    pub fn new(options: NormaliseOptions) -> Self {
        let learner = EndpointLearner::new(options.endpoints.clone(), options.openapi.clone());
        Self::with_endpoints(Endpoints::Learning(learner), options)
    }

    /// A normaliser that knows its endpoints: events carry final ones, and a path that falls under
    /// none gets the unknown one of its method.
    pub fn frozen(table: EndpointTable, options: NormaliseOptions) -> Self {
        Self::with_endpoints(Endpoints::Frozen(table), options)
    }

    fn with_endpoints(endpoints: Endpoints, options: NormaliseOptions) -> Self {
        Self {
            trusted_proxies: options.trusted_proxies,
            endpoints,
            accounts: Names::with_capacity_limit(options.max_accounts),
            hosts: Names::with_capacity_limit(options.max_hosts),
            agents: Agents::with_capacity_limit(options.max_agents),
            hasher: Hasher::new(0),
            cache: Vec::new(),
            shows_credentials: Vec::new(),
            absolute_targets: Vec::new(),
            named_pages: 0,
            events: 0,
            learn_until: options.learn_until,
        }
    }

    /// Seeds the hashes that events carry and that tables use. It has no effect once an event has
    /// been made.
    pub fn seed(&mut self, seed: u64) {
        if self.events > 0 {
            return;
        }
        self.hasher = Hasher::new(seed);
        self.cache.clear();
        if let Endpoints::Learning(learner) = &mut self.endpoints {
            learner.reseed(self.hasher);
        }
    }

    /// The event of a request.
    pub fn normalise(&mut self, request: &Request<'_>) -> Event {
        self.events += 1;
        let status = request.status.unwrap_or(0);
        let known = match self.learn_until {
            Some(until) if request.time > until => Known::NOTHING,
            _ => self.known(request, status),
        };
        let agent = self.agents.intern(&request.agent, self.hasher);
        let mut flags = known.flags.union(agent.flags);
        let chain = identity::resolve(peer_of(request), &request.forwarded, &self.trusted_proxies);
        let (client, claimed) = match &chain {
            Some(chain) => {
                flags = flags.union(chain.flags);
                (self.client(chain.client), &chain.claimed[..])
            }
            // Formats let no such request through; one made by hand still gets a client.
            None => (self.client(Node::Host(&request.peer)), &b""[..]),
        };
        let forwarded_hash = if claimed.is_empty() { 0 } else { self.hasher.hash_32(claimed) };
        let is_of = |kind| request.credential.is_some() && request.credential_kind == kind;
        let is_cookie = is_of(CredentialKind::Cookie);
        // A user that the server itself named, and no credential in sight, came with a password.
        let is_password = match request.credential {
            Some(_) => request.credential_kind == CredentialKind::Password,
            None => !request.user.is_empty(),
        };
        let credentialed = (request.credential.is_some() && !is_cookie) || !request.user.is_empty();
        flags.set_if(EventFlags::COOKIE, is_cookie);
        flags.set_if(EventFlags::PASSWORD, is_password);
        flags.set_if(EventFlags::KEY, is_of(CredentialKind::Key));
        flags.set_if(EventFlags::CREDENTIALED, credentialed);
        flags.set_if(EventFlags::REFERER, !request.referer.is_empty());
        let mut words = known.words;
        let elsewhere = request.target.first() != Some(&b'/') && self.asks_elsewhere(request);
        words.set_if(PathWords::HOLE, elsewhere);
        let payload = agent.carries_payload || lexicon::carries_payload(&request.referer);
        words.set_if(PathWords::EXPLOIT, payload);
        let blind = !self.source_shows_credentials(request);
        let presented = credentialed || blind;
        let shows_form = flags.contains(EventFlags::AUTH_INFERRED);
        let Outcome { auth, is_inferred } = Outcome::of(request, words, presented, shows_form);
        if !is_inferred {
            flags = EventFlags::from_bits(flags.bits() & !EventFlags::AUTH_INFERRED.bits());
        }
        flags.set_if(EventFlags::AUTH_INFERRED, is_inferred);
        flags.set_if(EventFlags::SAMPLED, request.is_sampled);
        let is_redirect = (300..400).contains(&status);
        let is_sent_on = is_redirect && !request.location.is_empty();
        flags.set_if(EventFlags::SENT_ON, is_sent_on && words.contains(PathWords::SIGN_IN));
        Event {
            time: request.time,
            position: request.position,
            client,
            account: self.account(request),
            credential: request.credential,
            endpoint: known.endpoint,
            path_hash: known.path_hash,
            object_hash: known.object_hash,
            query_hash: known.query_hash,
            forwarded_hash,
            page_hash: self.page_hash(request, words),
            agent: agent.id,
            response_bytes: clamp(request.response_bytes),
            request_bytes: request
                .request_bytes
                .map_or(0, |bytes| bytes.min(u16::MAX.into()) as u16),
            latency_micros: clamp(request.latency_micros),
            status,
            method: request.method,
            auth,
            words,
            flags,
        }
    }

    /// The client of a request as text: the address that the forwarded chain leads to through trusted
    /// proxies, or the host name. It counts nothing.
    pub fn client_of<'a>(&self, request: &'a Request<'_>) -> Cow<'a, [u8]> {
        match identity::resolve(peer_of(request), &request.forwarded, &self.trusted_proxies) {
            Some(Resolved { client: Node::Address(address), .. }) => {
                Cow::Owned(address.to_string().into_bytes())
            }
            Some(Resolved { client: Node::Host(name), .. }) => Cow::Borrowed(name),
            None => Cow::Borrowed(&request.peer),
        }
    }

    /// Everything that the target tells, from the cache where it was seen not long ago.
    fn known(&mut self, request: &Request<'_>, status: u16) -> Known {
        let (method, target) = (request.method, &request.target[..]);
        if self.cache.is_empty() {
            self.cache = vec![Cached { key: 0, found: Known::NOTHING }; CACHE_SLOTS];
        }
        let key = self.hasher.key(target).wrapping_add((method as u64) << 56);
        let slot = (key >> 20) as usize % CACHE_SLOTS;
        let cached = self.cache[slot];
        if cached.key == key && !target.is_empty() {
            self.count(cached.found, method, status);
            return cached.found;
        }
        let (found, keep) = self.look_up(request, status);
        if keep {
            self.cache[slot] = Cached { key, found };
        }
        self.count(found, method, status);
        found
    }

    fn count(&mut self, found: Known, method: Method, status: u16) {
        if let Endpoints::Learning(learner) = &mut self.endpoints {
            learner.count(found.endpoint, is_answered_well(method, status, found.words));
        }
    }

    /// Everything that the target tells, and whether that will stay so.
    fn look_up(&mut self, request: &Request<'_>, status: u16) -> (Known, bool) {
        let (method, target) = (request.method, &request.target[..]);
        let Target { path, query } = Target::split(target);
        let mut words = match method {
            // Not HTTP: its bytes are no words.
            Method::Missing => PathWords::empty(),
            method => lexicon::path_words(method, path, query),
        };
        words.set_if(DESCRIBED_SIGN_IN, request.told.is_some());
        let shaped = Shaped::of(path, self.hasher);
        let mut flags = EventFlags::empty();
        flags.set_if(EventFlags::QUERY, !query.is_empty());
        let malformed = is_malformed(method, target);
        flags.set_if(EventFlags::MALFORMED, malformed);
        flags.set_if(EventFlags::AUTH_INFERRED, path.ends_with(b"/wp-login.php"));
        let shaped_only = (unknown(method), shaped.object_hash);
        let (found, keep) = match &mut self.endpoints {
            _ if malformed => (shaped_only, true),
            Endpoints::Learning(learner) => {
                let well = is_answered_well(method, status, words);
                let assigned = learner.assign(method, &shaped, well);
                (assigned.unwrap_or(shaped_only), assigned.is_some())
            }
            Endpoints::Frozen(table) => match table.find(method, &shaped) {
                Some((endpoint, any_index)) => {
                    ((endpoint, shaped.object_hash_with(any_index, self.hasher)), true)
                }
                None => {
                    flags.set_if(EventFlags::UNKNOWN_PATH, true);
                    (shaped_only, true)
                }
            },
        };
        let (endpoint, mut object_hash) = found;
        if let Some(named) = query_object(query) {
            words.set_if(PathWords::USER_NUMBER, named.is_user_number);
            if object_hash == 0 {
                object_hash = self.hasher.object(&named.identifier);
            }
        }
        let path_hash = self.hasher.hash(path);
        let query_hash = self.query_hash(query);
        (Known { path_hash, object_hash, query_hash, endpoint, words, flags }, keep)
    }

    /// Hash of the names of a query's parameters, in their order: values change with every call,
    /// names only where somebody searches for them.
    fn query_hash(&self, query: &[u8]) -> u32 {
        if query.is_empty() {
            return 0;
        }
        query.split(|byte| *byte == b'&').fold(0, |hash, pair| {
            let name = &pair[..memchr::memchr(b'=', pair).unwrap_or(pair.len())];
            hash.rotate_left(5) ^ self.hasher.hash_32(name)
        })
    }

    /// The page that an asset was loaded for, 0 where it names none. Whether it is a page of this host
    /// most logs do not tell; whether anyone ever asked for its path, they do.
    fn page_hash(&mut self, request: &Request<'_>, words: PathWords) -> u16 {
        if !words.contains(PathWords::ASSET) || self.named_pages == NAMED_PAGES {
            return 0;
        }
        match Target::split(&request.referer).path {
            path @ [b'/', ..] => {
                self.named_pages += 1;
                (self.hasher.hash(path) >> 48) as u16
            }
            _ => 0,
        }
    }

    fn client(&mut self, node: Node<'_>) -> Client {
        match node {
            Node::Address(address) => Client::from_ip(address),
            Node::Host(name) => Client::Host(self.hosts.intern(name)),
        }
    }

    fn account(&mut self, request: &Request<'_>) -> Option<AccountId> {
        let name = if request.user.is_empty() { &request.subject } else { &request.user };
        (!name.is_empty()).then(|| AccountId(self.accounts.intern(name)))
    }

    /// Whether a request line names a server in full, as one does to a proxy (RFC 9112 section 3.2.2): to
    /// a server that is none it is a search for open ones. Where a log writes every target so, it says
    /// nothing.
    fn asks_elsewhere(&mut self, request: &Request<'_>) -> bool {
        if !is_absolute(&request.target) {
            return false;
        }
        let source = usize::from(request.position.source.0);
        if self.absolute_targets.len() <= source {
            self.absolute_targets.resize(source + 1, 0);
        }
        let absolute = &mut self.absolute_targets[source];
        *absolute += 1;
        *absolute <= LEAST_ABSOLUTE || *absolute < self.events / 10
    }

    fn source_shows_credentials(&mut self, request: &Request<'_>) -> bool {
        let source = usize::from(request.position.source.0);
        if self.shows_credentials.len() <= source {
            self.shows_credentials.resize(source + 1, false);
        }
        // A cookie or a key in a query says nothing about the log: anyone can send one.
        let kind = request.credential_kind;
        self.shows_credentials[source] |= request.credential.is_some()
            && matches!(kind, CredentialKind::Token | CredentialKind::Password);
        self.shows_credentials[source]
    }

    /// Account names so far.
    pub fn accounts(&self) -> &Names {
        &self.accounts
    }

    /// User agents so far.
    pub fn agents(&self) -> &Names {
        &self.agents.names
    }

    /// Host names of clients without address so far.
    pub fn hosts(&self) -> &Names {
        &self.hosts
    }

    /// Ends learning: the tables, and what gives events their final endpoints. Of a frozen
    /// normaliser the resolver changes nothing.
    pub fn finish(self) -> (Directory, Option<Resolver>) {
        let (endpoints, resolver, paths_overflowed) = match self.endpoints {
            Endpoints::Learning(learner) => {
                let overflowed = learner.overflowed();
                let (table, resolver) = learner.finish();
                (table, Some(resolver), overflowed)
            }
            Endpoints::Frozen(table) => (table, None, 0),
        };
        let Self { accounts, hosts, agents, .. } = self;
        let agents = agents.names;
        (Directory { accounts, agents, hosts, endpoints, paths_overflowed }, resolver)
    }
}

impl Known {
    const NOTHING: Self = Self {
        path_hash: 0,
        object_hash: 0,
        query_hash: 0,
        endpoint: EndpointId(0),
        words: PathWords::empty(),
        flags: EventFlags::empty(),
    };
}

/// Agents by number, each classified once.
#[derive(Debug)]
struct Agents {
    names: Names,
    known: HashTable<(u64, Agent)>,
}

/// What is known of an agent.
#[derive(Clone, Copy, Debug)]
struct Agent {
    id: NameId,
    flags: EventFlags,
    carries_payload: bool,
}

impl Agents {
    fn with_capacity_limit(capacity: usize) -> Self {
        Self { names: Names::with_capacity_limit(capacity), known: HashTable::new() }
    }

    fn intern(&mut self, agent: &[u8], hasher: Hasher) -> Agent {
        if agent.is_empty() {
            let flags = EventFlags::AGENT_MISSING;
            return Agent { id: NameId::OVERFLOW, flags, carries_payload: false };
        }
        let hash = hasher.key(agent);
        let kept = &agent[..agent.len().min(Names::MAX_TEXT_BYTES)];
        let names = &self.names;
        let is_same = |(key, known): &(u64, Agent)| *key == hash && names.text(known.id) == kept;
        if let Some((_, known)) = self.known.find(hash, is_same) {
            return *known;
        }
        let id = self.names.intern(agent);
        let carries_payload = lexicon::carries_payload(agent);
        let agent = Agent { id, flags: lexicon::agent_flags(agent), carries_payload };
        if id != NameId::OVERFLOW {
            self.known.insert_unique(hash, (hash, agent), |(hash, _)| *hash);
        }
        agent
    }
}

/// Whoever opened the connection.
fn peer_of<'a>(request: &'a Request<'_>) -> Option<Node<'a>> {
    let known = request.peer_ipv4.map(|address| Node::Address(address.into()));
    known.or_else(|| identity::node(&request.peer))
}

fn clamp(value: Option<u64>) -> u32 {
    value.map_or(0, |value| u32::try_from(value).unwrap_or(u32::MAX))
}

/// Whether an answer shows that the path exists: anything below 400, no status at all (the log does
/// not tell), and at a sign-in also a refusal. Many servers answer `OPTIONS` well on any path, and
/// send any path on for good (301, 308) to another scheme or host: neither tells.
fn is_answered_well(method: Method, status: u16, words: PathWords) -> bool {
    let refused = matches!(status, 401 | 403 | 422 | 429);
    let tells = !matches!(method, Method::Options | Method::Trace | Method::Connect)
        && !matches!(status, 301 | 308);
    tells && (status < 400 || (refused && words.contains(PathWords::SIGN_IN)))
}

/// No method, or a target that is neither a path nor absolute nor `*` nor an authority.
fn is_malformed(method: Method, target: &[u8]) -> bool {
    let plausible = match target {
        [b'/', ..] | b"*" => true,
        _ if method == Method::Connect => memchr::memchr(b':', target).is_some(),
        _ => memchr::memmem::find(target, b"://").is_some(),
    };
    method == Method::Missing || !plausible
}

/// A target that names a scheme and a server.
fn is_absolute(target: &[u8]) -> bool {
    let scheme = target.iter().take_while(|byte| byte.is_ascii_alphabetic()).count();
    scheme > 0 && target[scheme..].starts_with(b"://")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(method: Method, target: &str, status: u16) -> Request<'_> {
        Request {
            method,
            target: Cow::Borrowed(target.as_bytes()),
            peer: Cow::Borrowed(b"192.0.2.7"),
            status: Some(status),
            ..Request::default()
        }
    }

    #[test]
    fn a_frozen_normaliser_sees_what_the_learning_one_learned() {
        let mut learning = Normaliser::new(NormaliseOptions::default());
        let word =
            |at: u8| format!("/users/{}{}", char::from(b'a' + at / 10), char::from(b'a' + at % 10));
        let mut events: Vec<Event> =
            (0..100).map(|at| learning.normalise(&request(Method::Get, &word(at), 200))).collect();
        let (directory, resolver) = learning.finish();
        let resolver = resolver.unwrap();
        events.iter_mut().for_each(|event| resolver.resolve(event));
        let table = EndpointTable::from_names(directory.endpoints.names());
        let mut frozen = Normaliser::frozen(table, NormaliseOptions::default());
        for (at, event) in events.iter().enumerate() {
            let again = frozen.normalise(&request(Method::Get, &word(at as u8), 200));
            assert_eq!((again.endpoint, again.object_hash), (event.endpoint, event.object_hash));
            assert_eq!(directory.endpoints.name(again.endpoint), "GET /users/{user}");
        }
        let unknown = frozen.normalise(&request(Method::Get, "/else", 404));
        assert!(EndpointTable::is_unknown(unknown.endpoint));
        assert!(unknown.flags.contains(EventFlags::UNKNOWN_PATH));
    }

    #[test]
    fn a_described_parameter_is_the_object() {
        let text = r#"{"paths":{"/users/{id}":{"get":{}}}}"#;
        let openapi = Some(OpenApi::from_text(text).unwrap());
        let mut normaliser = Normaliser::new(NormaliseOptions { openapi, ..Default::default() });
        let ann = normaliser.normalise(&request(Method::Get, "/users/ann", 404));
        let bob = normaliser.normalise(&request(Method::Get, "/users/bob", 404));
        assert_eq!(ann.endpoint, bob.endpoint);
        assert_ne!(ann.object_hash, bob.object_hash);
        assert_ne!(ann.object_hash, 0);
    }

    #[test]
    fn what_servers_answer_to_anything_teaches_nothing() {
        let check = |method, status, expect| {
            assert_eq!(is_answered_well(method, status, PathWords::empty()), expect, "{status}");
        };
        check(Method::Get, 200, true);
        check(Method::Get, 304, true);
        check(Method::Get, 302, true);
        check(Method::Get, 0, true);
        check(Method::Get, 301, false);
        check(Method::Get, 404, false);
        check(Method::Options, 200, false);
        assert!(is_answered_well(Method::Post, 401, PathWords::SIGN_IN));
    }

    #[test]
    fn who_asks_for_another_server_seeks_a_proxy_unless_everybody_does() {
        let mut normaliser = Normaliser::new(NormaliseOptions::default());
        let mut is_hole = |target| {
            let event = normaliser.normalise(&request(Method::Get, target, 404));
            event.words.contains(PathWords::HOLE)
        };
        assert!(!is_hole("/a?to=http://h/b"));
        assert!(is_hole("http://h:80/a"));
        let later: Vec<bool> = (0..50).map(|_| is_hole("http://h/a")).collect();
        assert!(!later[20] && !later[49], "this log writes all its targets so");
    }

    #[test]
    fn an_asset_names_the_page_that_it_was_loaded_for() {
        let mut normaliser = Normaliser::new(NormaliseOptions::default());
        let mut page_of = |target: &'static str, referer: &'static str| {
            let referer = Cow::Borrowed(referer.as_bytes());
            normaliser.normalise(&Request { referer, ..request(Method::Get, target, 200) })
        };
        let page = page_of("/shop/7?from=mail", "");
        let style = page_of("/shop.css", "https://shop.test/shop/7?from=search#top");
        assert_eq!(u64::from(style.page_hash), page.path_hash >> 48);
        assert_ne!(style.page_hash, 0);
        assert_eq!(page_of("/shop.css", "").page_hash, 0);
        assert_eq!(page_of("/orders", "https://shop.test/shop/7").page_hash, 0, "no asset");
    }

    #[test]
    fn an_object_may_stand_in_the_query() {
        let mut normaliser = Normaliser::new(NormaliseOptions::default());
        let mut object =
            |target| normaliser.normalise(&request(Method::Get, target, 200)).object_hash;
        assert_ne!(object("/order?id=7"), 0);
        assert_ne!(object("/order?id=7"), object("/order?id=8"));
        assert_eq!(object("/orders?page=7"), 0);
        assert_eq!(object("/users/5/order?id=7"), object("/users/5"));
    }
}
