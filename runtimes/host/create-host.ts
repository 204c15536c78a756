/**
 * createHost(): store, kernel, runtimes, handlers and identities wired together; the composition root. A host
 * without a folder lives in memory, one with a folder continues where it was.
 */
import { createKernel, createKeyRing, LIMITS } from '../../kernel/index.ts'
import { builtinHandlers } from '../../handlers/index.ts'
import { openStore } from './data-folder/store.ts'
import { settleGrid } from './grids/own-grid.ts'
import { hostOf } from './host.ts'
import { identitiesOf } from './keys/identities-of.ts'
import { introduce } from './keys/sets.ts'
import { checkHostOptions } from './misuse/host-options.ts'
import { deployNative } from './native-handlers.ts'
import { nodePowers } from './powers/clock.ts'
import { nodeCrypto } from './powers/crypto.ts'
import { runtimesOf } from './runtimes-of.ts'
import type { Principal } from '../../kernel/index.ts'
import type { HostParts } from './host-parts.ts'
import type { Host, HostOptions, Wiring } from './interface.ts'

/**
 * @throws {StoreError | HostError} when the data folder cannot be used
 * @throws {TypeError | RangeError} for what is no option or cannot be what it is called, and a passphrase without `data`
 */
export async function createHost(options: HostOptions = {}): Promise<Host> {
  checkHostOptions(options)
  return assembleHost(options, {
    identities: identitiesOf(nodeCrypto, options),
    runtimes: runtimesOf(options),
    grid: { found: options.gridName ?? 'local' },
  })
}

/** A host of these parts; its store is its own. @throws {StoreError | HostError} */
export async function assembleHost(
  options: HostOptions,
  { identities, runtimes, grid }: Wiring,
): Promise<Host> {
  const crypto = nodeCrypto
  const handlers = options.handlers ?? builtinHandlers
  const powers = { ...nodePowers(), ...(options.clock === undefined ? {} : { clock: options.clock }) }
  const now = (): number => Math.floor(powers.clock() / 1_000)
  const store = options.store ?? (await openStore(crypto, options.data))
  try {
    const keys = createKeyRing(crypto)
    const { node, root } = await settleGrid({ store, crypto, keys, now }, { identities, grid }, options.data)
    const { limits, trace, trusts } = options
    const kernel = await createKernel({
      ...powers,
      store,
      crypto,
      signer: node,
      runtimes,
      ...(limits === undefined ? {} : { limits }),
      ...(trace === undefined ? {} : { trace }),
      ...(trusts === undefined ? {} : { trusts }),
    })
    if (options.acceptClock === true) await kernel.acceptClock()
    const protocols = await deployNative(store, crypto, handlers)
    const introduced = new Set<Principal>()
    const codeBytes = Math.min(limits?.codeBytes ?? LIMITS.codeBytes, LIMITS.codeBytes)
    const parts: HostParts = {
      ...{ kernel, store, crypto, keys, root, protocols, runtimes, identities, introduced },
      ...{ codeBytes, now },
    }
    await introduce(parts, root)
    return hostOf(parts, options)
  } catch (error) {
    await store.close()
    throw error
  }
}
