/**
 * The blocks a program may be given: those that its arguments name, and what they lead to. A lane that asks for any
 * other one, whose CID it may know from elsewhere, is none of a program.
 */
import { cidKey, CODEC, createCid, linksOf, parseCid } from '../../../promisebase/index.ts'
import { Unaskable } from '../host/strict-answerer.ts'
import type { CID } from 'multiformats/cid'

import type { RuntimeCall } from '../../../kernel/index.ts'

/** Each input of a program is read about twice; what is read again and again is not for the program. */
const BYTES_MAX = 128 * 1024 * 1024
/** So that small blocks count too. */
const BLOCK_COSTS = 256

export class NamedBlocks {
  readonly #call: RuntimeCall
  /** Undefined until the first one is asked for: most runs ask for none. */
  #named: Set<string> | undefined
  #bytesLeft = BYTES_MAX

  constructor(call: RuntimeCall) {
    this.#call = call
  }

  /** Undefined when it is not on this node. @throws {Unaskable} */
  async get(bytes: Uint8Array): Promise<Uint8Array | undefined> {
    const cid = parseCid(bytes)
    if (cid.refused !== undefined || !this.#known().has(cidKey(cid.ok)))
      throw new Unaskable('a block was asked for that the arguments do not name')
    const block = await this.#call.getBlock?.(cid.ok)
    this.#bytesLeft -= BLOCK_COSTS + (block?.length ?? 0)
    if (this.#bytesLeft < 0) throw new Unaskable('blocks were asked for again and again')
    if (block !== undefined) this.#name(cid.ok, block)
    return block
  }

  #known(): Set<string> {
    const { descriptor, input } = this.#call
    if (this.#named === undefined) {
      this.#named = new Set()
      // Arguments have no CID here, and none is needed to read them as what they are.
      if (descriptor.entry === 'program') this.#name(ARGUMENTS, input)
    }
    return this.#named
  }

  #name(cid: CID, block: Uint8Array): void {
    for (const link of linksOf(cid, block).ok ?? []) this.#named?.add(cidKey(link))
  }
}

const ARGUMENTS = createCid(CODEC.dagCbor, new Uint8Array(32))
