/** Runs one program of a folder as a program of preview 1, twice, and says what is not as it must be. */
import { join } from 'node:path'

import { LIMITS } from 'promisegrid/kernel'
import { CODEC, compareBytes, hashBlock, nobleCrypto } from 'promisegrid/promisebase'
import { readProgramResult, writeProgramCall } from 'promisegrid/runtimes/wasi'
import { contentOfFolder } from './cases.ts'
import type { CID } from 'multiformats/cid'
import type { RunResult, Runtime, RuntimeCall } from 'promisegrid/kernel'
import type { PutBlock } from 'promisegrid/promisebase'
import type { ProgramCall } from 'promisegrid/runtimes/wasi'
import type { WasiCase } from './cases.ts'

/** What came of a case. */
export interface CaseRun {
  readonly name: string
  /** What is not as it must be; empty for a case that passes. */
  readonly faults: readonly string[]
}

/** What other hosts give for a program that was ended by a trap. */
const EXIT_OF_TRAP = 134
const NOTHING = new Uint8Array()

export async function runCase(
  runtime: Pick<Runtime, 'run'>,
  folder: string,
  subject: WasiCase,
): Promise<CaseRun> {
  const blocks = new Map<string, Uint8Array>()
  const put: PutBlock = (bytes, codec = CODEC.raw) => {
    const cid = hashBlock(nobleCrypto.sha256, codec, bytes)
    blocks.set(cid.toString(), bytes)
    return cid
  }
  const input = writeProgramCall(programCall(folder, subject, put))
  const call = runtimeCall(subject, input, async (cid) => blocks.get(cid.toString()))
  const run = async (): Promise<RunResult> =>
    runtime.run(call, { aborted: false, signal: new AbortController().signal })
  const ended = await run()
  return { name: subject.name, faults: [...faultsOf(subject, ended), ...changesOf(ended, await run())] }
}

/** The same call ends alike each time: every octet of its result, the code that refuses it, and the fuel. */
function changesOf(first: RunResult, second: RunResult): string[] {
  const isSame =
    first.fuel === second.fuel &&
    first.refused?.code === second.refused?.code &&
    compareBytes(first.output ?? NOTHING, second.output ?? NOTHING) === 0
  return isSame ? [] : [`the second run is another one: fuel ${first.fuel} and ${second.fuel}`]
}

function programCall(folder: string, { given }: WasiCase, put: PutBlock): ProgramCall {
  const named = given.root === undefined ? given.dirs : [given.root, ...given.dirs]
  const places = named.map((dir) => (dir === given.root ? '/' : dir))
  const files = Object.fromEntries(
    named.map((dir, index) => [places[index] ?? dir, contentOfFolder(join(folder, dir), put)]),
  )
  const [scratch] = places
  return {
    args: given.args,
    env: given.env,
    stdin: new TextEncoder().encode(given.stdin),
    files,
    ...(scratch === undefined ? {} : { scratch }),
  }
}

function runtimeCall(
  { name, code }: WasiCase,
  input: Uint8Array,
  getBlock: (cid: CID) => Promise<Uint8Array | undefined>,
): RuntimeCall {
  const cid = hashBlock(nobleCrypto.sha256, CODEC.raw, code)
  const { fuel, memoryBytes, outputBytes, wallMs } = LIMITS
  return {
    protocol: cid,
    descriptor: {
      runtime: 'wasi',
      code: cid,
      entry: 'program',
      methods: ['run'],
      pure: true,
      imports: [],
      limits: {},
      public: false,
      name: `${name}.wasm`,
    },
    method: 'run',
    input,
    context: new Uint8Array([0xa0]),
    budget: { fuel, memoryBytes, outputBytes, wallMs },
    loadCode: async () => code,
    getBlock,
  }
}

function faultsOf({ given }: WasiCase, ended: RunResult): string[] {
  if (ended.refused !== undefined) {
    const { code, detail } = ended.refused
    return code === 'TRAP' && given.exitCode === EXIT_OF_TRAP ? [] : [`${code}: ${detail}`]
  }
  const result = ended.output === undefined ? undefined : readProgramResult(ended.output).ok
  if (result === undefined) return ['no result of a program']
  const [stdout, stderr] = [result.stdout, result.stderr].map((bytes) => new TextDecoder().decode(bytes))
  return [
    ...(result.exit === given.exitCode ? [] : [`exit code ${result.exit} and not ${given.exitCode}`]),
    ...(result.exit === given.exitCode ? [] : [`stderr: ${(stderr ?? '').trim().slice(0, 200)}`]),
    ...differing('stdout', stdout, given.stdout),
    ...differing('stderr', stderr, given.stderr),
  ]
}

function differing(name: string, found = '', expected: string | undefined): string[] {
  return expected === undefined || found === expected
    ? []
    : [`${name} is ${JSON.stringify(found.slice(0, 100))} and not ${JSON.stringify(expected.slice(0, 100))}`]
}
