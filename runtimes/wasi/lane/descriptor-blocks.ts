/** Descriptors on their way to a lane: encoded once here, and read once there. */
import { encodeDescriptor, readDescriptor } from '../../../kernel/index.ts'
import type { Descriptor } from '../../../kernel/index.ts'

const blocks = new WeakMap<Descriptor, Uint8Array>()

/** The block of a descriptor, encoded once: the kernel hands the same object to every call. */
export function blockOf(descriptor: Descriptor): Uint8Array {
  const block = blocks.get(descriptor) ?? encodeDescriptor(descriptor)
  blocks.set(descriptor, block)
  return block
}

const DESCRIPTORS_MAX = 1_000
/** One character for each byte, and another one for each other byte. */
const letters = new TextDecoder('latin1')

/** The other side of {@link blockOf}: what was read from a block is kept with it. */
export class Descriptors {
  readonly #known = new Map<string, Descriptor>()

  read(block: Uint8Array): Descriptor {
    const key = letters.decode(block)
    const known = this.#known.get(key) ?? decoded(block)
    if (this.#known.size >= DESCRIPTORS_MAX) this.#known.clear()
    this.#known.set(key, known)
    return known
  }
}

function decoded(block: Uint8Array): Descriptor {
  const { ok, refused } = readDescriptor(block)
  if (ok === undefined) throw new TypeError(`a descriptor of the host: ${refused.detail ?? refused.code}`)
  return ok
}
