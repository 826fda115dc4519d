//! What a path and its query ask for.

use std::sync::LazyLock;

use aho_corasick::{AhoCorasick, AhoCorasickBuilder, MatchKind};
use domain::{Method, PathWords};

use super::percent_decode;

/// Files and folders that nobody serves on purpose; compared with the decoded path in lower case.
const SENSITIVE: &[&str] = &[
    "/.env",
    "/.git/",
    "/.git",
    "/.svn",
    "/.hg/",
    "/.bzr",
    "/.ds_store",
    "/.htaccess",
    "/.htpasswd",
    "/.aws/",
    "/.ssh/",
    "/.npmrc",
    "/.dockercfg",
    "/.docker/",
    "/.kube/",
    "/.bash_history",
    "/.mysql_history",
    "/.vscode/",
    "/.idea/",
    "/.config",
    "/.netrc",
    "/.pgpass",
    "/id_rsa",
    "/id_dsa",
    "/id_ed25519",
    "/wp-config",
    "/web.config",
    "/config.php",
    "/config.json",
    "/config.yml",
    "/config.yaml",
    "/configuration.php",
    "/settings.py",
    "/database.yml",
    "/credentials",
    "/secrets.",
    "/docker-compose",
    "/dockerfile",
    "/jenkinsfile",
    "/composer.json",
    "/composer.lock",
    "/package-lock.json",
    "/etc/passwd",
    "/etc/shadow",
    "/proc/self",
    "/win.ini",
    "/boot.ini",
    "/dump.sql",
    "/backup.",
    "/backups/",
    "/db.sqlite",
    "/phpinfo",
    "/server-status",
    "/server-info",
    "/heapdump",
    "/web-inf/",
    "/meta-inf/",
    "/appsettings.json",
    "/terraform.tf",
    "/.travis.yml",
    "/.gitlab-ci",
    "/.circleci",
    "/error.log",
    "/debug.log",
    "/access.log",
    "/core.dump",
    "/trace.axd",
    "/elmah.axd",
];

/// Endings of backups, dumps, keys and the like.
const SENSITIVE_ENDINGS: &[&str] = &[
    ".bak",
    ".old",
    ".orig",
    ".save",
    ".swp",
    ".swo",
    "~",
    ".sql",
    ".sql.gz",
    ".dump",
    ".pem",
    ".key",
    ".p12",
    ".pfx",
    ".jks",
    ".keystore",
    ".kdbx",
    ".tfstate",
    ".tfvars",
    ".mdb",
    ".sqlite",
    ".sqlite3",
    ".db",
    ".env",
    ".ini",
    ".conf",
    ".cfg",
    ".inc",
    ".log",
    ".tar",
    ".tar.gz",
    ".tgz",
    ".7z",
    ".rar",
];

/// Segments of administration, debugging and management paths.
const ADMIN: &[&str] = &[
    "admin",
    "admins",
    "administrator",
    "administration",
    "_admin",
    "siteadmin",
    "superadmin",
    "sysadmin",
    "manage",
    "manager",
    "management",
    "console",
    "actuator",
    "debug",
    "_debug",
    "debugbar",
    "_profiler",
    "pprof",
    "metrics",
    "internal",
    "private",
    "root",
    "jmx-console",
    "web-console",
    "adminer",
    "dashboard",
    "controlpanel",
    "cpanel",
    "jolokia",
    "druid",
    "_cat",
    "_cluster",
    "__debug__",
    "_ignition",
    "telescope",
    "horizon",
    "createdb",
    "setup",
    "install",
    "h2-console",
    "swagger-resources",
    "env",
    "shutdown",
    "threaddump",
];

/// Parts of paths that belong to other software than an API.
const FOREIGN: &[&str] = &[
    "/wp-",
    "/wordpress",
    "/xmlrpc.php",
    "/phpmyadmin",
    "/pma/",
    "/myadmin",
    "/joomla",
    "/drupal",
    "/magento",
    "/typo3",
    "/cgi-bin/",
    "/boaform",
    "/hnap1",
    "/goform",
    "/gponform",
    "/setup.cgi",
    "/solr/",
    "/owa/",
    "/autodiscover/",
    "/ecp/",
    "/jenkins",
    "/struts",
    "/vendor/phpunit",
    "/eval-stdin",
    "/_ignition",
    "/manager/html",
    "/thinkphp",
    "/cms/",
    "/webdav",
    "/remote/login",
    "/remote/fgt",
    "/dana-na",
    "/vpn/",
    "/+cscoe+",
    "/global-protect",
    "/tmui/",
    "/mgmt/tm",
    "/hudson",
    "/zabbix",
    "/nagios",
    "/cacti",
    "/roundcube",
    "/squirrelmail",
    "/horde",
    "/sharepoint",
    "/_layouts",
    "/_vti_",
    "/axis2",
    "/invoker/",
    "/cwhp",
    "/sdk",
    "/nmaplowercheck",
    "/nice%20ports",
    "/evox/",
    "/portal/redlion",
    "/fckeditor",
    "/ckeditor",
    "/servlet/",
    "/weblogic",
    "/wls-wsat",
    "/_async/",
    "/console/css",
    "/telescope",
    "/laravel",
];

