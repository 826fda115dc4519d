use domain::Names;
use tempfile::TempDir;

use super::*;
use crate::Claim;

fn folder(files: &[(&str, &[u8])]) -> TempDir {
    let folder = tempfile::tempdir().expect("a temporary folder");
    for (name, text) in files {
        fs::write(folder.path().join(name), text).expect("a file can be written");
    }
    folder
}

fn client(text: &str) -> Client {
    Client::from_ip(text.parse().expect("an address"))
}

#[test]
fn the_kind_of_an_address_is_what_its_file_is_called() {
    let folder = folder(&[
        ("README.md", b"ours"),
        ("datacenter-acme.txt", b"# Acme\n192.0.2.0/24 # all of it\n\n2001:db8:7::/48\n"),
        ("tor.txt", b"192.0.2.9\r\n"),
        ("more.csv", b"range,kind,name\n198.51.100.0/25,vpn,Hideaway\n198.51.100.128/25,crawler,ExampleBot\n"),
    ]);
    let lists = Lists::read(folder.path()).expect("lists");
    let check = |address: &str, kind: IpType, name: Option<&str>| {
        let network = lists.network(client(address)).expect("an address");
        assert_eq!((network.ip_type, network.name.as_deref()), (kind, name), "{address}");
    };
    check("192.0.2.77", IpType::Datacenter, Some("acme"));
    check("2001:db8:7:1::5", IpType::Datacenter, Some("acme"));
    check("192.0.2.9", IpType::Tor, None);
    check("198.51.100.7", IpType::Vpn, Some("hideaway"));
    check("198.51.100.200", IpType::Crawler, Some("examplebot"));
    check("203.0.113.5", IpType::Default, None);
    check("10.1.2.3", IpType::Private, None);
    assert_eq!(lists.network(Client::Host(domain::NameId(3))), None);
}

#[test]
fn a_claimed_crawler_is_held_against_its_ranges() {
    let folder = folder(&[
        ("crawler-examplebot.txt", b"198.51.100.0/24\n2001:db8:c::/64\n"),
        ("crawler-examplebot-image.txt", b"203.0.113.0/24\n"),
    ]);
    let lists = Lists::read(folder.path()).expect("lists");
    let mut agents = Names::with_capacity_limit(10);
    let bot = agents.intern(b"Mozilla/5.0 (compatible; ExampleBot/2.1; +http://example.com/bot)");
    let image = agents.intern(b"ExampleBot-Image/1.0");
    let browser = agents.intern(b"Mozilla/5.0 (X11; Linux x86_64) Firefox/127.0");
    let claims = lists.claims(&agents).expect("there are crawlers");
    assert_eq!(claims.of(bot, client("198.51.100.3")), Some(Claim::Verified));
    assert_eq!(claims.of(bot, client("2001:db8:c::99")), Some(Claim::Verified));
    assert_eq!(claims.of(bot, client("192.0.2.3")), Some(Claim::Refuted));
    assert_eq!(claims.of(image, client("203.0.113.3")), Some(Claim::Verified));
    assert_eq!(claims.of(browser, client("192.0.2.3")), None);
    assert_eq!(claims.of(bot, Client::Host(domain::NameId(1))), None, "a name is no address");
    assert!(Lists::default().claims(&agents).is_none());
}

#[test]
fn a_mark_of_the_encoding_and_ends_of_lines_of_windows_are_no_part_of_a_range() {
    let folder = folder(&[
        ("tor.txt", b"\xef\xbb\xbf192.0.2.9\r\n192.0.2.10 # ours\r\n\r\n"),
        ("more.csv", b"\xef\xbb\xbfrange,kind,name\r\n198.51.100.0/25,vpn,Hideaway\r\n"),
        ("vpn.csv", b"\xef\xbb\xbf203.0.113.0/24,vpn\r\n"),
    ]);
    let lists = Lists::read(folder.path()).expect("lists");
    let kind = |address: &str| lists.ip_type(client(address));
    assert_eq!((kind("192.0.2.9"), kind("192.0.2.10")), (IpType::Tor, IpType::Tor));
    assert_eq!((kind("198.51.100.7"), kind("203.0.113.7")), (IpType::Vpn, IpType::Vpn));
}

#[test]
fn a_crawler_goes_by_no_word_that_browsers_say() {
    let read = |name: &str| {
        let folder = folder(&[(&format!("crawler-{name}.txt"), b"198.51.100.0/24\n")]);
        Lists::read(folder.path()).map(|_| ()).map_err(|error| error.to_string())
    };
    for word in ["mozilla", "Chrome", "safari", "applewebkit", "gecko", "firefox", "mobile", "5.0"]
    {
        let error = read(word).expect_err(word);
        assert!(
            error.ends_with("must be named by a word that no browser's agent holds"),
            "{error}"
        );
    }
    for word in ["googlebot", "bingbot", "applebot", "yandex", "bot", "gptbot", "duckduckgo"] {
        assert_eq!(read(word), Ok(()), "{word}");
    }
}

