/** `grid cap revoke`: takes a promise back, here and, by the record it writes, wherever that is carried. */
import { writeFile } from 'node:fs/promises'

import { CODEC, parseCid } from '../../../../promisebase/index.ts'
import { HostError } from '../../host-error.ts'
import { readRevocations, writeRevocation } from '../../capability/revoke.ts'
import { columns } from '../../terminal/layout.ts'
import { readInput } from '../../terminal/read-input.ts'
import { instant } from '../../terminal/units.ts'
import { chainNamed, identityNamed, nameOf } from '../named.ts'
import { withHost } from '../session.ts'
import type { CID } from 'multiformats/cid'
import type { Command } from 'commander'
import type { KeptRevocation, Signer } from '../../../../kernel/index.ts'
import type { Host } from '../../interface.ts'
import type { Report } from '../../terminal/report.ts'
import type { Act, Session } from '../session.ts'

interface RevokeFlags {
  readonly by?: string
  readonly out?: string
  readonly accept?: string
}

/** Some thousand records. */
const FILE_BYTES_MAX = 4 * 1024 * 1024

export function addRevoke(cap: Command, act: Act): void {
  cap
    .command('revoke')
    .description('take back a capability and all that was delegated from it; nothing undoes it')
    .argument('[capability]', 'a capability file, the token itself, or its id')
    .option(
      '--by <name>',
      'who takes it back (default: its issuer if it is an identity here, else this node)',
    )
    .option('--out <file>', 'write the record there, for other nodes')
    .option('--accept <file>', 'instead: take in records that somebody has signed')
    .addHelpText(
      'after',
      '\nExamples:\n  grid cap revoke bob.cap --out bob.revoked\n  grid cap revoke --accept bob.revoked',
    )
    .action((written: string | undefined, flags: RevokeFlags) =>
      act((session) => {
        if ((written === undefined) === (flags.accept === undefined))
          throw new HostError('USAGE', 'name a capability, or --accept a file of records')
        return written === undefined
          ? acceptFile(session, flags.accept as string)
          : takeBack(session, written, flags)
      }),
    )
}

function takeBack(session: Session, written: string, flags: RevokeFlags): Promise<Report> {
  return withHost(session, async (host) => {
    const { token, issuer } = await tokenNamed(session, host, written)
    const by = await revokerOf(host, issuer, flags.by)
    const before = await host.kernel.revocations(token)
    const record = await host.revoke({ token, ...(by === undefined ? {} : { by }) })
    const already = before.some(({ id }) => id.equals(record.id))
    const text = writeRevocation(record.bytes)
    const data = { ...factsOf(record), already, record: text }
    const rows = [...rowsOf(record), ...(already ? ['It was taken back before: this is its record.'] : [])]
    if (flags.out === undefined) return { data, text: [...rows, '', text] }
    const { out } = flags
    await writeFile(session.path(out), `${text}\n`).catch((error: NodeJS.ErrnoException) => {
      throw new HostError('FILE', `${out} cannot be written: ${error.code ?? error.message}`, {
        cause: error,
      })
    })
    return { data: { ...data, file: session.path(out) }, text: [...rows, `written to ${out}`] }
  })
}

/** The last capability of a file, or whatever has this id. */
async function tokenNamed(
  session: Session,
  host: Host,
  written: string,
): Promise<{ readonly token: CID; readonly issuer?: string }> {
  const id = parseCid(written, { codecs: [CODEC.raw] }).ok
  if (id !== undefined) return { token: id }
  const last = (await chainNamed(session, host, [written])).at(-1)
  if (last === undefined) throw new HostError('FILE', `there is no capability in ${written}`)
  return { token: last.id, issuer: last.issuer }
}

async function revokerOf(
  host: Host,
  issuer: string | undefined,
  by: string | undefined,
): Promise<Signer | undefined> {
  if (by !== undefined) return identityNamed(host, by)
  const name = issuer === undefined ? undefined : await nameOf(host, issuer)
  return name === undefined ? undefined : host.identity(name)
}

function acceptFile(session: Session, file: string): Promise<Report> {
  return withHost(session, async (host) => {
    const content = await readInput(session.terminal, session.path(file), {
      bytesMax: FILE_BYTES_MAX,
      as: 'a file of revocations',
    })
    const records = readRevocations(Buffer.from(content).toString('latin1'))
    if (records === undefined) throw new HostError('FILE', `there is no revocation in ${file}`)
    const kept: KeptRevocation[] = []
    for (const bytes of records) {
      const accepted = await host.kernel.acceptRevocation(bytes)
      if (accepted.refused !== undefined)
        throw new HostError('DATA', `${accepted.refused.code}: ${accepted.refused.detail}`)
      kept.push(accepted.ok)
    }
    return { data: { accepted: kept.map(factsOf) }, text: kept.flatMap(rowsOf) }
  })
}

function factsOf({ id, revoked, issuer, issuedAt }: KeptRevocation): object {
  return { id: id.toString(), revoked: revoked.toString(), issuer, issuedAt }
}

function rowsOf({ revoked, issuer, issuedAt }: KeptRevocation): string[] {
  return columns([
    ['taken back', revoked.toString()],
    ['by', issuer],
    ['at', instant(issuedAt)],
  ])
}
