//! A list that is read page by page, as far as somebody needs it, once per request.
//!
//! For systems that cannot look a record up: whoever seeks one reads on from where the last one
//! stopped. Bounded, until an index answers instead.

use tokio::sync::Mutex;

use super::Error;

/// What has been read of a list so far.
#[derive(Debug)]
pub struct Walk<T, C>(Mutex<State<T, C>>);

#[derive(Debug)]
struct State<T, C> {
    rows: Vec<T>,
    pages: usize,
    next: Next<C>,
}

#[derive(Debug)]
enum Next<C> {
    Page(Option<C>),
    End,
    Failed(Error),
}

impl<T, C> Default for Walk<T, C> {
    fn default() -> Self {
        Self(Mutex::new(State {
            rows: Vec::new(),
            pages: 0,
            next: Next::Page(None),
        }))
    }
}

impl<T: Clone, C: Clone> Walk<T, C> {
    /// The first row that `is_it` says yes to, reading on as far as needed; `None` when the whole
    /// list has none.
    ///
    /// Errors: those of `read`, again for all who ask later; `too_long` after `most` pages.
    pub async fn find<F>(
        &self,
        most: usize,
        too_long: Error,
        read: impl Fn(Option<C>) -> F,
        is_it: impl Fn(&T) -> bool,
    ) -> Result<Option<T>, Error>
    where
        F: Future<Output = Result<(Vec<T>, Option<C>), Error>>,
    {
        let mut state = self.0.lock().await;
        let mut seen = 0;
        loop {
            if let Some(row) = state.rows[seen..].iter().find(|row| is_it(row)) {
                return Ok(Some(row.clone()));
            }
            seen = state.rows.len();
            match &state.next {
                Next::End => return Ok(None),
                Next::Failed(error) => return Err(error.clone()),
                Next::Page(_) if state.pages == most => state.next = Next::Failed(too_long.clone()),
                Next::Page(cursor) => {
                    // Nothing changes until the read is through: whoever drops this future in the
                    // middle leaves the walk where it was.
                    state.next = match read(cursor.clone()).await {
                        Ok((rows, next)) => {
                            state.rows.extend(rows);
                            state.pages += 1;
                            next.map_or(Next::End, |next| Next::Page(Some(next)))
                        }
                        Err(error) => Next::Failed(error),
                    };
                }
            }
        }
    }

    /// The whole list.
    ///
    /// Errors: as [`Self::find`].
    pub async fn all<F>(
        &self,
        most: usize,
        too_long: Error,
        read: impl Fn(Option<C>) -> F,
    ) -> Result<Vec<T>, Error>
    where
        F: Future<Output = Result<(Vec<T>, Option<C>), Error>>,
    {
        self.find(most, too_long, read, |_| false).await?;
        Ok(self.0.lock().await.rows.clone())
    }
}
