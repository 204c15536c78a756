/** A call as the kernel would make it, to a handler that is code and nothing else. */
import { CODEC, hashBlock, nobleCrypto } from '../../../promisebase/index.ts'
import type { Descriptor, Runtime, RuntimeCall } from '../../../kernel/index.ts'

export interface Calling {
  readonly entry: Descriptor['entry']
  readonly method: string
  readonly input: Uint8Array
  /** Memory at most; its descriptor states as much. */
  readonly pages: number
  readonly fuel?: number
  /** Bytes of the result at most. */
  readonly outputBytes?: number
}

const PAGE_BYTES = 65_536
const FUEL = 1_000_000
const unending = { aborted: false, signal: new AbortController().signal }

export function callOf(
  code: Uint8Array,
  { entry, method, input, pages, fuel = FUEL, outputBytes = PAGE_BYTES }: Calling,
): RuntimeCall {
  const cid = hashBlock(nobleCrypto.sha256, CODEC.raw, code)
  const memoryBytes = pages * PAGE_BYTES
  return {
    protocol: cid,
    descriptor: {
      runtime: 'wasi',
      code: cid,
      entry,
      methods: [method],
      pure: true,
      imports: [],
      limits: { memoryBytes },
      public: true,
    },
    method,
    input,
    context: Uint8Array.of(0xa0),
    budget: { fuel, memoryBytes, outputBytes, wallMs: 10_000 },
    loadCode: async () => code,
  }
}

/** What a call gives. @throws when it is refused */
export async function outputOf(runtime: Runtime, call: RuntimeCall): Promise<Uint8Array> {
  const { output, refused } = await runtime.run(call, unending)
  if (output === undefined) throw new Error(`${refused?.code}: ${refused?.detail ?? 'no output'}`)
  return output
}