#[test]
fn what_is_wrong_is_told_with_its_place() {
    let check = |name: &str, text: &[u8], message: &str| {
        let folder = folder(&[(name, text)]);
        let error = Lists::read(folder.path()).expect_err("it must not pass").to_string();
        assert!(error.ends_with(&format!("{name}{message}")), "{error}");
    };
    let range = "must be an address or a network such as 192.0.2.0/24";
    check("tor.txt", b"192.0.2.1\nmany\n", &format!(":2: invalid range \"many\": {range}"));
    check("tor.txt", b"192.0.2.1/33\n", &format!(":1: invalid range \"192.0.2.1/33\": {range}"));
    check(
        "a.csv",
        b"192.0.2.0/24,vpn\n192.0.2.0/24,cloud\n",
        ":2: invalid kind \"cloud\": must be datacenter, vpn, tor or crawler",
    );
    check(
        "a.csv",
        b"192.0.2.0/24\n",
        ":1: invalid row of 1 fields: must be range,kind or range,kind,name",
    );
    check(
        "crawler.txt",
        b"192.0.2.0/24\n",
        ": invalid crawler \"\": must be named by at least 3 letters that its agent holds",
    );
    check(
        "bad.txt",
        b"192.0.2.0/24\n",
        ": unknown list: must be datacenter*.txt, vpn*.txt, tor*.txt, crawler-NAME.txt, *.csv or *.mmdb",
    );
    assert!(Lists::read(Path::new("/no/such/folder")).is_err());
    let folder = folder(&[("x.mmdb", b"no database")]);
    let error = Lists::read(folder.path()).expect_err("it must not pass").to_string();
    assert!(error.contains("x.mmdb: invalid database"), "{error}");
}

/// A MaxMind database that says one thing of one /8 of IPv4 (format 2.0, 24-bit records).
fn database(title: &str, first_byte: u8, record: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::new();
    let nothing = 8_u32;
    for depth in 0..8_u32 {
        // The last of eight nodes points to the record, past the tree and its separator of 16.
        let next = if depth == 7 { nothing + 16 } else { depth + 1 };
        let is_right = first_byte >> (7 - depth) & 1 == 1;
        let (left, right) = if is_right { (nothing, next) } else { (next, nothing) };
        for pointer in [left, right] {
            bytes.extend_from_slice(&pointer.to_be_bytes()[1..]);
        }
    }
    bytes.extend_from_slice(&[0; 16]);
    bytes.extend_from_slice(record);
    bytes.extend_from_slice(b"\xab\xcd\xefMaxMind.com");
    let pair = |key: &str, value: Vec<u8>| [text_of(key), value].concat();
    bytes.push(7 << 5 | 9);
    bytes.extend(pair("binary_format_major_version", vec![5 << 5 | 1, 2]));
    bytes.extend(pair("binary_format_minor_version", vec![5 << 5]));
    bytes.extend(pair("build_epoch", vec![1, 2, 1]));
    bytes.extend(pair("database_type", text_of(title)));
    let description = [vec![7 << 5 | 1], text_of("en"), text_of("of our own making")].concat();
    bytes.extend(pair("description", description));
    bytes.extend(pair("ip_version", vec![5 << 5 | 1, 4]));
    bytes.extend(pair("languages", vec![0, 4]));
    bytes.extend(pair("node_count", vec![6 << 5 | 1, 8]));
    bytes.extend(pair("record_size", vec![5 << 5 | 1, 24]));
    bytes
}

fn text_of(text: &str) -> Vec<u8> {
    let head = if text.len() < 29 { vec![2 << 5 | text.len() as u8] } else { panic!("{text}") };
    [head, text.into()].concat()
}

#[test]
fn databases_tell_systems_and_countries() {
    let system = [
        vec![7 << 5 | 2],
        text_of("autonomous_system_number"),
        vec![6 << 5 | 2, 0xfb, 0xf4],
        vec![2 << 5 | 29, 1],
        b"autonomous_system_organization".to_vec(),
        text_of("Acme Hosting"),
    ];
    let country = [
        vec![7 << 5 | 1],
        text_of("country"),
        vec![7 << 5 | 1],
        text_of("iso_code"),
        text_of("NL"),
    ];
    let (systems, countries) = (
        database("GeoLite2-ASN", 192, &system.concat()),
        database("GeoLite2-Country", 192, &country.concat()),
    );
    let folder = folder(&[("asn.mmdb", &systems), ("country.mmdb", &countries)]);
    let lists = Lists::read(folder.path()).expect("databases");
    let network = lists.network(client("192.0.2.1")).expect("an address");
    assert_eq!(network.asn, Some(64_500));
    assert_eq!(network.organisation.as_deref(), Some("Acme Hosting"));
    assert_eq!(network.country.as_deref(), Some("NL"));
    assert_eq!(lists.network(client("203.0.113.1")), Some(Network::default()));
    assert_eq!(lists.network(client("2001:db8::1")), Some(Network::default()));
    let folder = self::folder(&[("x.mmdb", &database("Weather", 192, &country.concat()))]);
    let error = Lists::read(folder.path()).expect_err("it tells of something else").to_string();
    assert!(error.contains("unknown database \"Weather\""), "{error}");
}
