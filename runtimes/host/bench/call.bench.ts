/**
 * Signed calls, client included: sign the message, validate, authorise, run a native handler, commit the replay
 * record, sign the reply, verify it. Memory store, one process.
 */
import { createHost } from '../index.ts'
import type { CID } from 'multiformats/cid'
import type { Bench, Rig } from '../../../conformance/bench-kit.ts'
import type { Capability, NativeHandler, Signer } from '../../../kernel/index.ts'
import type { Host, HostOptions } from '../index.ts'

/** Delegations of the deepest chain there may be: the adoption is its tenth link. */
const DEEPEST = 9

const INPUT = new TextEncoder().encode('hello, grid')

/** Impure, so that nothing is answered from the result cache and every message leaves its replay record. */
const greet: NativeHandler = {
  name: 'greet',
  version: 1,
  methods: ['greet'],
  pure: false,
  public: false,
  limits: { memoryBytes: 1024 },
  run: ({ input }) => input,
}

/** A caller with its chain: `depth` delegations after the adoption. */
interface Caller {
  readonly as: Signer
  readonly capabilities: readonly Capability[]
}

export const benches: readonly Bench[] = [
  callBench(1, 'warm'),
  callBench(1, 'cold'),
  callBench(3, 'warm'),
  callBench(3, 'cold'),
  callBench(DEEPEST, 'warm'),
  callBench(DEEPEST, 'cold'),
  {
    name: 'call/cached',
    unit: 'calls/s',
    baseline: [
      { file: 'ucanto.mjs', name: 'call/depth1/warm' },
      { file: 'ucanto.mjs', name: 'call/depth1/warm/verified' },
    ],
    notes: 'new message each time, answered from the result cache; the baseline has no cache and runs again',
    setup: async () => {
      const host = await createHost()
      const protocol = await host.handler('echo')
      const caller = await delegated(host, protocol, 'echo', 1)
      return rig(host, () => [protocol, 'echo', caller])
    },
  },
]

function callBench(depth: number, heat: 'warm' | 'cold'): Bench {
  return {
    name: depth === DEEPEST ? `call/depth10/${heat}` : `call/depth${depth}/${heat}`,
    unit: 'calls/s',
    baseline: [
      { file: 'ucanto.mjs', name: `call/depth${depth}/${heat}` },
      { file: 'ucanto.mjs', name: `call/depth${depth}/${heat}/verified` },
      { file: 'crypto-floor.mjs', name: `floor/depth${depth}/${heat}` },
    ],
    notes: `${heat === 'warm' ? 'same tokens, new message' : 'tokens never seen before, made untimed'}${
      depth === DEEPEST ? '; nine delegations and the adoption, the most there may be' : ''
    }`,
    setup: () => setUp({ handlers: [greet] }, depth, heat),
  }
}

async function setUp(options: HostOptions, depth: number, heat: 'warm' | 'cold'): Promise<Rig> {
  const host = await createHost(options)
  const protocol = await host.handler('greet')
  const fresh = (): Promise<Caller> => delegated(host, protocol, 'greet', depth)
  if (heat === 'warm') {
    const caller = await fresh()
    return rig(host, () => [protocol, 'greet', caller])
  }
  let callers: Caller[] = []
  const prepare = async (batch: number): Promise<void> => {
    callers = []
    for (let made = 0; made < batch; made += 1) callers.push(await fresh())
  }
  return { ...rig(host, () => [protocol, 'greet', callers.pop() as Caller]), prepare }
}

function rig(host: Host, next: () => readonly [CID, string, Caller]): Rig {
  const run = async (batch: number): Promise<void> => {
    for (let call = 0; call < batch; call += 1) {
      const [protocol, method, caller] = next()
      const result = await host.call({ protocol, method, input: INPUT, ...caller })
      if (result.status !== 'kept') throw new Error(`${result.code}: ${result.detail ?? ''}`)
    }
  }
  return { run, close: () => host.close() }
}

/** Root grants to the first of `depth` holders, each of whom delegates to the next; the last one calls. */
async function delegated(host: Host, protocol: CID, method: string, depth: number): Promise<Caller> {
  const capabilities: Capability[] = []
  let by = host.root
  for (let link = 1; link <= depth; link += 1) {
    const to = await host.identity(`holder-${link}`)
    const parent = capabilities[link - 2]
    const terms = { to: to.principal, by, resource: { kind: 'code', protocol }, methods: [method] } as const
    capabilities.push(await host.promise(parent === undefined ? terms : { ...terms, parent }))
    by = to
  }
  return { as: by, capabilities }
}
