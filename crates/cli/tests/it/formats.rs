//! `parse` and `formats detect`: what logs say, and what they are.

use crate::program::Folder;
use crate::traffic::line;

const JSON: &str = "{\"time\":\"2026-11-22T21:00:00.250Z\",\"remote_addr\":\"10.0.0.1\",\
                    \"http_x_forwarded_for\":\"198.51.100.7\",\"request_method\":\"POST\",\
                    \"request_uri\":\"/login?token=hush0123\",\"status\":401,\"request_time\":0.016,\
                    \"http_authorization\":\"Bearer hush0123\",\"http_user_agent\":\"a\\u001b[31m,b\"}\n";

#[test]
fn requests_are_written_in_one_form_whatever_the_format() {
    let folder = Folder::with_log(format!("{JSON}rubbish\n"));
    let trusting = ["parse", "access.log", "--trusted-proxy", "10.0.0.1"];
    let ran = folder.run(&trusting).ends_with(0);
    let expected = "{\"source\":\"access.log\",\"offset\":0,\"time\":\"2026-11-22T21:00:00.250Z\",\
                    \"client\":\"198.51.100.7\",\"peer\":\"10.0.0.1\",\"forwarded\":\"198.51.100.7\",\
                    \"user\":null,\"credential\":\"";
    assert!(ran.out.starts_with(expected), "{}", ran.out);
    let rest = "\"credential_kind\":\"token\",\"method\":\"POST\",\
                \"target\":\"/login?token=[redacted]\",\"host\":null,\"referer\":null,\
                \"user_agent\":\"a\\u001b[31m,b\",\"status\":401,\"response_bytes\":null,\
                \"request_bytes\":null,\"latency_us\":16000}\n";
    assert!(ran.out.ends_with(rest), "{}", ran.out);
    assert_eq!(ran.out.lines().count(), 1);
    assert!(!ran.out.contains("hush"));
    let ran = folder.run(&["parse", "access.log", "-o", "csv"]).ends_with(0);
    let mut lines = ran.out.lines();
    assert!(lines.next().expect("a header").starts_with("source,offset,time,client,peer,"));
    let row = lines.next().expect("a row");
    assert!(row.starts_with("access.log,0,2026-11-22T21:00:00.250Z,10.0.0.1,10.0.0.1,"), "{row}");
    assert!(row.contains("\"a\\u{1b}[31m,b\",401,,,16000"), "{row}");
}

#[test]
fn what_parse_cannot_read_ends_as_elsewhere() {
    let log = format!("{}rubbish\n", line("192.0.2.1", 0, "GET /a", 200));
    let folder = Folder::with_log(log);
    let ran = folder.run(&["parse", "access.log", "--max-rejects", "10%"]).ends_with(65);
    assert_eq!(ran.out.lines().count(), 1, "{}", ran.out);
    assert!(ran.err.contains("1 of 2 lines could not be read: at most 10 % may be"), "{}", ran.err);
    folder.run(&["parse", "absent.log"]).fails(66, "absent.log: no such file");
}

#[test]
fn a_verdict_can_be_kept_and_settles_the_format_of_that_log_alone() {
    let folder = Folder::with_log(JSON);
    let found = folder.run(&["formats", "detect", "access.log"]).ends_with(0).out;
    let expected =
        "[read.formats]\n# nginx_json (100 % of 1 lines)\n\"access.log\" = \"nginx_json\"\n";
    assert_eq!(found, expected);
    folder.write("apiwarden.toml", found.replace("nginx_json\"", "caddy\""));
    folder.write("other.log", JSON);
    let ran = folder.run(&["parse", "access.log", "other.log"]).ends_with(0);
    assert!(ran.out.starts_with("{\"source\":\"other.log\""), "{}", ran.out);
    let ran = folder.run(&["parse", "access.log", "--format", "json"]).ends_with(0);
    assert!(ran.out.starts_with("{\"source\":\"access.log\""), "{}", ran.out);
    folder.write("apiwarden.toml", "[read.formats]\n\"*.log\" = \"cady\"\n");
    let ran = folder.run(&["parse", "access.log"]);
    assert!(ran.err.contains("cady") && ran.err.contains("must be one of"), "{}", ran.err);
}

#[test]
fn verdicts_are_kept_in_the_configuration_and_nothing_else_changes() {
    let folder = Folder::with_log(JSON);
    let ran = folder.run(&["formats", "detect", "--save", "access.log"]).ends_with(0);
    assert!(ran.out.ends_with("# kept in apiwarden.toml\n"), "{}", ran.out);
    let kept = "[read.formats]\n\"access.log\" = \"nginx_json\"\n";
    assert_eq!(folder.read("apiwarden.toml"), kept);
    let own = "# ours\n[read]\ntimezone = \"UTC\"   # why\n";
    folder.write("own.toml", own);
    let keep = ["formats", "detect", "--save", "access.log", "--config", "own.toml"];
    folder.run(&keep).ends_with(0);
    assert_eq!(folder.read("own.toml"), format!("{own}\n{kept}"));
    let ran = folder
        .shell("chmod a-w own.toml; $aw formats detect --save *.log --format json -c own.toml");
    let ran = ran.ends_with(78);
    assert!(ran.out.contains("\"access.log\" = \"json\""), "{}", ran.out);
    assert!(ran.err.contains("own.toml: cannot keep the lines there"), "{}", ran.err);
    assert_eq!(folder.read("own.toml"), format!("{own}\n{kept}"));
}

