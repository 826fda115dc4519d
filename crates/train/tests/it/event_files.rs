use crate::small_task::{InMemory, trained_by};

/// The masked CRC-32C of TFRecord, a bit at a time: an independent witness of the fast one.
fn masked_crc(data: &[u8]) -> u32 {
    let mut crc = u32::MAX;
    for byte in data {
        crc ^= u32::from(*byte);
        for _ in 0..8 {
            crc = if crc & 1 == 1 { crc >> 1 ^ 0x82f6_3b78 } else { crc >> 1 };
        }
    }
    (!crc).rotate_right(15).wrapping_add(0xa282_ead8)
}

/// The records of an event file; panics where the framing is wrong.
fn records(mut file: &[u8]) -> Vec<&[u8]> {
    let word = |bytes: &[u8]| u32::from_le_bytes(bytes.try_into().unwrap());
    let mut records = Vec::new();
    while !file.is_empty() {
        let length = u64::from_le_bytes(file[..8].try_into().unwrap()) as usize;
        assert_eq!(word(&file[8..12]), masked_crc(&file[..8]), "checksum of a length");
        let data = &file[12..12 + length];
        assert_eq!(word(&file[12 + length..16 + length]), masked_crc(data), "checksum of data");
        records.push(data);
        file = &file[16 + length..];
    }
    records
}

fn holds(record: &[u8], text: &str) -> bool {
    record.windows(text.len()).any(|window| window == text.as_bytes())
}

#[test]
fn each_run_has_a_file_of_whole_records_with_all_that_is_drawn() {
    let files = InMemory::default();
    let (_, training) = trained_by("mlp", 2, &files);
    for (run, file) in files.files() {
        let records = records(&file);
        assert!(holds(records[0], "brain.Event:2"), "{run}");
        let epochs = match run.as_str() {
            "final" => training.curve.len(),
            _ => {
                let folds = &training.cross_validation.as_ref().unwrap().folds;
                folds.iter().find(|fold| fold.run == run).unwrap().curve.len()
            }
        };
        let scalars = records.iter().filter(|record| holds(record, "auc/validation")).count();
        assert_eq!(scalars, epochs, "{run}: a point an epoch");
        for tag in ["loss/train", "weights/dense_1/kernel", "gradients/", "validation/pr_curves"] {
            assert!(records.iter().any(|record| holds(record, tag)), "{run} has no {tag}");
        }
        let last = records.last().unwrap();
        assert!(holds(last, "_hparams_/session_start_info") && holds(last, "learning_rate"));
    }
}
