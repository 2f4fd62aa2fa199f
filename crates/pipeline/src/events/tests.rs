use crate::{EventKind, PrivacyAction, Project, SourceFile, parse};

const TABLE: &str = "description = \"p\"\n[events]\ndescription = \"e\"\n[events.tables.posts]\ndescription = \"t\"\n";
/// How many lines it has.
const LINES: usize = 5;

fn outcome(files: &[(&str, &str)]) -> Result<Project, String> {
    let files: Vec<SourceFile> =
        files.iter().map(|(path, text)| SourceFile { path: (*path).to_owned(), text: (*text).to_owned() }).collect();
    parse(&files).map_err(|problems| problems.to_string())
}

/// The problems of these keys, which are those of the table `posts` and what follows it. `1:` is the keys' first line.
fn check(keys: &str, expected: &[&str]) {
    let problems = outcome(&[("p/pipeline.toml", &format!("{TABLE}{keys}"))]).err().unwrap_or_default();
    let problems: Vec<String> = problems
        .lines()
        .map(|line| {
            let (number, rest) = line.strip_prefix("p/pipeline.toml:").unwrap().split_once(':').unwrap();
            let number = i64::try_from(number.parse::<usize>().unwrap()).unwrap() - i64::try_from(LINES).unwrap();
            format!("{number}:{rest}").replace("events.tables.posts", "posts")
        })
        .collect();
    assert_eq!(problems, expected, "{keys}");
}

#[test]
fn a_pipeline_may_have_events_and_no_dataset() {
    let keys = "type = \"track\"\nevent = \"Post Created\"\n[events.tables.posts.columns]\npost_id = { type = \"bigint\" }\n\
                library = { path = \"context.library.name\", type = \"string\" }\n[events.tables.users]\ndescription = \"u\"\n\
                type = \"identify\"\n[events.tables.users.columns]\nplan = { type = \"string\" }\n\
                [events.privacy]\ndrop = [\"context.ip\"]\nhash = [\"traits.email\"]\n";
    let project = outcome(&[("p/pipeline.toml", &format!("{TABLE}{keys}"))]).unwrap();
    let events = project.events().unwrap();
    let columns: Vec<String> = events
        .tables
        .iter()
        .flat_map(|table| {
            table.columns.iter().map(|c| format!("{}.{} {} {:?}", table.name, c.name, c.path, c.data_type))
        })
        .collect();
    let expected = [
        "posts.library context.library.name String",
        "posts.post_id properties.post_id Bigint",
        "users.plan traits.plan String",
    ];
    assert_eq!(columns, expected);
    assert_eq!(events.tables[0].kind, EventKind::Track { event: "Post Created".to_owned() });
    let rules: Vec<_> = events.privacy.iter().map(|rule| (rule.path.as_str(), rule.action)).collect();
    assert_eq!(rules, [("context.ip", PrivacyAction::Drop), ("traits.email", PrivacyAction::Hash)]);
    let table = |kind, event| events.table(kind, event).map(|table| table.name.as_str());
    assert_eq!(table("track", Some("Post Created")), Some("posts"));
    assert_eq!(table("track", Some("post created")), None);
    assert_eq!(table("track", None), None);
    assert_eq!(table("identify", Some("Post Created")), Some("users"));
    assert_eq!(table("page", None), None);
}

#[test]
fn a_pipeline_without_datasets_and_events_is_none() {
    let problems = outcome(&[("p/pipeline.toml", "description = \"p\"\n")]).unwrap_err();
    let expected =
        "p/pipeline.toml:1:1: the pipeline has neither datasets nor events; write [datasets.<name>] or [events]";
    assert_eq!(problems, expected);
}

#[test]
fn one_pipeline_has_the_events() {
    let text = format!("{TABLE}type = \"page\"\n");
    let problems = outcome(&[("a/pipeline.toml", &text), ("b/pipeline.toml", &text)]).unwrap_err();
    let expected = "b/pipeline.toml:2:1: events: the pipeline \"a\" has events already, and one pipeline has all of them; \
                    move these tables there";
    assert_eq!(problems, expected);
}

