//! Lists that are read once per request, however many fields need them.

use tokio::sync::OnceCell;

use super::Error;

/// Holds what one read gave, for one request; parallel readers wait for the first.
#[derive(Debug)]
pub struct Once<T>(OnceCell<Result<T, Error>>);

impl<T> Default for Once<T> {
    fn default() -> Self {
        Self(OnceCell::new())
    }
}

impl<T> Once<T> {
    /// What was read, reading it now when nobody has.
    ///
    /// Errors: that of the read, the same for all who ask.
    pub async fn get<F>(&self, read: impl FnOnce() -> F) -> Result<&T, Error>
    where
        F: Future<Output = Result<T, Error>>,
    {
        self.0
            .get_or_init(read)
            .await
            .as_ref()
            .map_err(Clone::clone)
    }
}
