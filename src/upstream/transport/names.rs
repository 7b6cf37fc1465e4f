//! What names lead to, as far as calls may go.
//!
//! Asked for every new connection, so a name that turns private later leads nowhere, too.

use std::sync::Arc;

use reqwest::dns::{Addrs, Name, Resolve, Resolving};

use crate::upstream::{Forbidden, Reach};

/// Looks names up and leaves out what is beyond reach.
pub(super) struct Names {
    pub(super) reach: Reach,
    pub(super) source: Arc<dyn Resolve>,
}

impl Resolve for Names {
    fn resolve(&self, name: Name) -> Resolving {
        let (reach, found) = (self.reach, self.source.resolve(name));
        Box::pin(async move {
            let (permitted, forbidden): (Vec<_>, Vec<_>) =
                found.await?.partition(|found| reach.permits(found.ip()));
            if permitted.is_empty() && !forbidden.is_empty() {
                return Err(Forbidden::NotPublic.into());
            }
            Ok(Box::new(permitted.into_iter()) as Addrs)
        })
    }
}

/// What the operating system knows.
pub(super) struct OfSystem;

impl Resolve for OfSystem {
    fn resolve(&self, name: Name) -> Resolving {
        Box::pin(async move {
            // Port 0 leaves it to the address that is called.
            let found: Vec<_> = tokio::net::lookup_host((name.as_str(), 0)).await?.collect();
            Ok(Box::new(found.into_iter()) as Addrs)
        })
    }
}

/// Why a call did not go out, when it was kept from leaving.
pub(super) fn forbidden(error: &reqwest::Error) -> Option<Forbidden> {
    let mut cause: Option<&(dyn std::error::Error + 'static)> = Some(error);
    while let Some(error) = cause {
        if let Some(forbidden) = error.downcast_ref() {
            return Some(*forbidden);
        }
        cause = error.source();
    }
    None
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::*;

    /// Says what it was told last.
    struct Told(Arc<Mutex<&'static [&'static str]>>);

    impl Resolve for Told {
        fn resolve(&self, _: Name) -> Resolving {
            let told = *self.0.lock().unwrap();
            let found = told.iter().map(|address| address.parse().unwrap());
            Box::pin(async move { Ok(Box::new(found) as Addrs) })
        }
    }

    #[tokio::test]
    async fn a_name_leads_to_its_public_addresses_for_as_long_as_it_has_any() {
        let told: Arc<Mutex<&[&str]>> = Arc::default();
        let names = |reach| Names {
            reach,
            source: Arc::new(Told(Arc::clone(&told))),
        };
        let (public, any) = (names(Reach::Public), names(Reach::Any));
        let ask = async |names: &Names| {
            let found = names.resolve("crm.example".parse().unwrap()).await;
            found.map(|found| found.map(|address| address.to_string()).collect::<Vec<_>>())
        };

        *told.lock().unwrap() = &["10.0.0.1:0", "1.1.1.1:0", "[fd00::1]:0"];
        assert_eq!(ask(&public).await.unwrap(), ["1.1.1.1:0"]);
        assert_eq!(ask(&any).await.unwrap().len(), 3);

        *told.lock().unwrap() = &["127.0.0.1:0"];
        let error = ask(&public).await.unwrap_err();
        assert_eq!(error.downcast_ref(), Some(&Forbidden::NotPublic));
        assert_eq!(ask(&any).await.unwrap(), ["127.0.0.1:0"]);
    }
}
