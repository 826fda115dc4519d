//! What a user agent says of itself.

use std::sync::LazyLock;

use aho_corasick::{AhoCorasick, AhoCorasickBuilder, MatchKind};
use domain::EventFlags;

/// Security scanners and attack tools under the names that they send unless told otherwise.
const SCANNERS: &[&str] = &[
    "sqlmap",
    "nikto",
    "nmap",
    "gobuster",
    "wapiti",
    "hydra",
    "ffuf",
    "nuclei",
    "whatweb",
    "masscan",
    "zgrab",
    "dirbuster",
    "dirb/",
    "feroxbuster",
    "wfuzz",
    "wpscan",
    "acunetix",
    "nessus",
    "openvas",
    "netsparker",
    "invicti",
    "qualys",
    "arachni",
    "skipfish",
    "w3af",
    "burpsuite",
    "burp suite",
    "owasp zap",
    "zaproxy",
    "joomscan",
    "droopescan",
    "commix",
    "jaeles",
    "dalfox",
    "xsstrike",
    "fimap",
    "havij",
    "pangolin",
    "webshag",
    "grabber",
    "vega/",
    "whitehat",
    "appscan",
    "webinspect",
    "detectify",
    "l9explore",
    "l9tcpid",
    "leakix",
    "httpx -",
    "projectdiscovery",
    "interactsh",
    "katana",
    "dirsearch",
    "kiterunner",
    "arjun",
    "tsunami",
    "metasploit",
    "medusa",
    "patator",
    "brutus",
    "morfeus",
    "zmeu",
    "muieblackcat",
    "jorgee",
    "hello, world",
    "fuzz faster",
    "censysinspect",
    "expanse",
    "internet-measurement",
    "nuclei-",
    "xenu",
    "cgiscan",
    "cgichk",
    "blexscan",
    "sitescan",
    "security scan",
    "vulnscan",
    "vulnerability",
    "pentest",
    "report runner",
];

/// Libraries and command-line tools: honest machines that are no crawlers.
const TOOLS: &[&str] = &[
    "curl/",
    "wget/",
    "python-requests",
    "python-urllib",
    "python/",
    "aiohttp",
    "httpx/",
    "python-httpx",
    "go-http-client",
    "okhttp",
    "apache-httpclient",
    "java/",
    "java-http-client",
    "jersey/",
    "axios/",
    "node-fetch",
    "undici",
    "got (",
    "got/",
    "superagent",
    "node.js",
    "ruby",
    "faraday",
    "rest-client",
    "httparty",
    "typhoeus",
    "libwww-perl",
    "lwp::",
    "lwp-",
    "mechanize",
    "php/",
    "guzzlehttp",
    "symfony httpclient",
    "postmanruntime",
    "insomnia",
    "httpie",
    "hoppscotch",
    "bruno",
    "thunder client",
    "reqwest",
    "hyper/",
    "ureq",
    "isahc",
    "dart/",
    "dart:io",
    "restsharp",
    "powershell",
    "winhttp",
    "microsoft-cryptoapi",
    "cpp-httplib",
    "libcurl",
    "k6/",
    "apachebench",
    "wrk",
    "vegeta",
    "locust",
    "jmeter",
    "gatling",
    "artillery",
    "autocannon",
    "scrapy",
    "colly",
    "selenium",
    "headlesschrome",
    "phantomjs",
    "puppeteer",
    "playwright",
    "htmlunit",
    "cfnetwork",
    "kube-probe",
    "prometheus",
    "uptime-kuma",
    "elb-healthchecker",
    "googlehc",
    "zabbix",
    "nagios",
    "check_http",
    "blackbox",
    "datadog",
    "boto",
    "aws-sdk",
    "aws-cli",
    "git/",
    "docker/",
    "containerd",
    "terraform",
    "ansible",
    "aria2",
    "lynx",
    "links (",
    "w3m",
    "alamofire",
    "retrofit",
    "volley",
    "feign",
    "vert.x",
    "akka-http",
    "sttp",
    "finagle",
    "grpc-",
    "graphql-client",
    "apollo",
    "fasthttp",
    "resty",
];