/// Endings of server-side scripts; an API on one of them is rare enough to say so.
const FOREIGN_ENDINGS: &[&str] = &[
    ".php", ".php5", ".phtml", ".asp", ".aspx", ".ashx", ".jsp", ".jspx", ".cgi", ".cfm", ".pl",
    ".do", ".action", ".dll", ".exe", ".nsf",
];

/// Marks of injection: SQL, script, template, shell, naming services, PHP wrappers.
const INJECTION: &[&str] = &[
    "union select",
    "union all select",
    "' or ",
    "\" or ",
    "' and ",
    "' or'",
    "'or'",
    "1=1",
    "'='",
    "or 1=",
    "and 1=",
    "order by 1",
    "sleep(",
    "benchmark(",
    "pg_sleep",
    "waitfor delay",
    "information_schema",
    "xp_cmdshell",
    "load_file(",
    "into outfile",
    "extractvalue(",
    "updatexml(",
    "' --",
    "'--",
    "'#",
    "');",
    "';",
    "/**/",
    "char(",
    "concat(",
    "0x3a",
    "dbms_",
    "drop table",
    "insert into",
    "select * from",
    "select count(",
    "having 1",
    "<script",
    "</script",
    "javascript:",
    "onerror=",
    "onload=",
    "onmouseover=",
    "alert(",
    "prompt(1",
    "confirm(1",
    "<svg",
    "<img",
    "<iframe",
    "document.cookie",
    "string.fromcharcode",
    "<%",
    "%>",
    "${jndi:",
    "${",
    "#{",
    "{{",
    "}}",
    "<?php",
    "php://",
    "data://",
    "expect://",
    "phar://",
    "zip://",
    "file://",
    "gopher://",
    "dict://",
    "auto_prepend_file",
    "allow_url_include",
    "base64_decode",
    "eval(",
    "assert(",
    "system(",
    "passthru(",
    "shell_exec",
    "popen(",
    "proc_open",
    "/bin/sh",
    "/bin/bash",
    "cmd.exe",
    "powershell",
    ";cat ",
    "|cat ",
    "`id`",
    ";id",
    "|id",
    "$(id",
    "$(",
    ";wget",
    ";curl",
    "|wget",
    "|curl",
    "&& ",
    "||ping",
    ";ping",
    "nslookup",
    "wget http",
    "curl http",
    "chmod 777",
    "invokefunction",
    "call_user_func",
    "class.module.classloader",
    "__proto__",
    "constructor.prototype",
    "[$ne]",
    "[$gt]",
    "[$regex]",
    "$where",
    "<!entity",
    "<!doctype",
    "xmlns",
    "%0d%0a",
    "\r\n",
    "() {",
    "@ognl",
    "#_memberaccess",
    "#context",
    "java.lang.runtime",
    "getruntime",
    "t(java",
    "freemarker",
    "__import__",
    "__class__",
    "__globals__",
    "169.254.169.254",
    "metadata.google",
    "*)(",
    ")(uid=",
    "acunetix",
    "sqlmap",
    "nosuchmethod",
    "../../etc",
    "rfiinc",
    "cmd=",
    "exec=",
    "execute=",
    "/etc/passwd",
];

/// Names that polite machines ask for.
const POLITE: &[&str] = &[
    "/robots.txt",
    "/favicon.ico",
    "/humans.txt",
    "/security.txt",
    "/ads.txt",
    "/app-ads.txt",
    "/apple-touch-icon",
    "/browserconfig.xml",
    "/manifest.json",
    "/site.webmanifest",
    "/sitemap",
    "/.well-known/",
    "/crossdomain.xml",
    "/opensearch.xml",
];

/// Segments that mean signing in by whatever method.
const SIGN_IN: &[&str] = &[
    "login",
    "signin",
    "sign-in",
    "sign_in",
    "logon",
    "log-in",
    "log_in",
    "authenticate",
    "authentication",
    "auth",
    "token",
    "tokens",
    "session",
    "sessions",
    "sso",
    "otp",
    "mfa",
    "2fa",
    "totp",
    "verify-otp",
    "password",
    "passwords",
    "forgot-password",
    "reset-password",
    "password-reset",
    "password_reset",
    "forgot",
    "reset_password",
    "change-password",
    "login.php",
    "wp-login.php",
    "j_security_check",
    "jwt",
    "connect",
    "user-login",
    "dologin",
];