#[test]
fn a_table_may_have_columns_of_its_own_names() {
    let folder =
        Folder::with_log("wann;wer;was;ergebnis\n2026-11-22T21:00:00Z;192.0.2.7;/a/1;404\n");
    let map = "[read]\nformat = \"csv\"\n[read.fields]\ntime = \"wann\"\nclient = \"wer\"\n\
               target = \"was\"\nstatus = \"ergebnis\"\n";
    folder.write("apiwarden.toml", map);
    let ran = folder.run(&["parse", "access.log", "-o", "csv"]).ends_with(0);
    let row = ran.out.lines().nth(1).expect("a row");
    assert!(row.starts_with("access.log,22,2026-11-22T21:00:00Z,192.0.2.7,"), "{row}");
    assert!(row.contains(",/a/1,,,,404,"), "{row}");
}

#[test]
fn a_field_map_fits_lines_and_tables_alike() {
    let table = "wann;wer;was;ergebnis\n2026-11-22T21:00:00Z;192.0.2.7;/a/1;404\n";
    let folder = Folder::with_log(table);
    let object = "{\"wann\":\"2026-11-22T21:00:00Z\",\"wer\":\"192.0.2.7\",\"was\":\"/a/2\"}\n";
    folder.write("lines.log", object);
    let map = "[read.fields]\ntime = \"wann\"\nclient = \"wer\"\ntarget = \"was\"\n\
               status = \"ergebnis\"\n";
    folder.write("apiwarden.toml", map);
    let ran = folder.run(&["parse", "access.log", "lines.log", "-o", "csv"]).ends_with(0);
    assert!(ran.out.contains(",/a/1,,,,404,") && ran.out.contains(",/a/2,"), "{}", ran.out);
    assert_eq!(ran.err, "");
}

#[test]
fn a_log_that_changes_its_format_says_so() {
    let calls: String = (0..300).map(|at| line("192.0.2.1", at, "GET /a", 200)).collect();
    let ssh = "Nov 22 21:44:14 host sshd[1]: Failed password for root\n".repeat(200);
    let ran = Folder::with_log(calls.clone() + &ssh).run(&["detect", "access.log"]).ends_with(0);
    let told = ran.out.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(told.contains("; the rest looks like sshd behind syslog (rfc3164) lines"), "{told}");
    let ran = Folder::with_log(calls + &JSON.repeat(200)).run(&["detect", "access.log"]);
    let told = ran.ends_with(0).out.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(told.contains("; after 300 lines nginx_json as well lines"), "{told}");
}

#[test]
fn json_whose_time_cannot_be_read_is_said_to_be_that() {
    let call = call("yesterday");
    let folder = Folder::with_log(&call);
    let ran = folder.run(&["parse", "access.log"]).ends_with(65);
    assert!(ran.err.contains("looks like JSON with an invalid time \"yesterday\";"), "{}", ran.err);
    let ran = folder.run(&["explain", "--line", call.trim_end()]).ends_with(0);
    assert!(ran.out.contains("\njson comes furthest, to column "), "{}", ran.out);
    assert!(ran.out.contains("^ invalid time"), "{}", ran.out);
}

#[test]
fn lines_too_long_to_be_read_are_no_unknown_format() {
    let long =
        format!("{}{}\n", line("192.0.2.1", 0, "GET /a", 200).trim_end(), "x".repeat(70_000));
    let ran = Folder::with_log(&long).run(&["parse", "access.log"]);
    let rule = format!(
        "access.log: the first line has {} bytes, and no line here is shorter than what is read: \
         65536 (read.max_line_bytes)",
        long.len() - 1
    );
    ran.fails(65, &rule);
    let folder = Folder::with_log(line("192.0.2.1", 0, "GET /a", 200).repeat(3));
    folder.write("apiwarden.toml", "[read]\nmax_line_bytes = 20\n");
    let ran = folder.run(&["parse", "access.log"]).ends_with(65);
    assert!(ran.err.contains("no line here is shorter than what is read: 20 ("), "{}", ran.err);
}

/// A call whose time carries neither offset nor, behind syslog, a year.
fn call(time: &str) -> String {
    let rest = "\"ip\":\"192.0.2.7\",\"method\":\"GET\",\"url\":\"/a\",\"status\":200}\n";
    format!("{{\"time\":\"{time}\",{rest}")
}

