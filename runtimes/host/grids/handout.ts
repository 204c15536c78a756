/**
 * What a node that joins a grid is handed by one that is in it (spec/grids.md, "Handing on"): the genesis block, every
 * policy record, and the key sets that verify them. A line each, its kind in front.
 */
import {
  forkRefusal,
  initialPolicy,
  readGenesis,
  readPolicyRecord,
  storedPolicies,
} from '../../../kernel/index.ts'
import { CODEC, DAG_CBOR_PROFILE, decodeCbor, encodeCbor, parseCid } from '../../../promisebase/index.ts'
import { HostError } from '../host-error.ts'
import { bytesBehind, writeSignedLine } from '../signed-lines.ts'
import { adoption } from '../capability/promise.ts'
import type { Refusal, Result } from '../../../kernel/index.ts'
import type { Snapshot } from '../../../promisebase/index.ts'
import type { Host } from '../interface.ts'

/** What changes a grid after its genesis. */
export interface PolicyHandout {
  /** Blocks of the roots that are key sets, also of those that are roots no more. */
  readonly keySets?: readonly Uint8Array[]
  /** Records in order, each as the objects its roots have signed. */
  readonly policies?: readonly (readonly Uint8Array[])[]
}

export interface GridHandout extends PolicyHandout {
  readonly genesis: Uint8Array
}

/** More than the records of many years. */
export const GRID_HANDOUT_MAX = 4 * 1024 * 1024

const GENESIS = 'grid-genesis:'
const KEY_SET = 'grid-key-set:'
const POLICY = 'grid-policy:'

/** @throws {HostError} DATA when the grid of the store cannot be read */
export async function handoutOfGrid(
  host: Pick<Host, 'store' | 'grid' | 'keys' | 'crypto'>,
): Promise<GridHandout> {
  const snapshot = host.store.snapshot()
  try {
    const genesis = await snapshot.getBlock(host.grid)
    const read = genesis && readGenesis(host.keys, genesis).ok
    if (genesis === undefined || read === undefined)
      throw new HostError('DATA', 'the genesis block of the grid cannot be read')
    const policies = await storedPolicies(snapshot)
    const later = policies.flatMap(([first]) => rootsNamed(host, first))
    const keySets = await keySetsOf(snapshot, new Set([...initialPolicy(read).roots, ...later]))
    return { genesis, keySets, policies }
  } finally {
    snapshot.close()
  }
}

/** Records with the key sets of the roots they bring in, as far as those are here. */
export async function handoutOfPolicies(
  host: Pick<Host, 'store' | 'crypto'>,
  policies: readonly (readonly Uint8Array[])[],
): Promise<PolicyHandout> {
  const snapshot = host.store.snapshot()
  try {
    const roots = policies.flatMap(([first]) => rootsNamed(host, first))
    return { keySets: await keySetsOf(snapshot, new Set(roots)), policies }
  } finally {
    snapshot.close()
  }
}

export function gridHandoutLines({ genesis, keySets = [], policies = [] }: GridHandout): readonly string[] {
  return [writeSignedLine(GENESIS, genesis), ...policyLines({ keySets, policies })]
}

/** The same without the genesis block, for nodes that are in the grid. */
export function policyLines({ keySets = [], policies = [] }: PolicyHandout): readonly string[] {
  return [
    ...keySets.map((block) => writeSignedLine(KEY_SET, block)),
    ...policies.map((signed) => writeSignedLine(POLICY, encodeCbor([...signed]))),
  ]
}

/** @throws {HostError} FILE, naming the line */
export function readGridHandout(text: string): GridHandout {
  const { genesis, ...policy } = readHandout(text)
  if (genesis !== undefined) return { genesis, ...policy }
  throw new HostError('FILE', 'there is no grid in it', { fix: `the line of a grid begins with ${GENESIS}` })
}

/** Policy records, of a grid that is known otherwise. @throws {HostError} FILE */
export function readPolicyHandout(text: string): Required<PolicyHandout> {
  const { keySets, policies } = readHandout(text)
  if (policies.length > 0) return { keySets, policies }
  throw new HostError('FILE', 'there is no policy in it', {
    fix: `the line of a record begins with ${POLICY}`,
  })
}

