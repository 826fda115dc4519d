use crate::{AccountId, Client, EndpointId, Entity, Fingerprint, NameId, Position, Timestamp};

/// A request whose client, account, credential and endpoint are resolved: all that behaviour is
/// made of, in one small value that can be copied, spooled and replayed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Event {
    /// Event time.
    pub time: Timestamp,
    /// Where its line begins.
    pub position: Position,
    /// The calling client.
    pub client: Client,
    /// The account, where the log tells it.
    pub account: Option<AccountId>,
    /// The credential, where the log tells it.
    pub credential: Option<Fingerprint>,
    /// The endpoint (method and path template).
    pub endpoint: EndpointId,
    /// Hash of the concrete path without its query, for counting distinct paths.
    pub path_hash: u64,
    /// What stands for the identifier in the path (`42` of `/users/42`), 0 where there is none: of a number
    /// below 2³¹ its double and one, of anything else an even hash.
    pub object_hash: u32,
    /// Hash of the names of the query's parameters in their order, 0 where there is no query: a
    /// client that searches for parameters shows many.
    pub query_hash: u32,
    /// Hash of what stands in the forwarded chain left of the client, 0 where nothing does: claims
    /// that no trusted proxy vouches for.
    pub forwarded_hash: u32,
    /// Of a static asset the page that it was loaded for, as the referer names it: the upper bits of
    /// its [`Event::path_hash`], which tell a client's pages apart. 0 where nothing names one, for
    /// anything else, and once enough assets have named theirs.
    pub page_hash: u16,
    /// The user agent; [`NameId::OVERFLOW`] also stands for none.
    pub agent: NameId,
    /// Response bytes, cut off at 4 GiB; 0 where the log does not tell.
    pub response_bytes: u32,
    /// Request bytes, cut off at 64 KiB; 0 where the log does not tell.
    pub request_bytes: u16,
    /// Latency in microseconds, cut off at 71 minutes; 0 where the log does not tell.
    pub latency_micros: u32,
    /// Status code; 0 where the log does not tell.
    pub status: u16,
    /// Method.
    pub method: Method,
    /// What became of a sign-in or of a presented credential.
    pub auth: AuthOutcome,
    /// Words of the path that tell what it asks for.
    pub words: PathWords,
    /// Yes-or-no facts.
    pub flags: EventFlags,
}

impl Event {
    /// The entities that this event belongs to, in the order of [`crate::EntityKind::ALL`].
    pub fn entities(&self) -> impl Iterator<Item = Entity> + use<> {
        [
            Some(Entity::Client(self.client)),
            self.account.map(Entity::Account),
            self.credential.map(Entity::Credential),
            Some(Entity::Endpoint(self.endpoint)),
        ]
        .into_iter()
        .flatten()
    }

    /// Whether the call tries to sign in.
    pub const fn signs_in(&self) -> bool {
        let tries = self.method.is_write() || self.words.contains(PathWords::DESCRIBED);
        self.words.contains(PathWords::SIGN_IN) && tries
    }

    /// Whether a page pulled the call in: a static file that names where it was used, or a browser's question
    /// whether another site's page may call (CORS preflight, WHATWG Fetch). Browsers send these by
    /// themselves, by the dozen; somebody asked for the page alone.
    pub const fn is_pulled_in(&self) -> bool {
        let is_file =
            self.words.contains(PathWords::ASSET) && self.flags.contains(EventFlags::REFERER);
        let asks_first = matches!(self.method, Method::Options)
            && self.flags.contains(EventFlags::AGENT_BROWSER)
            && !self.is_error();
        is_file || asks_first
    }

    /// The number that the identifier in the path is, where it is one.
    pub const fn object_number(&self) -> Option<u32> {
        if self.object_hash & 1 == 1 { Some(self.object_hash >> 1) } else { None }
    }

    /// Whether the server refused or failed the call (status 400 or more).
    pub const fn is_error(&self) -> bool {
        self.status >= 400
    }

    /// Whether the client was at fault (status 400 to 499).
    pub const fn is_client_error(&self) -> bool {
        self.status >= 400 && self.status < 500
    }
}

/// HTTP methods (RFC 9110, RFC 5789), and what else a request line may hold.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Method {
    /// `GET`
    Get,
    /// `HEAD`
    Head,
    /// `POST`
    Post,
    /// `PUT`
    Put,
    /// `PATCH`
    Patch,
    /// `DELETE`
    Delete,
    /// `OPTIONS`
    Options,
    /// `TRACE`
    Trace,
    /// `CONNECT`
    Connect,
    /// A WebDAV method (RFC 4918).
    WebDav,
    /// A token that is none of these.
    Other,
    /// No method, or bytes that are no token (a TLS hello on a plain port).
    #[default]
    Missing,
}

