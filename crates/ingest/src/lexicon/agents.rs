//! What a user agent says of itself.

use std::sync::LazyLock;

use aho_corasick::{AhoCorasick, AhoCorasickBuilder, MatchKind};
use domain::EventFlags;

/// Security scanners and attack tools under the names that they send unless told otherwise.
static SCANNERS: &str = include_str!("lists/scanners.txt");

/// Programs that copy whole sites for somebody to read offline, and say so.
static COPIERS: &str = include_str!("lists/copiers.txt");

/// Libraries and command-line tools: honest machines that are no crawlers.
static TOOLS: &str = include_str!("lists/tools.txt");

/// Crawlers that say so.
static CRAWLERS: &str = include_str!("lists/crawlers.txt");

/// Names of crawlers that a kept crate knows (the first line says which), letter for letter. Asked
/// last of all, so that what is told above stays what it was.
static KNOWN_CRAWLERS: &str = include_str!("lists/known_crawlers.txt");

/// Marks of browsers; they count only where nothing above does.
static BROWSERS: &str = include_str!("lists/browsers.txt");

/// Phones whose maker's name reads like a crawler's.
const PHONES: &str = "cubot";

/// From the first that matches to the last: a scanner that also calls itself Mozilla is a scanner.
static CLASSES: [(&str, EventFlags); 6] = [
    (SCANNERS, EventFlags::AGENT_SCANNER),
    (PHONES, EventFlags::AGENT_BROWSER),
    (COPIERS, EventFlags::AGENT_COPIER),
    (CRAWLERS, EventFlags::AGENT_CRAWLER),
    (TOOLS, EventFlags::AGENT_TOOL),
    (BROWSERS, EventFlags::AGENT_BROWSER),
];

static WORDS: LazyLock<(AhoCorasick, Vec<usize>)> = LazyLock::new(|| {
    let classes = CLASSES.iter().enumerate();
    let words =
        classes.flat_map(|(class, (words, _))| super::words(words).map(move |word| (word, class)));
    let (words, classes): (Vec<&str>, Vec<usize>) = words.unzip();
    let automaton = AhoCorasickBuilder::new()
        .ascii_case_insensitive(true)
        .match_kind(MatchKind::Standard)
        .build(words)
        .expect("a few hundred short words make an automaton");
    (automaton, classes)
});

static KNOWN: LazyLock<AhoCorasick> = LazyLock::new(|| {
    let names = KNOWN_CRAWLERS.lines().filter(|line| !line.starts_with("# "));
    AhoCorasick::new(names).expect("two thousand short names make an automaton")
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
    let class = best.map_or(EventFlags::empty(), |class| CLASSES[class].1);
    // Browsers are known by so little that a crawler's name says more.
    if EventFlags::AGENT_BROWSER.contains(class) && KNOWN.is_match(agent) {
        return EventFlags::AGENT_CRAWLER;
    }
    class
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
        check("GoogleOther", EventFlags::AGENT_CRAWLER);
        check("Feedbin feed-id:7 - 12 subscribers", EventFlags::AGENT_CRAWLER);
        check(
            "Mozilla/5.0 (Linux; Android 13; CUBOT NOTE 21) Chrome/120.0 Mobile Safari/537.36",
            EventFlags::AGENT_BROWSER,
        );
        check("Vagabondo/2.1", EventFlags::AGENT_CRAWLER);
        check(
            "Mozilla/4.0 (compatible; MSIE 7.0; Windows NT 5.0) Qualidator.com",
            EventFlags::AGENT_CRAWLER,
        );
        check("python-requests/2.31.0", EventFlags::AGENT_TOOL);
        check("Apache-HttpClient/4.5.14 (Java/17.0.11)", EventFlags::AGENT_TOOL);
        check("Mozilla/4.5 (compatible; HTTrack 3.0x; Windows 98)", EventFlags::AGENT_COPIER);
        check("Teleport Pro/1.29", EventFlags::AGENT_COPIER);
        // A crawler's name to others.
        check("WebZIP/3.5 (http://www.spidersoft.com)", EventFlags::AGENT_COPIER);
        check("-", EventFlags::AGENT_MISSING);
        check("Acme App 3.1", EventFlags::empty());
    }
}
