//! Builds an ONNX graph and writes it down (`onnx.proto`, version 8 of its representation).

use crate::protobuf::Message;

/// What a tensor holds, by its code in `TensorProto.DataType`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ElementType {
    Float = 1,
    Int = 7,
    Text = 8,
    Bool = 9,
}

const IR_VERSION: i64 = 8;
const OPSET: i64 = 17;
const ML_OPSET: i64 = 3;

/// Codes of `AttributeProto.AttributeType`.
const TYPE_INT: i64 = 2;
const TYPE_INTS: i64 = 7;
const TYPE_STRINGS: i64 = 8;

/// A graph as it is built: every value has a name, given out here.
#[derive(Debug, Default)]
pub(super) struct Graph {
    nodes: Vec<Message>,
    constants: Vec<Message>,
    inputs: Vec<Message>,
    outputs: Vec<Message>,
    named: usize,
}

impl Graph {
    /// A column of the rows.
    pub(super) fn input(&mut self, name: &str, element: ElementType) {
        self.inputs.push(value_info(name, element));
    }

    /// Gives a value a name to the outside.
    pub(super) fn output(&mut self, value: &str, name: &str, element: ElementType) {
        let node = Message::new().text(1, value).text(2, name).text(3, name).text(4, "Identity");
        self.nodes.push(node);
        self.outputs.push(value_info(name, element));
    }

    pub(super) fn floats(&mut self, shape: &[usize], values: &[f32]) -> String {
        let raw: Vec<u8> = values.iter().flat_map(|value| value.to_le_bytes()).collect();
        self.constant(ElementType::Float, shape, &raw)
    }

    pub(super) fn ints(&mut self, shape: &[usize], values: &[i64]) -> String {
        let raw: Vec<u8> = values.iter().flat_map(|value| value.to_le_bytes()).collect();
        self.constant(ElementType::Int, shape, &raw)
    }

    pub(super) fn bools(&mut self, shape: &[usize], values: &[bool]) -> String {
        let raw: Vec<u8> = values.iter().map(|value| u8::from(*value)).collect();
        self.constant(ElementType::Bool, shape, &raw)
    }

    /// An operation without attributes.
    pub(super) fn node(&mut self, operation: &str, inputs: &[&str]) -> String {
        self.node_with(operation, inputs, "", Vec::new())
    }

    pub(super) fn clip(&mut self, value: &str, low: f32, high: f32) -> String {
        let (low, high) = (self.floats(&[], &[low]), self.floats(&[], &[high]));
        self.node("Clip", &[value, &low, &high])
    }

    pub(super) fn cast(&mut self, value: &str, to: ElementType) -> String {
        self.node_with("Cast", &[value], "", vec![int_attribute("to", to as i64)])
    }

    /// Columns side by side.
    pub(super) fn concat(&mut self, parts: &[String]) -> String {
        let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
        self.node_with("Concat", &parts, "", vec![int_attribute("axis", 1)])
    }

    pub(super) fn gather_columns(&mut self, value: &str, places: &str) -> String {
        self.node_with("Gather", &[value, places], "", vec![int_attribute("axis", 1)])
    }

    pub(super) fn slice_columns(&mut self, value: &str, from: i64, to: i64) -> String {
        let (from, to) = (self.ints(&[1], &[from]), self.ints(&[1], &[to]));
        let axis = self.ints(&[1], &[1]);
        self.node("Slice", &[value, &from, &to, &axis])
    }

    pub(super) fn reduce_log_sum_exp(&mut self, value: &str) -> String {
        let axes = Message::new().text(1, "axes").int(8, 1).int(20, TYPE_INTS);
        self.node_with("ReduceLogSumExp", &[value], "", vec![axes])
    }

    /// Texts to whole numbers; any other text becomes `other`.
    pub(super) fn label_encoder(
        &mut self,
        value: &str,
        keys: &[String],
        numbers: &[i64],
        other: i64,
    ) -> String {
        let texts = keys
            .iter()
            .fold(Message::new().text(1, "keys_strings"), |message, key| message.text(9, key));
        let ints =
            numbers.iter().fold(Message::new().text(1, "values_int64s"), |message, number| {
                message.int(8, *number)
            });
        let attributes = vec![
            texts.int(20, TYPE_STRINGS),
            ints.int(20, TYPE_INTS),
            int_attribute("default_int64", other),
        ];
        self.node_with("LabelEncoder", &[value], "ai.onnx.ml", attributes)
    }

    /// The model around the graph.
    pub(super) fn into_model(self, producer: &str, properties: &[(&str, String)]) -> Vec<u8> {
        let fold = |graph: Message, field: u64, all: Vec<Message>| {
            all.into_iter().fold(graph, |graph, one| graph.message(field, one))
        };
        let mut graph = fold(Message::new(), 1, self.nodes).text(2, "apiwarden");
        graph = fold(graph, 5, self.constants);
        graph = fold(graph, 11, self.inputs);
        graph = fold(graph, 12, self.outputs);
        let opset = |domain: &str, version| Message::new().text(1, domain).int(2, version);
        let model = Message::new()
            .int(1, IR_VERSION)
            .text(2, producer)
            .message(7, graph)
            .message(8, opset("", OPSET))
            .message(8, opset("ai.onnx.ml", ML_OPSET));
        let model = properties.iter().fold(model, |model, (key, value)| {
            model.message(14, Message::new().text(1, key).text(2, value))
        });
        model.into_bytes()
    }

    fn constant(&mut self, element: ElementType, shape: &[usize], raw: &[u8]) -> String {
        let name = self.next_name("constant");
        let tensor = shape.iter().fold(Message::new(), |tensor, size| tensor.int(1, *size as i64));
        self.constants.push(tensor.int(2, element as i64).text(8, &name).bytes(9, raw));
        name
    }

    fn node_with(
        &mut self,
        operation: &str,
        inputs: &[&str],
        domain: &str,
        attributes: Vec<Message>,
    ) -> String {
        let name = self.next_name(operation);
        let mut node = inputs.iter().fold(Message::new(), |node, input| node.text(1, input));
        node = node.text(2, &name).text(3, &name).text(4, operation);
        node = attributes.into_iter().fold(node, |node, attribute| node.message(5, attribute));
        self.nodes.push(if domain.is_empty() { node } else { node.text(7, domain) });
        name
    }

    /// Column names are free text, so our own names begin with what none of them should.
    fn next_name(&mut self, stem: &str) -> String {
        self.named += 1;
        format!("/{stem}_{}", self.named)
    }
}

fn int_attribute(name: &str, value: i64) -> Message {
    Message::new().text(1, name).int(3, value).int(20, TYPE_INT)
}

/// A value of `rows` rows and one column.
fn value_info(name: &str, element: ElementType) -> Message {
    let rows = Message::new().text(2, "rows");
    let shape = Message::new().message(1, rows).message(1, Message::new().int(1, 1));
    let tensor = Message::new().int(1, element as i64).message(2, shape);
    Message::new().text(1, name).message(2, Message::new().message(1, tensor))
}
