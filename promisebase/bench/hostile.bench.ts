/**
 * The most that a refused message of 64 KiB costs: of many hostile shapes the worst one, found in the set-up and
 * then measured, by the scan alone and through a whole node.
 */
import { composeMessage, principalOf } from '../../kernel/index.ts'
import { createHost, nodeCrypto } from '../../runtimes/host/index.ts'
import { CODEC, CborTagged, createCid, encodeCbor, scanCbor } from '../index.ts'
import { HOSTILE_SHAPES } from '../test/hostile.ts'
import type { Bench, Rig } from '../../conformance/bench-kit.ts'
import type { Signer } from '../../kernel/index.ts'
import type { Host } from '../../runtimes/host/index.ts'
import type { HostileShape } from '../test/hostile.ts'
import type { SignatureAlgorithm } from '../index.ts'

const MESSAGE_BYTES = 64 * 1024

/** Room for the other elements of a message. */
const REST_BYTES = 512

const SIGNATURE = encodeCbor(new CborTagged(18, [new Uint8Array(0), new Map(), null, new Uint8Array(64)]))

export const benches: readonly Bench[] = [
  {
    name: 'hostile/scan',
    unit: 'µs/message',
    notes: `the worst of ${HOSTILE_SHAPES.length} shapes, under the profile of messages or of foreign messages`,
    setup: () => worstOf(HOSTILE_SHAPES.map((shape) => () => scanOnce(shape))),
  },
  {
    name: 'hostile/dispatch',
    unit: 'µs/message',
    notes: `the worst of ${3 * HOSTILE_SHAPES.length}: each shape as the message, as its claims and as its signature`,
    setup: async () => {
      const host = await createHost()
      const messages = HOSTILE_SHAPES.flatMap(({ make }) => [
        make(MESSAGE_BYTES),
        messageWith(host, { claims: make(MESSAGE_BYTES - REST_BYTES) }),
        messageWith(host, { signature: make(MESSAGE_BYTES - REST_BYTES) }),
      ])
      const rig = await worstOf(messages.map((bytes) => () => dispatchOnce(host, bytes)))
      return { ...rig, close: () => host.close() }
    },
  },
  unknownKeyBench('Ed25519'),
  unknownKeyBench('ESP256'),
]

/** As large as a message may be, nearly, and right in everything but its signature. */
function unknownKeyBench(algorithm: 'Ed25519' | 'ESP256'): Bench {
  return {
    name: `hostile/unknown-key/${algorithm}`,
    unit: 'µs/message',
    baseline: { file: 'message-floor.mjs', name: 'verify/Ed25519' },
    notes:
      'a message of 57 kB from a key never seen before, with a false signature; the floor is one signature verified',
    setup: async () => {
      const host = await createHost()
      const { refusal } = await host.kernel.explain(forged(host, algorithm))
      if (refusal?.code !== 'SIG') throw new Error(`not its signature refuses it, but ${refusal?.code}`)
      let all: Uint8Array[] = []
      return {
        prepare: (batch) => void (all = Array.from({ length: batch }, () => forged(host, algorithm))),
        run: async () => {
          for (const bytes of all) await dispatchOnce(host, bytes)
        },
        close: () => host.close(),
      }
    },
  }
}

/** Of the form of a signature of either algorithm: R is the point of the base, S and s are small. */
const FALSE_SIGNATURE = Uint8Array.of(0x58, ...new Uint8Array(31).fill(0x66), 1, ...new Uint8Array(31))

/** Signed by nobody: the key is real and new, the signature is not its own. */
function forged(host: Host, algorithm: SignatureAlgorithm): Uint8Array {
  const secret = nodeCrypto.random(32)
  secret[0] = 1
  const publicKey = nodeCrypto.publicKey(algorithm, secret)
  const mallory: Signer = {
    principal: principalOf(publicKey),
    keys: [{ publicKey, sign: () => FALSE_SIGNATURE }],
  }
  const now = Math.floor(Date.now() / 1000)
  return composeMessage(nodeCrypto, mallory, {
    protocol: createCid(CODEC.raw, new Uint8Array(32)),
    grid: host.grid,
    audience: host.node,
    expires: now + 60,
    issuedAt: now,
    method: 'any',
    arguments: { bytes: new Uint8Array(32 * 1024) },
    capabilities: [1, 2, 3].map((fill) => new Uint8Array(8 * 1024).fill(fill)),
  }).bytes
}

/** Enough to compile a path, and to tell a bad shape from a good one. */
const WARM_UP = 20
const TRIALS = 20

/** A rig that repeats what takes longest. */
async function worstOf(works: readonly (() => Promise<void> | void)[]): Promise<Rig> {
  let worst = works[0]
  let worstMs = 0
  for (const work of works) for (let run = 0; run < WARM_UP; run += 1) await work()
  for (const work of works) {
    const ms = await shortest(work)
    if (ms > worstMs) [worst, worstMs] = [work, ms]
  }
  return {
    run: async (batch) => {
      for (let run = 0; run < batch; run += 1) await worst?.()
    },
  }
}

/** The shortest of some runs: a pause of the machine must not choose the shape. */
async function shortest(work: () => Promise<void> | void): Promise<number> {
  let least = Infinity
  for (let run = 0; run < TRIALS; run += 1) {
    const start = performance.now()
    await work()
    least = Math.min(least, performance.now() - start)
  }
  return least
}

function scanOnce({ name, profile, make }: HostileShape): void {
  const bytes = made(name, make)
  if (scanCbor(bytes, profile).refused === undefined) throw new Error(`${name} is not refused`)
}

const kept = new Map<string, Uint8Array>()

function made(name: string, make: HostileShape['make']): Uint8Array {
  const bytes = kept.get(name) ?? make(MESSAGE_BYTES)
  kept.set(name, bytes)
  return bytes
}

async function dispatchOnce(host: Host, bytes: Uint8Array): Promise<void> {
  const reply = await host.kernel.dispatch(bytes)
  // ["grid-refused", hash, code] is short; a signed reply is not.
  if (reply[0] !== 0x83) throw new Error('a hostile message was answered with a signature')
}

/** Five elements of the right types for this grid, one of them hostile. */
function messageWith(
  host: Host,
  { claims = new Uint8Array(1), signature = SIGNATURE }: { claims?: Uint8Array; signature?: Uint8Array },
): Uint8Array {
  return encodeCbor(['grid', createCid(CODEC.raw, new Uint8Array(32)), host.grid, claims, signature])
}
