//! Parquet files as logs: their rows are read as JSON lines are.

use std::sync::Arc;

use ::parquet::basic::{Compression as Packing, Encoding};
use ::parquet::data_type::{ByteArray, ByteArrayType, DoubleType, Int32Type, Int64Type};
use ::parquet::file::properties::{WriterProperties, WriterVersion};
use ::parquet::file::writer::SerializedFileWriter;
use ::parquet::schema::parser::parse_message_type;
use ingest::{Compression, FormatChoice, JsonFormat, NormaliseOptions, ReadErrorKind, ReadOptions};

use crate::support::{Folder, gzip, read_path, read_paths};

const BEGIN_MILLIS: i64 = 1_795_383_854_016;

/// A file of so many rows, in groups of ten.
fn file(rows: usize, packing: Packing, names: [&str; 4]) -> Vec<u8> {
    let properties = WriterProperties::builder().set_compression(packing).build();
    file_by(rows, properties, names)
}

fn file_by(rows: usize, properties: WriterProperties, names: [&str; 4]) -> Vec<u8> {
    let [time, client, method, target] = names;
    let schema = format!(
        "message log {{
            required int64 {time} (TIMESTAMP_MILLIS);
            required binary {client} (UTF8);
            required binary {method} (UTF8);
            required binary {target} (UTF8);
            required int32 status;
            optional binary user_agent (UTF8);
            required double duration_ms;
        }}"
    );
    let schema = Arc::new(parse_message_type(&schema).unwrap());
    let properties = Arc::new(properties);
    let mut bytes = Vec::new();
    let mut writer = SerializedFileWriter::new(&mut bytes, schema, properties).unwrap();
    let all: Vec<usize> = (0..rows).collect();
    for rows in all.chunks(10) {
        let texts = |text: &dyn Fn(&usize) -> String| -> Vec<ByteArray> {
            rows.iter().map(|row| text(row).as_str().into()).collect()
        };
        let times: Vec<i64> = rows.iter().map(|row| BEGIN_MILLIS + 1_000 * *row as i64).collect();
        let clients = texts(&|row| format!("192.0.2.{}", row % 250));
        let methods = texts(&|_| "GET".to_owned());
        let targets = texts(&|row| format!("/users/{row}?q=\"a\\b\""));
        // Every other row has an agent.
        let agents = vec![ByteArray::from("curl/8.6.0"); rows.len().div_ceil(2)];
        let levels: Vec<i16> = rows.iter().map(|row| i16::from(row % 2 == 0)).collect();
        let (statuses, latencies) = (vec![200; rows.len()], vec![12.5; rows.len()]);
        let mut group = writer.next_row_group().unwrap();
        for place in 0..7 {
            let mut column = group.next_column().unwrap().unwrap();
            match place {
                0 => column.typed::<Int64Type>().write_batch(&times, None, None),
                1 => column.typed::<ByteArrayType>().write_batch(&clients, None, None),
                2 => column.typed::<ByteArrayType>().write_batch(&methods, None, None),
                3 => column.typed::<ByteArrayType>().write_batch(&targets, None, None),
                4 => column.typed::<Int32Type>().write_batch(&statuses, None, None),
                5 => column.typed::<ByteArrayType>().write_batch(&agents, Some(&levels), None),
                _ => column.typed::<DoubleType>().write_batch(&latencies, None, None),
            }
            .unwrap();
            column.close().unwrap();
        }
        group.close().unwrap();
    }
    writer.close().unwrap();
    bytes
}

const USUAL: [&str; 4] = ["time", "client_ip", "method", "url"];

#[test]
fn rows_are_requests_whatever_the_pages_are_packed_with() {
    let folder = Folder::new();
    for (name, packing) in [
        ("plain", Packing::UNCOMPRESSED),
        ("snappy", Packing::SNAPPY),
        ("zstd", Packing::ZSTD(Default::default())),
    ] {
        let mut outcome = read_path(&folder.file(name, &file(25, packing, USUAL))).unwrap();
        let source = &outcome.report().sources[0];
        assert_eq!((source.format.as_str(), source.compression), ("json", Compression::Parquet));
        assert_eq!((outcome.events.len(), source.rejects, source.lines), (25, 0, 25), "{name}");
        let last = outcome.events[24];
        assert_eq!(last.time.to_string(), "2026-11-22T21:44:38.016Z");
        assert_eq!((last.status, last.latency_micros), (200, 12_500));
        let agents = outcome.events.iter().filter(|it| it.agent == outcome.events[0].agent);
        assert_eq!(agents.count(), 13);
        let line = outcome.reading.excerpts.fetch([last.position]);
        assert!(line[0].1.contains("/users/24"), "{line:?}");
    }
}

#[test]
fn a_file_that_is_packed_as_a_whole_is_laid_down_and_read() {
    let folder = Folder::new();
    let packed = gzip(&file(25, Packing::SNAPPY, USUAL));
    let outcome = read_path(&folder.file("log.parquet.gz", &packed)).unwrap();
    assert_eq!(outcome.events.len(), 25);
}

