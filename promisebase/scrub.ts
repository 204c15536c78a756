/** Reads everything a store holds and compares it with its hashes and checksums, while the store is in use. */
import { decode as decodeMultihash } from 'multiformats/hashes/digest'
import { decodeHead, verifyTail } from './commit-record.ts'
import { describeKey } from './describe-key.ts'
import { StoreError } from './errors.ts'
import { compareBytes, HEAD_KEY, kindOfKey, labelName } from './keys.ts'
import { decodeLabel } from './label.ts'
import { openValue, SealedSnapshot } from './sealed.ts'
import type { Backend, BackendSnapshot, Hasher, VerifyOptions, VerifyReport } from './interface.ts'
import type { KeyKind } from './keys.ts'

/** Damages that a report names one by one; all are counted. */
const DAMAGES_MAX = 1_000
/** How many keys lie between two calls of `onProgress`, and between two looks at the signal. */
const STRIDE = 256

/**
 * Checks the backend's own files where it has any, each value, and the chain of commits, in one snapshot: what is
 * committed meanwhile is not looked at. Damage is reported; anything else that goes wrong is thrown.
 */
export async function scrub(
  backend: Backend,
  hasher: Hasher,
  options: VerifyOptions = {},
): Promise<VerifyReport> {
  const run = new Scrub(hasher, options)
  options.signal?.throwIfAborted()
  const files = await backend.verify?.({
    ...(options.signal && { signal: options.signal }),
    onDamage: (damage) => run.found(damage),
  })
  const snapshot = backend.snapshot()
  try {
    await run.reporting(() => run.values(snapshot))
    await run.reporting(() => verifyChain(snapshot))
  } finally {
    snapshot.close()
  }
  return { ...run.report(), ...(files && { files }) }
}

async function verifyChain(snapshot: BackendSnapshot): Promise<void> {
  const sealed = new SealedSnapshot(snapshot)
  await verifyTail(sealed, decodeHead(await sealed.get(HEAD_KEY)))
}

class Scrub {
  readonly #hasher: Hasher
  readonly #options: VerifyOptions
  readonly #counts = new Map<KeyKind, number>()
  readonly #damages: string[] = []
  #damaged = 0
  #keys = 0
  #bytes = 0
  #unchecked = 0

  constructor(hasher: Hasher, options: VerifyOptions) {
    this.#hasher = hasher
    this.#options = options
  }

  found(damage: StoreError): void {
    this.#damaged++
    if (this.#damages.length < DAMAGES_MAX) this.#damages.push(damage.message)
  }

  /** Runs a part; damage ends it and is reported. */
  async reporting(part: () => Promise<void>): Promise<void> {
    try {
      await part()
    } catch (error) {
      if (!(error instanceof StoreError) || error.code !== 'CORRUPT') throw error
      this.found(error)
    }
  }

  async values(snapshot: BackendSnapshot): Promise<void> {
    for await (const [key, stored] of snapshot.range({})) {
      if (this.#keys % STRIDE === 0) this.#pause()
      this.#keys++
      this.#bytes += key.length + stored.length
      try {
        this.#value(key, stored)
      } catch (error) {
        if (!(error instanceof StoreError)) throw error
        this.found(error)
      }
    }
    this.#pause()
  }

  report(): VerifyReport {
    const count = (kind: KeyKind) => this.#counts.get(kind) ?? 0
    return {
      blocks: count('block'),
      entries: count('entry'),
      labels: count('label'),
      commits: count('record'),
      transactions: count('id'),
      bytes: this.#bytes,
      unchecked: this.#unchecked,
      damaged: this.#damaged,
      damages: this.#damages,
    }
  }

  #pause(): void {
    this.#options.signal?.throwIfAborted()
    this.#options.onProgress?.({ keys: this.#keys, bytes: this.#bytes })
  }

  #value(key: Uint8Array, stored: Uint8Array): void {
    const kind = kindOfKey(key)
    if (kind === undefined) throw new StoreError('CORRUPT', `${describeKey(key)} is none of a store`)
    this.#counts.set(kind, (this.#counts.get(kind) ?? 0) + 1)
    if (kind === 'block') return this.#block(key, stored)
    const value = openValue(key, stored)
    if (kind === 'label') decodeLabel(labelName(key), value)
  }

  #block(key: Uint8Array, bytes: Uint8Array): void {
    const multihash = readMultihash(key)
    // Put by a store that was opened with more hashes than this one.
    if (!this.#hasher.hashes.includes(multihash.code)) return void this.#unchecked++
    const digest = this.#hasher.digest(multihash.code, bytes)
    if (compareBytes(digest, multihash.digest) !== 0) {
      throw new StoreError('CORRUPT', `${describeKey(key)} does not match its hash`)
    }
  }
}

function readMultihash(key: Uint8Array) {
  try {
    return decodeMultihash(key.subarray(1))
  } catch (cause) {
    throw new StoreError('CORRUPT', `${describeKey(key)} has no multihash`, { cause })
  }
}
