//! What a loader needs of an S3 with versions, asked through the AWS SDK: any server that passes can stand in for S3 here.

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_s3::Client;
use aws_sdk_s3::error::ProvideErrorMetadata;
use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::types::{
    CompletedMultipartUpload, CompletedPart, Delete, EncodingType, MetadataDirective, ObjectIdentifier,
};

use super::objects::{all_keys, get, put};

/// Runs everything against buckets of its own, whose names begin with `prefix`.
pub(crate) async fn run(client: &Client, prefix: &str) {
    for (name, bucket) in ["keys", "versions", "reads", "writes", "copies", "deletes", "lists", "parts"]
        .map(|name| (name, format!("{prefix}-{name}")))
    {
        client.create_bucket().bucket(&bucket).send().await.unwrap();
        match name {
            "keys" => hostile_keys(client, &bucket).await,
            "versions" => versions(client, &bucket).await,
            "reads" => ranges_and_conditions(client, &bucket).await,
            "writes" => conditional_writes(client, &bucket).await,
            "copies" => copies(client, &bucket).await,
            "deletes" => deletes(client, &bucket).await,
            "lists" => listings(client, &bucket).await,
            _ => multipart(client, &bucket).await,
        }
    }
    buckets(client, prefix).await;
}

/// Keys that a vendor may use and a file system may not.
pub(crate) fn hostile() -> Vec<String> {
    let mut keys: Vec<String> = [
        "a",
        "a/",
        "a/b",
        "/a",
        "//a",
        "a//b",
        "A",
        "..",
        "../a",
        "a/../b",
        "./a",
        "sp ace",
        "pl+us",
        "per%cent",
        "per%2Bcent",
        "%2F",
        "qu'ote",
        "qu\"ote",
        "'; drop table --",
        "été.csv",
        "e\u{301}te\u{301}.csv",
        "日本/語.csv",
        "emoji-🛬.csv",
        "a&b=c?d#e",
        "back\\slash",
        "semi;colon",
        "tab\tkey",
        "<xml>&amp;",
        "tilde~",
        "star*",
        "[brackets]",
        "trailing.",
        "trailing ",
        " leading",
        ".hidden",
        "con",
        "x=1/y=2/z.parquet",
    ]
    .map(String::from)
    .to_vec();
    keys.push(format!("{}.csv", "long".repeat(255)));
    keys.push(format!("{}/{}", "s".repeat(300), "t".repeat(700)));
    keys.push("é".repeat(512));
    keys
}

async fn hostile_keys(client: &Client, bucket: &str) {
    let keys = hostile();
    for key in &keys {
        put(client, bucket, key, &format!("the content of {key}")).await;
    }
    for key in &keys {
        assert_eq!(get(client, bucket, key, None).await, format!("the content of {key}"));
        let head = client.head_object().bucket(bucket).key(key).send().await.unwrap();
        assert_eq!(head.content_length(), Some(15 + key.len() as i64), "{key}");
    }
    let expected: BTreeSet<String> = keys.iter().cloned().collect();
    assert_eq!(all_keys(client, bucket).await, Vec::from_iter(expected.clone()));

    let page =
        client.list_objects_v2().bucket(bucket).encoding_type(EncodingType::Url).prefix("été").send().await.unwrap();
    assert_eq!(page.contents()[0].key(), Some("%C3%A9t%C3%A9.csv"));

    let objects = keys.iter().map(|key| ObjectIdentifier::builder().key(key).build().unwrap()).collect();
    let delete = Delete::builder().set_objects(Some(objects)).build().unwrap();
    let deleted = client.delete_objects().bucket(bucket).delete(delete).send().await.unwrap();
    assert_eq!(
        deleted.deleted().iter().map(|deleted| deleted.key().unwrap().to_owned()).collect::<BTreeSet<_>>(),
        expected
    );
    assert_eq!(all_keys(client, bucket).await, Vec::<String>::new());

    let too_long =
        client.put_object().bucket(bucket).key("k".repeat(1025)).body(ByteStream::from_static(b"x")).send().await;
    assert_eq!(too_long.unwrap_err().code(), Some("KeyTooLongError"));
}

