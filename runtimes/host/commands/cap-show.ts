/** `grid cap show`: everything a capability says, link by link. It needs no data folder. */
import { isCapabilityText } from '../capability-text.ts'
import { nodePowers } from '../node-powers.ts'
import { capabilityFacts, capabilityRows } from '../terminal/capability.ts'
import { columns, indent } from '../terminal/layout.ts'
import { safeLine } from '../terminal/safe-text.ts'
import { knownKeys } from './known-keys.ts'
import { chainNamed } from './named.ts'
import type { Command } from 'commander'
import type { Capability } from '../../../kernel/index.ts'
import type { Report } from '../terminal/report.ts'
import type { Paint } from '../terminal/terminal.ts'
import type { Act, Session } from './session.ts'

export function addShow(cap: Command, act: Act): void {
  cap
    .command('show')
    .description('everything a capability says, link by link')
    .argument('<file...>', 'a capability: a file, a name of `cap list`, or the text itself')
    .addHelpText('after', '\nExample:\n  grid cap show bob.cap')
    .action((written: readonly string[]) => act((session) => show(session, written)))
}

async function show(session: Session, written: readonly string[]): Promise<Report> {
  const known = knownKeys(session)
  const files: { readonly file: string; readonly chain: readonly Capability[] }[] = []
  for (const each of written) {
    const file = isCapabilityText(each) ? 'the text' : each
    files.push({ file, chain: await chainNamed(session, known, [each]) })
  }
  const now = Math.floor(nodePowers().clock() / 1_000)
  const text = files.flatMap(({ file, chain }) => {
    const lines = chainLines(session.terminal.paint, chain, now)
    return files.length === 1 ? lines : ['', safeLine(file), ...indent(lines, 2)]
  })
  return {
    data: {
      chain: files.flatMap(({ chain }) => chain.map(capabilityFacts)),
      files: files.map(({ file, chain }) => ({ file, chain: chain.map(capabilityFacts) })),
    },
    text: files.length === 1 ? text : text.slice(1),
  }
}

function chainLines(paint: Paint, chain: readonly Capability[], now: number): string[] {
  return chain.flatMap((link, index) => [
    ...(index === 0 ? [] : ['']),
    paint.strong(chain.length === 1 ? 'capability' : `link ${index + 1} of ${chain.length}`),
    ...indent(columns(capabilityRows(link, now)), 2),
  ])
}
