/** `grid cap show`: everything a capability says, link by link. It needs no data folder. */
import { isCapabilityText } from '../../capability/text.ts'
import { nodePowers } from '../../powers/clock.ts'
import { capabilityFacts, capabilityRows } from '../../terminal/capability.ts'
import { columns, indent } from '../../terminal/layout.ts'
import { safeLine } from '../../terminal/safe-text.ts'
import { knownKeys } from '../known/keys.ts'
import { chainNamed } from '../named.ts'
import { withHost } from '../session.ts'
import type { Command } from 'commander'
import type { Capability } from '../../../../kernel/index.ts'
import type { Report } from '../../terminal/report.ts'
import type { Paint } from '../../terminal/terminal.ts'
import type { Act, Session } from '../session.ts'

export function addShow(cap: Command, act: Act): void {
  cap
    .command('show')
    .description('everything a capability says, link by link')
    .argument('<file...>', 'a capability: a file, a name of `cap list`, or the text itself')
    .option('--here', 'say of each link whether this node knows that it was taken back')
    .addHelpText('after', '\nExample:\n  grid cap show bob.cap')
    .action((written: readonly string[], flags: { readonly here?: true }) =>
      act((session) => show(session, written, flags.here === true)),
    )
}

async function show(session: Session, written: readonly string[], isHere: boolean): Promise<Report> {
  const known = knownKeys(session)
  const files: { readonly file: string; readonly chain: readonly Capability[] }[] = []
  for (const each of written) {
    const file = isCapabilityText(each) ? 'the text' : each
    files.push({ file, chain: await chainNamed(session, known, [each]) })
  }
  const now = Math.floor(nodePowers().clock() / 1_000)
  const taken = isHere ? await takenBack(session, files) : new Map<Capability, string>()
  const text = files.flatMap(({ file, chain }) => {
    const lines = chainLines(session.terminal.paint, chain, now, isHere ? taken : undefined)
    return files.length === 1 ? lines : ['', safeLine(file), ...indent(lines, 2)]
  })
  const factsOf = (link: Capability): object =>
    isHere ? { ...capabilityFacts(link), revokedBy: taken.get(link) ?? null } : capabilityFacts(link)
  return {
    data: {
      chain: files.flatMap(({ chain }) => chain.map(factsOf)),
      files: files.map(({ file, chain }) => ({ file, chain: chain.map(factsOf) })),
    },
    text: files.length === 1 ? text : text.slice(1),
  }
}

/** Who took back which link, by what the node of this folder knows; the issuer of any link above may. */
function takenBack(
  session: Session,
  files: readonly { readonly chain: readonly Capability[] }[],
): Promise<ReadonlyMap<Capability, string>> {
  return withHost(session, async (host) => {
    const taken = new Map<Capability, string>()
    for (const { chain } of files)
      for (const [index, link] of chain.entries()) {
        const may = new Set([host.node, ...chain.slice(0, index + 1).map(({ issuer }) => issuer)])
        const record = (await host.kernel.revocations(link.id)).find(({ issuer }) => may.has(issuer))
        if (record !== undefined) taken.set(link, record.issuer)
      }
    return taken
  })
}

function chainLines(
  paint: Paint,
  chain: readonly Capability[],
  now: number,
  taken: ReadonlyMap<Capability, string> | undefined,
): string[] {
  const known = (link: Capability): string[][] => {
    const by = taken?.get(link)
    if (taken === undefined) return []
    return [['taken back', by === undefined ? 'not that this node knows' : `by ${safeLine(by)}`]]
  }
  return chain.flatMap((link, index) => [
    ...(index === 0 ? [] : ['']),
    paint.strong(chain.length === 1 ? 'capability' : `link ${index + 1} of ${chain.length}`),
    ...indent(columns([...capabilityRows(link, now), ...known(link)]), 2),
  ])
}
