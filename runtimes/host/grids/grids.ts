/**
 * openGrids(): several grids in one process, with one node and one set of identities and runtimes. Each grid has a
 * store and a kernel of its own, so authority, replay records and content of one are nothing in another.
 */
import { CODEC, hashBlock } from '../../../promisebase/index.ts'
import { createKeyRing, readEnvelope, readGenesis, refuse } from '../../../kernel/index.ts'
import { assembleHost } from '../create-host.ts'
import { runtimesOf } from '../runtimes-of.ts'
import { furtherFolder, furtherNames, hasStore, makeStore } from './folders.ts'
import { acceptGridHandout } from './handout.ts'
import { HostError } from '../host-error.ts'
import { identitiesOf } from '../keys/identities-of.ts'
import { checkedName, isName } from '../keys/keys.ts'
import { checkGridsOptions } from '../misuse/host-options.ts'
import { nodeCrypto } from '../powers/crypto.ts'
import type { CID } from 'multiformats/cid'
import type { GenesisBlock, Result, Runtime, TraceEvent } from '../../../kernel/index.ts'
import type { Host, HostOptions, Wiring } from '../interface.ts'
import type { GridHandout } from './handout.ts'
import type { Keys } from '../keys/keys.ts'

export interface GridsOptions extends Omit<HostOptions, 'gridName' | 'store' | 'trace'> {
  /** As of a host, with the name of the grid it happened in. */
  readonly trace?: (event: TraceEvent, grid: string) => void
}

/** A grid that is served, under the name it has here. */
export interface ServedGrid {
  readonly name: string
  readonly grid: CID
  readonly host: Host
}

export interface JoinTerms {
  /** What to call it here; without it, what its genesis block calls it. */
  readonly name?: string
  /** The CID somebody who is trusted has named: another grid is refused with GRID. */
  readonly expect?: CID
}

export interface Grids {
  /** Founds a grid of this node's root. @throws {HostError} NAME */
  found(name: string): Promise<Host>
  /**
   * Joins a grid that was founded elsewhere: keeps its genesis block, takes in its policy, and adopts its roots, who
   * may then grant what is this node's. Of a grid that is here already, newer policy is taken in.
   * @throws {HostError} NAME, CLOCK
   */
  join(handout: GridHandout, terms?: JoinTerms): Promise<Result<Host>>
  /** By its name here, or its CID. @throws {HostError} MISSING */
  grid(nameOrCid: string | CID): Host
  list(): readonly ServedGrid[]
  /**
   * Hands a message to the kernel of the grid it names. Of another grid, and bytes that are no message, are refused by
   * the first kernel, as any kernel would. @throws {HostError} MISSING where no grid is served
   */
  dispatch(bytes: Uint8Array, options?: { readonly signal?: AbortSignal }): Promise<Uint8Array>
  close(): Promise<void>
  [Symbol.asyncDispose](): Promise<void>
}

/**
 * Opens every grid of a data folder, or none in memory.
 * @throws {StoreError | HostError} when one of them cannot be used
 * @throws {TypeError | RangeError} as createHost
 */
export async function openGrids(options: GridsOptions = {}): Promise<Grids> {
  checkGridsOptions(options)
  const served = new ServedGrids(options)
  try {
    await served.openAll()
    return served
  } catch (error) {
    await served.close()
    throw error
  }
}

class ServedGrids implements Grids {
  readonly #options: GridsOptions
  readonly #identities: Keys
  readonly #runtimes: readonly Runtime[]
  readonly #served: ServedGrid[] = []
  /** One grid is made at a time: two could take the same name. */
  #turn: Promise<unknown> = Promise.resolve()
  #isClosed = false

  constructor(options: GridsOptions) {
    this.#options = options
    this.#identities = identitiesOf(nodeCrypto, options)
    this.#runtimes = runtimesOf(options)
  }

  async openAll(): Promise<void> {
    const { data } = this.#options
    if (data === undefined) return
    if (hasStore(data)) await this.#serve(undefined, data)
    for (const name of await furtherNames(data)) await this.#serve(name, furtherFolder(data, name))
  }

