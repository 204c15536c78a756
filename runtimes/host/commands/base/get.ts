/** `grid base get`: the bytes of one block, verified. */
import { diagnose } from '../../../../promisebase/index.ts'
import { HostError } from '../../host-error.ts'
import { WIDTH } from '../../terminal/layout.ts'
import { withSnapshot } from './store.ts'
import { contentReport } from '../block.ts'
import { anyCidValue } from '../options.ts'
import type { CID } from 'multiformats/cid'
import type { Command } from 'commander'
import type { Report } from '../../terminal/report.ts'
import type { Act, Session } from '../session.ts'

interface GetFlags {
  readonly out?: string
  readonly cbor?: true
}

export function addBaseGet(base: Command, act: Act): void {
  base
    .command('get')
    .description('write one block to standard output, or to a file; `cat` joins the blocks of content')
    .argument('<cid>', 'the block', anyCidValue)
    .option('--out <file>', 'write it there')
    .option('--cbor', 'show it in diagnostic notation')
    .action((cid: CID, flags: GetFlags) => act((session) => get(session, cid, flags)))
}

async function get(session: Session, cid: CID, { out, cbor }: GetFlags): Promise<Report> {
  const block = await withSnapshot(session, (snapshot) => snapshot.getBlock(cid))
  if (block === undefined) throw new HostError('MISSING', `block ${cid} is not here`)
  if (cbor !== true) return contentReport(session, { cid: cid.toString() }, block, out, [])
  const notation = diagnose(block, { embedded: true, width: WIDTH })
  return { data: { cid: cid.toString(), bytes: block.length, notation }, text: notation.split('\n') }
}
