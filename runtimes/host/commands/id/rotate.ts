/**
 * `grid id rotate`: new keys for somebody. A principal is its keys, so new ones are another principal: the old one
 * says who follows it, the new one whom it follows, and nobody is believed who says only half of that. Where the
 * old one had an encryption key the new one has one too, and says so in the same breath.
 */
import { HostError } from '../../host-error.ts'
import { handoutLines, handoutOf } from '../../keys/handout.ts'
import { algorithmOption } from '../algorithm.ts'
import { identityNamed } from '../named.ts'
import { withHost } from '../session.ts'
import { writeHandout } from '../write-handout.ts'
import type { Command } from 'commander'
import type { Signer } from '../../../../kernel/index.ts'
import type { Host } from '../../interface.ts'
import type { IdentityAlgorithm } from '../../keys/secrets.ts'
import type { Report } from '../../terminal/report.ts'
import type { Act, Session } from '../session.ts'

interface RotateFlags {
  readonly to?: string
  readonly algorithm?: IdentityAlgorithm
  readonly out?: string
}

export function addIdRotate(id: Command, act: Act): void {
  id.command('rotate')
    .description('make new keys for somebody: another identity, and signed statements that it follows')
    .argument('<name>')
    .option('--to <name>', 'name of the new identity (default: NAME-2, or the next that is free)')
    .addOption(algorithmOption('that of the old keys'))
    .option('--out <file>', 'write the statements there, for `grid id import` at other nodes')
    .addHelpText(
      'after',
      '\nExample:\n  grid id rotate alice --algorithm hybrid --out alice.rotation' +
        '\n\nNothing is transferred: what was promised to the old keys has to be promised to the new ones.' +
        '\nWhere the old identity has an encryption key the new one has one too; the old one still opens what was\nencrypted to it.',
    )
    .action((name: string, flags: RotateFlags) => act((session) => rotate(session, name, flags)))
}

function rotate(session: Session, name: string, flags: RotateFlags): Promise<Report> {
  return withHost(session, async (host) => {
    const old = await identityNamed(host, name)
    const { successor } = (await host.keyStatement(old.principal)) ?? {}
    if (successor !== undefined)
      throw new HostError('NAME', `${name} has a successor already: ${successor}`, {
        fix: 'rotate the successor',
      })
    const to = await freeName(host, name, flags.to)
    const hasEncryptionKey = (await host.look(name))?.encryptionKey !== undefined
    const next = await host.identity(to, flags.algorithm ?? algorithmOf(old), { hasEncryptionKey })
    const key = (await host.look(to))?.encryptionKey
    const statements = [
      await host.stateKeys(old, { successor: next.principal }),
      await host.stateKeys(next, { predecessor: old.principal, ...(key && { encryptionKeys: [key] }) }),
    ]
    const lines = handoutLines(handoutOf([old, next], statements))
    return report(session, { name, old, to, next, lines }, flags.out)
  })
}

interface Rotation extends Readonly<Record<'name' | 'to', string>>, Readonly<Record<'old' | 'next', Signer>> {
  readonly lines: readonly string[]
}

function report(
  session: Session,
  { name, old, to, next, lines }: Rotation,
  out: string | undefined,
): Promise<Report> {
  const data = {
    name,
    principal: old.principal,
    successor: { name: to, principal: next.principal },
    statements: lines,
  }
  const rows = [
    [name, old.principal],
    [to, next.principal],
  ]
  return writeHandout(session, { data, rows, lines }, out)
}

/** @throws {HostError} NAME for one that is taken */
async function freeName(host: Host, name: string, wanted: string | undefined): Promise<string> {
  const taken = await host.identities()
  if (wanted !== undefined && taken.includes(wanted))
    throw new HostError('NAME', `there is an identity ${wanted} already`, { fix: 'choose another name' })
  const [, stem = name, count = '1'] = /^(.+)-(\d{1,6})$/.exec(name) ?? []
  let next = Number(count) + 1
  while (taken.includes(`${stem}-${next}`)) next += 1
  return wanted ?? `${stem}-${next}`
}

/** As strong as before. */
function algorithmOf({ keys }: Signer): IdentityAlgorithm {
  const [first, another] = keys.map(({ publicKey }) => publicKey.algorithm)
  return first === undefined || another !== undefined ? 'hybrid' : first
}
