//! Finds a credential in a text, also when it was written in another form.

use base64::{
    Engine,
    engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD},
};

/// The form in which a credential stands in this text, if it does.
pub fn found_in(text: &str, credential: &str) -> Option<&'static str> {
    forms(credential)
        .into_iter()
        .find(|(_, form)| text.contains(form))
        .map(|(name, _)| name)
}

/// Every form that is searched for.
fn forms(credential: &str) -> Vec<(&'static str, String)> {
    let bytes = credential.as_bytes();
    let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    let reserved = |byte: &u8| !byte.is_ascii_alphanumeric();
    let percent = |is_kept: &dyn Fn(&u8) -> bool, upper: bool| -> String {
        let each = |byte: &u8| match is_kept(byte) {
            true => char::from(*byte).to_string(),
            false if upper => format!("%{byte:02X}"),
            false => format!("%{byte:02x}"),
        };
        bytes.iter().map(each).collect()
    };
    let unreserved = |byte: &u8| !reserved(byte) || b"-._~".contains(byte);
    let mut forms = vec![
        ("plain", credential.to_owned()),
        // As JSON and `Debug` write it, and sqlx its statements.
        (
            "quoted",
            format!("{credential:?}").trim_matches('"').to_owned(),
        ),
        ("hex", hex.to_uppercase()),
        ("hex", hex),
        ("percent", percent(&|byte| !reserved(byte), true)),
        ("percent", percent(&unreserved, true)),
        ("percent", percent(&unreserved, false)),
        ("percent", percent(&|_| false, true)),
    ];
    for before in 0..3 {
        for (name, engine) in [
            ("Base64", STANDARD_NO_PAD),
            ("Base64 for URLs", URL_SAFE_NO_PAD),
        ] {
            let text = engine.encode([&vec![0; before], bytes].concat());
            // The letters at both ends are made of the neighbours too.
            let whole = (before + bytes.len()) / 3 * 4;
            let first = if before == 0 { 0 } else { 4 };
            forms.push((name, text[first..whole].to_owned()));
        }
    }
    forms
}

#[test]
fn a_credential_is_found_in_every_form_at_every_place() {
    let credential = "hg_a+b/c=d?e%f~0123456789";
    for before in 0..6 {
        for (name, written) in [
            ("plain", credential.to_owned()),
            (
                "Base64",
                STANDARD_NO_PAD.encode(format!("{}{credential}tail", "x".repeat(before))),
            ),
            (
                "Base64 for URLs",
                URL_SAFE_NO_PAD.encode(format!("{}{credential}tail", "?".repeat(before))),
            ),
            (
                "hex",
                "68675f612b622f633d643f6525667e30313233343536373839".to_owned(),
            ),
            (
                "hex",
                "68675F612B622F633D643F6525667E30313233343536373839".to_owned(),
            ),
            ("percent", "hg_a%2Bb%2Fc%3Dd%3Fe%25f~0123456789".to_owned()),
            (
                "percent",
                "hg%5Fa%2Bb%2Fc%3Dd%3Fe%25f%7E0123456789".to_owned(),
            ),
        ] {
            let bytes = format!("{}{written} and more", "-".repeat(before));
            assert!(found_in(&bytes, credential).is_some(), "{name} {bytes}");
        }
    }
    assert_eq!(found_in("hg_a+b/c=d?e%f~012345678", credential), None);
}
