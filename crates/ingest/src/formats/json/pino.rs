//! pino and bunyan, the loggers of Node.

use super::schema::{Declared, JsonSchema};
use crate::formats::Slot;

/// What pino and bunyan write of a request and its response.
pub(crate) static PINO: JsonSchema = JsonSchema::new(Declared {
    name: "pino",
    title: "pino and bunyan of Node (pino-http, restify): request and response in one record",
    notes: "A record must tell both request and response, as pino-http has it. Fastify makes two records of \
            them: the second does not say what was asked for nor by whom, so neither is read. There, set \
            `disableRequestLogging` and log `{ req, res, responseTime }` in an `onResponse` hook.",
    example: r#"{"level":30,"time":1795383854000,"pid":17,"hostname":"web1","req":{"id":1,"method":"GET","url":"/users/42","headers":{"host":"api.example.com","user-agent":"curl/8.6.0"},"remoteAddress":"192.0.2.7","remotePort":47112},"res":{"statusCode":200,"headers":{"content-length":"271"}},"responseTime":12,"msg":"request completed"}"#,
    needs: &["level", "msg", "req.method", "req.url", "res.statusCode"],
    marks: &["level", "time", "msg", "pid"],
    fields: &[
        ("time", Slot::Time),
        ("req.remoteAddress", Slot::Peer),
        ("remoteAddress", Slot::Peer),
        ("req.ip", Slot::Peer),
        ("req.method", Slot::Method),
        ("req.url", Slot::Target),
        ("res.statusCode", Slot::Status),
        ("res.headers.location", Slot::Location),
        ("res.headers.content-length", Slot::ResponseBytes),
        ("responseTime", Slot::LatencyMillis),
    ],
    headers: &["req.headers"],
    ..Declared::NOTHING
});
