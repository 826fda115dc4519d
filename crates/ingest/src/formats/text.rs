//! The fixed text formats, each a format string that everyone knows.

/// Declares a format that is a well-known format string.
macro_rules! text_format {
    (loose, $($rest:tt)*) => {
        $crate::formats::text::text_format!(@ loosely, $($rest)*);
    };
    ($(#[$doc:meta])* $kind:ident, $($rest:tt)*) => {
        $crate::formats::text::text_format!(@ exactly, $(#[$doc])* $kind, $($rest)*);
    };
    (@ $how:ident, $(#[$doc:meta])* $kind:ident, $name:literal, $title:literal, $template:literal, $example:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug)]
        pub struct $kind;

        impl $crate::formats::Format for $kind {
            fn name(&self) -> &'static str {
                $name
            }

            fn title(&self) -> &'static str {
                $title
            }

            fn example(&self) -> &'static str {
                $example
            }

            fn format_string(&self) -> Option<&'static str> {
                Some($template)
            }

            fn parse<'a>(
                &'a self,
                record: domain::RawRecord<'a>,
                context: &'a $crate::formats::ParseContext,
            ) -> Result<domain::Request<'a>, domain::Reject> {
                use $crate::formats::template::Template;
                static TEMPLATE: std::sync::LazyLock<Template> = std::sync::LazyLock::new(|| {
                    let template = Template::compile($template);
                    template.expect("the template of a built-in format compiles").$how()
                });
                TEMPLATE.parse(record, context)
            }
        }
    };
}

pub(super) use text_format;

text_format!(
    /// The common log format of Apache, nginx and many others.
    Common,
    "common",
    "common log format (Apache, nginx, Caddy 1, Tomcat)",
    r#"%h %l %u %t "%r" %>s %b"#,
    r#"192.0.2.7 - ann [22/Nov/2026:21:44:14 +0000] "GET /users/42 HTTP/1.1" 200 271"#
);

text_format!(
    /// The combined log format: common, with referer and agent.
    Combined,
    "combined",
    "combined log format (Apache, nginx)",
    r#"%h %l %u %t "%r" %>s %b "%{Referer}i" "%{User-Agent}i""#,
    r#"192.0.2.7 - ann [22/Nov/2026:21:44:14 +0000] "GET /users/42 HTTP/1.1" 200 271 "-" "curl/8.6.0""#
);

text_format!(
    /// The combined log format with the forwarded chain behind it, as nginx packages ship it.
    CombinedForwarded,
    "combined_forwarded",
    "combined log format with X-Forwarded-For at the end (nginx `main`)",
    r#"%h %l %u %t "%r" %>s %b "%{Referer}i" "%{User-Agent}i" "%{X-Forwarded-For}i""#,
    r#"192.0.2.7 - - [22/Nov/2026:21:44:14 +0000] "GET /users/42 HTTP/1.1" 200 271 "-" "curl/8.6.0" "198.51.100.3""#
);

text_format!(
    /// The common log format with the virtual host before it.
    VhostCommon,
    "vhost_common",
    "common log format with the virtual host in front",
    r#"%v %h %l %u %t "%r" %>s %b"#,
    r#"api.example.com:443 192.0.2.7 - - [22/Nov/2026:21:44:14 +0000] "GET /users/42 HTTP/1.1" 200 271"#
);

text_format!(
    /// The combined log format with the virtual host before it.
    VhostCombined,
    "vhost_combined",
    "combined log format with the virtual host in front (Apache `vhost_combined`)",
    r#"%v %h %l %u %t "%r" %>s %O "%{Referer}i" "%{User-Agent}i""#,
    r#"api.example.com:443 192.0.2.7 - - [22/Nov/2026:21:44:14 +0000] "GET /users/42 HTTP/1.1" 200 271 "-" "curl/8.6.0""#
);

text_format!(
    /// Traefik's own log: combined, with request count, router, server and latency behind it.
    TraefikCommon,
    "traefik_clf",
    "Traefik's common log format",
    r#"%h %l %u %t "%r" %>s %b "%{Referer}i" "%{User-Agent}i" %{count}n "%{router}n" "%{server}n" %{ms}Tms"#,
    r#"192.0.2.7 - - [22/Nov/2026:21:44:14 +0000] "GET /users/42 HTTP/1.1" 200 271 "-" "curl/8.6.0" 7 "api@docker" "http://10.0.0.3:80" 12ms"#
);
