/** Scene: binary data through the second handler and back. */
import { HostError } from '../host-error.ts'
import { bytes, count } from '../terminal/units.ts'
import { ratio } from './result.ts'
import type { Host } from '../interface.ts'
import type { CallResult } from '../call/result.ts'
import type { Cast } from './cast.ts'
import type { Deployed } from './modules.ts'
import type { Story } from './story.ts'

export async function roundTrip(
  host: Host,
  story: Story,
  cast: Cast,
  lz4: Deployed,
  original: Uint8Array,
): Promise<object> {
  story.scene('Binary data through lz4 and back: the module of word-index itself')
  const resource = { kind: 'code', protocol: lz4.protocol } as const
  const granted = await host.promise({
    to: cast.alice.principal,
    resource,
    methods: ['compress', 'decompress'],
  })
  const run = async (
    method: string,
    input: Uint8Array,
  ): Promise<Extract<CallResult, { readonly status: 'kept' }>> => {
    const result = await host.call({
      protocol: lz4.protocol,
      method,
      input,
      as: cast.alice,
      capabilities: [granted],
    })
    if (result.status !== 'kept')
      throw new HostError('DATA', `lz4 ${method}: ${result.code}, ${result.detail ?? ''}`)
    return result
  }
  const packed = await run('compress', original)
  const unpacked = await run('decompress', packed.bytes)
  const isSame = Buffer.compare(unpacked.bytes, original) === 0
  if (!isSame) throw new HostError('DATA', 'what was compressed did not come back as it was')
  story.rows([
    ['original', unpacked.cid.toString(), bytes(original.length)],
    ['compress', packed.cid.toString(), ratio(original, packed.bytes)],
    ['decompress', unpacked.cid.toString(), `${bytes(unpacked.bytes.length)}, equal`],
    ['fuel', `${count(packed.fuel)} to compress, ${count(unpacked.fuel)} to decompress`],
  ])
  const facts = ({ cid, bytes: content, fuel }: typeof packed): object => ({
    cid: cid.toString(),
    bytes: content.length,
    fuel,
  })
  return { original: original.length, compress: facts(packed), decompress: facts(unpacked), isSame }
}
