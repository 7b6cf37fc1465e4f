//! Reads any stretch of a list that an upstream pages by number.

/// The largest page that is asked for: Propstack warns of time-outs above it.
pub const LARGEST_PAGE: u32 = 500;

/// One numbered page, and how many of its rows come before the stretch that is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    /// Counted from 1.
    pub page: u32,
    /// Rows a page.
    pub per: u32,
    /// Rows of the page to pass over.
    pub skip: usize,
}

impl Window {
    /// The smallest page that holds rows `offset..offset + count` whole, so that one call is
    /// enough. Where no page up to the largest does, one that holds as many of them as it can from
    /// `offset` on: the caller goes on behind those.
    pub fn over(offset: u64, count: u32) -> Self {
        let count = count.clamp(1, LARGEST_PAGE);
        let at = |per: u32| {
            let skip = (offset % u64::from(per)) as u32;
            let page = u32::try_from(offset / u64::from(per)).unwrap_or(u32::MAX - 1);
            (
                Self {
                    page: page + 1,
                    per,
                    skip: skip as usize,
                },
                per - skip,
            )
        };
        (count..=LARGEST_PAGE)
            .map(at)
            .find(|(_, held)| *held >= count)
            .or_else(|| (count..=LARGEST_PAGE).map(at).max_by_key(|(_, held)| *held))
            .map_or(
                Self {
                    page: 1,
                    per: count,
                    skip: 0,
                },
                |(window, _)| window,
            )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_stretch_is_held_by_one_page() {
        for offset in 0..3_000_u64 {
            for count in [1, 20, 50, 99, 100] {
                let Window { page, per, skip } = Window::over(offset, count);
                let first = u64::from(page - 1) * u64::from(per);
                assert_eq!(first + skip as u64, offset);
                assert!(skip as u32 + count <= per, "offset {offset}, count {count}");
                assert!(per <= LARGEST_PAGE);
            }
        }
    }

    #[test]
    fn an_aligned_stretch_costs_nothing_extra() {
        assert_eq!(
            Window::over(40, 20),
            Window {
                page: 3,
                per: 20,
                skip: 0
            }
        );
        assert_eq!(
            Window::over(0, 0),
            Window {
                page: 1,
                per: 1,
                skip: 0
            }
        );
        assert_eq!(Window::over(0, 9_999).per, LARGEST_PAGE);
    }

    #[test]
    fn a_stretch_far_out_makes_progress() {
        let window = Window::over(u64::from(u32::MAX) * 2 + 1, 500);
        assert!(window.skip < window.per as usize);
    }
}
