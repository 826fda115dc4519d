//! The one vocabulary into which formats translate the names of their fields.

/// What a field of a log says about a request: the one vocabulary into which every format
/// translates its own names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Slot {
    /// Time in any notation.
    Time,
    /// Time in the common log format.
    TimeClf,
    /// Time in ISO 8601.
    TimeIso,
    /// Time as a number since 1970.
    TimeEpoch,
    /// Milliseconds of the current second, three digits.
    TimeMillisPart,
    /// Microseconds of the current second, six digits.
    TimeMicrosPart,
    /// The day alone, `2026-11-22`; counts where there is no whole time.
    Date,
    /// The time of day alone, `21:44:14`; joins the day.
    TimeOfDay,
    /// The end of the call, as a number since 1970: tells the latency where nothing else does.
    EndEpoch,
    /// The address or name of whoever opened the connection; a port may follow.
    Peer,
    /// The `X-Forwarded-For` chain, or `Forwarded` (RFC 7239).
    Forwarded,
    /// The user that an ident server named: nothing that anyone needs, but never an address.
    Ident,
    /// The authenticated user.
    User,
    /// The request line: method, target, protocol.
    RequestLine,
    /// The method.
    Method,
    /// The request target: path and query, or absolute form.
    Target,
    /// The path alone; counts where there is no target.
    Path,
    /// The same without the slash at its beginning.
    PathWithoutSlash,
    /// The query alone, with or without its question mark; joins the path.
    Query,
    /// The target as part of a whole URL, whose host counts where no other field tells it.
    Url,
    /// The path alone, or the whole request line: what Apache's guides call `request`.
    PathOrRequestLine,
    /// The host asked for.
    Host,
    /// The server's own name, which holds nothing that a client made up.
    ServerName,
    /// The `Referer` header.
    Referer,
    /// The `User-Agent` header.
    Agent,
    /// The `User-Agent` header, percent-encoded.
    AgentEncoded,
    /// The status code.
    Status,
    /// The `Location` header of the answer: where it sends the client.
    Location,
    /// Bytes of the response.
    ResponseBytes,
    /// Bytes of the request.
    RequestBytes,
    /// Latency in seconds.
    LatencySecs,
    /// Latency in milliseconds.
    LatencyMillis,
    /// Latency in microseconds.
    LatencyMicros,
    /// Latency in nanoseconds.
    LatencyNanos,
    /// Latency in seconds if it has a decimal point or exponent, else in milliseconds: what tells
    /// Caddy's `duration` from Envoy's.
    LatencySecsOrMillis,
    /// Latency with its unit behind it (`0.012s`, `12ms`, `1m2.5s`), or in seconds.
    LatencyWithUnit,
    /// An `Authorization` header.
    Authorization,
    /// An API key or token by itself.
    Secret,
    /// A session cookie's value by itself.
    SessionCookie,
    /// A `Cookie` header.
    Cookies,
    /// Of how many calls the record was picked (10), or with which probability (0.1).
    SampleRate,
    /// Nothing that anyone needs.
    Ignored,
}

impl Slot {
    /// Every slot with the name under which a configuration speaks of it.
    pub const NAMES: [(&'static str, Self); 26] = [
        ("time", Self::Time),
        ("client", Self::Peer),
        ("forwarded", Self::Forwarded),
        ("user", Self::User),
        ("request_line", Self::RequestLine),
        ("method", Self::Method),
        ("target", Self::Target),
        ("path", Self::Path),
        ("query", Self::Query),
        ("host", Self::Host),
        ("referer", Self::Referer),
        ("user_agent", Self::Agent),
        ("status", Self::Status),
        ("location", Self::Location),
        ("response_bytes", Self::ResponseBytes),
        ("request_bytes", Self::RequestBytes),
        ("latency_secs", Self::LatencySecs),
        ("latency_ms", Self::LatencyMillis),
        ("latency_us", Self::LatencyMicros),
        ("latency_ns", Self::LatencyNanos),
        ("authorization", Self::Authorization),
        ("secret", Self::Secret),
        ("session_cookie", Self::SessionCookie),
        ("cookies", Self::Cookies),
        ("sample_rate", Self::SampleRate),
        ("ignored", Self::Ignored),
    ];

    /// The slot of a configuration's name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::NAMES.iter().find(|(known, _)| *known == name).map(|(_, slot)| *slot)
    }

