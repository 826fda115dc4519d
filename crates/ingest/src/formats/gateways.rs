//! Gateways and servers that write a variant of the common log format: each a format string.

use super::text::text_format;

text_format!(
    /// Kong from version 3 on: combined, with the request's id behind it.
    Kong,
    "kong_text",
    "Kong's proxy access log (from version 3 on; before it was combined)",
    r#"$remote_addr - $remote_user [$time_local] "$request" $status $body_bytes_sent "$http_referer" "$http_user_agent" kong_request_id: "$kong_request_id""#,
    r#"192.0.2.7 - - [22/Nov/2026:21:44:14 +0000] "GET /users/42 HTTP/1.1" 200 271 "-" "curl/8.6.0" kong_request_id: "c9a8b3f7d21e4a5c9a8b3f7d21e4a5c9""#
);

text_format!(
    /// Apache APISIX; newer versions write the upstream's URL at the end.
    Apisix,
    "apisix_text",
    "Apache APISIX (default format)",
    r#"$remote_addr - $remote_user [$time_local] $http_host "$request" $status $body_bytes_sent $request_time "$http_referer" "$http_user_agent" $upstream_addr $upstream_status $upstream_time_and_url"#,
    r#"192.0.2.7 - - [22/Nov/2026:21:44:14 +0000] api.example.com "GET /users/42 HTTP/1.1" 200 271 0.012 "-" "curl/8.6.0" 10.0.0.1:80 200 0.011"#
);

text_format!(
    /// The ingress controller of Kubernetes that is made of nginx.
    NginxIngress,
    "nginx_ingress",
    "ingress-nginx of Kubernetes (`upstreaminfo`)",
    r#"$remote_addr - $remote_user [$time_local] "$request" $status $body_bytes_sent "$http_referer" "$http_user_agent" $request_length $request_time [$proxy_upstream_name] [$proxy_alternative_upstream_name] $upstream_addr $upstream_length $upstream_time $upstream_status $req_id"#,
    r#"192.0.2.7 - - [22/Nov/2026:21:44:14 +0000] "GET /users/42 HTTP/1.1" 200 271 "-" "curl/8.6.0" 412 0.012 [shop-api-80] [] 10.0.0.1:80 271 0.011 200 8d3f2c6b5a4e8d3f2c6b5a4e8d3f2c6b"#
);

text_format!(
    /// Amazon API Gateway's example of a common log format: no blank before the request.
    ApiGatewayClf,
    "api_gateway_clf",
    "Amazon API Gateway (CLF)",
    r#"$remote_addr $caller $remote_user [$time_local]"$request" $status $body_bytes_sent $request_ids"#,
    r#"192.0.2.7 - - [22/Nov/2026:21:44:14 +0000]"GET /users/42 HTTP/1.1" 200 271 c6af9ac6-7b61-11e6-9a41-93e8deadbeef"#
);

text_format!(
    /// BunkerWeb: the host in front, and the request's id before the user.
    BunkerWeb,
    "bunkerweb",
    "BunkerWeb",
    r#"$server_name $remote_addr - $request_id $remote_user [$time_local] "$request" $status $body_bytes_sent "$http_referer" "$http_user_agent""#,
    r#"api.example.com 192.0.2.7 - c9a8b3f7d21e4a5c9a8b3f7d21e4a5c9 - [22/Nov/2026:21:44:14 +0000] "GET /users/42 HTTP/1.1" 200 271 "-" "curl/8.6.0""#
);

text_format!(
    /// NPMplus, an heir of Nginx Proxy Manager.
    NpmPlus,
    "npmplus",
    "NPMplus",
    r#"[$time_local] $server_name $remote_addr $request_time "$request" $status $body_bytes_sent $request_length $http_referer $http_user_agent"#,
    r#"[22/Nov/2026:21:44:14 +0000] api.example.com 192.0.2.7 0.012 "GET /users/42 HTTP/1.1" 200 271 440 - curl/8.6.0"#
);

text_format!(
    /// cPanel's own server: the month is a number, and stands first.
    Cpanel,
    "cpanel",
    "cPanel and WHM (month first)",
    r#"%h %l %u [%{%m/%d/%Y:%H:%M:%S %z}t] "%r" %>s %b "%{Referer}i" "%{User-Agent}i" "%{auth}n" "%{X-Forwarded-For}i" %p"#,
    r#"192.0.2.7 - ann [11/22/2026:21:44:14 -0000] "GET /users/42 HTTP/1.1" 200 271 "-" "curl/8.6.0" "s" "-" 2087"#
);

