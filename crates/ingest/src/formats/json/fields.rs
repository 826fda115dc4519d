//! Which key of a JSON line fills which slot.

use hashbrown::HashTable;

use crate::formats::draft::{Field, Slot};
use crate::hash::Hasher;
use crate::secrets;

/// The built-in field map: keys as dotted paths, the slot, and the rank (lower wins).
const BUILT_IN: &[(&str, Slot, u8)] = &[
    // OpenTelemetry semantic conventions for HTTP, current and earlier names.
    ("time_unix_nano", Slot::TimeEpoch, 20),
    ("timeUnixNano", Slot::TimeEpoch, 20),
    ("client.address", Slot::Peer, 11),
    ("network.peer.address", Slot::Peer, 10),
    ("net.peer.ip", Slot::Peer, 13),
    ("http.client_ip", Slot::Peer, 12),
    ("http.request.method", Slot::Method, 10),
    ("http.method", Slot::Method, 11),
    ("url.full", Slot::Target, 14),
    ("url.path", Slot::Path, 10),
    ("url.query", Slot::Query, 10),
    ("http.target", Slot::Target, 12),
    ("http.url", Slot::Target, 15),
    ("http.response.status_code", Slot::Status, 10),
    ("http.status_code", Slot::Status, 11),
    ("http.response.body.size", Slot::ResponseBytes, 10),
    ("http.response_content_length", Slot::ResponseBytes, 12),
    ("http.request.body.size", Slot::RequestBytes, 10),
    ("http.server.request.duration", Slot::LatencySecs, 10),
    ("user_agent.original", Slot::Agent, 10),
    ("http.user_agent", Slot::Agent, 11),
    ("server.address", Slot::Host, 12),
    ("http.host", Slot::Host, 11),
    ("enduser.id", Slot::User, 11),
    ("user.id", Slot::User, 13),
    ("http.request.header.x-forwarded-for", Slot::Forwarded, 10),
    ("http.request.header.referer", Slot::Referer, 10),
    ("http.request.header.authorization", Slot::Authorization, 10),
    ("http.request.header.x-api-key", Slot::Secret, 11),
    ("http.request.header.cookie", Slot::Cookies, 12),
    // Elastic Common Schema.
    ("@timestamp", Slot::Time, 14),
    ("source.ip", Slot::Peer, 14),
    ("source.address", Slot::Peer, 15),
    ("client.ip", Slot::Peer, 12),
    ("url.original", Slot::Target, 11),
    ("url.domain", Slot::Host, 13),
    ("http.response.bytes", Slot::ResponseBytes, 11),
    ("http.response.body.bytes", Slot::ResponseBytes, 10),
    ("http.request.bytes", Slot::RequestBytes, 11),
    ("http.request.body.bytes", Slot::RequestBytes, 12),
    ("http.request.referrer", Slot::Referer, 11),
    ("event.duration", Slot::LatencyNanos, 11),
    ("user.name", Slot::User, 10),
    ("source.user.name", Slot::User, 12),
    // nginx and Apache, under the names of their variables and the usual short ones.
    ("msec", Slot::TimeEpoch, 10),
    ("ts", Slot::Time, 10),
    ("time", Slot::Time, 12),
    ("timestamp", Slot::Time, 13),
    ("time_iso8601", Slot::Time, 12),
    ("time_local", Slot::Time, 13),
    ("datetime", Slot::Time, 15),
    ("date", Slot::Time, 16),
    ("remote_addr", Slot::Peer, 10),
    ("remote_ip", Slot::Peer, 11),
    ("remote_host", Slot::Peer, 13),
    ("remoteIP", Slot::Peer, 12),
    ("client_ip", Slot::Peer, 12),
    ("client", Slot::Peer, 16),
    ("clientip", Slot::Peer, 13),
    ("ip", Slot::Peer, 17),
    ("http_x_forwarded_for", Slot::Forwarded, 10),
    ("remote_user", Slot::User, 10),
    ("user", Slot::User, 12),
    ("username", Slot::User, 12),
    ("user_id", Slot::User, 14),
    ("request", Slot::RequestLine, 12),
    ("request_line", Slot::RequestLine, 12),
    ("request_method", Slot::Method, 10),
    ("method", Slot::Method, 11),
    ("verb", Slot::Method, 13),
    ("request_uri", Slot::Target, 10),
    ("uri", Slot::Target, 13),
    ("url", Slot::Target, 14),
    ("args", Slot::Query, 11),
    ("query_string", Slot::Query, 11),
    ("query", Slot::Query, 12),
    ("http_host", Slot::Host, 10),
    ("host", Slot::Host, 11),
    ("server_name", Slot::Host, 14),
    ("vhost", Slot::Host, 14),
    ("http_referer", Slot::Referer, 10),
    ("http_referrer", Slot::Referer, 10),
    ("referer", Slot::Referer, 11),
    ("referrer", Slot::Referer, 11),
    ("http_user_agent", Slot::Agent, 10),
    ("user_agent", Slot::Agent, 11),
    ("useragent", Slot::Agent, 12),
    ("userAgent", Slot::Agent, 12),
    ("agent", Slot::Agent, 13),
    ("status", Slot::Status, 10),
    ("status_code", Slot::Status, 11),
    ("statusCode", Slot::Status, 11),
    ("response_status", Slot::Status, 12),
    ("body_bytes_sent", Slot::ResponseBytes, 10),
    ("bytes_sent", Slot::ResponseBytes, 11),
    ("bytes", Slot::ResponseBytes, 13),
    ("response_size", Slot::ResponseBytes, 13),
    ("request_length", Slot::RequestBytes, 10),
    ("request_time", Slot::LatencySecs, 10),
    ("upstream_response_time", Slot::LatencySecs, 13),
    ("duration", Slot::LatencySecsOrMillis, 12),
    ("duration_ms", Slot::LatencyMillis, 11),
    ("latency_ms", Slot::LatencyMillis, 11),
    ("authorization", Slot::Authorization, 10),
    ("http_authorization", Slot::Authorization, 10),
    ("x_api_key", Slot::Secret, 11),
    ("http_x_api_key", Slot::Secret, 11),
    ("api_key", Slot::Secret, 11),
    ("apikey", Slot::Secret, 11),
    ("cookie", Slot::Cookies, 13),
    ("http_cookie", Slot::Cookies, 13),
    ("session_id", Slot::SessionCookie, 14),
    // Envoy and Istio.
    ("start_time", Slot::Time, 11),
    ("downstream_remote_address", Slot::Peer, 10),
    ("downstream_direct_remote_address", Slot::Peer, 9),
    ("x_forwarded_for", Slot::Forwarded, 10),
    ("path", Slot::Target, 12),
    ("x_envoy_original_path", Slot::Target, 11),
    ("authority", Slot::Host, 10),
    (":authority", Slot::Host, 10),
    (":method", Slot::Method, 11),
    (":path", Slot::Target, 12),
    ("response_code", Slot::Status, 10),
    ("bytes_received", Slot::RequestBytes, 11),
    // Traefik.
    ("StartUTC", Slot::TimeIso, 9),
    ("StartLocal", Slot::TimeIso, 10),
    ("ClientHost", Slot::Peer, 10),
    ("ClientAddr", Slot::Peer, 11),
    ("ClientUsername", Slot::User, 10),
    ("RequestMethod", Slot::Method, 10),
    ("RequestPath", Slot::Target, 10),
    ("RequestHost", Slot::Host, 10),
    ("RequestContentSize", Slot::RequestBytes, 10),
    ("DownstreamStatus", Slot::Status, 9),
    ("DownstreamContentSize", Slot::ResponseBytes, 9),
    ("Duration", Slot::LatencyNanos, 9),
    ("request_User-Agent", Slot::Agent, 9),
    ("request_Referer", Slot::Referer, 9),
    ("request_X-Forwarded-For", Slot::Forwarded, 9),
    ("request_Authorization", Slot::Authorization, 9),
    ("request_X-Api-Key", Slot::Secret, 11),
    ("request_Cookie", Slot::Cookies, 13),
    // Caddy.
    // What Caddy's own `trusted_proxies` make of the chain; without them the same as `remote_ip`.
    ("request.client_ip", Slot::Peer, 9),
    ("request.remote_ip", Slot::Peer, 10),
    ("request.remote_addr", Slot::Peer, 11),
    ("request.method", Slot::Method, 10),
    ("request.uri", Slot::Target, 10),
    ("request.host", Slot::Host, 10),
    ("request.headers.User-Agent", Slot::Agent, 10),
    ("request.headers.Referer", Slot::Referer, 10),
    ("request.headers.X-Forwarded-For", Slot::Forwarded, 10),
    ("request.headers.Authorization", Slot::Authorization, 10),
    ("request.headers.X-Api-Key", Slot::Secret, 11),
    ("request.headers.Cookie", Slot::Cookies, 13),
    ("user_id", Slot::User, 14),
    ("size", Slot::ResponseBytes, 12),
    ("bytes_read", Slot::RequestBytes, 12),
];

