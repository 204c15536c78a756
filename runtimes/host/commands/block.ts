/** `grid block`: content in the store, by CID. */
import { writeFile } from 'node:fs/promises'

import { LIMITS } from '../../../kernel/index.ts'
import { CODEC, diagnose } from '../../../promisebase/index.ts'
import { HostError } from '../host-error.ts'
import { WIDTH } from '../terminal/layout.ts'
import { readInput } from '../terminal/read-input.ts'
import { textOf } from '../terminal/safe-text.ts'
import { bytes } from '../terminal/units.ts'
import { cidValue } from './options.ts'
import { withHost } from './session.ts'
import type { CID } from 'multiformats/cid'
import type { Command } from 'commander'
import type { Report } from '../terminal/report.ts'
import type { Act, Session } from './session.ts'

interface GetFlags {
  readonly out?: string
  readonly cbor?: true
}

export function addBlock(grid: Command, act: Act): void {
  const block = grid.command('block').description('content in the store, by CID')
  block
    .command('put')
    .description(
      `store a file of at most ${bytes(LIMITS.argumentBytes)}; what is larger than a block becomes a tree of blocks`,
    )
    .argument('<file>', 'a file, or - for standard input')
    .addHelpText('after', '\nExamples:\n  grid block put report.txt\n  date | grid block put -')
    .action((file: string) => act((session) => put(session, file)))
  block
    .command('get')
    .description('write content to standard output, or to a file')
    .argument('<cid>', 'what `block put` or a call has named', cidValue)
    .option('--out <file>', 'write it there')
    .option('--cbor', 'show it in diagnostic notation')
    .action((cid: CID, flags: GetFlags) => act((session) => get(session, cid, flags)))
}

async function put(session: Session, file: string): Promise<Report> {
  const rule = { bytesMax: LIMITS.argumentBytes, mayBeEmpty: true, as: 'stored content' }
  const content = await readInput(session.terminal, session.path(file), rule)
  return withHost(session, async (host) => {
    const cid = (await host.put(content)).toString()
    return { data: { cid, bytes: content.length }, text: [cid] }
  })
}

async function get(session: Session, cid: CID, flags: GetFlags): Promise<Report> {
  const content = await withHost(session, (host) => host.get(cid))
  if (content === undefined)
    throw new HostError('MISSING', `${cid.toString()} is not here, or not all of its blocks are`)
  const isCbor = cid.code !== CODEC.raw
  if (flags.cbor === true || (isCbor && session.terminal.isScreen && flags.out === undefined)) {
    const notation = diagnose(content, { embedded: true, width: WIDTH })
    return { data: { cid: cid.toString(), bytes: content.length, notation }, text: notation.split('\n') }
  }
  return contentReport(session, { cid: cid.toString() }, content, flags.out, [])
}

/** Content for stdout or a file; in JSON as text where it is text, else in base64. */
export async function contentReport(
  session: Session,
  facts: object,
  content: Uint8Array,
  out: string | undefined,
  text: readonly string[],
): Promise<Report> {
  const size = { bytes: content.length }
  if (out === undefined) return { data: { ...facts, ...size, ...asJson(content) }, text, content }
  const path = session.path(out)
  await writeFile(path, content).catch((error: NodeJS.ErrnoException) => {
    throw new HostError('FILE', `${out} cannot be written: ${error.code ?? error.message}`, { cause: error })
  })
  return {
    data: { ...facts, ...size, file: path },
    text: [...text, `${bytes(content.length)} written to ${out}`],
  }
}

/** Bytes in JSON. */
export function asJson(content: Uint8Array): { readonly text: string } | { readonly base64: string } {
  const text = textOf(content)
  return text === undefined ? { base64: Buffer.from(content).toString('base64') } : { text }
}
