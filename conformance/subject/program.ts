/** How our implementation answers the vectors of programs: by a runtime, without a node around it. */
import { LIMITS } from 'promisegrid/kernel'
import { CODEC, hashBlock, nobleCrypto } from 'promisegrid/promisebase'
import { createWasiRuntime } from 'promisegrid/runtimes/wasi'
import { hex, unhex } from './json.ts'
import type { Descriptor, Result, RunResult } from 'promisegrid/kernel'
import type { Json, Questions } from '../vectors.ts'

type Asked = Questions['program']

/** The one runtime of this subject. */
const runtime = createWasiRuntime()

/** One call: what it comes to, or why it is refused. */
export async function answerProgram(asked: Asked): Promise<Result<{ readonly [name: string]: Json }>> {
  const here = new Map(asked.blocks.map(({ codec, input }) => [nameOf(codec, unhex(input)), unhex(input)]))
  const code = unhex(asked.module)
  const { fuel, memoryBytes, outputBytes, wallMs } = LIMITS
  const descriptor = describe(code)
  const ended = await runtime.run(
    {
      ...{ protocol: descriptor.code, descriptor, method: 'run', input: unhex(asked.input) },
      context: Uint8Array.of(0xa0),
      budget: { fuel, memoryBytes, outputBytes, wallMs },
      loadCode: async () => code,
      getBlock: async (cid) => here.get(cid.toString()),
    },
    { aborted: false, signal: new AbortController().signal },
  )
  return answerOf(ended)
}

function answerOf(ended: RunResult): Result<{ readonly [name: string]: Json }> {
  if (ended.refused !== undefined) return { refused: ended.refused }
  if (ended.output === undefined) throw new TypeError('a program makes no promise')
  const blocks = (ended.blocks ?? []).map(({ codec, bytes }) => nameOf(codec, bytes))
  return { ok: { output: hex(ended.output), fuel: ended.fuel, blocks: blocks.toSorted() } }
}

function nameOf(codec: number, bytes: Uint8Array): string {
  return hashBlock(nobleCrypto.sha256, codec, bytes).toString()
}

function describe(code: Uint8Array): Descriptor {
  return {
    ...{ runtime: 'wasi', code: hashBlock(nobleCrypto.sha256, CODEC.raw, code), entry: 'program' },
    ...{ methods: ['run'], pure: true, imports: [], limits: { memoryBytes: 65_536 }, public: false },
  }
}
