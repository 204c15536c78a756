import { readFileSync } from 'node:fs'

import { JS_SDK } from './js-sdk.ts'
import { commonFiles, manifest } from './template.ts'
import type { Template } from './template.ts'

/** What a component may ask of its host; it comes with the package. */
const INTERFACES = new URL('../../../../../spec/wit/', import.meta.url)

const SOURCE = `// @ts-check
import { failure, utf8 } from './promisegrid/index.js'

/** Greets whoever is named. @param {Uint8Array} name */
export function greet(name) {
  if (name.length === 0) throw failure('whom?')
  return Uint8Array.of(...utf8('hello, '), ...name)
}
`

const WIT = `package local:handler;

/// What the handler exports: a function for each method, bytes in and bytes out.
world handler {
  // What it asks of its host, each with its group among the imports of handler.json:
  // import promisegrid:handler/state@1.0.0;
  // import promisegrid:handler/block@1.0.0;
  // import promisegrid:handler/call@1.0.0;
  // import promisegrid:handler/promise@1.0.0;
  // import promisegrid:handler/promise-outcome@1.0.0;
  // import promisegrid:handler/log@1.0.0;
  // import promisegrid:handler/answer@1.0.0;
  variant error { code(u32), message(string) }
  export greet: func(arguments: list<u8>) -> result<list<u8>, error>;
}
`

export const js: Template = {
  files: (name) => ({
    ...commonFiles(name, 'js', 'component'),
    'handler.js': SOURCE,
    'package.json': manifest(name, 'componentize-qjs', '0.4.5'),
    ...JS_SDK,
    'wit/handler.wit': WIT,
    ...Object.fromEntries(
      ['handler.wit', 'host.wit'].map((file) => [
        `wit/deps/promisegrid/${file}`,
        readFileSync(new URL(file, INTERFACES), 'utf8'),
      ]),
    ),
  }),
}