#[test]
fn types_and_events() {
    check("type = \"page\"", &[]);
    check(
        "type = \"trak\"",
        &[
            "1:8: posts.type: \"trak\" is not one of track, identify, page, screen, group, alias; did you mean \"track\"?",
        ],
    );
    check("", &["-1:1: posts: the key \"type\" is missing; its meaning: The type of call that the table takes"]);
    let write = "write the name that the application sends, such as event = \"Post Created\"";
    check("type = \"track\"", &[&format!("-1:1: posts.event: type = \"track\" needs an event; {write}")]);
    check("type = \"track\"\nevent = \" \"", &[&format!("2:9: posts.event: \" \" cannot be an event's name; {write}")]);
    check("type = \"track\"\nevent = 5", &["2:9: posts.event: expected a text in quotes, found the number 5"]);
    check(
        "type = \"page\"\nevent = \"x\"",
        &["2:9: posts.event: only type = \"track\" has an event; delete it, or set type = \"track\""],
    );
}

#[test]
fn two_tables_never_take_the_same_events() {
    let second = "\n[events.tables.zwei]\ndescription = \"z\"\n";
    check(
        &format!("type = \"track\"\nevent = \"A\"{second}type = \"track\"\nevent = \"A\""),
        &["6:9: events.tables.zwei.event: the table \"posts\" takes the event \"A\" already; delete one of the tables"],
    );
    check(&format!("type = \"track\"\nevent = \"A\"{second}type = \"track\"\nevent = \"a\""), &[]);
    check(
        &format!("type = \"page\"{second}type = \"page\""),
        &[
            "4:8: events.tables.zwei.type: the table \"posts\" takes the type \"page\" already; delete one of the tables",
        ],
    );
}

#[test]
fn names_of_tables() {
    let name = |name: &str, expected: &[&str]| {
        check(&format!("type = \"page\"\n[events.tables.{name}]\ndescription = \"z\"\ntype = \"group\""), expected);
    };
    name("a_1", &[]);
    let help = "a table's name is made of a-z, 0-9 and _, and begins with a letter";
    name("Users", &[&format!("2:1: events.tables.Users: \"Users\" cannot be a table's name; {help}")]);
    name("_users", &[&format!("2:1: events.tables._users: \"_users\" cannot be a table's name; {help}")]);
    name(
        "other_x",
        &["2:1: events.tables.other_x: \"other_x\" is reserved for events that belong to no table; rename the table"],
    );
    name(
        "mixed",
        &["2:1: events.tables.mixed: \"mixed\" is reserved for events that belong to no table; rename the table"],
    );
    let long = "x".repeat(61);
    name(&long, &[&format!("2:1: events.tables.{long}: the name has 61 bytes, and at most 60 fit")]);
}

