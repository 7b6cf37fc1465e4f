//! The two endpoints that a key opens, one method for each use.

use std::sync::Arc;

use chrono::SecondsFormat;
use reqwest::header::{HeaderName, HeaderValue};
use secrecy::ExposeSecret;

use super::{
    Administration, Cursor, Page, Settings,
    administration::Session,
    convert,
    pdf::{self, Links},
    wire,
};
use crate::{
    clock::Clock,
    model::{ProtocolId, ProtocolPdf},
    spool::Spooled,
    upstream::{
        BaseUrl, Error, Scope, SettingsError, System, flaw,
        lease::Loaded,
        transport::{Answer, Budget, Call, Transport},
    },
};

const API_KEY: HeaderName = HeaderName::from_static("x-api-key");

/// The most protocols that one page holds.
pub const LARGEST_PAGE: u32 = 200;

/// One organisation's deep.rent account. Clones share connections and links.
#[derive(Debug, Clone)]
pub struct Client {
    pub(super) transport: Transport,
    /// To the store where the files are: it is another host, which gets no key and is judged apart.
    files: Transport,
    pub(super) account: Arc<Account>,
}

#[derive(Debug)]
pub(super) struct Account {
    pub base_url: BaseUrl,
    /// Marked as sensitive, so it is not shown.
    api_key: HeaderValue,
    session: Option<Session>,
    links: Links,
}

impl Client {
    /// A client for the account of `settings`.
    ///
    /// Errors: [`SettingsError::UnusableKey`] for the key and the session's token,
    /// [`SettingsError::UnusableOrganizationId`].
    pub fn new(settings: Settings, clock: Clock) -> Result<Self, SettingsError> {
        let mut api_key = HeaderValue::from_str(settings.api_key.expose_secret())
            .map_err(|_| SettingsError::UnusableKey(System::DeepRent))?;
        api_key.set_sensitive(true);
        let session = Session::new(&settings)?;
        let account = Account {
            base_url: settings.base_url,
            api_key,
            session,
            links: Links::new(clock.clone()),
        };
        let (limits, reach) = (settings.limits, settings.reach);
        Ok(Self {
            files: Transport::new(System::DeepRent, clock.clone(), limits.clone(), reach),
            transport: Transport::new(System::DeepRent, clock, limits, reach),
            account: Arc::new(account),
        })
    }

    /// What the system allows this account, as far as it is known. Nothing is asked for it.
    pub fn budget(&self) -> Budget {
        self.transport.budget()
    }

    /// The same account, on behalf of `scope`.
    pub fn scoped(&self, scope: Scope) -> Self {
        Self {
            transport: self.transport.scoped(scope.clone()),
            files: self.files.scoped(scope),
            account: Arc::clone(&self.account),
        }
    }

    /// The management of keys and webhooks, in the same scope; `None` without a login session.
    pub fn administration(&self) -> Option<Administration> {
        let session = self.account.session.clone()?;
        Some(Administration::new(self.clone(), session))
    }

    /// Finds out which organisation the key belongs to, which shows as well that it is good.
    ///
    /// Shape: deep.rent's id of it; `None` when it does not say.
    /// Errors: [`Error`]; [`Error::Refused`] for a key that is not good.
    /// Source: `GET /external/protocols`; contract E1.
    pub async fn find_organization_id(&self) -> Result<Option<String>, Error> {
        let mut url = self.account.base_url.at("external/protocols");
        url.query_pairs_mut().append_pair("limit", "1");
        let call = self.transport.get("find_organization_id", url);
        let answer = self.signed(call.tries_on_500(1)).send().await?;
        let organization: wire::Organization = answer.json()?;
        Ok(organization.org_id.0)
    }