async fn versions(client: &Client, bucket: &str) {
    let first = put(client, bucket, "k", "first").await;
    let second = put(client, bucket, "k", "second").await;
    assert_ne!(first, second);
    assert_eq!(get(client, bucket, "k", None).await, "second");
    assert_eq!(get(client, bucket, "k", Some(&first)).await, "first");
    let head = client.head_object().bucket(bucket).key("k").version_id(&first).send().await.unwrap();
    assert_eq!((head.version_id(), head.content_length()), (Some(first.as_str()), Some(5)));
    let current = client.head_object().bucket(bucket).key("k").send().await.unwrap();
    assert_eq!(current.version_id(), Some(second.as_str()));

    let unknown = client
        .get_object()
        .bucket(bucket)
        .key("k")
        .version_id("0123456789abcdef0123456789abcdef")
        .send()
        .await
        .unwrap_err();
    assert_eq!(unknown.code(), Some("NoSuchVersion"));

    let status = client.get_bucket_versioning().bucket(bucket).send().await.unwrap();
    assert_eq!(status.status().map(|status| status.as_str()), Some("Enabled"));

    // Many at once: each gets a version, and the last of the listing is what a reader sees.
    let puts = (0..20).map(|number| async move { put(client, bucket, "race", &format!("{number}")).await });
    let raced: BTreeSet<String> = futures::future::join_all(puts).await.into_iter().collect();
    assert_eq!(raced.len(), 20);
    let listed = client.list_object_versions().bucket(bucket).prefix("race").send().await.unwrap();
    assert_eq!(
        listed.versions().iter().map(|version| version.version_id().unwrap().to_owned()).collect::<BTreeSet<_>>(),
        raced
    );
    let newest: Vec<_> = listed.versions().iter().filter(|version| version.is_latest() == Some(true)).collect();
    assert_eq!(newest.len(), 1);
    let current = client.head_object().bucket(bucket).key("race").send().await.unwrap();
    assert_eq!(current.version_id(), newest[0].version_id());
    assert_eq!(listed.versions()[0].version_id(), newest[0].version_id());
}

async fn ranges_and_conditions(client: &Client, bucket: &str) {
    let text = "0123456789";
    put(client, bucket, "digits", text).await;
    for (range, expected, content_range) in [
        ("bytes=0-3", "0123", "bytes 0-3/10"),
        ("bytes=4-", "456789", "bytes 4-9/10"),
        ("bytes=-3", "789", "bytes 7-9/10"),
        ("bytes=8-100", "89", "bytes 8-9/10"),
        ("bytes=-100", text, "bytes 0-9/10"),
    ] {
        let part = client.get_object().bucket(bucket).key("digits").range(range).send().await.unwrap();
        assert_eq!((part.content_range(), part.content_length()), (Some(content_range), Some(expected.len() as i64)));
        assert_eq!(part.body.collect().await.unwrap().to_vec(), expected.as_bytes(), "{range}");
    }
    let outside = client.get_object().bucket(bucket).key("digits").range("bytes=10-").send().await.unwrap_err();
    assert_eq!(outside.code(), Some("InvalidRange"));

    put(client, bucket, "empty", "").await;
    assert_eq!(get(client, bucket, "empty", None).await, "");

    // The MD5 of the ten digits.
    let etag = "\"781e5e245d69b566979b86e28d23f2c7\"";
    let head = client.head_object().bucket(bucket).key("digits").send().await.unwrap();
    assert_eq!(head.e_tag(), Some(etag));
    let same = client.get_object().bucket(bucket).key("digits").if_match(etag).send().await.unwrap();
    assert_eq!(same.body.collect().await.unwrap().to_vec(), text.as_bytes());
    let other = client.get_object().bucket(bucket).key("digits").if_match("\"00\"").send().await.unwrap_err();
    assert_eq!(other.code(), Some("PreconditionFailed"));
    let unchanged = client.get_object().bucket(bucket).key("digits").if_none_match(etag).send().await.unwrap_err();
    assert_eq!(unchanged.raw_response().unwrap().status().as_u16(), 304);

    let missing = client.get_object().bucket(bucket).key("missing").send().await.unwrap_err();
    assert!(missing.into_service_error().is_no_such_key());
    let missing = client.head_object().bucket(bucket).key("missing").send().await.unwrap_err();
    assert!(missing.into_service_error().is_not_found());
    let missing = client.get_object().bucket(format!("{bucket}-missing")).key("k").send().await.unwrap_err();
    assert_eq!(missing.code(), Some("NoSuchBucket"));
}

