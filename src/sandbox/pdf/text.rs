//! Letters of the built-in fonts: their encoding and how wide they run.

/// Advance widths of Helvetica from space to tilde, in thousandths of the size.
const WIDTHS: [u16; 95] = [
    278, 278, 355, 556, 556, 889, 667, 191, 333, 333, 389, 584, 278, 333, 278,
    278, // space to /
    556, 556, 556, 556, 556, 556, 556, 556, 556, 556, 278, 278, 584, 584, 584, 556, // 0 to ?
    1015, 667, 667, 722, 722, 667, 611, 778, 722, 278, 500, 667, 556, 833, 722, 778, // @ to O
    667, 778, 722, 667, 611, 722, 667, 944, 667, 667, 611, 278, 278, 278, 469, 556, // P to _
    333, 556, 556, 500, 556, 556, 278, 556, 556, 222, 222, 500, 222, 833, 556, 556, // ` to o
    556, 556, 333, 500, 278, 556, 500, 722, 500, 500, 500, 334, 260, 334, 584, // p to ~
];

/// The text in WinAnsi encoding; what it lacks becomes a question mark.
pub(super) fn encode(text: &str) -> Vec<u8> {
    text.chars().map(code).collect()
}

fn code(letter: char) -> u8 {
    match letter {
        ' '..='~' | '\u{a0}'..='ÿ' => letter as u8,
        '€' => 0x80,
        '‚' => 0x82,
        '„' => 0x84,
        '…' => 0x85,
        'Š' => 0x8a,
        'Ž' => 0x8e,
        '‘' => 0x91,
        '’' => 0x92,
        '“' => 0x93,
        '”' => 0x94,
        '•' => 0x95,
        '–' => 0x96,
        '—' => 0x97,
        'š' => 0x9a,
        'ž' => 0x9e,
        _ => b'?',
    }
}

/// How far the text runs, in points. Letters beyond ASCII count as wide as a capital.
fn width(text: &str, size: f32) -> f32 {
    let of = |letter: char| match letter {
        ' '..='~' => WIDTHS[letter as usize - ' ' as usize],
        _ => 667,
    };
    text.chars()
        .map(|letter| f32::from(of(letter)))
        .sum::<f32>()
        * size
        / 1000.0
}

/// The text, or as much of it as goes into `room` points, then marked with an ellipsis.
pub(super) fn fit(text: &str, size: f32, room: f32) -> String {
    if width(text, size) <= room {
        return text.to_owned();
    }
    let mut cut = text.to_owned();
    while cut.pop().is_some() {
        let marked = format!("{}…", cut.trim_end());
        if width(&marked, size) <= room {
            return marked;
        }
    }
    cut
}

/// The text in lines of at most `room` points, broken between words.
pub(super) fn wrap(text: &str, size: f32, room: f32) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        match lines.last_mut() {
            Some(line) if width(&format!("{line} {word}"), size) <= room => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn german_letters_and_signs_have_their_codes() {
        assert_eq!(encode("Öl ß €–…"), b"\xd6l \xdf \x80\x96\x85");
        assert_eq!(encode("Łódź"), b"?\xf3d?");
    }

    #[test]
    fn text_is_cut_to_its_room_and_marked() {
        assert_eq!(fit("Keller", 10.0, 100.0), "Keller");
        let cut = fit("Donaudampfschifffahrt", 10.0, 40.0);
        assert!(cut.ends_with('…') && width(&cut, 10.0) <= 40.0, "{cut}");
        assert!(cut.starts_with("Donau"), "{cut}");
    }

    #[test]
    fn lines_break_between_words_and_lose_none() {
        let text = "Die Wohnung wird besenrein und ohne sichtbare Mängel übergeben.";
        let lines = wrap(text, 10.0, 90.0);
        assert!(lines.len() > 2);
        assert!(lines.iter().all(|line| width(line, 10.0) <= 90.0));
        assert_eq!(lines.join(" "), text);
    }
}