#[test]
fn a_zone_holds_for_all_logs_or_for_some_and_the_flag_sets_the_file_aside() {
    let folder = Folder::with_log(call("2015-07-01 12:00:00"));
    let time_by = |arguments: &[&str]| {
        let ran = folder.run(&[&["parse", "access.log"], arguments].concat()).ends_with(0);
        ran.out.split("\"time\":\"").nth(1).expect("a time")[11..20].to_owned()
    };
    assert_eq!(time_by(&["--tz", "Europe/Berlin"]), "10:00:00Z");
    assert_eq!(time_by(&["--tz", "acc*=Europe/Berlin", "--tz", "-05:00"]), "10:00:00Z");
    assert_eq!(time_by(&["--tz", "other*=Europe/Berlin", "--tz", "-05:00"]), "17:00:00Z");
    let ran = folder.run(&["parse", "access.log", "--tz", "other*=Europe/Berlin"]).ends_with(0);
    assert_eq!(ran.err, "note: read.timezones: \"other*\" fits no log\n");
    folder.write("apiwarden.toml", "[read.timezones]\n\"*.log\" = \"Asia/Kolkata\"\n");
    assert_eq!(time_by(&[]), "06:30:00Z");
    assert_eq!(time_by(&["--tz", "UTC"]), "12:00:00Z");
    let ran = folder.run(&["parse", "access.log", "--tz", "*.log=Middle/Earth"]);
    let rule = "invalid --tz \"*.log = Middle/Earth\": must be an IANA name, UTC or +hh:mm";
    ran.fails(2, rule);
}

#[test]
fn what_is_assumed_of_times_is_said() {
    let folder = Folder::with_log(call("2015-07-01 14:00:00"));
    let ran = folder.shell("touch -d 2015-07-01T12:00:01Z access.log; $aw parse access.log");
    let ran = ran.ends_with(0);
    let doubt = "note: access.log: times carry no offset and were read as UTC: the last is \
                 2015-07-01T14:00:00Z, but the file was written at 2015-07-01T12:00:01Z. If its clock is \
                 not UTC, say --tz 'access.log=+02:00' or the zone's name\n";
    assert_eq!(ran.err, doubt);
    let ran = folder.run(&["parse", "access.log", "--tz", "access.log=+02:00"]).ends_with(0);
    assert_eq!(ran.err, "");
    folder.write("access.log", format!("Jul  1 14:07:00 web1 api: {}", call("")));
    let ran = folder.shell("touch -d 2015-08-01T12:00:01Z access.log; $aw detect access.log");
    let ran = ran.ends_with(0);
    assert!(ran.out.contains("access.log: year taken from the file's date: 2015"), "{}", ran.out);
    let stream = folder.shell("$aw parse - < access.log; $aw parse -q - < access.log").ends_with(0);
    let assumed = "note: -: no file to take the year from, so that of today is assumed: 2";
    assert!(stream.err.starts_with(assumed), "{}", stream.err);
    assert_eq!(stream.err.lines().count(), 1);
    assert!(stream.out.contains("-07-01T14:07:00Z"));
}

#[test]
fn every_command_on_logs_says_what_it_could_not_read() {
    let calls: String = (0..30).map(|at| call(&format!("2015-07-01 14:00:{at:02}"))).collect();
    let size = calls.len();
    let folder = Folder::with_log(format!("{calls}rubbish\n"));
    for command in ["parse access.log", "features access.log"] {
        let ran = folder.shell(&format!("$aw {command}")).ends_with(0);
        let told = "note: 1 of 31 lines could not be read: --rejects FILE keeps them. The first: \
                    access.log:";
        assert!(ran.err.starts_with(&format!("{told}{size} column 1: ")), "{}", ran.err);
        assert_eq!(folder.shell(&format!("$aw -q {command}")).ends_with(0).err, "");
    }
}

#[test]
fn every_command_on_logs_says_what_is_assumed_of_times() {
    let calls: String = (0..60)
        .map(|at| format!("Jul  1 14:0{}:{:02} web1 api: {}", at / 10, at % 10 * 5, call("")))
        .collect();
    let folder = Folder::with_log(calls);
    folder.write(
        "truth.csv",
        "campaign,label,threat_type,source_ips,first_request,last_request\n\
         P1,attack,brute_force,192.0.2.7,2015-07-01T14:00:00Z,2015-07-01T15:00:00Z\n",
    );
    let told = folder.shell("touch -d 2015-08-01T12:00:01Z access.log; $aw parse access.log");
    let note = told.ends_with(0).err;
    assert!(note.starts_with("note: access.log: year taken from the file's date: 2015"), "{note}");
    for command in [
        &["features", "access.log"][..],
        &["train", "access.log", "-o", "a.bundle"],
        &["backtest", "access.log", "--truth", "truth.csv"],
    ] {
        let ran = folder.run(command);
        assert_eq!(ran.err.matches(&note).count(), 1, "{command:?}: {}", ran.err);
    }
}