async fn conditional_writes(client: &Client, bucket: &str) {
    let create = |text: &'static str| {
        client.put_object().bucket(bucket).key("once").if_none_match("*").body(ByteStream::from_static(text.as_bytes()))
    };
    let created = create("first").send().await.unwrap();
    assert_eq!(create("second").send().await.unwrap_err().code(), Some("PreconditionFailed"));
    assert_eq!(get(client, bucket, "once", None).await, "first");

    let swap = |etag: String| {
        client.put_object().bucket(bucket).key("once").if_match(etag).body(ByteStream::from_static(b"swapped"))
    };
    let etag = created.e_tag().unwrap().to_owned();
    swap(etag.clone()).send().await.unwrap();
    assert_eq!(swap(etag.clone()).send().await.unwrap_err().code(), Some("PreconditionFailed"));
    let absent = client
        .put_object()
        .bucket(bucket)
        .key("absent")
        .if_match(etag)
        .body(ByteStream::from_static(b"x"))
        .send()
        .await;
    assert_eq!(absent.unwrap_err().code(), Some("NoSuchKey"));

    // One winner among many.
    let race = (0..10).map(|_| {
        client.put_object().bucket(bucket).key("race").if_none_match("*").body(ByteStream::from_static(b"x")).send()
    });
    let won = futures::future::join_all(race).await.into_iter().filter(Result::is_ok).count();
    assert_eq!(won, 1);

    // A deleted key can be created again.
    client.delete_object().bucket(bucket).key("once").send().await.unwrap();
    create("again").send().await.unwrap();
    assert_eq!(get(client, bucket, "once", None).await, "again");

    let wrong = client
        .put_object()
        .bucket(bucket)
        .key("md5")
        .content_md5("1B2M2Y8AsgTpgAmY7PhCfg==")
        .body(ByteStream::from_static(b"x"))
        .send()
        .await;
    assert_eq!(wrong.unwrap_err().code(), Some("BadDigest"));
    let wrong = client
        .put_object()
        .bucket(bucket)
        .key("crc")
        .checksum_crc32("AAAAAA==")
        .body(ByteStream::from_static(b"x"))
        .send()
        .await;
    assert_eq!(wrong.unwrap_err().code(), Some("BadDigest"));
    let right = client
        .put_object()
        .bucket(bucket)
        .key("crc")
        .checksum_crc32("jNwWgw==")
        .body(ByteStream::from_static(b"x"))
        .send()
        .await;
    assert_eq!(right.unwrap().checksum_crc32(), Some("jNwWgw=="));
}

async fn copies(client: &Client, bucket: &str) {
    let key = "vendor/é +1%.csv";
    let body = ByteStream::from_static(b"good");
    let good = client
        .put_object()
        .bucket(bucket)
        .key(key)
        .content_type("text/csv")
        .metadata("origin", "vendor")
        .body(body)
        .send()
        .await
        .unwrap();
    put(client, bucket, key, "overwritten").await;
    let encoded = "vendor/%C3%A9%20%2B1%25.csv";
    let source = format!("{bucket}/{encoded}?versionId={}", good.version_id().unwrap());
    let copied = client.copy_object().bucket(bucket).key("copy.csv").copy_source(&source).send().await.unwrap();
    assert_eq!(copied.copy_source_version_id(), good.version_id());
    assert_eq!(copied.copy_object_result().unwrap().e_tag(), good.e_tag());
    assert_eq!(get(client, bucket, "copy.csv", copied.version_id()).await, "good");
    let head = client.head_object().bucket(bucket).key("copy.csv").send().await.unwrap();
    assert_eq!(head.content_type(), Some("text/csv"));
    assert_eq!(head.metadata().unwrap()["origin"], "vendor");

    let replace = client.copy_object().bucket(bucket).key("plain").copy_source(format!("{bucket}/{encoded}"));
    replace.metadata_directive(MetadataDirective::Replace).content_type("text/plain").send().await.unwrap();
    let head = client.head_object().bucket(bucket).key("plain").send().await.unwrap();
    assert_eq!((head.content_type(), head.metadata().unwrap().len()), (Some("text/plain"), 0));
    assert_eq!(get(client, bucket, "plain", None).await, "overwritten");

    let missing =
        client.copy_object().bucket(bucket).key("x").copy_source(format!("{bucket}/missing")).send().await.unwrap_err();
    assert_eq!(missing.code(), Some("NoSuchKey"));
}

