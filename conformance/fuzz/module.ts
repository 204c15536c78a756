/**
 * WebAssembly modules: any bytes are admitted or refused with a reason, and when the engine takes the module as
 * it came, it takes it as we rewrote it.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { nodeCrypto } from 'promisegrid'
import { defaultDescriptor } from 'promisegrid/kernel'
import { CODEC, hashBlock } from 'promisegrid/promisebase'
import { createWasiRuntime } from 'promisegrid/runtimes/wasi'
import { mutate } from './mutate.ts'
import { Counts, Finding } from './target.ts'
import { moduleBytes } from './wasm-bytes.ts'
import type { Descriptor, Runtime } from 'promisegrid/kernel'
import type { Random } from './random.ts'
import type { Target } from './target.ts'

export function openModule(): Target {
  const guests = guestModules()
  const runtime = createWasiRuntime()
  const counts = new Counts()
  const step = async (random: Random): Promise<void> => {
    const original = guests.length > 0 && random.once(8) ? random.pick(guests) : moduleBytes(random)
    const bytes = random.once(3) ? original : mutate(random, original)
    counts.add(await verdictOn(runtime, bytes, random.once(2) ? 'command' : 'reactor'))
  }
  return { step, counts, close: async () => runtime.close?.() }
}

async function verdictOn(runtime: Runtime, bytes: Uint8Array, entry: string): Promise<string> {
  const admitted = await admit(runtime, bytes, entry)
  if (admitted.refused === undefined) return 'admitted'
  const { code, detail } = admitted.refused
  if (code !== 'ADMIT') throw new Finding(`unexpected class ${code}`, bytes)
  if (detail.includes('rewritten module'))
    throw new Finding(`valid, admitted, and broken by us (${detail})`, bytes)
  return detail.startsWith('the engine') ? 'refused by the engine' : 'refused by us'
}

async function admit(runtime: Runtime, bytes: Uint8Array, entry: string) {
  try {
    return await runtime.admit(bytes, descriptorOf(bytes, entry))
  } catch (error) {
    throw new Finding(`admission threw ${String(error)}`, bytes, { cause: error })
  }
}

function descriptorOf(bytes: Uint8Array, entry: string): Descriptor {
  const code = hashBlock(nodeCrypto.sha256, CODEC.raw, bytes)
  return { ...defaultDescriptor(code), entry, methods: entry === 'reactor' ? ['echo'] : ['run'] }
}

/** The handlers that come with us, as far as they are small; found beside the package. */
function guestModules(): readonly Uint8Array[] {
  const handlers = new URL('../../../handlers/', import.meta.url)
  try {
    return readdirSync(handlers, { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.wasm'))
      .map((name) => new Uint8Array(readFileSync(new URL(name, handlers))))
      .filter(({ length }) => length <= 4096)
  } catch {
    return []
  }
}