/// Of these only the whole pair means signing in; alone they are resources of their own.
const ONLY_WRITTEN: &[&str] = &[
    "token",
    "tokens",
    "session",
    "sessions",
    "auth",
    "password",
    "passwords",
    "connect",
    "jwt",
    "otp",
    "mfa",
    "forgot",
];

/// Words that are never an identifier, whatever stands beside them.
const FIXED: &[&str] = &[
    "register",
    "signup",
    "sign-up",
    "logout",
    "signout",
    "sign-out",
    "search",
    "me",
    "self",
    "health",
    "healthz",
    "livez",
    "readyz",
    "ready",
    "status",
    "ping",
    "version",
    "info",
    "export",
    "import",
    "docs",
    "doc",
    "api",
    "apis",
    "rest",
    "graphql",
    "rpc",
    "openapi.json",
    "swagger.json",
    "swagger",
    "redoc",
    "static",
    "assets",
    "public",
    "css",
    "js",
    "img",
    "images",
    "fonts",
    "media",
    "files",
    "upload",
    "uploads",
    "download",
    "downloads",
    "new",
    "edit",
    "delete",
    "update",
    "create",
    "list",
    "all",
    "count",
    "batch",
    "bulk",
    "query",
    "feed",
    "rss",
    "stats",
    "statistics",
    "summary",
    "config",
    "settings",
    "profile",
    "preferences",
    "account",
    "accounts",
    "users",
    "user",
    "items",
    "orders",
    "order",
    "products",
    "cart",
    "checkout",
    "payments",
    "invoices",
    "notifications",
    "messages",
    "events",
    "webhooks",
    "callback",
    "oauth",
    "oauth2",
    "authorize",
    "refresh",
    "revoke",
    "verify",
    "confirm",
    "activate",
    "robots.txt",
    "favicon.ico",
    "sitemap.xml",
    ".well-known",
    "index.html",
    "index.htm",
    "latest",
    "current",
    "unread",
    "email",
    "emails",
    "posts",
    "comments",
    "tags",
    "categories",
    "groups",
    "roles",
    "permissions",
    "v1",
    "v2",
    "v3",
    "v4",
    "v5",
    "buckets",
    "collections",
    "records",
    "books",
];

/// Endings of static assets.
const STATIC_ENDINGS: &[&str] = &[
    "css", "js", "mjs", "map", "png", "jpg", "jpeg", "gif", "svg", "ico", "webp", "avif", "bmp",
    "woff", "woff2", "ttf", "otf", "eot", "mp4", "webm", "mp3", "ogg", "wav", "wasm",
];

struct Finder {
    automaton: AhoCorasick,
    classes: Vec<PathWords>,
}

impl Finder {
    fn new(lists: &[(&[&str], PathWords)]) -> Self {
        let words =
            lists.iter().flat_map(|(words, class)| words.iter().map(|word| (*word, *class)));
        let (words, classes): (Vec<&str>, Vec<PathWords>) = words.unzip();
        let automaton = AhoCorasickBuilder::new()
            .ascii_case_insensitive(true)
            .match_kind(MatchKind::Standard)
            .build(words)
            .expect("a few hundred short words make an automaton");
        Self { automaton, classes }
    }

    fn classes_in(&self, text: &[u8]) -> PathWords {
        let found = self.automaton.find_overlapping_iter(text);
        found.fold(PathWords::empty(), |words, found| words.union(self.classes[found.pattern()]))
    }
}

static IN_PATH: LazyLock<Finder> = LazyLock::new(|| {
    Finder::new(&[
        (SENSITIVE, PathWords::SENSITIVE_FILE),
        (FOREIGN, PathWords::FOREIGN),
        (POLITE, PathWords::POLITE),
    ])
});

static ANYWHERE: LazyLock<Finder> =
    LazyLock::new(|| Finder::new(&[(INJECTION, PathWords::INJECTION)]));

/// What a target's words say. `path` and `query` are as written, escapes and all.
pub(crate) fn path_words(method: Method, path: &[u8], query: &[u8]) -> PathWords {
    let once = percent_decode(path);
    let decoded = percent_decode(&once);
    let mut words = IN_PATH.classes_in(&decoded);
    words.set_if(PathWords::TRAVERSAL, climbs(&decoded));
    words.set_if(PathWords::SENSITIVE_FILE, ends_in(&decoded, SENSITIVE_ENDINGS));
    words.set_if(PathWords::FOREIGN, ends_in(&decoded, FOREIGN_ENDINGS));
    words.set_if(PathWords::ASSET, has_static_extension(&decoded));
    words.set_if(PathWords::INJECTION, has_injection(&decoded));
    for segment in decoded.split(|byte| *byte == b'/') {
        words.set_if(PathWords::ADMIN, is_one_of(segment, ADMIN));
        words.set_if(PathWords::SIGN_IN, is_one_of(segment, SIGN_IN) && signs_in(method, segment));
    }
    if !query.is_empty() {
        let spaced: Vec<u8> =
            query.iter().map(|byte| if *byte == b'+' { b' ' } else { *byte }).collect();
        let once = percent_decode(&spaced);
        let decoded = percent_decode(&once);
        words.set_if(PathWords::INJECTION, has_injection(&decoded));
        words.set_if(PathWords::TRAVERSAL, climbs(&decoded));
    }
    words
}