async fn deletes(client: &Client, bucket: &str) {
    let version = put(client, bucket, "k", "content").await;
    let marker = client.delete_object().bucket(bucket).key("k").send().await.unwrap();
    assert_eq!(marker.delete_marker(), Some(true));
    let gone = client.get_object().bucket(bucket).key("k").send().await.unwrap_err();
    assert!(gone.into_service_error().is_no_such_key());
    assert_eq!(get(client, bucket, "k", Some(&version)).await, "content");
    let marker_read =
        client.get_object().bucket(bucket).key("k").set_version_id(marker.version_id.clone()).send().await.unwrap_err();
    assert_eq!(marker_read.code(), Some("MethodNotAllowed"));

    // Without its delete marker the object is there again.
    let undone = client.delete_object().bucket(bucket).key("k").set_version_id(marker.version_id).send().await.unwrap();
    assert_eq!(undone.delete_marker(), Some(true));
    assert_eq!(get(client, bucket, "k", None).await, "content");

    client.delete_object().bucket(bucket).key("k").version_id(&version).send().await.unwrap();
    let listed = client.list_object_versions().bucket(bucket).send().await.unwrap();
    assert_eq!((listed.versions().len(), listed.delete_markers().len()), (0, 0));
    // Deleting what is not there succeeds, and leaves a marker.
    client.delete_object().bucket(bucket).key("never").send().await.unwrap();
    let listed = client.list_object_versions().bucket(bucket).send().await.unwrap();
    assert_eq!((listed.versions().len(), listed.delete_markers().len()), (0, 1));
}

async fn listings(client: &Client, bucket: &str) {
    for key in ["flights/2015/01.csv", "flights/2015/02.csv", "flights/2016/01.csv", "flights/readme", "été/a", "top"]
    {
        put(client, bucket, key, key).await;
    }
    let rows = async |prefix: &str, delimiter: Option<&str>, max: i32| {
        let list = client
            .list_objects_v2()
            .bucket(bucket)
            .prefix(prefix)
            .max_keys(max)
            .set_delimiter(delimiter.map(String::from));
        let mut pages = list.into_paginator().send();
        let mut rows = BTreeMap::new();
        while let Some(page) = pages.next().await {
            let page = page.unwrap();
            assert_eq!(page.key_count(), Some((page.contents().len() + page.common_prefixes().len()) as i32));
            for object in page.contents() {
                assert!(rows.insert(object.key().unwrap().to_owned(), object.size().unwrap()).is_none());
            }
            for prefix in page.common_prefixes() {
                assert!(rows.insert(prefix.prefix().unwrap().to_owned(), -1).is_none());
            }
        }
        rows.into_iter().map(|(name, size)| format!("{name}:{size}")).collect::<Vec<_>>().join(" ")
    };
    for max in [1, 2, 1000] {
        assert_eq!(rows("", Some("/"), max).await, "flights/:-1 top:3 été/:-1");
        assert_eq!(rows("flights/", Some("/"), max).await, "flights/2015/:-1 flights/2016/:-1 flights/readme:14");
        assert_eq!(rows("flights/2015/", None, max).await, "flights/2015/01.csv:19 flights/2015/02.csv:19");
        assert_eq!(rows("été", None, max).await, "été/a:7");
        assert_eq!(rows("nothing", None, max).await, "");
    }
    let after = client.list_objects_v2().bucket(bucket).start_after("flights/readme").send().await.unwrap();
    assert_eq!(after.contents().iter().map(|object| object.key().unwrap()).collect::<Vec<_>>(), ["top", "été/a"]);

    for text in ["2", "3"] {
        put(client, bucket, "top", text).await;
    }
    let mut key_marker = None;
    let mut version_marker = None;
    let mut seen = Vec::new();
    loop {
        let list = client.list_object_versions().bucket(bucket).max_keys(2);
        let page = list.set_key_marker(key_marker).set_version_id_marker(version_marker).send().await.unwrap();
        seen.extend(page.versions().iter().map(|version| version.key().unwrap().to_owned()));
        if page.is_truncated() != Some(true) {
            break;
        }
        (key_marker, version_marker) = (page.next_key_marker, page.next_version_id_marker);
    }
    assert_eq!(seen.iter().filter(|key| *key == "top").count(), 3);
    assert_eq!(seen.len(), 8);
}

