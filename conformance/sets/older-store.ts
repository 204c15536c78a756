/**
 * The store before this one: objects are files `block\n…` or `tree\n…`, named by the hash of the whole file, and a tree
 * lists the paths of its children. So every object is a raw block of ours, found by the hash in its path.
 */
import {
  CODEC,
  createCid,
  createMemoryBackend,
  createStore,
  HASH,
  nobleCrypto as crypto,
  nobleHasher as hasher,
} from 'promisegrid/promisebase'

import { unhex, utf8 } from './bytes.ts'
import { all, outOfScope, verdict, wrong } from './set.ts'
import type { CID } from 'multiformats/cid'
import type { Snapshot, Store } from 'promisegrid/promisebase'
import type { FileReader, SetCase, Verdict } from './set.ts'

interface StoredObject {
  readonly name: string
  readonly kind: string
  readonly algo: string
  readonly expect_hash: string
  readonly expect_canpath?: string
  readonly data_utf8?: string
  readonly body_utf8?: string
}

/** What stands below a root: its leaves, all of it, or one of both. */
interface Listing {
  readonly root: string
  readonly leaves?: readonly string[]
  readonly all?: readonly string[]
  readonly expect?: readonly string[]
}

interface Golden {
  readonly plain_hash: readonly {
    readonly data_utf8: string
    readonly algo: string
    readonly expect: string
  }[]
  readonly objects: readonly StoredObject[]
  readonly listings?: readonly Listing[]
  readonly cli_outputs?: readonly unknown[]
  readonly disk_objects?: readonly unknown[]
}

const HASHES: Readonly<Record<string, number>> = { sha256: HASH['sha2-256'], sha512: HASH['sha2-512'] }

/** A tree below itself is none; this deep nobody has built one. */
const DEPTH_MAX = 64

export const olderStore: FileReader = {
  files: /^promisebase-golden\.json$/,
  *cases(set, file): Iterable<SetCase> {
    const given = set.json(file) as Golden
    const { objects, listings = [], cli_outputs: commands = [], disk_objects: files = [] } = given
    for (const { data_utf8: text, algo, expect } of given.plain_hash)
      yield { name: `${algo} of ${text}`, judge: () => named(utf8(text), algo, `plain/${algo}/${expect}`) }
    for (const each of objects) yield { name: each.name, judge: () => judgeObject(each) }
    for (const [at, each] of listings.entries())
      yield { name: `listing ${at}`, judge: () => judgeListing(each, objects) }
    for (const at of commands.keys())
      yield {
        name: `command ${at}`,
        judge: () => outOfScope('the command line of the older store, which is not taken over'),
      }
    for (const at of files.keys())
      yield {
        name: `file ${at}`,
        judge: () => outOfScope('a file of the older store that the set only names'),
      }
  },
}

function judgeObject(object: StoredObject): Verdict {
  const bytes = bytesOf(object)
  const { kind, algo, expect_hash: hash, expect_canpath: path = `${kind}/${algo}/${hash}` } = object
  if (bytes === undefined) return outOfScope('an object whose content is in none of the files')
  return all(
    named(bytes, algo, path),
    verdict(path === `${kind}/${algo}/${hash}`, `the path of ${hash} is ${path}`),
  )
}

/** The file of an object, where its content is known. */
function bytesOf({ kind, data_utf8, body_utf8 }: StoredObject): Uint8Array | undefined {
  const content = data_utf8 ?? body_utf8
  return content === undefined ? undefined : utf8(`${kind}\n${content}`)
}

function named(bytes: Uint8Array, algo: string, path: string): Verdict {
  const code = HASHES[algo]
  if (code === undefined) return wrong(`no hash ${algo}`)
  const made = createCid(CODEC.raw, hasher.digest(code, bytes), code)
  return verdict(made.equals(cidIn(path)), `named ${made.toString()}`)
}

/** `tree/sha256/…` @throws {SyntaxError} */
function cidIn(path: string): CID {
  const [, algo = '', hash = ''] = path.split('/')
  const code = HASHES[algo]
  if (code === undefined) throw new SyntaxError(`no path of the older store: ${path}`)
  return createCid(CODEC.raw, unhex(hash), code)
}

/** The objects are kept as blocks, and the tree is walked from the block that its root's path names. */
async function judgeListing(listing: Listing, objects: readonly StoredObject[]): Promise<Verdict> {
  const store = await keep(objects)
  const snapshot = store.snapshot()
  try {
    const found = await walk(snapshot, listing.root)
    const leaves = found.filter((path) => !isTree(path))
    const { expect = [] } = listing
    return all(
      isList(leaves, listing.leaves),
      isList(found, listing.all),
      isList(expect.some(isTree) ? found : leaves, listing.expect),
    )
  } finally {
    snapshot.close()
    await store.close()
  }
}

async function keep(objects: readonly StoredObject[]): Promise<Store> {
  const store = await createStore({ backend: createMemoryBackend(), crypto, hasher })
  await store.transact((transaction) => {
    for (const each of objects) {
      const bytes = bytesOf(each)
      const path = `${each.kind}/${each.algo}/${each.expect_hash}`
      if (bytes !== undefined) transaction.putBlockAs(cidIn(path), bytes)
    }
  })
  return store
}

/** The path itself and what is below it, each tree before its children. @throws when a tree is not there */
async function walk(snapshot: Snapshot, path: string, depth = 0): Promise<readonly string[]> {
  if (!isTree(path)) return [path]
  const bytes = depth < DEPTH_MAX ? await snapshot.getBlock(cidIn(path)) : undefined
  const [heading, ...children] = new TextDecoder().decode(bytes).trimEnd().split('\n')
  if (heading !== 'tree') throw new Error(`${path} is no tree that is here`)
  const below: string[] = []
  for (const child of children) below.push(...(await walk(snapshot, child, depth + 1)))
  return [path, ...below]
}

function isTree(path: string): boolean {
  return path.startsWith('tree/')
}

function isList(found: readonly string[], expected: readonly string[] | undefined): Verdict {
  return verdict(expected === undefined || found.join() === expected.join(), `listed ${found.join(', ')}`)
}
