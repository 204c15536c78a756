/** `grid cap import`, `list` and `forget`: chains kept in the data folder under names of one's own. */
import { HostError } from '../../host-error.ts'
import {
  forgetCapabilities,
  keepCapabilities,
  namesInWallet,
  walletFile,
  walletIn,
} from '../../capability/wallet.ts'
import { makeDataFolder } from '../../data-folder/make.ts'
import { capabilityFacts } from '../../terminal/capability.ts'
import { columns } from '../../terminal/layout.ts'
import { capabilityFileOf, gistOf } from './report.ts'
import { knownKeys } from '../known/keys.ts'
import { chainNamed } from '../named.ts'
import type { Command } from 'commander'
import type { Capability } from '../../../../kernel/index.ts'
import type { Report } from '../../terminal/report.ts'
import type { KnownKeys } from '../known/keys.ts'
import type { Act, Session } from '../session.ts'

interface ImportFlags {
  readonly name: string
}

export function addWallet(cap: Command, act: Act): void {
  cap
    .command('import')
    .description('keep a capability under a name, so that `--cap NAME` presents it')
    .argument('<capability>', 'a file, - for standard input, or the text itself')
    .requiredOption('--name <name>', 'lower-case letters, digits, dots, hyphens, underscores')
    .addHelpText(
      'after',
      '\nExamples:\n  grid cap import alice.cap --name index\n  grid call word-index --cap index',
    )
    .action((written: string, flags: ImportFlags) => act((session) => keep(session, written, flags)))
  cap
    .command('list')
    .description('the capabilities that are kept under names')
    .action(() => act(list))
  cap
    .command('forget')
    .description('keep a capability no longer; whoever has it elsewhere still has it')
    .argument('<name>')
    .action((name: string) => act((session) => forget(session, name)))
}

async function keep(session: Session, written: string, { name }: ImportFlags): Promise<Report> {
  const chain = await chainNamed(session, knownKeys(session), [written])
  checkLinked(chain)
  await makeDataFolder(session.data)
  const file = await keepCapabilities(walletIn(session.data), name, capabilityFileOf(chain))
  const { holder } = chain.at(-1) as Capability
  return {
    data: { name, file, chain: chain.map(capabilityFacts) },
    text: columns([['name', name], ['to', holder], ...Object.entries(gistOf(chain))]),
  }
}

/** Each link but the first narrows the one before; anything else would be refused wherever it is presented. */
function checkLinked(chain: readonly Capability[]): void {
  chain.forEach(({ parent }, index) => {
    const before = chain[index - 1]
    if (before !== undefined && parent?.equals(before.id) !== true)
      throw new HostError('FILE', `token ${index + 1} does not narrow the one before it`, {
        fix: 'a chain has its tokens in the order in which they were promised',
      })
  })
}

async function list(session: Session): Promise<Report> {
  const known = knownKeys(session)
  const found: object[] = []
  const rows: string[][] = []
  for (const name of await namesInWallet(walletIn(session.data))) {
    const chain = await chainIn(session, known, name)
    if (chain instanceof HostError) {
      found.push({ name, error: chain.message })
      rows.push([name, `cannot be read: ${chain.message}`])
      continue
    }
    const { holder, grid } = chain.at(-1) as Capability
    const { about, methods, until } = gistOf(chain)
    found.push({ name, holder, grid: grid.toString(), about, methods, until, links: chain.length })
    rows.push([name, about, methods, `until ${until}`])
  }
  const none = ['no capability is kept here; `grid cap import FILE --name NAME` keeps one']
  return { data: { capabilities: found }, text: rows.length === 0 ? none : columns(rows) }
}

/** One that cannot be read any more must not hide the others. */
async function chainIn(
  session: Session,
  known: KnownKeys,
  name: string,
): Promise<readonly Capability[] | HostError> {
  try {
    return await chainNamed(session, known, [walletFile(walletIn(session.data), name)])
  } catch (error) {
    if (error instanceof HostError) return error
    throw error
  }
}

async function forget(session: Session, name: string): Promise<Report> {
  await forgetCapabilities(walletIn(session.data), name)
  return { data: { name }, text: [`${name} is kept no longer`] }
}
