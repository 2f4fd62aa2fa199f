//! The columns of a Parquet file from its footer.

use parquet::file::FOOTER_SIZE;
use parquet::file::metadata::{FooterTail, ParquetMetaData, ParquetMetaDataReader};
use parquet::schema::types::TypePtr;

use crate::content::ContentError;
use crate::head::Head;

/// A larger footer is refused: it would need more memory than a head is worth.
const LARGEST: u64 = 16 << 20;

/// Bytes from the footer's beginning to the end of a file of `size` bytes that ends with `tail`.
pub(crate) fn footer_length(tail: &[u8], size: u64) -> Result<u64, ContentError> {
    let wrong = |reason: String| ContentError::NotParquet { reason };
    let Some(last) = tail.last_chunk::<FOOTER_SIZE>() else {
        return Err(wrong(format!("it has only {size} bytes")));
    };
    let footer = FooterTail::try_new(last).map_err(|_| wrong("it does not end with `PAR1`".to_owned()))?;
    if footer.is_encrypted_footer() {
        return Err(wrong("its footer is encrypted".to_owned()));
    }
    let length = footer.metadata_length() as u64 + FOOTER_SIZE as u64;
    // The file begins with the same four bytes as it ends with.
    if length + 4 > size {
        return Err(wrong(format!("its footer should have {length} bytes, but the file has {size}")));
    }
    if length > LARGEST {
        return Err(wrong(format!("its footer has {length} bytes, more than {} MiB", LARGEST >> 20)));
    }
    Ok(length)
}

/// The head that a whole footer describes.
pub(crate) fn head(footer: &[u8]) -> Result<Head, ContentError> {
    let metadata = metadata(footer)?;
    let file = metadata.file_metadata();
    let fields = file.schema_descr().root_schema().get_fields();
    Ok(Head {
        columns: Some(fields.iter().map(|field| field.name().to_owned()).collect()),
        header_only: Some(file.num_rows() == 0),
        ..Head::default()
    })
}

/// The root of the schema that a whole footer describes.
pub(crate) fn schema(footer: &[u8]) -> Result<TypePtr, ContentError> {
    Ok(metadata(footer)?.file_metadata().schema_descr().root_schema_ptr())
}

fn metadata(footer: &[u8]) -> Result<ParquetMetaData, ContentError> {
    let metadata = footer.get(..footer.len().saturating_sub(FOOTER_SIZE)).unwrap_or_default();
    ParquetMetaDataReader::decode_metadata(metadata)
        .map_err(|error| ContentError::NotParquet { reason: format!("its footer: {error}") })
}
