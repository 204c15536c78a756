/** Guests for measuring, and calls of them without a kernel. */
import wabt from 'wabt'

import { CODEC, hashBlock } from '../../../promisebase/index.ts'
import { nodeCrypto } from '../powers/crypto.ts'
import type { RuntimeCall } from '../../../kernel/index.ts'

const module = (body: string): string => `(module (memory 1)
  (func (export "alloc") (param i32) (result i32) (i32.const 1024))
  (func (export "echo") (param i32 i32) (result i64) ${body}))`

export const ECHO = module(
  '(i64.or (i64.shl (i64.extend_i32_u (local.get 0)) (i64.const 32)) (i64.extend_i32_u (local.get 1)))',
)
/** Its fuel is spent unit by unit, and its time with it. */
export const LOOP = module('(loop $again (br $again)) (unreachable)')

const INPUT = new Uint8Array(1024).map((_, index) => index & 255)

export async function assembled(text: string): Promise<Uint8Array> {
  const parsed = (await wabt()).parseWat('guest.wat', text)
  try {
    return new Uint8Array(parsed.toBinary({}).buffer)
  } finally {
    parsed.destroy()
  }
}

export function callOf(code: Uint8Array, { fuel = 1_000_000 }: { readonly fuel?: number } = {}): RuntimeCall {
  const cid = hashBlock(nodeCrypto.sha256, CODEC.raw, code)
  return {
    protocol: cid,
    descriptor: {
      runtime: 'wasi',
      code: cid,
      entry: 'reactor',
      methods: ['echo'],
      pure: true,
      imports: [],
      limits: { memoryBytes: 65_536 },
      public: true,
    },
    method: 'echo',
    input: INPUT,
    context: Uint8Array.of(0xa0),
    budget: { fuel, memoryBytes: 1_048_576, outputBytes: 65_536, wallMs: 60_000 },
    loadCode: async () => code,
  }
}
