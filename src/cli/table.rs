//! Rows for people to read, in columns.

/// Prints a line for the names of the columns and one for each row.
pub fn print<const N: usize>(names: [&str; N], rows: &[[String; N]]) {
    let mut lines = vec![names.map(str::to_owned)];
    // Names are given by others: none may move the cursor.
    lines.extend(rows.iter().map(|row| {
        row.each_ref()
            .map(|cell| cell.replace(char::is_control, " "))
    }));
    let width = |column: usize| {
        let widths = lines.iter().map(|line| line[column].chars().count());
        widths.max().unwrap_or_default()
    };
    let widths: Vec<usize> = (0..N).map(width).collect();
    for line in &lines {
        let cells = line.iter().zip(&widths);
        let cells: Vec<_> = cells
            .map(|(cell, width)| format!("{cell:width$}"))
            .collect();
        println!("{}", cells.join("  ").trim_end());
    }
}
