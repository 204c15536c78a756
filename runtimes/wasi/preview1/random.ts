/**
 * Random numbers that every node draws alike (spec/handler-abi.md, "Random"): SHA-256 in counter mode over a
 * seed made of what is called on what. They are no secret: whoever knows the call knows them.
 *
 *   seed  = SHA-256("promisegrid:wasi/random/1" ‖ SHA-256(protocol_cid) ‖ SHA-256(method)
 *           ‖ SHA-256(arguments) ‖ SHA-256(context))
 *   block = SHA-256(seed ‖ counter as 8 bytes, little-endian), counter from 0
 */
import { nobleCrypto } from '../../../promisebase/index.ts'
import type { RuntimeCall } from '../../../kernel/index.ts'

const { sha256 } = nobleCrypto
const BLOCK_BYTES = 32
const COUNTER_AT = BLOCK_BYTES
const utf8 = new TextEncoder()
const LABEL = utf8.encode('promisegrid:wasi/random/1')

export type RandomSource = Pick<RuntimeCall, 'protocol' | 'method' | 'input' | 'context'>

export class RandomStream {
  readonly #source: RandomSource
  /** Seed and counter; made at the first draw, because most handlers never draw. */
  #counterBlock: Uint8Array | undefined
  #counter = 0
  #block: Uint8Array = new Uint8Array(0)
  #used = 0

  constructor(source: RandomSource) {
    this.#source = source
  }

  /** Fills `target` with the next bytes of the stream. */
  fill(target: Uint8Array): void {
    for (let at = 0; at < target.length;) {
      if (this.#used === this.#block.length) this.#next()
      const part = this.#block.subarray(this.#used, this.#used + target.length - at)
      target.set(part, at)
      at += part.length
      this.#used += part.length
    }
  }

  #next(): void {
    this.#counterBlock ??= seedBlock(this.#source)
    new DataView(this.#counterBlock.buffer).setUint32(COUNTER_AT, this.#counter, true)
    this.#counter += 1
    this.#block = sha256(this.#counterBlock)
    this.#used = 0
  }
}

function seedBlock(source: RandomSource): Uint8Array {
  const parts = [source.protocol.bytes, utf8.encode(source.method), source.input, source.context]
  const named = new Uint8Array(LABEL.length + parts.length * BLOCK_BYTES)
  named.set(LABEL)
  parts.forEach((part, index) => named.set(sha256(part), LABEL.length + index * BLOCK_BYTES))
  const block = new Uint8Array(BLOCK_BYTES + 8)
  block.set(sha256(named))
  return block
}