function readHandout(text: string): Required<PolicyHandout> & { readonly genesis?: Uint8Array } {
  let genesis: Uint8Array | undefined
  const keySets: Uint8Array[] = []
  const policies: (readonly Uint8Array[])[] = []
  text.split(/\r?\n/).forEach((each, index) => {
    const content = each.trim()
    if (content === '' || content.startsWith('#')) return
    const block = genesis === undefined ? bytesBehind(GENESIS, content) : undefined
    const keySet = bytesBehind(KEY_SET, content)
    const policy = bytesBehind(POLICY, content)
    const signed = policy && signedIn(policy)
    if (block !== undefined) genesis = block
    else if (keySet !== undefined) keySets.push(keySet)
    else if (signed !== undefined) policies.push(signed)
    else throw new HostError('FILE', `line ${index + 1} is nothing that \`grid grids export\` writes`)
  })
  return { keySets, policies, ...(genesis === undefined ? {} : { genesis }) }
}

/**
 * Takes in what a host of this grid does not know yet, and adopts the roots that are then in force. The first that
 * is refused ends it; policy that parts from what is known here does so before anything is changed.
 * @throws {HostError} CLOCK
 */
export async function acceptGridHandout(
  host: Pick<Host, 'kernel' | 'admitKeySet' | 'store' | 'crypto'>,
  { keySets = [], policies = [] }: PolicyHandout,
): Promise<Result<undefined>> {
  const fork = await forkIn(host, policies)
  if (fork !== undefined) return { refused: fork }
  for (const block of keySets) {
    const admitted = await host.admitKeySet(block)
    if (admitted.refused !== undefined) return admitted
  }
  for (const signed of policies) {
    if (isKnown(host, signed)) continue
    const accepted = await host.kernel.acceptPolicy(signed)
    if (accepted.refused !== undefined) return accepted
  }
  for (const root of host.kernel.policy.roots) await adoption(host, root)
  return { ok: undefined }
}

/** The first record that is another one here. */
async function forkIn(
  { store, crypto }: Pick<Host, 'store' | 'crypto'>,
  policies: readonly (readonly Uint8Array[])[],
): Promise<Refusal | undefined> {
  const snapshot = store.snapshot()
  try {
    const kept = await storedPolicies(snapshot)
    for (const signed of policies) {
      for (const known of kept) {
        const fork = forkRefusal(crypto, known, signed)
        if (fork !== undefined) return fork
      }
    }
    return undefined
  } finally {
    snapshot.close()
  }
}

/** By its number alone: it was held against the one of that number here. */
function isKnown(
  { kernel, crypto }: Pick<Host, 'kernel' | 'crypto'>,
  signed: readonly Uint8Array[],
): boolean {
  const seq = signed[0] && readPolicyRecord(crypto, signed[0]).ok?.seq
  return seq !== undefined && seq <= kernel.policy.seq
}

function signedIn(bytes: Uint8Array): readonly Uint8Array[] | undefined {
  const decoded = decodeCbor(bytes, DAG_CBOR_PROFILE).ok
  if (!Array.isArray(decoded) || decoded.length === 0) return undefined
  const signed = decoded.filter((each) => each instanceof Uint8Array)
  return signed.length === decoded.length ? signed : undefined
}

/** Roots a record brings in; the kernel has verified it. */
function rootsNamed({ crypto }: Pick<Host, 'crypto'>, record: Uint8Array | undefined): readonly string[] {
  const roots = record && readPolicyRecord(crypto, record).ok?.body.get('roots')
  return Array.isArray(roots) ? roots.filter((each) => typeof each === 'string') : []
}

async function keySetsOf(snapshot: Snapshot, roots: ReadonlySet<string>): Promise<readonly Uint8Array[]> {
  const blocks: Uint8Array[] = []
  for (const root of roots) {
    const cid = parseCid(root, { codecs: [CODEC.cbor] }).ok
    const block = cid && (await snapshot.getBlock(cid))
    if (block !== undefined) blocks.push(block)
  }
  return blocks
}