/// Objects that hold the record's fields one level down.
const WRAPPERS: [&str; 2] = ["attributes", "fields"];

/// The field map as a tree of keys. Keys that hold dots lead where the nested path leads.
#[derive(Clone, Debug)]
pub(super) struct FieldTree {
    nodes: Vec<HashTable<Entry>>,
}

#[derive(Clone, Debug)]
struct Entry {
    key: Box<[u8]>,
    found: Found,
}

/// What a key leads to.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Found {
    /// The slot that a plain value fills.
    pub(super) field: Option<Field>,
    /// The node that a nested object leads to.
    pub(super) child: Option<usize>,
}

const HASHER: Hasher = Hasher::new(0);

impl FieldTree {
    pub(super) const ROOT: usize = 0;

    pub(super) fn built_in() -> Self {
        let mut tree = Self { nodes: vec![HashTable::new()] };
        for (path, slot, rank) in BUILT_IN {
            tree.insert(path, Field { slot: *slot, rank: *rank });
        }
        for wrapper in WRAPPERS {
            tree.entry(Self::ROOT, wrapper.as_bytes()).child = Some(Self::ROOT);
        }
        tree
    }

    /// Adds a path under each way to write it: `a.b.c` as nested objects, as one flat key, and as
    /// anything between.
    pub(super) fn insert(&mut self, path: &str, field: Field) {
        self.insert_below(Self::ROOT, path, field);
    }

