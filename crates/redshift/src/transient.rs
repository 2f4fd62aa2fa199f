//! Failures that say nothing of the file: the same batch may succeed when it is submitted again.
//!
//! The warehouse words them differently by release and node, so each is known by the words that public reports have in common.

/// Another transaction was in the way. Sources: Redshift developer guide, "Serializable isolation" (1023 asks for a retry; 1018 is a table
/// younger than the snapshot); public reports for the wordings without a number.
pub(crate) fn is_conflict(message: &str) -> bool {
    let message = message.to_lowercase();
    let code =
        |digits: &str| message.contains(&format!("error: {digits}")) || message.contains(&format!("error:{digits}"));
    code("1023") || code("1018") || contains_any(&message, &CONFLICTS)
}

/// The warehouse, its disk, its queues or its way to S3 failed.
pub(crate) fn is_interruption(message: &str) -> bool {
    let message = message.to_lowercase();
    contains_any(&message, &INTERRUPTIONS) || is_s3_fault(&message)
}

const CONFLICTS: [&str; 5] = [
    "serializable isolation violation",
    "deadlock detected",
    "conflict with concurrent transaction",
    "could not open relation with oid",
    "tuple concurrently updated",
];

const INTERRUPTIONS: [&str; 19] = [
    // The disk and the memory of the nodes.
    "disk full",
    "no space left on device",
    "out of memory",
    "memory limit exceeded",
    // Restarts, failovers, patches, resizes.
    "terminating connection due to administrator command",
    "server closed the connection unexpectedly",
    "connection to the server was lost",
    "the database system is starting up",
    "the database system is shutting down",
    "cluster is being restarted",
    "cluster is resizing",
    "node failure",
    // Queues: WLM and its monitoring rules, Serverless's limits.
    "query monitoring rule",
    "cancelled by wlm",
    "wlm timeout",
    "cannot be routed to a queue",
    // The way to S3.
    "s3curlexception",
    "curlerror",
    "connection timed out",
];

/// S3 answered, and the answer asks for a repetition: any 5xx, and requests that took too long.
fn is_s3_fault(message: &str) -> bool {
    let from_s3 =
        message.contains("s3serviceexception") || message.contains("s3 query") || message.contains("spectrum");
    from_s3
        && (message.contains("status 5")
            || contains_any(message, &["slowdown", "internalerror", "serviceunavailable", "requesttimeout"]))
}

fn contains_any(text: &str, words: &[&str]) -> bool {
    words.iter().any(|word| text.contains(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn conflicts() {
        for message in [
            "ERROR: 1023 DETAIL: Serializable isolation violation on table in Redshift",
            "ERROR:1023 DETAIL: Serializable isolation violation",
            "ERROR: deadlock detected",
            "ERROR: 1018 DETAIL: Relation does not exist.",
            "ERROR: could not complete because of conflict with concurrent transaction",
            "ERROR: could not open relation with OID 123456",
        ] {
            assert!(is_conflict(message) && !is_interruption(message), "{message}");
        }
    }

    #[test]
    fn interruptions() {
        for message in [
            "ERROR: Disk Full \n  Detail: \n  error: Disk Full\n  code: 1016",
            "ERROR: S3ServiceException:Please reduce your request rate.,Status 503,Error SlowDown,Rid 1,CanRetry 1",
            "ERROR: S3ServiceException:We encountered an internal error.,Status 500,Error InternalError",
            "ERROR: S3CurlException: Connection timed out after 50001 milliseconds, CurlError 28, multiCurlError 0",
            "FATAL: terminating connection due to administrator command",
            "ERROR: Query (7) cancelled by WLM abort action of Query Monitoring Rule \"long\".",
        ] {
            assert!(is_interruption(message) && !is_conflict(message), "{message}");
        }
    }

    #[test]
    fn what_is_wrong_with_the_file_or_the_rights_is_neither() {
        for message in [
            "ERROR: Load into table 'orders' failed.  Check 'stl_load_errors' system table for details.",
            "ERROR: S3ServiceException:Access Denied,Status 403,Error AccessDenied",
            "ERROR: S3ServiceException:The specified key does not exist.,Status 404,Error NoSuchKey",
            "ERROR: permission denied for relation orders",
        ] {
            assert!(!is_interruption(message) && !is_conflict(message), "{message}");
        }
    }
}