/// `session` read by GET is a resource; posted, it is a sign-in.
fn signs_in(method: Method, segment: &[u8]) -> bool {
    matches!(method, Method::Post | Method::Put) || !is_one_of(segment, ONLY_WRITTEN)
}

fn is_one_of(segment: &[u8], words: &[&str]) -> bool {
    words.iter().any(|word| segment.eq_ignore_ascii_case(word.as_bytes()))
}

/// Whether a text climbs out of its root, with either slash, or carries a null byte.
fn climbs(text: &[u8]) -> bool {
    let is_slash = |byte: u8| matches!(byte, b'/' | b'\\');
    let dots = memchr::memmem::find_iter(text, b"..").any(|at| {
        let before = at == 0 || is_slash(text[at - 1]) || matches!(text[at - 1], b'=' | b';');
        let after = text.get(at + 2).is_none_or(|byte| is_slash(*byte) || *byte == b';');
        before && after && text.len() > 2
    });
    dots || memchr::memchr(0, text).is_some() || memchr::memmem::find(text, b"%c0%af").is_some()
}

fn has_injection(text: &[u8]) -> bool {
    ANYWHERE.automaton.is_match(text)
}

fn ends_in(path: &[u8], endings: &[&str]) -> bool {
    endings.iter().any(|ending| {
        let tail = path.len().checked_sub(ending.len()).map(|start| &path[start..]);
        tail.is_some_and(|tail| tail.eq_ignore_ascii_case(ending.as_bytes()))
    })
}

fn has_static_extension(path: &[u8]) -> bool {
    memchr::memrchr(b'.', path).is_some_and(|dot| is_static_extension(&path[dot + 1..]))
}

/// Whether a file's extension is that of a static asset.
pub(crate) fn is_static_extension(extension: &[u8]) -> bool {
    is_one_of(extension, STATIC_ENDINGS)
}

/// Whether a segment is a word of interfaces rather than someone's identifier.
pub(crate) fn is_fixed_word(segment: &[u8]) -> bool {
    is_one_of(segment, FIXED) || is_one_of(segment, SIGN_IN) || is_one_of(segment, ADMIN)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(method: Method, target: &str, expect: PathWords) {
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        assert_eq!(path_words(method, path.as_bytes(), query.as_bytes()), expect, "{target}");
    }

    #[test]
    fn ordinary_paths_say_nothing() {
        for target in [
            "/",
            "/users/42",
            "/books/v1/my-book?sort=-date&limit=10",
            "/v1/buckets/shop/collections",
            "/search?q=select+a+book+or+two",
            "/docs/index.html",
            "/a..b/c",
            "/orders?since=2026-11-22T21:44:14%2B00:00&fields=id,name",
            "/sessions",
            "/v1/buckets/erp/collections/orders/records?_sort=-last_modified&_limit=20",
        ] {
            check(Method::Get, target, PathWords::empty());
        }
    }

    #[test]
    fn each_word_is_heard() {
        check(Method::Post, "/users/v1/login", PathWords::SIGN_IN);
        check(Method::Post, "/oauth/token", PathWords::SIGN_IN);
        check(Method::Post, "/sessions", PathWords::SIGN_IN);
        check(Method::Get, "/.env", PathWords::SENSITIVE_FILE);
        check(Method::Get, "/%2egit/config", PathWords::SENSITIVE_FILE);
        check(Method::Get, "/dump/site.tar.gz", PathWords::SENSITIVE_FILE);
        check(Method::Get, "/a/%252e%252e/%252e%252e/b", PathWords::TRAVERSAL);
        check(Method::Get, "/a?file=..%5C..%5Cx", PathWords::TRAVERSAL);
        check(Method::Get, "/admin/users", PathWords::ADMIN);
        check(Method::Get, "/a?id=1%27%20OR%201=1--", PathWords::INJECTION);
        check(Method::Get, "/a?q=%3Cscript%3E", PathWords::INJECTION);
        check(Method::Get, "/a?x=${jndi:ldap://h/a}", PathWords::INJECTION);
        check(Method::Get, "/index.php", PathWords::FOREIGN);
        check(Method::Get, "/static/app.js", PathWords::ASSET);
        check(Method::Get, "/robots.txt", PathWords::POLITE);
    }
}