#[test]
fn columns_and_their_paths() {
    let column = |line: &str, expected: &[&str]| {
        check(&format!("type = \"page\"\n[events.tables.posts.columns]\n{line}"), expected);
    };
    column("_a1 = { type = \"date\" }", &[]);
    column("Id = { type = \"int\" }", &["3:6: posts.columns.Id: \"Id\" cannot be a column's name; write id"]);
    column(
        "\"1 a\" = { type = \"int\" }",
        &["3:9: posts.columns.\"1 a\": \"1 a\" cannot be a column's name; a column's name is made of a-z, 0-9 and _, \
           and does not begin with a digit"],
    );
    column(
        "dt = { type = \"date\" }",
        &["3:6: posts.columns.dt: \"dt\" is the partition of every table; rename the column"],
    );
    column(
        "user_id = { type = \"string\" }",
        &["3:11: posts.columns.user_id: every table has a column \"user_id\" already; delete it, or rename the column"],
    );
    column(
        "a = { type = \"strnig\" }",
        &[
            "3:14: posts.columns.a.type: \"strnig\" is not one of string, boolean, int, bigint, double, date, timestamp; \
           did you mean \"string\"?",
        ],
    );
    column("a = {}\na = {}", &["4:1: this is no TOML: duplicate key"]);
    let help = "write the names from the top of the event, with dots between: properties.post_id";
    for bad in ["", ".a", "a.", "a..b", "a. b", "a[0]", "$.a", "a.*"] {
        column(
            &format!("a = {{ type = \"int\", path = \"{bad}\" }}"),
            &[&format!("3:28: posts.columns.a.path: \"{bad}\" is no path; {help}")],
        );
    }
    column(
        "a = { type = \"int\", path = \"propertes.post_id\" }",
        &["3:28: posts.columns.a.path: an event has no \"propertes\"; did you mean \"properties.post_id\"?"],
    );
    column("a = { type = \"int\", path = \"tenant.id\" }", &[]);
    check(
        "type = \"alias\"\n[events.tables.posts.columns]\na = { type = \"string\" }",
        &["3:5: posts.columns.a: a column of type = \"alias\" needs a path; write path = \"previousId\", for instance"],
    );
}

#[test]
fn rules_of_privacy() {
    let rules =
        |lines: &str, expected: &[&str]| check(&format!("type = \"page\"\n[events.privacy]\n{lines}"), expected);
    rules("drop = [\"context.ip\"]\nmask = [\"context.ipv6\", \"traits.phone\"]", &[]);
    rules("drp = []", &["3:1: events.privacy.drp: unknown key \"drp\"; did you mean \"drop\"?"]);
    rules(
        "hash = [\"type\"]",
        &["3:9: events.privacy.hash: \"type\" is needed to identify the event and its time; delete the rule"],
    );
    rules(
        "drop = [\"trats.email\"]",
        &["3:9: events.privacy.drop: an event has no \"trats\"; did you mean \"traits.email\"?"],
    );
    rules(
        "drop = [\"traits.email\"]\nhash = [\"traits.Email\"]",
        &["4:9: events.privacy.hash: \"traits.Email\" has a rule already; keep one of the rules"],
    );
    rules(
        "drop = [\"traits.email\"]\nmask = [\"traits\"]",
        &[
            "4:9: events.privacy.mask: \"traits\" and \"traits.email\" are about the same attributes; keep one of the rules",
        ],
    );
}

#[test]
fn columns_and_privacy_agree() {
    let column = |kind: &str, rules: &str, expected: &[&str]| {
        let columns = format!("[events.tables.posts.columns]\nip = {{ path = \"context.ip\", type = \"{kind}\" }}");
        check(&format!("type = \"page\"\n{columns}\n[events.privacy]\n{rules} = [\"context.ip\"]"), expected);
    };
    column("string", "hash", &[]);
    column(
        "bigint",
        "mask",
        &[
            "3:36: posts.columns.ip.type: context.ip is text once events.privacy has changed it; write type = \"string\"",
        ],
    );
    column(
        "string",
        "drop",
        &[
            "3:6: posts.columns.ip: context.ip is not stored: events.privacy.drop has \"context.ip\"; delete the column or the rule",
        ],
    );
}

#[test]
fn all_problems_at_once() {
    check(
        "type = \"track\"\n[events.tables.posts.columns]\nA = { type = \"strin\" }\n[events.privacy]\nhash = [\"a..b\"]",
        &[
            "-1:1: posts.event: type = \"track\" needs an event; write the name that the application sends, such as event = \"Post Created\"",
            "3:5: posts.columns.A: \"A\" cannot be a column's name; write a",
            "3:14: posts.columns.A.type: \"strin\" is not one of string, boolean, int, bigint, double, date, timestamp; did you mean \"string\"?",
            "5:9: events.privacy.hash: \"a..b\" is no path; write the names from the top of the event, with dots between: properties.post_id",
        ],
    );
}
