/** `grid base put`: the bytes of one block, as they are. */
import { InvalidArgumentError } from 'commander'

import { BLOCK_BYTES_MAX, CODEC } from '../../../../promisebase/index.ts'
import { readInput } from '../../terminal/read-input.ts'
import { bytes, parseCount } from '../../terminal/units.ts'
import { withStore } from './store.ts'
import { labelValue, moveLabel } from './names.ts'
import { anyCidValue } from '../options.ts'
import type { CID } from 'multiformats/cid'
import type { Command } from 'commander'
import type { Report } from '../../terminal/report.ts'
import type { Act, Session } from '../session.ts'

interface PutFlags {
  readonly codec: number
  readonly cid?: CID
  readonly label?: string
}

/** As the table of multicodec spells them. */
const CODECS: Readonly<Record<string, number>> = {
  raw: CODEC.raw,
  cbor: CODEC.cbor,
  'dag-cbor': CODEC.dagCbor,
  'dag-pb': CODEC.dagPb,
}

export function addBasePut(base: Command, act: Act): void {
  base
    .command('put')
    .description(
      `store one block of at most ${bytes(BLOCK_BYTES_MAX)}, as it is; \`add\` takes files of any length`,
    )
    .argument('<file>', 'a file, or - for standard input')
    .option(
      '--codec <name>',
      `${Object.keys(CODECS).join(', ')}, or a number of multicodec`,
      codecValue,
      CODEC.raw,
    )
    .option('--cid <cid>', 'what it must hash to, by any hash that is known here', anyCidValue)
    .option('--label <name>', 'point a label at it', labelValue)
    .action((file: string, flags: PutFlags) => act((session) => put(session, file, flags)))
}

async function put(session: Session, file: string, { codec, cid, label }: PutFlags): Promise<Report> {
  const rule = { bytesMax: BLOCK_BYTES_MAX, mayBeEmpty: true, as: 'a block' }
  const block = await readInput(session.terminal, session.path(file), rule)
  return withStore(session, async (store, signal) => {
    const put = await store.transact(
      async (transaction) => {
        if (cid !== undefined) transaction.putBlockAs(cid, block)
        const named = cid ?? transaction.putBlock(block, codec)
        if (label !== undefined) await moveLabel(transaction, label, named)
        return named.toString()
      },
      { signal },
    )
    const data = { cid: put, bytes: block.length, ...(label === undefined ? {} : { label }) }
    return { data, text: [put] }
  })
}

function codecValue(text: string): number {
  const codec = Object.hasOwn(CODECS, text) ? CODECS[text] : numberOf(text)
  if (codec === undefined)
    throw new InvalidArgumentError(`it is ${Object.keys(CODECS).join(', ')} or a number`)
  return codec
}

function numberOf(text: string): number | undefined {
  const number = /^0x[0-9a-f]{1,7}$/i.test(text) ? Number(text) : parseCount(text)
  return number !== undefined && number <= 0x7fffffff ? number : undefined
}
