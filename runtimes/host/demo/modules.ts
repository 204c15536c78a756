/** Scene: two WebAssembly handlers, each named by the CID of its descriptor. */
import { readFile } from 'node:fs/promises'

import { lz4, wordIndex } from '../../../handlers/index.ts'
import { CODEC, hashBlock } from '../../../promisebase/index.ts'
import { indent } from '../terminal/layout.ts'
import { bytes, milliseconds } from '../terminal/units.ts'
import type { CID } from 'multiformats/cid'
import type { PackagedModule } from '../../../handlers/index.ts'
import type { Host } from '../interface.ts'
import type { Story } from './story.ts'

const NAME_WIDTH = 10

export interface Deployed {
  readonly name: string
  readonly protocol: CID
  readonly code: Uint8Array
  readonly facts: object
}

export async function deployModules(
  host: Host,
  story: Story,
): Promise<Readonly<Record<'wordIndex' | 'lz4', Deployed>>> {
  story.scene('Two WebAssembly handlers, deployed by CID')
  return {
    wordIndex: await deployModule(host, story, wordIndex, 'a WASI command written in C'),
    lz4: await deployModule(host, story, lz4, 'a reactor written in AssemblyScript'),
  }
}

async function deployModule(
  host: Host,
  story: Story,
  module: PackagedModule,
  says: string,
): Promise<Deployed> {
  const { name = 'handler', methods } = module.descriptor
  const code = new Uint8Array(await readFile(module.code))
  const before = Object.hasOwn(await host.handlers(), name)
  const start = performance.now()
  const protocol = await host.deploy(code, module.descriptor)
  const ms = performance.now() - start
  const codeCid = hashBlock(host.crypto.sha256, CODEC.raw, code).toString()
  story.rows([
    [name.padEnd(NAME_WIDTH), protocol.toString(), 'descriptor'],
    ['', codeCid, `code, ${bytes(code.length)}`],
  ])
  const how = before ? 'was here' : `admitted in ${milliseconds(ms)}`
  story.lines(indent([`${says}: ${methods.join(', ')}; ${how}`], NAME_WIDTH + 2))
  return {
    name,
    protocol,
    code,
    facts: { name, protocol: protocol.toString(), code: codeCid, bytes: code.length, wasHere: before },
  }
}