    fn insert_below(&mut self, node: usize, path: &str, field: Field) {
        self.entry(node, path.as_bytes()).field = Some(field);
        for (dot, _) in path.match_indices('.') {
            let (key, rest) = (&path[..dot], &path[dot + 1..]);
            let child = match self.entry(node, key.as_bytes()).child {
                Some(child) => child,
                None => {
                    self.nodes.push(HashTable::new());
                    let child = self.nodes.len() - 1;
                    self.entry(node, key.as_bytes()).child = Some(child);
                    child
                }
            };
            self.insert_below(child, rest, field);
        }
    }

    fn entry(&mut self, node: usize, key: &[u8]) -> &mut Found {
        let entry = self.nodes[node].entry(
            HASHER.hash(key),
            |entry| &entry.key[..] == key,
            |entry| HASHER.hash(&entry.key),
        );
        let new = || Entry { key: key.into(), found: Found::default() };
        &mut entry.or_insert_with(new).into_mut().found
    }

    /// What a key leads to at a node. A cookie by a session's name needs no entry.
    pub(super) fn find(&self, node: usize, key: &[u8]) -> Option<Found> {
        let entry = self.nodes[node].find(HASHER.hash(key), |entry| &entry.key[..] == key);
        if let Some(entry) = entry {
            return Some(entry.found);
        }
        let cookie = key.strip_prefix(b"cookie_")?;
        secrets::is_session_cookie_name(cookie).then_some(Found {
            field: Some(Field { slot: Slot::SessionCookie, rank: 12 }),
            child: None,
        })
    }
}