impl Method {
    /// All of them, in the order of their numbers.
    pub const ALL: [Self; 12] = [
        Self::Get,
        Self::Head,
        Self::Post,
        Self::Put,
        Self::Patch,
        Self::Delete,
        Self::Options,
        Self::Trace,
        Self::Connect,
        Self::WebDav,
        Self::Other,
        Self::Missing,
    ];

    /// Reads a method as the log writes it; case counts (RFC 9110 section 9.1).
    pub fn from_token(token: &[u8]) -> Self {
        match token {
            b"GET" => Self::Get,
            b"HEAD" => Self::Head,
            b"POST" => Self::Post,
            b"PUT" => Self::Put,
            b"PATCH" => Self::Patch,
            b"DELETE" => Self::Delete,
            b"OPTIONS" => Self::Options,
            b"TRACE" => Self::Trace,
            b"CONNECT" => Self::Connect,
            b"PROPFIND" | b"PROPPATCH" | b"MKCOL" | b"COPY" | b"MOVE" | b"LOCK" | b"UNLOCK"
            | b"REPORT" | b"SEARCH" => Self::WebDav,
            token if !token.is_empty() && token.iter().all(u8::is_ascii_alphabetic) => Self::Other,
            _ => Self::Missing,
        }
    }

    /// The name that outputs use.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Head => "HEAD",
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Patch => "PATCH",
            Self::Delete => "DELETE",
            Self::Options => "OPTIONS",
            Self::Trace => "TRACE",
            Self::Connect => "CONNECT",
            Self::WebDav => "WEBDAV",
            Self::Other => "OTHER",
            Self::Missing => "-",
        }
    }

    /// Whether the method changes something on the server.
    pub const fn is_write(self) -> bool {
        matches!(self, Self::Post) || self.is_change()
    }

    /// Whether the method changes or deletes what its path names. Who posts may be anybody with a form.
    pub const fn is_change(self) -> bool {
        matches!(self, Self::Put | Self::Patch | Self::Delete)
    }
}

/// What became of a sign-in, or of a call that presented a credential.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum AuthOutcome {
    /// The call was no sign-in and was not refused for want of authority.
    #[default]
    None,
    /// A sign-in that the server accepted.
    Success,
    /// A sign-in that failed, or a credential that was refused (401).
    Failure,
    /// Authority was refused (403).
    Forbidden,
}

impl AuthOutcome {
    /// All of them, in the order of their numbers.
    pub const ALL: [Self; 4] = [Self::None, Self::Success, Self::Failure, Self::Forbidden];
}

/// Declares a set of yes-or-no facts kept as bits, with the few operations that anyone needs.
macro_rules! bit_set {
    ($(#[$doc:meta])* $name:ident: $bits:ty { $($(#[$bit_doc:meta])* $bit:ident = $shift:literal),* $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Default, PartialEq, Eq, Hash)]
        pub struct $name($bits);

        /// The names of the facts that hold, joined by bars; `-` where none does.
        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                let mut names = self.names();
                f.write_str(names.next().unwrap_or("-"))?;
                names.try_for_each(|name| write!(f, "|{name}"))
            }
        }

        impl $name {
            $($(#[$bit_doc])* pub const $bit: Self = Self(1 << $shift);)*

            /// No fact at all.
            pub const fn empty() -> Self {
                Self(0)
            }

            /// The facts as a number, for keeping.
            pub const fn bits(self) -> $bits {
                self.0
            }

            /// The facts of a number that [`Self::bits`] gave.
            pub const fn from_bits(bits: $bits) -> Self {
                Self(bits)
            }

            /// Whether every fact of `other` holds.
            pub const fn contains(self, other: Self) -> bool {
                self.0 & other.0 == other.0
            }

            /// Whether any fact of `other` holds.
            pub const fn intersects(self, other: Self) -> bool {
                self.0 & other.0 != 0
            }

            /// Both sets together.
            pub const fn union(self, other: Self) -> Self {
                Self(self.0 | other.0)
            }

            /// Adds the facts of `other` if `holds`.
            pub const fn set_if(&mut self, other: Self, holds: bool) {
                if holds {
                    self.0 |= other.0;
                }
            }

            /// The names of the facts that hold, in the order of their bits.
            pub fn names(self) -> impl Iterator<Item = &'static str> {
                let facts = [$((stringify!($bit), Self::$bit)),*];
                facts.into_iter().filter(move |(_, bit)| self.contains(*bit)).map(|(name, _)| name)
            }

            /// Whether no fact holds.
            pub const fn is_empty(self) -> bool {
                self.0 == 0
            }
        }
    };
}