    /// Lists protocols, newest first, one page of at most [`LARGEST_PAGE`] rows.
    ///
    /// Shape: older than `cursor`, or from the newest on. Deleted ones only with `include_deleted`.
    /// Units: storage in kilobytes.
    /// Errors: [`Error`].
    /// Source: `GET /external/protocols`; contract E1.
    pub async fn list_protocols(
        &self,
        limit: u32,
        cursor: Option<&Cursor>,
        include_deleted: bool,
    ) -> Result<Page, Error> {
        let mut url = self.account.base_url.at("external/protocols");
        url.query_pairs_mut()
            .append_pair("limit", &limit.clamp(1, LARGEST_PAGE).to_string())
            .append_pair("includeDeleted", &include_deleted.to_string());
        if let Some(Cursor { created_at, id }) = cursor {
            let created_at = created_at.to_rfc3339_opts(SecondsFormat::AutoSi, true);
            url.query_pairs_mut()
                .append_pair("cursorTs", &created_at)
                .append_pair("cursorId", id);
        }
        // By the contract, only the link to a PDF is worth asking for again after a 500.
        let call = self.transport.get("list_protocols", url).tries_on_500(1);
        let answer = self.signed(call).send().await?;
        let page: wire::Page = flaw::decode(answer, self.transport.scope(), Answer::json)?;
        Ok(convert::page(page, self.transport.fetched()))
    }

    /// Finds a link to a protocol's PDF, which is built first where there is none yet.
    ///
    /// Shape: `None` for an unknown protocol, and for a text that cannot be the id of one; the
    /// latter is not sent. A link is handed out again until shortly before it ends.
    /// Units: seconds until the link ends; building may take a minute.
    /// Errors: [`Error`]; [`Error::TimedOut`] after 75 s; [`Error::Throttled`] at once while 16
    /// others wait for their turn.
    /// Source: `GET /external/protocols/{id}/pdf`; contract E2.
    pub async fn find_pdf(&self, id: &ProtocolId) -> Result<Option<ProtocolPdf>, Error> {
        let link = self.link(id).await?;
        Ok(link.map(|link| link.at(self.transport.now())))
    }

    /// Fetches a protocol's PDF, which is built first where there is none yet.
    ///
    /// Shape: `None` as [`Self::find_pdf`]; else the file as it was sent, which may be no PDF. A link
    /// that does not work any more is asked for anew, once.
    /// Units: at most `limit` bytes.
    /// Errors: [`Error`]; [`Error::TooLarge`] beyond the limit; [`Error::TimedOut`] after 75 s for the
    /// link and 120 s for the file.
    /// Source: the link of contract E2, then contract E3: no key is sent there, and no redirect
    /// followed.
    pub async fn download_pdf(
        &self,
        id: &ProtocolId,
        limit: u64,
    ) -> Result<Option<Spooled>, Error> {
        let mut is_last = false;
        loop {
            let Some(link) = self.link(id).await? else {
                return Ok(None);
            };
            let call = self.files.get("download_pdf", link.url());
            match call.timeout(pdf::DOWNLOAD_TIMEOUT).download(limit).await {
                Err(Error::Refused { .. }) if !is_last => {
                    self.account.links.forget(id, &link);
                    is_last = true;
                }
                result => return result.map(Some),
            }
        }
    }

    /// A link that works for a while.
    async fn link(&self, id: &ProtocolId) -> Result<Option<pdf::Link>, Error> {
        if !pdf::is_protocol_id(id.key()) {
            return Ok(None);
        }
        // Others may wait for the same load, so it heeds nobody's deadline.
        let everybody = Self {
            transport: self.transport.shared(),
            ..self.clone()
        };
        let key = id.clone();
        let load = || async move { everybody.load_link(&key).await };
        let link = self.account.links.find(id, load);
        let link = self
            .transport
            .in_time(pdf::OPERATION, pdf::TIMEOUT, link)
            .await?;
        Ok(link.map(|link| link.value))
    }

    async fn load_link(&self, id: &ProtocolId) -> Loaded<pdf::Link> {
        let _turn = self.account.links.turn(self.transport.priority()).await?;
        let path = ["external", "protocols", id.key(), "pdf"];
        let Some(url) = self.account.base_url.join(&path) else {
            return Ok(None);
        };
        let call = self
            .transport
            .get(pdf::OPERATION, url)
            .timeout(pdf::TIMEOUT)
            // A build that failed may have been finished by another one.
            .tries_on_500(2);
        let Some(answer) = self.signed(call).find().await? else {
            return Ok(None);
        };
        pdf::Link::read(id, &answer).map(Some)
    }

    fn signed<'a>(&self, call: Call<'a>) -> Call<'a> {
        call.header(API_KEY, self.account.api_key.clone())
    }
}