async fn multipart(client: &Client, bucket: &str) {
    let key = "big/é.csv";
    let upload = client
        .create_multipart_upload()
        .bucket(bucket)
        .key(key)
        .content_type("text/csv")
        .send()
        .await
        .unwrap()
        .upload_id
        .unwrap();
    let contents = [vec![b'a'; 5 * 1024 * 1024], vec![b'b'; 6 * 1024 * 1024], b"end".to_vec()];
    let mut parts = Vec::new();
    for (number, content) in (1..).zip(&contents) {
        let body = ByteStream::from(content.clone());
        let part = client
            .upload_part()
            .bucket(bucket)
            .key(key)
            .upload_id(&upload)
            .part_number(number)
            .body(body)
            .send()
            .await
            .unwrap();
        parts.push(CompletedPart::builder().part_number(number).set_e_tag(part.e_tag).build());
    }
    let listed = client.list_parts().bucket(bucket).key(key).upload_id(&upload).max_parts(2).send().await.unwrap();
    assert_eq!(
        (listed.parts().len(), listed.is_truncated(), listed.parts()[1].size()),
        (2, Some(true), Some(6 * 1024 * 1024))
    );

    let complete = |parts: Vec<CompletedPart>| {
        let named = CompletedMultipartUpload::builder().set_parts(Some(parts)).build();
        client.complete_multipart_upload().bucket(bucket).key(key).upload_id(&upload).multipart_upload(named).send()
    };
    let reversed: Vec<_> = parts.iter().rev().cloned().collect();
    assert_eq!(complete(reversed).await.unwrap_err().code(), Some("InvalidPartOrder"));
    let small = vec![parts[2].clone(), CompletedPart::builder().part_number(4).e_tag("\"0\"").build()];
    assert_eq!(complete(small).await.unwrap_err().code(), Some("InvalidPart"));
    let completed = complete(parts.clone()).await.unwrap();
    assert!(completed.e_tag().unwrap().ends_with("-3\""), "{completed:?}");
    assert_eq!(complete(parts).await.unwrap_err().code(), Some("NoSuchUpload"));

    let object = client.get_object().bucket(bucket).key(key).send().await.unwrap();
    assert_eq!((object.version_id(), object.content_type()), (completed.version_id(), Some("text/csv")));
    assert!(object.body.collect().await.unwrap().to_vec() == contents.concat());
    let middle = client.get_object().bucket(bucket).key(key).range("bytes=5242878-5242881").send().await.unwrap();
    assert_eq!(middle.body.collect().await.unwrap().to_vec(), b"aabb");

    let aborted =
        client.create_multipart_upload().bucket(bucket).key("aborted").send().await.unwrap().upload_id.unwrap();
    client.abort_multipart_upload().bucket(bucket).key("aborted").upload_id(&aborted).send().await.unwrap();
    let part = client
        .upload_part()
        .bucket(bucket)
        .key("aborted")
        .upload_id(&aborted)
        .part_number(1)
        .body(ByteStream::from_static(b"x"));
    assert_eq!(part.send().await.unwrap_err().code(), Some("NoSuchUpload"));
    assert_eq!(all_keys(client, bucket).await, [key]);
}

async fn buckets(client: &Client, prefix: &str) {
    let bucket = format!("{prefix}-keys");
    let again = client.create_bucket().bucket(&bucket).send().await.unwrap_err();
    assert_eq!(again.code(), Some("BucketAlreadyOwnedByYou"));
    client.head_bucket().bucket(&bucket).send().await.unwrap();
    assert!(
        client
            .head_bucket()
            .bucket(format!("{prefix}-missing"))
            .send()
            .await
            .unwrap_err()
            .into_service_error()
            .is_not_found()
    );
    let listed = client.list_buckets().send().await.unwrap();
    assert!(listed.buckets().iter().any(|listed| listed.name() == Some(bucket.as_str())));
    client.get_bucket_location().bucket(&bucket).send().await.unwrap();
}