bit_set! {
    /// What the words of a path say about what it asks for.
    PathWords: u16 {
        /// A sign-in, token or password endpoint (`login`, `oauth/token`, `session`...).
        SIGN_IN = 0,
        /// A file that is never served on purpose (`.env`, `.git/config`, backups, keys...).
        SENSITIVE_FILE = 1,
        /// A path that climbs out of its root (`../`, encoded or not, null bytes).
        TRAVERSAL = 2,
        /// An administration, debugging or management path.
        ADMIN = 3,
        /// A query or path that carries an injection probe (SQL, script, template, shell).
        INJECTION = 4,
        /// A static asset (style sheet, script, image, font).
        ASSET = 5,
        /// A path that belongs to other software than an API (`wp-login.php`, `phpmyadmin`...).
        FOREIGN = 6,
        /// `robots.txt`, a sitemap, `favicon.ico`, `.well-known`: what polite machines ask for.
        POLITE = 7,
        /// The payload of a break-in: nobody sends it by mistake, once is enough.
        EXPLOIT = 8,
        /// A path of a published hole: where it is not there, nobody asks for it by mistake.
        HOLE = 9,
        /// A query that names a user by number (`?author=7`).
        USER_NUMBER = 10,
        /// A sign-in endpoint that the configuration describes: what became of the call is told, not
        /// guessed.
        DESCRIBED = 11,
    }
}

impl PathWords {
    /// What nobody asks for who means well, whatever the answer.
    pub const HOSTILE: Self = Self::SENSITIVE_FILE
        .union(Self::TRAVERSAL)
        .union(Self::INJECTION)
        .union(Self::FOREIGN)
        .union(Self::EXPLOIT)
        .union(Self::HOLE);
}

bit_set! {
    /// Yes-or-no facts of an event.
    EventFlags: u32 {
        /// A `Referer` header was sent.
        REFERER = 0,
        /// The agent says that it is a browser.
        AGENT_BROWSER = 1,
        /// The agent is a library or command-line tool (`curl`, `python-requests`...).
        AGENT_TOOL = 2,
        /// The agent is a security scanner.
        AGENT_SCANNER = 3,
        /// The agent says that it is a crawler.
        AGENT_CRAWLER = 4,
        /// No agent was sent.
        AGENT_MISSING = 5,
        /// The path was never answered well while templates were learned.
        UNKNOWN_PATH = 6,
        /// The forwarded chain holds values that no trusted proxy vouches for.
        FORWARDED_UNTRUSTED = 7,
        /// One of those is private, loopback, link-local or otherwise not routable.
        FORWARDED_BOGON = 8,
        /// One of those is no address at all.
        FORWARDED_MALFORMED = 9,
        /// The request carried a query.
        QUERY = 10,
        /// The request target or method was malformed.
        MALFORMED = 11,
        /// A credential was presented that is more than a session cookie.
        CREDENTIALED = 12,
        /// The sign-in failed as far as the size of its answer tells: its status does not.
        AUTH_INFERRED = 13,
        /// The credential is a session cookie.
        COOKIE = 14,
        /// The credential is a name and password (HTTP Basic).
        PASSWORD = 15,
        /// The agent names a crawler, and the client lies in the ranges that a list gives for it.
        CRAWLER_VERIFIED = 16,
        /// The agent names a crawler for which a list gives ranges, and the client lies in none.
        CRAWLER_REFUTED = 17,
        /// The record stands for more calls than its own, as it says itself.
        SAMPLED = 18,
        /// One of the forwarded values is an address that no other machine has (loopback, link-local or
        /// unspecified), claimed from outside.
        FORWARDED_LOCAL = 19,
        /// The credential is an API key.
        KEY = 20,
        /// The agent says that it copies sites for reading offline (`HTTrack`, `WebCopier`...).
        AGENT_COPIER = 21,
        /// The log tells where the answer to the sign-in sends the client, and so what became of it.
        SENT_ON = 22,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_stays_small() {
        assert!(size_of::<Event>() <= 112, "an event takes {} bytes", size_of::<Event>());
    }

    #[test]
    fn facts_print_as_their_names() {
        let words = PathWords::ADMIN.union(PathWords::SIGN_IN);
        assert_eq!(format!("{words:?} {:?}", EventFlags::empty()), "SIGN_IN|ADMIN -");
    }

    #[test]
    fn methods_that_are_no_tokens_are_missing() {
        assert_eq!(Method::from_token(b"\x16\x03\x01"), Method::Missing);
        assert_eq!(Method::from_token(b"JEFF"), Method::Other);
        assert_eq!(Method::from_token(b"get"), Method::Other);
    }
}