/// Crawlers that say so.
const CRAWLERS: &[&str] = &[
    "googlebot",
    "bingbot",
    "yandexbot",
    "baiduspider",
    "duckduckbot",
    "slurp",
    "applebot",
    "facebookexternalhit",
    "meta-external",
    "twitterbot",
    "linkedinbot",
    "pinterest",
    "ahrefs",
    "semrush",
    "mj12bot",
    "dotbot",
    "petalbot",
    "bytespider",
    "gptbot",
    "chatgpt",
    "claudebot",
    "claude-",
    "anthropic",
    "ccbot",
    "perplexity",
    "amazonbot",
    "archive.org",
    "ia_archiver",
    "seznambot",
    "sogou",
    "exabot",
    "mediapartners",
    "adsbot",
    "google-",
    "feedfetcher",
    "feedly",
    "feedburner",
    "newsblur",
    "inoreader",
    "tiny tiny rss",
    "rss",
    "uptimerobot",
    "pingdom",
    "statuscake",
    "site24x7",
    "discordbot",
    "telegrambot",
    "whatsapp",
    "slackbot",
    "embedly",
    "skypeuripreview",
    "crawler",
    "spider",
    "bot/",
    "bot;",
    "bot ",
    "-bot",
    "bot.htm",
    "+http",
];

/// Marks of browsers; they count only where nothing above does.
const BROWSERS: &[&str] =
    &["mozilla/5.0 (", "mozilla/4.0 (compatible; msie", "opera/9", "gecko/", "applewebkit"];

/// From the first that matches to the last: a scanner that also calls itself Mozilla is a scanner.
const CLASSES: [(&[&str], EventFlags); 4] = [
    (SCANNERS, EventFlags::AGENT_SCANNER),
    (CRAWLERS, EventFlags::AGENT_CRAWLER),
    (TOOLS, EventFlags::AGENT_TOOL),
    (BROWSERS, EventFlags::AGENT_BROWSER),
];

static WORDS: LazyLock<(AhoCorasick, Vec<usize>)> = LazyLock::new(|| {
    let classes = CLASSES.iter().enumerate();
    let words =
        classes.flat_map(|(class, (words, _))| words.iter().map(move |word| (*word, class)));
    let (words, classes): (Vec<&str>, Vec<usize>) = words.unzip();
    let automaton = AhoCorasickBuilder::new()
        .ascii_case_insensitive(true)
        .match_kind(MatchKind::Standard)
        .build(words)
        .expect("a few hundred short words make an automaton");
    (automaton, classes)
});

/// The one class that an agent puts itself into; [`EventFlags::AGENT_MISSING`] for none, nothing
/// for an agent that no list knows.
pub(crate) fn agent_flags(agent: &[u8]) -> EventFlags {
    let agent = agent.trim_ascii();
    if agent.is_empty() || agent == b"-" {
        return EventFlags::AGENT_MISSING;
    }
    let (automaton, classes) = &*WORDS;
    let best = automaton.find_overlapping_iter(agent).map(|found| classes[found.pattern()]).min();
    best.map_or(EventFlags::empty(), |class| CLASSES[class].1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_agent_is_what_it_says() {
        let check =
            |agent: &str, expect| assert_eq!(agent_flags(agent.as_bytes()), expect, "{agent}");
        check(
            "Mozilla/5.0 (X11; Linux x86_64; rv:127.0) Gecko/20100101 Firefox/127.0",
            EventFlags::AGENT_BROWSER,
        );
        check("Mozilla/5.0 (compatible; Nmap Scripting Engine)", EventFlags::AGENT_SCANNER);
        check("sqlmap/1.8#stable (https://sqlmap.org)", EventFlags::AGENT_SCANNER);
        check(
            "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
            EventFlags::AGENT_CRAWLER,
        );
        check("python-requests/2.31.0", EventFlags::AGENT_TOOL);
        check("Apache-HttpClient/4.5.14 (Java/17.0.11)", EventFlags::AGENT_TOOL);
        check("-", EventFlags::AGENT_MISSING);
        check("Acme App 3.1", EventFlags::empty());
    }
}