    /// What a field of this slot becomes, for people.
    pub(crate) const fn becomes(self) -> &'static str {
        match self {
            Self::Time | Self::TimeClf | Self::TimeIso | Self::TimeEpoch => "time",
            Self::TimeMillisPart | Self::TimeMicrosPart => "fraction of the second",
            Self::Date => "day",
            Self::TimeOfDay => "time of day",
            Self::EndEpoch => "end, for the latency",
            Self::Peer => "peer",
            Self::Forwarded => "forwarded chain",
            Self::User => "user",
            Self::RequestLine => "request line",
            Self::Method => "method",
            Self::Target => "target",
            Self::Url => "target and host",
            Self::PathOrRequestLine => "path, or request line",
            Self::Path | Self::PathWithoutSlash => "path",
            Self::Query => "query",
            Self::Host | Self::ServerName => "host",
            Self::Referer => "referer",
            Self::Agent | Self::AgentEncoded => "user agent",
            Self::Status => "status",
            Self::Location => "where the answer leads",
            Self::ResponseBytes => "response bytes",
            Self::RequestBytes => "request bytes",
            Self::LatencySecs => "latency, s",
            Self::LatencyMillis => "latency, ms",
            Self::LatencyMicros => "latency, µs",
            Self::LatencyNanos => "latency, ns",
            Self::LatencySecsOrMillis => "latency, s or whole ms",
            Self::LatencyWithUnit => "latency, s or with unit",
            Self::Authorization => "Authorization header",
            Self::Secret => "API key or token",
            Self::SessionCookie => "session cookie",
            Self::Cookies => "Cookie header",
            Self::SampleRate => "sampling rate",
            Self::Ident | Self::Ignored => "nothing",
        }
    }

    /// What a reject calls a field of this slot.
    pub(crate) const fn title(self) -> &'static str {
        match self.aspect() {
            Aspect::Time => "time",
            Aspect::Peer => "client address",
            Aspect::Status => "status",
            Aspect::ResponseBytes => "response bytes",
            Aspect::RequestBytes => "request bytes",
            Aspect::Target | Aspect::Method => "request",
            Aspect::Nothing => "ident",
            Aspect::TimePart => "time",
            Aspect::Host => "server name",
            Aspect::Latency => "latency",
            _ => "field",
        }
    }

    /// Whether a field of this slot is a number that tells how long the call took.
    pub(crate) const fn is_latency(self) -> bool {
        use Slot::{LatencyMicros, LatencyMillis, LatencyNanos, LatencySecs};
        matches!(self, LatencySecs | LatencyMillis | LatencyMicros | LatencyNanos)
    }

    /// The part of the request that this slot decides.
    pub(super) const fn aspect(self) -> Aspect {
        match self {
            Self::Time | Self::TimeClf | Self::TimeIso | Self::TimeEpoch => Aspect::Time,
            Self::TimeMillisPart | Self::TimeMicrosPart | Self::Date | Self::TimeOfDay => {
                Aspect::TimePart
            }
            Self::Peer => Aspect::Peer,
            Self::Forwarded => Aspect::Forwarded,
            Self::User => Aspect::User,
            Self::Method => Aspect::Method,
            Self::RequestLine | Self::Target | Self::Url | Self::PathOrRequestLine => {
                Aspect::Target
            }
            Self::Path | Self::PathWithoutSlash => Aspect::Path,
            Self::Query => Aspect::Query,
            Self::Host | Self::ServerName => Aspect::Host,
            Self::Referer => Aspect::Referer,
            Self::Agent | Self::AgentEncoded => Aspect::Agent,
            Self::Status => Aspect::Status,
            Self::Location => Aspect::Location,
            Self::ResponseBytes => Aspect::ResponseBytes,
            Self::RequestBytes => Aspect::RequestBytes,
            Self::LatencySecs
            | Self::LatencyMillis
            | Self::LatencyMicros
            | Self::LatencyNanos
            | Self::LatencySecsOrMillis
            | Self::LatencyWithUnit => Aspect::Latency,
            Self::Authorization | Self::Secret | Self::SessionCookie | Self::Cookies => {
                Aspect::Credential
            }
            Self::SampleRate => Aspect::SampleRate,
            Self::Ident | Self::EndEpoch | Self::Ignored => Aspect::Nothing,
        }
    }
}

/// The parts of a request that several fields may compete for.
#[derive(Clone, Copy)]
pub(super) enum Aspect {
    Time,
    TimePart,
    Peer,
    Forwarded,
    User,
    Method,
    Target,
    Path,
    Query,
    Host,
    Referer,
    Agent,
    Status,
    Location,
    ResponseBytes,
    RequestBytes,
    Latency,
    Credential,
    SampleRate,
    Nothing,
}

pub(super) const ASPECTS: usize = Aspect::Nothing as usize + 1;
