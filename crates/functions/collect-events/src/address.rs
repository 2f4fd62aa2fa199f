//! Whether the address that a request came from is the user's.

use json_members::text;

use crate::members::Object;

/// The libraries of servers: the address that their requests come from is the server's, and says nothing of the user. These are the names
/// that they give themselves in `context.library.name`.
const OF_SERVERS: [&str; 14] = [
    "@segment/analytics-node",
    "analytics-node",
    "analytics-python",
    "analytics-ruby",
    "analytics-go",
    "analytics-java",
    "analytics-php",
    "Analytics.NET",
    "analytics-rust",
    "analytics_elixir",
    "analytics-clojure",
    "analytics-perl",
    "analytics-scala",
    "analytics-erlang",
];

/// Segment's rule: an address that the event has counts; `context.direct` says that the user's own device sends; libraries of servers are
/// not the user's device. `find` looks into the event's `context`.
pub(crate) fn is_wanted<'a>(find: impl Fn(&str) -> Option<&'a str>) -> bool {
    if find("ip").is_some() {
        return false;
    }
    match find("direct") {
        Some("true") => true,
        Some("false") => false,
        _ => !find("library").is_some_and(is_of_server),
    }
}

fn is_of_server(library: &str) -> bool {
    let name = Object::read(library).ok().and_then(|library| library.value("name")).and_then(text);
    name.is_some_and(|name| OF_SERVERS.contains(&name.as_ref()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whose_address_it_is() {
        let check = |context: &str, expected: bool| {
            let object = Object::read(context).unwrap();
            assert_eq!(is_wanted(|name| object.value(name)), expected, "{context}");
        };
        check("{}", true);
        check(r#"{"library":{"name":"analytics.js","version":"next-1.80.0"}}"#, true);
        check(r#"{"library":{"name":"analytics-swift"}}"#, true);
        check(r#"{"library":"odd"}"#, true);
        check(r#"{"library":{"name":"analytics-python"}}"#, false);
        check(r#"{"library":{"name":"@segment\/analytics-node"}}"#, false);
        check(r#"{"library":{"name":"@segment/analytics-node"},"direct":true}"#, true);
        check(r#"{"direct":false}"#, false);
        check(r#"{"ip":"8.8.8.8","direct":true}"#, false);
        // An event that says so has none.
        check(r#"{"ip":null}"#, false);
    }
}
