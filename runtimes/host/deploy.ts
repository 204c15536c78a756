/** Deploying: code is admitted by its runtime, then stored beside the descriptor that says how to run it. */
import { CODEC, hashBlock } from '../../promisebase/index.ts'
import { encodeDescriptor } from '../../kernel/index.ts'
import { HostError } from './host-error.ts'
import type { CID } from 'multiformats/cid'
import type { Descriptor } from '../../kernel/index.ts'
import type { HostParts } from './host-parts.ts'

/** What differs from a pure WASI command with the method `run`. */
export type DeployOptions = Partial<Omit<Descriptor, 'code'>>

/** @throws {HostError} ADMIT when the runtime refuses the code */
export async function deploy(host: HostParts, code: Uint8Array, options: DeployOptions = {}): Promise<CID> {
  const descriptor: Descriptor = {
    runtime: 'wasi',
    entry: 'command',
    methods: ['run'],
    pure: true,
    imports: [],
    limits: {},
    public: false,
    ...options,
    code: hashBlock(host.crypto.sha256, CODEC.raw, code),
  }
  const block = encodeDescriptor(descriptor)
  const runtime = host.runtimes.find(({ kind }) => kind === descriptor.runtime)
  if (runtime === undefined) throw new HostError('ADMIT', `this host has no ${descriptor.runtime} runtime`)
  const admitted = await runtime.admit(code, descriptor)
  if (admitted.refused !== undefined)
    throw new HostError('ADMIT', `the code is not admitted: ${admitted.refused.detail}`)
  return host.store.transact((transaction) => {
    transaction.putBlock(code, CODEC.raw)
    return transaction.putBlock(block, CODEC.dagCbor)
  })
}
