use domain::Timestamp;

/// What was counted of a log: everything that checks look at. Names are texts, made safe by whoever
/// shows them.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Facts {
    /// Requests.
    pub requests: u64,
    /// Requests that name an account.
    pub with_account: u64,
    /// Requests with a credential that is more than a session cookie.
    pub with_credential: u64,
    /// Requests whose record tells a sampling rate other than 1.
    pub with_sample_rate: u64,
    /// Requests whose forwarded chain holds what no trusted proxy vouches for.
    pub with_claims: u64,
    /// Addresses that make such claims, and distinct claims: at least so many.
    pub claimants: u64,
    /// See [`Facts::claimants`].
    pub claims: u64,
    /// Whether any proxy is trusted.
    pub trusts_a_proxy: bool,
    /// The busiest clients, busiest first.
    pub clients: Vec<ClientFacts>,
    /// Lines that are there more than once.
    pub repeats: Repeats,
    /// Pages as browsers load them.
    pub loads: LoadFacts,
    /// Each source, in the order of their numbers.
    pub sources: Vec<SourceFacts>,
    /// Pairs of sources that tell of the same callers and paths, those that share most first.
    pub pairs: Vec<PairFacts>,
    /// Sign-in endpoints that answer 200 to failures.
    pub sign_ins: Vec<SignInFacts>,
    /// The list of a crawler's ranges that was written longest ago.
    pub oldest_crawlers: Option<ListFacts>,
}

/// What is known of a list of addresses.
#[derive(Clone, Debug, PartialEq)]
pub struct ListFacts {
    /// Its name.
    pub name: String,
    /// When it was last written.
    pub written: Timestamp,
}

/// What was counted of one client.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ClientFacts {
    /// Its name.
    pub name: String,
    /// Its share of all requests, 0 to 1.
    pub share: f64,
    /// Distinct agents that it sent: at least so many.
    pub agents: u64,
    /// Distinct accounts that it used: at least so many.
    pub accounts: u64,
    /// Distinct origins that it claimed in the forwarded chain: at least so many.
    pub origins: u64,
}

/// How many lines have a twin: the same caller, agent, path, status and size at the same moment.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Repeats {
    /// Distinct lines that were looked at.
    pub distinct: u64,
    /// How many of them are there more than once.
    pub repeated: u64,
    /// How often one that is repeated is there, on average.
    pub copies: f64,
    /// How many of the repeated ones stand in more than one source.
    pub across: u64,
}

/// First loads of pages with static files: what came in one go.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct LoadFacts {
    /// Pages whose files are known.
    pub pages: u64,
    /// Clients' first loads of them.
    pub loads: u64,
    /// The share of loads with the page itself, 0 to 1, that pages of a quarter of the loads reach.
    pub with_page: f64,
    /// Where one of a page's files came, the share of its others, that pages of a quarter of the loads
    /// reach.
    pub together: f64,
}

/// What was read of a source.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SourceFacts {
    /// Its name.
    pub name: String,
    /// The time of its first request.
    pub first: Option<Timestamp>,
    /// The time of its last request.
    pub last: Option<Timestamp>,
}

/// Two sources held against each other, by calls that stand in both: those of one client to one path.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PairFacts {
    /// The number of the one source.
    pub one: usize,
    /// The number of the other.
    pub other: usize,
    /// Such calls in both, of those that are new when both are read.
    pub shared: u64,
    /// Their share of all such calls in the source that has fewer.
    pub shared_ratio: f64,
    /// By how many seconds the other tells them later, at the median.
    pub offset_secs: f64,
    /// The share of them that lie within a twentieth of that offset, or within a second.
    pub agreeing: f64,
    /// The same by clients alone.
    pub balance: BalanceFacts,
    /// The part of the shorter source's time for which there is the other as well, 0 to 1.
    pub overlap: f64,
}

/// Clients of two servers: by how much their calls to the one lie after those to the other.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct BalanceFacts {
    /// Clients of both, new when both are read.
    pub callers: u64,
    /// Those that first came to the one, and to the other later.
    pub later: u64,
    /// By how many seconds the first call to the other is later, at the median.
    pub offset_secs: f64,
    /// The same of last calls.
    pub last_offset_secs: f64,
    /// Clients within a twentieth of that offset, or within a second.
    pub near: u64,
    /// Clients as near to no offset at all, or to its opposite, whichever are more.
    pub near_none: u64,
}

/// What was counted of a sign-in endpoint.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SignInFacts {
    /// Method and path template.
    pub endpoint: String,
    /// Sign-ins that it answered as if they had succeeded.
    pub accepted: u64,
    /// How many of these are taken for failures.
    pub failed: u64,
}
