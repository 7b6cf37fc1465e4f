//! How reads are declared: a struct that names the call, and the call.

/// Declares reads of one client about one kind of thing. `by id` marks those that look for one
/// record, `owned by` those that belong to another one, `with` those that carry one more tag.
macro_rules! reads {
    (
        $client:ty, $kind:ident;
        $(
            $(#[$doc:meta])*
            $name:ident { $($field:ident: $type:ty),* } $(by $id:ident)? $(owned by $owner:ident)? $(with $tag:ident)? -> $value:ty,
            $operation:literal, |$account:ident| $load:expr;
        )+
    ) => {
        $(
            $(#[$doc])*
            #[derive(Debug, Clone, PartialEq, Eq, Hash)]
            pub struct $name {
                $(pub(super) $field: $type,)*
            }

            impl $crate::cache::Read for $name {
                type Client = $client;
                type Value = $value;
                const KIND: $crate::cache::Kind = $crate::cache::Kind::$kind;
                const OPERATION: &'static str = $operation;

                $(
                    fn tags(&self) -> Vec<$crate::cache::Tag> {
                        // One record: lists do not concern it.
                        let mut tags = self.sought();
                        type Row = <$value as $crate::cache::Value>::Row;
                        tags.extend(<Row as $crate::cache::Record>::whole(&self.$id));
                        tags
                    }

                    fn sought(&self) -> Vec<$crate::cache::Tag> {
                        vec![$crate::cache::Tag::record(Self::KIND, &self.$id)]
                    }
                )?

                $(
                    fn tags(&self) -> Vec<$crate::cache::Tag> {
                        let lists = $crate::cache::Tag::lists(Self::KIND);
                        vec![lists, $crate::cache::Tag::lists_of(Self::KIND, &self.$owner)]
                    }
                )?

                $(
                    fn tags(&self) -> Vec<$crate::cache::Tag> {
                        let lists = $crate::cache::Tag::lists(Self::KIND);
                        vec![lists, $crate::cache::Tag::$tag()]
                    }
                )?

                async fn load(
                    self,
                    $account: $client,
                ) -> Result<$value, $crate::upstream::Error> {
                    let Self { $($field),* } = self;
                    $load
                }
            }
        )+
    };
}

/// Declares the read that brings one record of a type.
macro_rules! single {
    ($type:ty, $read:ident) => {
        impl $crate::cache::Single for $type {
            type Read = $read;

            fn read(id: &Self::Id) -> $read {
                $read { id: id.clone() }
            }
        }
    };
}

/// Declares the records of a kind, found by the field that is their id. `within` names the part of the
/// id that they go with, `gone at` the field that says that they were deleted.
macro_rules! record {
    (
        $type:ty, $kind:ident, $id:ty $(, $depth:expr)?
        $(; within $whole:ident)? $(; gone at $deleted_at:ident)?
    ) => {
        impl $crate::cache::Record for $type {
            const KIND: $crate::cache::Kind = $crate::cache::Kind::$kind;
            type Id = $id;

            fn id(&self) -> &$id {
                &self.id
            }

            $(
                fn is_gone(&self) -> bool {
                    self.$deleted_at.is_some()
                }
            )?

            $(
                fn whole(id: &$id) -> Option<$crate::cache::Tag> {
                    let kind = $crate::cache::Kind::$kind;
                    Some($crate::cache::Tag::parts_of(kind, &id.$whole))
                }
            )?

            $(
                fn depth(&self) -> $crate::cache::Depth {
                    $depth(self)
                }
            )?
        }
    };
}

pub(super) use reads;
pub(super) use record;
pub(super) use single;
