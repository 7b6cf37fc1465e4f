//! API keys of deep.rent.

use secrecy::SecretString;

use super::{Failure, Try, Writer};
use crate::model::{DeepRentApiKey, System};

impl Writer {
    /// Makes an API key. deep.rent knows no try again, and of two keys of one name nobody can tell
    /// which is whose: what was begun before is not done again.
    ///
    /// Shape: the key, and what it opens with.
    pub async fn create_deeprent_api_key(
        &self,
        name: &str,
        description: Option<&str>,
        this: Try,
    ) -> Result<(DeepRentApiKey, SecretString), Failure> {
        let administration = self.administration()?;
        if this.is_resumed {
            let message = "deep.rent may have made this key before, and what it opens with is lost. \
                           Revoke it if it is there, and ask with another idempotency key.";
            return Err(Failure::begun(System::DeepRent, message));
        }
        Ok(administration.create_api_key(name, description).await?)
    }
}
