/** `grid id export`: the public part of an identity, for others. The secret stays in its file. */
import { writeFile } from 'node:fs/promises'

import { HostError } from '../../host-error.ts'
import { columns } from '../../terminal/layout.ts'
import { identityHere } from '../identity-facts.ts'
import { keysOf } from '../session.ts'
import type { Command } from 'commander'
import type { Report } from '../../terminal/report.ts'
import type { Act, Session } from '../session.ts'

interface ExportFlags {
  readonly public?: true
  readonly out?: string
}

export function addIdExport(id: Command, act: Act): void {
  id.command('export')
    .description('the public part of an identity: a did:key as text, or the block of a key set')
    .argument('<name>')
    .option('--public', 'say that it is the public part you want; secrets are not exported')
    .option('--out <file>', 'write it there')
    .addHelpText(
      'after',
      '\nExamples:\n  grid id export alice --public\n  grid id export phone --public --out phone.keyset',
    )
    .action((name: string, flags: ExportFlags) => act((session) => exportPublic(session, name, flags)))
}

async function exportPublic(session: Session, name: string, flags: ExportFlags): Promise<Report> {
  if (flags.public !== true)
    throw new HostError('USAGE', 'secrets are not exported', {
      fix: 'add --public for the public part; a copy of the key file is what moves an identity',
    })
  const { principal, keySet } = await identityHere(keysOf(session), name)
  const content = keySet ?? new TextEncoder().encode(`${principal}\n`)
  const data = { name, principal, ...(keySet && { keySet: Buffer.from(keySet).toString('base64url') }) }
  const { out } = flags
  if (out === undefined)
    return keySet === undefined ? { data, text: [principal] } : { data, text: [], content }
  await writeFile(session.path(out), content).catch((error: NodeJS.ErrnoException) => {
    throw new HostError('FILE', `${out} cannot be written: ${error.code ?? error.message}`, { cause: error })
  })
  return {
    data: { ...data, file: session.path(out) },
    text: columns([
      ['principal', principal],
      ['file', out],
    ]),
  }
}
