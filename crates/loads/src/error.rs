/// Why a load could not be started or finished. What is wrong with a file is an [`crate::LoadOutcome`], not an error.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The lake could not be read or written. Retry.
    #[error("{operation} s3://{bucket}/{key}: {cause}")]
    Lake {
        /// What was tried.
        operation: &'static str,
        /// The lake's bucket.
        bucket: String,
        /// The object.
        key: String,
        /// The SDK's chain.
        cause: String,
    },
    /// The landing bucket could not be read. Retry.
    #[error("reading {url}: {cause}")]
    Landing {
        /// The upload.
        url: String,
        /// The SDK's chain.
        cause: String,
    },
    /// The upload could not be rewritten for a reason that is not in the file. Retry.
    #[error("rewriting {url} for COPY")]
    Rewrite {
        /// The upload.
        url: String,
        /// Why.
        source: Box<vendor_files::RewriteError>,
    },
    /// The warehouse could not be reached or refused the batch. Retry.
    #[error("submitting the load of {url}")]
    Submit {
        /// The upload.
        url: String,
        /// Why.
        source: Box<redshift::ClientError>,
    },
    /// The warehouse could not be asked. Retry.
    #[error("asking the warehouse about {subject}")]
    Ask {
        /// The statement or load.
        subject: String,
        /// Why.
        source: Box<redshift::ClientError>,
    },
    /// The outcome could not be published. Retry: nothing is marked as done before.
    #[error("publishing the outcome of {url} on bus {bus}: {cause}")]
    Publish {
        /// The upload.
        url: String,
        /// The event bus.
        bus: String,
        /// The SDK's chain or the bus's answer.
        cause: String,
    },
    /// An object of ours in the lake cannot be read: it is damaged, or a later release wrote it.
    #[error("s3://{bucket}/{key} is not a record that this release reads")]
    Record {
        /// The lake's bucket.
        bucket: String,
        /// The object.
        key: String,
        /// What the parser says.
        source: serde_json::Error,
    },
}

impl Error {
    /// Whether the same event may succeed later; everything else is a defect.
    pub fn is_retryable(&self) -> bool {
        !matches!(self, Self::Record { .. })
    }
}

/// An answer of the warehouse, or that it gave none about `subject`.
pub(crate) fn ask<T>(answer: Result<T, redshift::ClientError>, subject: &str) -> Result<T, Error> {
    answer.map_err(|source| Error::Ask { subject: subject.to_owned(), source: Box::new(source) })
}