  async found(name: string): Promise<Host> {
    return this.#inTurn(async () => {
      const free = this.#freeName(name)
      const made = await this.#make(free, { found: free }, async () => ({ ok: undefined }))
      return okOf(made)
    })
  }

  async join(handout: GridHandout, { name, expect }: JoinTerms = {}): Promise<Result<Host>> {
    const block = readBlock(handout.genesis)
    if (block.refused !== undefined) return block
    if (expect?.equals(block.ok.cid) === false)
      return refuse('GRID', `this is the grid ${block.ok.cid.toString()}, not ${expect.toString()}`)
    return this.#inTurn(async () => {
      const known = this.#served.find(({ grid }) => grid.equals(block.ok.cid))
      if (known !== undefined) return this.#taken(known.host, handout)
      const free = this.#freeName(name ?? defaultName(block.ok))
      return this.#make(free, { join: block.ok }, (host) => acceptGridHandout(host, handout))
    })
  }

  grid(nameOrCid: string | CID): Host {
    const text = nameOrCid.toString()
    const found =
      this.#served.find(({ name }) => name === text) ??
      this.#served.find(({ grid }) => grid.toString() === text)
    if (found !== undefined) return found.host
    throw new HostError('MISSING', `there is no grid ${JSON.stringify(text)} here`, {
      fix: `found or join it, or use one of: ${this.#served.map(({ name }) => name).join(', ')}`,
    })
  }

  list(): readonly ServedGrid[] {
    return [...this.#served]
  }

  async dispatch(bytes: Uint8Array, options?: { readonly signal?: AbortSignal }): Promise<Uint8Array> {
    if (!(bytes instanceof Uint8Array)) throw new TypeError('bytes must be a Uint8Array')
    const [first] = this.#served
    if (first === undefined) throw new HostError('MISSING', 'no grid is served here')
    const named = this.#served.length === 1 ? undefined : readEnvelope(bytes).ok?.grid
    const served = (named && this.#served.find(({ grid }) => grid.equals(named))) ?? first
    return served.host.kernel.dispatch(bytes, options)
  }

  async close(): Promise<void> {
    this.#isClosed = true
    await this.#turn
    const ended = await Promise.allSettled(this.#served.splice(0).map(({ host }) => host.close()))
    for (const runtime of this.#runtimes) await runtime.close?.()
    const failed = ended.flatMap((each) => (each.status === 'rejected' ? [each.reason as unknown] : []))
    if (failed.length > 0) throw new AggregateError(failed, 'not every grid could be closed')
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    if (this.#isClosed) throw new HostError('CLOSED', 'the grids were closed')
    const done = this.#turn.then(work)
    this.#turn = done.catch(() => undefined)
    return done
  }

  /** A name that no grid has here. @throws {HostError} NAME */
  #freeName(name: string): string {
    const isTaken = this.#served.some((served) => served.name === checkedName(name))
    if (!isTaken) return name
    throw new HostError('NAME', `there is a grid ${name} already`, { fix: 'give it another name here' })
  }

  async #taken(host: Host, handout: GridHandout): Promise<Result<Host>> {
    const accepted = await acceptGridHandout(host, handout)
    return accepted.refused === undefined ? { ok: host } : accepted
  }

  async #make(
    name: string,
    grid: Wiring['grid'],
    prepare: (host: Host) => Promise<Result<undefined>>,
  ): Promise<Result<Host>> {
    const { data } = this.#options
    if (data === undefined) {
      const host = await this.#assemble({ name }, grid)
      const prepared = await prepare(host)
      if (prepared.refused === undefined) return { ok: this.#register(name, host) }
      await host.close()
      return prepared
    }
    const place = hasStore(data) ? furtherFolder(data, name) : data
    const make = async (aside: string): Promise<Result<undefined>> => {
      await using host = await this.#assemble({ name }, grid, aside)
      return await prepare(host)
    }
    const made = await makeStore(data, place, make, ({ refused }) => refused === undefined)
    return made.refused === undefined ? { ok: await this.#serve(name, place) } : made
  }

  /** Opens what is there; the first grid of a folder is called what its genesis block calls it. */
  async #serve(name: string | undefined, folder: string): Promise<Host> {
    const called = { name: name ?? '' }
    const host = await this.#assemble(called, 'stored', folder)
    try {
      called.name = name ?? (await genesisName(host))
      return this.#register(called.name, host)
    } catch (error) {
      await host.close()
      throw error
    }
  }

  #register(name: string, host: Host): Host {
    this.#served.push({ name, grid: host.grid, host })
    return host
  }

  #assemble(called: { readonly name: string }, grid: Wiring['grid'], folder?: string): Promise<Host> {
    const { trace, ...others } = this.#options
    return assembleHost(
      {
        ...others,
        ...(folder === undefined ? {} : { data: folder }),
        ...(trace === undefined ? {} : { trace: (event: TraceEvent) => trace(event, called.name) }),
      },
      { identities: this.#identities, runtimes: this.#runtimes.map(lent), grid },
    )
  }
}

/** A runtime that several kernels use: what one of them closes, the others still run on. */
function lent(runtime: Runtime): Runtime {
  return {
    kind: runtime.kind,
    profile: (descriptor) => runtime.profile(descriptor),
    admit: (code, descriptor) => runtime.admit(code, descriptor),
    run: (call, cancel) => runtime.run(call, cancel),
  }
}

function readBlock(bytes: Uint8Array): Result<GenesisBlock> {
  const read = readGenesis(createKeyRing(nodeCrypto), bytes)
  if (read.refused !== undefined) return read
  return { ok: { cid: hashBlock(nodeCrypto.sha256, CODEC.dagCbor, bytes), bytes, genesis: read.ok } }
}

/** @throws {HostError} NAME */
function defaultName({ genesis }: GenesisBlock): string {
  if (isName(genesis.name)) return genesis.name
  throw new HostError(
    'NAME',
    `this grid calls itself ${JSON.stringify(genesis.name)}, and that is no name here`,
    {
      fix: 'give it a name of lower-case letters and digits',
    },
  )
}

/** @throws {HostError} DATA */
export async function genesisName({
  store,
  grid,
  keys,
}: Pick<Host, 'store' | 'grid' | 'keys'>): Promise<string> {
  const snapshot = store.snapshot()
  try {
    const block = await snapshot.getBlock(grid)
    const name = block && readGenesis(keys, block).ok?.name
    if (name === undefined) throw new HostError('DATA', 'the genesis block of the grid cannot be read')
    return name
  } finally {
    snapshot.close()
  }
}

function okOf(made: Result<Host>): Host {
  if (made.refused !== undefined) throw new HostError('DATA', made.refused.detail)
  return made.ok
}
