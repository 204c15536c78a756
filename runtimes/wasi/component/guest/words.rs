// Counts words, in Rust with its standard library: those of standard input, or of the files that its arguments name, and
// writes what it found beside them. A program of wasi:cli/run.
use std::collections::BTreeMap;
use std::io::{self, Read, Write};
use std::{env, fs, process};

fn count(text: &str, words: &mut BTreeMap<String, u32>) {
    for word in text.split_whitespace() {
        *words.entry(word.to_lowercase()).or_default() += 1;
    }
}

fn report(words: &BTreeMap<String, u32>) -> String {
    words.iter().map(|(word, times)| format!("{times} {word}\n")).collect()
}

fn run() -> io::Result<()> {
    let mut words = BTreeMap::new();
    let mut arguments = env::args().skip(1);
    let Some(out) = arguments.next().filter(|name| name.starts_with('/')) else {
        let mut text = String::new();
        io::stdin().read_to_string(&mut text)?;
        count(&text, &mut words);
        return io::stdout().write_all(report(&words).as_bytes());
    };
    for folder in arguments {
        let mut names: Vec<_> = fs::read_dir(&folder)?.collect::<Result<_, _>>()?;
        names.sort_by_key(|entry| entry.file_name());
        for entry in names {
            if entry.file_type()?.is_file() {
                count(&fs::read_to_string(entry.path())?, &mut words);
            }
        }
    }
    fs::create_dir_all(format!("{out}/found"))?;
    fs::write(format!("{out}/found/words.txt"), report(&words))?;
    println!("{} words", words.len());
    Ok(())
}

fn main() {
    if let Err(error) = run() {
        eprintln!("{error}");
        process::exit(1);
    }
}
