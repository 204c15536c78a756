// Writes conformance/vectors/ from the cases in conformance/tools/vectors/, over the built package.
//   node conformance/tools/make-vectors.mjs [--check]
// Nothing in it is random and no clock is read: the same cases give the same bytes, and --check says whether
// what is committed is what they give.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

import { cacheKeyChapter } from './vectors/cache-key.mjs'
import { capabilityChapter } from './vectors/capability.mjs'
import { cborChapter } from './vectors/cbor.mjs'
import { contentChapter } from './vectors/content.mjs'
import { coseChapter } from './vectors/cose.mjs'
import { descriptorChapter } from './vectors/descriptor.mjs'
import { dispatchChapter } from './vectors/dispatch.mjs'
import { foreignChapter } from './vectors/foreign.mjs'
import { genesisChapter } from './vectors/genesis.mjs'
import { keySetChapter } from './vectors/key-set.mjs'
import { mergeChapter } from './vectors/merge.mjs'
import { messageChapter } from './vectors/message.mjs'
import { nestedChapter } from './vectors/nested.mjs'
import { objectChapter } from './vectors/object.mjs'
import { principalChapter } from './vectors/principal.mjs'
import { programChapter } from './vectors/program.mjs'
import { promiseChapter } from './vectors/promise.mjs'
import { replyChapter } from './vectors/reply.mjs'
import { revocationChapter } from './vectors/revocation.mjs'
import { backupChapter, spaceChapter, streamChapter } from './vectors/store.mjs'

const folder = fileURLToPath(new URL('../vectors/', import.meta.url))
const isCheck = process.argv.includes('--check')
const chapters = [
  ...[cborChapter, principalChapter, keySetChapter, genesisChapter, messageChapter, capabilityChapter],
  ...[objectChapter, descriptorChapter, cacheKeyChapter, replyChapter, dispatchChapter, coseChapter],
  ...[contentChapter, foreignChapter, nestedChapter, promiseChapter, revocationChapter, mergeChapter],
  ...[streamChapter, spaceChapter, backupChapter],
  programChapter,
]

const stale = chapters.flatMap((make) => {
  const { name, spec, files } = make()
  return Object.entries(files)
    .filter(([, vectors]) => vectors.length > 0)
    .filter(([kind, vectors]) => !isWritten(name, kind, textOf({ chapter: name, kind, spec, vectors })))
    .map(([kind]) => `${name}/${kind}.json`)
})
if (stale.length > 0) {
  console.error(`make-vectors: not what the cases give: ${stale.join(', ')}`)
  process.exit(1)
}

/** Whether the file holds this text, which it does after it was written. */
function isWritten(name, kind, text) {
  const path = join(folder, name, `${kind}.json`)
  if (isCheck) return existsSync(path) && readFileSync(path, 'utf8') === text
  mkdirSync(join(folder, name), { recursive: true })
  writeFileSync(path, text)
  return true
}

/** One vector a line, so that a changed case is a changed line. */
function textOf({ vectors, ...head }) {
  const lines = vectors.map((vector) => `  ${JSON.stringify(vector, plain)}`)
  return `${JSON.stringify(head, null, 1).slice(0, -2)},\n "vectors": [\n${lines.join(',\n')}\n ]\n}\n`
}

function plain(_name, value) {
  if (typeof value === 'bigint') throw new TypeError('a vector holds no bigint')
  return value
}
