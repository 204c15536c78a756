import { commonFiles } from './template.ts'
import { RUST_SDK } from './rust-sdk.ts'
import type { Template } from './template.ts'

const SOURCE = `#[macro_use]
mod promisegrid;
use promisegrid::Answer;

methods!(greet);

/// Greets whoever is named.
fn greet(name: &[u8]) -> Answer {
    if name.is_empty() {
        return Err("whom?".into());
    }
    Ok([&b"hello, "[..], name].concat())
}
`

export const rust: Template = {
  files: (name) => ({
    ...commonFiles(name, 'rust'),
    'handler.rs': SOURCE,
    'promisegrid.rs': RUST_SDK,
  }),
}
