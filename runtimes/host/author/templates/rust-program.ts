import { programFiles } from './template.ts'
import type { Template } from './template.ts'

const SOURCE = `//! Numbers the lines of each file of one folder, into another: NAME FROM TO. A program of WASI preview 1.
use std::path::Path;
use std::{env, fs, io, process};

fn number_lines(text: &str) -> String {
    text.split_inclusive('\\n').zip(1..).map(|(line, number)| format!("{number} {line}")).collect()
}

fn number_files(from: &Path, to: &Path) -> io::Result<usize> {
    let mut files = 0;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        if !entry.file_type()?.is_file() {
            continue;
        }
        let text = fs::read_to_string(entry.path())?;
        fs::write(to.join(entry.file_name()), number_lines(&text))?;
        files += 1;
    }
    Ok(files)
}

fn main() {
    let words: Vec<String> = env::args().skip(1).collect();
    match &words[..] {
        [from, to] => match number_files(from.as_ref(), to.as_ref()) {
            Ok(files) => println!("files: {files}"),
            Err(error) => {
                eprintln!("{from}: {error}");
                process::exit(1);
            }
        },
        _ => {
            eprintln!("usage: FROM TO");
            process::exit(2);
        }
    }
}
`

export const rustProgram: Template = {
  files: (name) => ({ ...programFiles(name, 'rust'), 'program.rs': SOURCE }),
}