text_format!(
    /// lighttpd: the host asked for stands where others have the ident.
    Lighttpd,
    "lighttpd",
    "lighttpd (default format, where the host asked for is an address)",
    r#"%h %V %u %t "%r" %>s %b "%{Referer}i" "%{User-Agent}i""#,
    r#"192.0.2.7 10.0.0.1 - [22/Nov/2026:21:44:14 +0000] "GET /users/42 HTTP/1.1" 200 271 "-" "curl/8.6.0""#
);

text_format!(
    /// LiteSpeed: combined, with quotes around the whole line.
    LiteSpeed,
    "litespeed",
    "LiteSpeed with quotes around the line (without them: combined)",
    r#""%h %l %u %t "%r" %>s %b "%{Referer}i" "%{User-Agent}i"""#,
    r#""192.0.2.7 - - [22/Nov/2026:21:44:14 +0000] "GET /users/42 HTTP/1.1" 200 271 "-" "curl/8.6.0"""#
);

text_format!(
    /// The same with the virtual host in front, as servers with many of them have it.
    LiteSpeedVhost,
    "litespeed_vhost",
    "LiteSpeed with quotes around the line and the virtual host in front",
    r#""%v %h %l %u %t "%r" %>s %b "%{Referer}i" "%{User-Agent}i"""#,
    r#""api.example.com 192.0.2.7 - - [22/Nov/2026:21:44:14 +0000] "GET /users/42 HTTP/1.1" 200 271 "-" "curl/8.6.0"""#
);

text_format!(
    /// Combined with nginx's other time.
    CombinedIso,
    "combined_iso",
    "combined with a time by ISO 8601 (nginx `$time_iso8601`)",
    r#"$remote_addr - $remote_user [$time_iso8601] "$request" $status $body_bytes_sent "$http_referer" "$http_user_agent""#,
    r#"192.0.2.7 - ann [2026-11-22T21:44:14+00:00] "GET /users/42 HTTP/1.1" 200 271 "-" "curl/8.6.0""#
);

text_format!(
    /// Combined without the user.
    CombinedNoUser,
    "combined_no_user",
    "combined without the user",
    r#"$remote_addr - [$time_local] "$request" $status $body_bytes_sent "$http_referer" "$http_user_agent""#,
    r#"192.0.2.7 - [22/Nov/2026:21:44:14 +0000] "GET /users/42 HTTP/1.1" 200 271 "-" "curl/8.6.0""#
);

text_format!(
    /// SOGo: sizes before and after compression, and the memory that was taken.
    Sogo,
    "sogo",
    "SOGo",
    r#"$remote_addr - $remote_user [$time_local] "$request" $status $body_bytes_sent/$plain_bytes $request_time $a $b $memory"#,
    r#"192.0.2.7 - - [22/Nov/2026:21:44:14 GMT] "GET /users/42 HTTP/1.1" 200 271/300 0.012 - - 2M"#
);

text_format!(
    /// The development servers of Python (`http.server`, Flask): a blank between day and time, no size,
    /// and no offset.
    PythonServer,
    "python_server",
    "Python's http.server and Flask's development server",
    r#"%h %l %u [%{%d/%b/%Y %H:%M:%S}t] "%r" %>s %b"#,
    r#"192.0.2.7 - - [22/Nov/2026 21:44:14] "GET /users/42 HTTP/1.1" 200 -"#
);

text_format!(
    loose,
    /// Combined, with whatever further fields an administrator added.
    CombinedExtra,
    "combined_extra",
    "combined with further fields behind it; a forwarded chain and nginx's seconds are told by their looks",
    r#"%h %l %u %t "%r" %>s %b "%{Referer}i" "%{User-Agent}i""#,
    r#"192.0.2.7 - - [22/Nov/2026:21:44:14 +0000] "GET /users/42 HTTP/1.1" 200 271 "-" "curl/8.6.0" 0.012 - "198.51.100.3""#
);

text_format!(
    loose,
    /// The same with the virtual host in front.
    VhostCombinedExtra,
    "vhost_combined_extra",
    "combined with the virtual host in front and further fields behind it",
    r#"%v %h %l %u %t "%r" %>s %b "%{Referer}i" "%{User-Agent}i""#,
    r#"api.example.com 192.0.2.7 - - [22/Nov/2026:21:44:14 +0000] "GET /users/42 HTTP/1.1" 200 271 "-" "curl/8.6.0" "-""#
);

text_format!(
    loose,
    /// Common, with whatever further fields an administrator added.
    CommonExtra,
    "common_extra",
    "common with further fields behind it (Tomcat, Apache); agent, referer, chain are told by their looks",
    r#"%h %l %u %t "%r" %>s %b"#,
    r#"192.0.2.7 - - [22/Nov/2026:21:44:14 +0000] "GET /users/42 HTTP/1.1" 200 271 12"#
);
