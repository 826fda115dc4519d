use super::summary::{Value, metadata, tensor};
use crate::protobuf::Message;

/// The value of a hyper-parameter.
#[derive(Clone, Debug, PartialEq)]
pub enum HParam {
    /// A number.
    Number(f64),
    /// A yes or no.
    Flag(bool),
    /// A text.
    Text(String),
}

/// The hyper-parameters of a run, and the tags of the curves by which runs are compared.
#[derive(Clone, Debug, PartialEq)]
pub struct HParams {
    /// What the run is called.
    pub group: String,
    /// Names and values, in the order in which they are shown.
    pub params: Vec<(String, HParam)>,
    /// Tags of scalars that were or will be logged in the same file.
    pub metrics: Vec<String>,
}

/// `plugins/hparams/plugin_data.proto`.
const EXPERIMENT: u64 = 2;
const SESSION_START: u64 = 3;
const SESSION_END: u64 = 4;
const STATUS_SUCCESS: i64 = 1;

impl HParams {
    /// The three records of the plugin: what may vary, what this run has, and that it is done.
    pub(super) fn values(&self, wall_time_secs: f64) -> Vec<Value> {
        let end = Message::new().int(1, STATUS_SUCCESS).double(2, wall_time_secs);
        vec![
            record("_hparams_/experiment", EXPERIMENT, self.experiment(wall_time_secs)),
            record("_hparams_/session_start_info", SESSION_START, self.session(wall_time_secs)),
            record("_hparams_/session_end_info", SESSION_END, end),
        ]
    }

    fn experiment(&self, wall_time_secs: f64) -> Message {
        let mut experiment = Message::new().double(3, wall_time_secs);
        for (name, value) in &self.params {
            let data_type = match value {
                HParam::Text(_) => 1,
                HParam::Flag(_) => 2,
                HParam::Number(_) => 3,
            };
            experiment = experiment.message(4, Message::new().text(1, name).int(4, data_type));
        }
        for tag in &self.metrics {
            let name = Message::new().text(2, tag);
            experiment = experiment.message(5, Message::new().message(1, name).text(3, tag));
        }
        experiment
    }

    fn session(&self, wall_time_secs: f64) -> Message {
        let start = self.params.iter().fold(Message::new(), |start, (name, value)| {
            let value = match value {
                HParam::Number(number) => Message::new().double(2, *number),
                HParam::Text(text) => Message::new().text(3, text),
                HParam::Flag(flag) => Message::new().int(4, i64::from(*flag)),
            };
            start.message(1, Message::new().text(1, name).message(2, value))
        });
        start.text(4, &self.group).double(5, wall_time_secs)
    }
}

/// A record of the plugin: all of it is in the metadata, the tensor is empty.
fn record(tag: &str, field: u64, content: Message) -> Value {
    let content = Message::new().int(1, 0).message(field, content);
    let value = Message::new().text(1, tag).message(8, tensor(&[0], &[]));
    Value(value.message(9, metadata("hparams", content)))
}
