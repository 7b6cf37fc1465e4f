//! Sealing anew what another master key than the first has sealed, while servers go on.
//!
//! The credentials stay what they are, so their version stays too and no client is built again.
//! Servers must hold both keys until this is done.

use secrecy::ExposeSecret;

use super::{Act, Tenants, Unopened, act::Begun, context, integration::Refusal};
use crate::{keyring::Keyring, model::System, store};

/// So many rows are read at once.
const PAGE: u32 = 100;

/// What a rotation came to.
#[derive(Debug, Default)]
pub struct Rotation {
    /// How many were sealed anew.
    pub renewed: usize,
    /// Those that stay as they were.
    pub unopened: Vec<UnopenedSeal>,
}

/// How the seals of all organisations are.
#[derive(Debug, Default)]
pub struct Survey {
    /// How many open and wait for a rotation.
    pub waiting: usize,
    /// Those that do not open.
    pub unopened: Vec<UnopenedSeal>,
}

/// Credentials that the configured master keys do not open.
#[derive(Debug, thiserror::Error)]
#[error("{organization}: {}: {why}", .system.name())]
pub struct UnopenedSeal {
    /// Whose they are.
    pub organization: String,
    /// Of which system.
    pub system: System,
    /// What keeps them shut.
    pub why: Unopened,
}

impl UnopenedSeal {
    fn new(row: &store::Integration, why: impl Into<Unopened>) -> Self {
        Self {
            organization: row.organization.clone(),
            system: row.system,
            why: why.into(),
        }
    }
}

impl Tenants {
    /// The ids of the master keys, the one that seals first.
    pub fn master_keys(&self) -> Vec<&str> {
        self.keyring.iter().flat_map(Keyring::ids).collect()
    }

    /// Whether all credentials open, and how many wait for a rotation.
    pub async fn survey_seals(&self) -> store::Result<Survey> {
        let current = self.keyring.as_ref().map(Keyring::current_id);
        let mut survey = Survey::default();
        let mut last: Option<store::Integration> = None;
        loop {
            // No key has this id, so none is left out.
            let page = self.list_sealed_except("", last.as_ref()).await?;
            for row in &page {
                match self.open_seal(row) {
                    Ok(_) => survey.waiting += usize::from(current != Some(row.key_id.as_str())),
                    Err(why) => survey.unopened.push(UnopenedSeal::new(row, why)),
                }
            }
            last = page.into_iter().next_back();
            if last.is_none() {
                return Ok(survey);
            }
        }
    }

    /// Seals with the first master key whatever another one has sealed, of all organisations; each
    /// has an entry in its audit log. What does not open is left as it is.
    ///
    /// Errors: [`Refusal::NoMasterKey`] and [`Refusal::Store`]; what was sealed anew stays so, and
    /// the rest is done by the next rotation.
    pub async fn rotate_keys(&self, actor: &str) -> Result<Rotation, Refusal> {
        let keyring = self.keyring.as_ref().ok_or(Refusal::NoMasterKey)?;
        let mut rotation = Rotation::default();
        let mut begun: Option<(String, Begun)> = None;
        let mut last: Option<store::Integration> = None;
        loop {
            let current = keyring.current_id();
            let page = self.list_sealed_except(current, last.as_ref()).await?;
            for row in &page {
                let organization = &row.organization;
                if begun.as_ref().is_none_or(|(of, _)| of != organization) {
                    end(begun.take(), &rotation).await;
                    let act = Act::new(&self.clock, organization, actor, "rotateKeys", None);
                    begun = Some((organization.clone(), act.begin(&self.store).await?));
                }
                match self.renew_seal(keyring, row.clone()).await? {
                    Ok(is_renewed) => rotation.renewed += usize::from(is_renewed),
                    Err(unopened) => rotation.unopened.push(unopened),
                }
            }
            last = page.into_iter().next_back();
            if last.is_none() {
                end(begun, &rotation).await;
                return Ok(rotation);
            }
        }
    }

    async fn list_sealed_except(
        &self,
        key_id: &str,
        after: Option<&store::Integration>,
    ) -> store::Result<Vec<store::Integration>> {
        let after = after.map(|row| (row.organization.as_str(), row.system));
        self.store.list_sealed_except(key_id, after, PAGE).await
    }

    /// `false` when somebody else has sealed it with the first key, or forgotten it, meanwhile.
    async fn renew_seal(
        &self,
        keyring: &Keyring,
        mut row: store::Integration,
    ) -> store::Result<Result<bool, UnopenedSeal>> {
        loop {
            let context = context(&row.organization, row.system);
            let plaintext = match keyring.open(&row.sealed, &context) {
                Ok(plaintext) => plaintext,
                Err(why) => return Ok(Err(UnopenedSeal::new(&row, why))),
            };
            let sealed = keyring.seal(plaintext.expose_secret(), &context);
            let key_id = &sealed.key_id;
            if (self.store)
                .replace_seal(&row, &sealed.bytes, key_id)
                .await?
            {
                return Ok(Ok(true));
            }
            let found = self.store.find_integration(&row.organization, row.system);
            match found.await? {
                Some(changed) if changed.key_id != *key_id => row = changed,
                _ => return Ok(Ok(false)),
            }
        }
    }
}

/// Ends the act of an organisation, all of whose rows have been tried.
async fn end(begun: Option<(String, Begun)>, rotation: &Rotation) {
    let Some((organization, begun)) = begun else {
        return;
    };
    let mut unopened = rotation.unopened.iter();
    let is_whole = unopened.all(|seal| seal.organization != organization);
    begun.end(if is_whole { "OK" } else { "VALIDATION" }).await;
}
