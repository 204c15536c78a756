import { commonFiles, manifest } from './template.ts'
import type { Template } from './template.ts'

const SOURCE = `import { asciiOf, failure } from './promisegrid.js'

/** Greets whoever is named. */
export function greet(name) {
  if (name.length === 0) throw failure('whom?')
  return Uint8Array.of(...asciiOf('hello, '), ...name)
}
`

const SDK = `/** What a handler needs of its host: see spec/component.md of PromiseGrid. The engine has no TextEncoder. */

/** The failure of a method, in words for its caller: throw it. Another exception ends the call as a fault. */
export function failure(message) {
  return { tag: 'message', val: message }
}

/** The failure of a method as a number that its protocol gives a meaning. */
export function failureCode(code) {
  return { tag: 'code', val: code }
}

/** Bytes of a text without other characters than those of ASCII. */
export function asciiOf(text) {
  return Uint8Array.from(text, (character) => character.charCodeAt(0))
}
`

const WIT = `package local:handler;

/// What the handler exports: a function for each method, bytes in and bytes out.
world handler {
  variant error { code(u32), message(string) }
  export greet: func(arguments: list<u8>) -> result<list<u8>, error>;
}
`

export const js: Template = {
  files: (name) => ({
    ...commonFiles(name, 'js', 'component'),
    'handler.js': SOURCE,
    'handler.wit': WIT,
    'promisegrid.js': SDK,
    'package.json': manifest(name, 'componentize-qjs', '0.4.5'),
  }),
}
