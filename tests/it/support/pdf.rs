//! PDFs as tests need them: small, valid, and as long as wanted.

/// A PDF of one empty page tree and `padding` bytes of comment; another `seed` gives another file.
pub fn pdf(seed: u64, padding: usize) -> Vec<u8> {
    let mut file = format!("%PDF-1.4\n%{seed}\n%").into_bytes();
    file.resize(file.len() + padding, b'x');
    file.push(b'\n');
    let catalog = file.len();
    file.extend_from_slice(b"1 0 obj\n<</Type/Catalog/Pages 2 0 R>>\nendobj\n");
    let pages = file.len();
    file.extend_from_slice(b"2 0 obj\n<</Type/Pages/Kids[]/Count 0>>\nendobj\n");
    let start = file.len();
    let end = format!(
        "xref\n0 3\n0000000000 65535 f \n{catalog:010} 00000 n \n{pages:010} 00000 n \n\
         trailer\n<</Size 3/Root 1 0 R>>\nstartxref\n{start}\n%%EOF\n"
    );
    file.extend_from_slice(end.as_bytes());
    file
}