#[test]
fn values_by_their_differences_are_read() {
    let folder = Folder::new();
    for (encoding, version) in [
        (Encoding::DELTA_BYTE_ARRAY, WriterVersion::PARQUET_1_0),
        (Encoding::DELTA_LENGTH_BYTE_ARRAY, WriterVersion::PARQUET_2_0),
    ] {
        let mut properties = WriterProperties::builder()
            .set_dictionary_enabled(false)
            .set_writer_version(version)
            .set_compression(Packing::ZSTD(Default::default()));
        for column in ["client_ip", "url", "user_agent"] {
            properties = properties.set_column_encoding(column.into(), encoding);
        }
        let outcome =
            read_path(&folder.file("d", &file_by(25, properties.build(), USUAL))).unwrap();
        assert_eq!(outcome.events.len(), 25, "{encoding}");
    }
}

/// A file of one row, plain, and a page whose head begins after the magic.
fn small() -> Vec<u8> {
    let properties = WriterProperties::builder().set_dictionary_enabled(false).build();
    file_by(1, properties, USUAL)
}

/// The same with other bytes in place of those.
fn patched(at: usize, old: &[u8], new: &[u8]) -> Vec<u8> {
    let mut bytes = small();
    assert_eq!(&bytes[at..at + old.len()], old);
    bytes.splice(at..at + old.len(), new.iter().copied());
    bytes
}

#[test]
fn what_a_page_claims_is_not_believed_beyond_a_limit() {
    let folder = Folder::new();
    assert_eq!(read_path(&folder.file("a", &small())).unwrap().events.len(), 1);
    // The kind of page, eight bytes unpacked: two GiB less one.
    let huge = [0x15, 0x00, 0x15, 0xfe, 0xff, 0xff, 0xff, 0x0f];
    let told = |bytes: &[u8]| read_path(&folder.file("a", bytes)).map(|_| ()).unwrap_err();
    let error = told(&patched(4, &[0x15, 0x00, 0x15, 0x10], &huge));
    let rule = "pages that need 2147483655 bytes at a time: must be at most 1073741824";
    assert!(error.to_string().contains(rule), "{error}");
    assert!(error.kind.is_unusable_data());
    let twice = [0x15, 0x00, 0x15, 0x10, 0x05, 0x04, 0x10];
    let error = told(&patched(4, &[0x15, 0x00, 0x15, 0x10], &twice));
    assert!(error.to_string().contains("a size that is told twice"), "{error}");
}

#[test]
fn what_a_file_claims_is_not_believed_beyond_a_limit() {
    let folder = Folder::new();
    let told = |bytes: &[u8]| read_path(&folder.file("a", bytes)).map(|_| ()).unwrap_err();
    let bytes = small();
    let end = bytes.len() - 8;
    let length = u32::from_le_bytes(bytes[end..end + 4].try_into().unwrap()) as usize;
    // Version 2, a schema whose root has seven columns.
    let footer = &bytes[end - length..end];
    let root = [b"\x48\x03log".as_slice(), &[0x15, 14]].concat();
    let at = memchr::memmem::find(footer, &root).expect("the root has a name and its columns");
    let with_footer = |footer: &[u8]| {
        let told = (footer.len() as u32).to_le_bytes();
        [&bytes[..end - length], footer, &told, b"PAR1"].concat()
    };
    let many = [&footer[..at + 6], &[0xfe, 0xff, 0xff, 0xff, 0x0f], &footer[at + 7..]].concat();
    let error = told(&with_footer(&many));
    assert!(error.to_string().contains("2147483647 columns: must be"), "{error}");
}

#[test]
fn columns_of_ones_own_go_by_a_field_map() {
    let folder = Folder::new();
    let own = ["wann", "wer", "wie", "was"];
    let path = folder.file("own.parquet", &file(12, Packing::SNAPPY, own));
    let error = read_path(&path).map(|_| ()).unwrap_err();
    assert!(matches!(error.kind, ReadErrorKind::Unrecognised { .. }), "{error}");
    let slots = ["time", "client", "method", "target"];
    let fields: Vec<_> = own.into_iter().zip(slots).collect();
    let format = FormatChoice::Json(Box::new(JsonFormat::with_fields(&fields).unwrap()));
    let options = ReadOptions { format, ..ReadOptions::default() };
    let outcome = read_paths(&[&path], &options, NormaliseOptions::default()).unwrap();
    assert_eq!(outcome.events.len(), 12);
}

#[test]
fn a_damaged_file_is_an_error_or_is_read_up_to_the_damage() {
    let folder = Folder::new();
    let whole = file(30, Packing::SNAPPY, USUAL);
    let path = folder.file("cut.parquet", &whole[..whole.len() / 2]);
    let error = read_path(&path).map(|_| ()).unwrap_err();
    assert!(error.to_string().contains("damaged or unsupported parquet file: "), "{error}");
    assert!(error.kind.is_unusable_data());
    let mut damaged = 0;
    for at in (4..whole.len()).step_by(7) {
        let mut bytes = whole.clone();
        bytes[at] ^= 0x55;
        match read_path(&folder.file("damaged.parquet", &bytes)) {
            Ok(outcome) => {
                damaged += usize::from(outcome.report().sources[0].damage.is_some());
                assert!(outcome.events.len() <= 30);
            }
            Err(_) => damaged += 1,
        }
    }
    assert!(damaged > whole.len() / 7 / 4, "{damaged} of {}", whole.len() / 7);
}
