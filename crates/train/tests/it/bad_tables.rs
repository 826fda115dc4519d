use train::labels::{Labels, Task};
use train::table::{Format, Table, infer};

/// Reads a table as `train` would and gives the error, or what became of the columns.
fn read(text: &str) -> String {
    let outcome = Table::parse(Format::Csv, text.as_bytes().to_vec()).and_then(|table| {
        let labels = Labels::read(&table, "label", &[], Task::Binary)?;
        let (columns, left_out) = infer(&table, &["label".to_owned()], &[])?;
        Ok(format!("{} rows, {columns:?}, {left_out:?}", labels.ids.len()))
    });
    outcome.unwrap_or_else(|error| {
        assert_eq!(error.kind().exit_code(), 65, "{error}");
        error.to_string()
    })
}

/// Two good rows of each class around one more.
fn with_row(row: &str) -> String {
    format!("a,b,label\n1,x,normal\n2,y,normal\n3,x,outlier\n{row}\n4,y,outlier\n")
}

#[test]
fn every_fault_names_its_column_and_row() {
    let check = |text: &str, expect: &str| assert_eq!(read(text), expect, "for {text:?}");
    check("a,b\n1,2\n", "missing label column \"label\": the table has a, b");
    check("a,label\n", "empty table: 2 columns and no row");
    check(
        "a;label\n1;normal\n",
        "one column \"a;label\": values must be set apart by commas, these seem to be by semicolons",
    );
    check("", "empty table: it has no columns");
    check(
        "a,label\n1,normal\n2,normal\n",
        "constant label \"normal\" in column \"label\": two classes are wanted",
    );
    check(
        "a,label\n1,normal\n2,normal\n3,outlier\n",
        "class \"outlier\" of label column \"label\" has one row, row 3: at least two are wanted; \
         take the row out or join the class to another",
    );
    check(
        "a,label\n1,normal\n2,normal\n3,bot\n4,bot\n5,attack\n6,attack\n",
        "label column \"label\" has 3 classes where two are wanted: attack (2), bot (2), \
         normal (2); name those to be found, for example --positive attack,bot",
    );
    check(
        "a,label\n1,a\n2,a\n3,b\n4,b\n5,b\n",
        "unclear which class of label column \"label\" is to be found: a (2), b (3); name it, for \
         example --positive b",
    );
    check(
        "a,label\n1,no\n2,no\n3,normal\n4,normal\n",
        "unclear which class of label column \"label\" is to be found: no (2), normal (2); name it, \
         for example --positive normal",
    );
    check(
        "a,label\n1,normal\n2,\n",
        "missing label \"\" in column \"label\", row 2: every row needs one",
    );
    check(
        "a,b,a,label\n1,2,3,normal\n",
        "duplicate column \"a\": columns 1 and 3 bear that name; rename one",
    );
    check(
        &with_row("5,z"),
        "ragged row 4 (line 5): 2 fields, the header has 3; the first without a value is \"label\"",
    );
    check(
        &with_row("5,z,normal,9"),
        "ragged row 4 (line 5): 4 fields, the header has 3; there is no column for the last",
    );
    check(
        &with_row("inf,x,normal"),
        "invalid number \"inf\" in column \"a\", row 4: a number must be finite",
    );
    check(
        &with_row("1e999,x,normal"),
        "invalid number \"1e999\" in column \"a\", row 4: a number must be finite",
    );
    check(
        &with_row("NaN,x,normal"),
        "invalid number \"NaN\" in column \"a\", row 4: NaN is no measurement; leave the cell \
         empty, or name the text with --missing",
    );
    check(
        &with_row("\"1,234\",x,normal"),
        "invalid number \"1,234\" in column \"a\", row 4: write numbers without commas",
    );
}

#[test]
fn a_text_in_a_column_of_numbers_is_a_fault_and_not_a_category() {
    let rows: String =
        (0..30).map(|n| format!("{},{}\n", n * n, ["normal", "bot"][n % 2])).collect();
    let said = read(&format!("a,label\n{rows}\u{1b}[31m,bot\n"));
    assert!(said.starts_with("invalid number \"\\u{1b}[31m\" in column \"a\", row 31: "), "{said}");
}

#[test]
fn an_empty_cell_is_a_missing_value() {
    assert!(read(&with_row(",,normal")).contains("Numeric([1.0, 2.0, 3.0, NaN, 4.0])"));
}

#[test]
fn the_three_formats_give_the_same_columns() {
    let csv = "a,b,label\n1.5,x,normal\n,y,bot\n";
    let lines = "{\"a\":1.5,\"b\":\"x\",\"label\":\"normal\"}\n\n{\"label\":\"bot\",\"b\":\"y\"}\n";
    let parse = |format, text: &str| Table::parse(format, text.as_bytes().to_vec()).unwrap();
    let (csv, lines) = (parse(Format::Csv, csv), parse(Format::JsonLines, lines));
    let parquet = include_bytes!("small.parquet").to_vec();
    let parquet = Table::parse(Format::Parquet, parquet).unwrap();
    assert_eq!(lines.columns(), parquet.columns());
    // CSV alone does not say which cells are texts.
    assert_eq!(lines.columns().iter().map(|it| it.texts).collect::<Vec<_>>(), [false, true, true]);
    assert!(csv.columns().iter().all(|it| !it.texts));
    for (csv, lines) in csv.columns().iter().zip(lines.columns()) {
        assert_eq!((&csv.name, &csv.cells), (&lines.name, &lines.cells));
    }
}

#[test]
fn a_damaged_parquet_file_is_an_error() {
    let whole = include_bytes!("small.parquet");
    for length in 4..whole.len() {
        let cut = whole[..length].to_vec();
        assert!(Table::parse(Format::Parquet, cut).is_err(), "cut to {length} bytes");
    }
}

#[test]
fn what_a_parquet_table_claims_is_not_believed_beyond_a_limit() {
    let whole = include_bytes!("small.parquet");
    let told =
        |bytes: &[u8]| Table::parse(Format::Parquet, bytes.to_vec()).unwrap_err().to_string();
    // The head of the first page, eight bytes unpacked: two GiB less one.
    let (head, huge) = ([0x15, 0x04, 0x15, 0x10], [0x15, 0x04, 0x15, 0xfe, 0xff, 0xff, 0xff, 0x0f]);
    assert_eq!(whole[4..8], head);
    let error = told(&[&whole[..4], &huge, &whole[8..]].concat());
    assert!(error.contains(" bytes at a time: must be at most 1073741824"), "{error}");
    // The length of the description at the end.
    let end = whole.len() - 8;
    let error = told(&[&whole[..end], &u32::MAX.to_le_bytes(), b"PAR1"].concat());
    assert!(error.contains("a description of 4294967295 bytes: must be at most"), "{error}");
}

#[test]
fn a_parquet_table_with_any_byte_damaged_is_read_or_refused() {
    let whole = include_bytes!("small.parquet");
    let mut refused = 0;
    for at in 4..whole.len() {
        for flip in [0x01, 0x55, 0x80, 0xff] {
            let mut bytes = whole.to_vec();
            bytes[at] ^= flip;
            match Table::parse(Format::Parquet, bytes) {
                Ok(table) => assert_eq!(table.rows(), 2, "byte {at}"),
                Err(_) => refused += 1,
            }
        }
    }
    assert!(refused > whole.len(), "{refused} of {}", 4 * whole.len());
}
