/** `grid message diff`: in which places two signed things differ, and what follows from it. */
import { compare } from '../../inspect/compare.ts'
import { HostError } from '../../host-error.ts'
import { columns, indent, wrap } from '../../terminal/layout.ts'
import { safeLine } from '../../terminal/safe-text.ts'
import { inspectBytes, readBytes } from './input.ts'
import { signatureFact, verdictLine, withReading } from './show.ts'
import type { Command } from 'commander'
import type { Difference } from '../../inspect/compare.ts'
import type { Item } from '../../inspect/item.ts'
import type { Report } from '../../terminal/report.ts'
import type { ReadingFlags } from './input.ts'
import type { Act, Session } from '../session.ts'

/** Characters of a value that are shown on either side of a difference. */
const VALUE_MAX = 160

export function addDiff(message: Command, act: Act): void {
  withReading(message.command('diff'), '<one>', '<other>')
    .description('where two differ, in words, and whether a node would take them for one')
    .addHelpText('after', '\nExample:\n  grid message diff sent.message received.message')
    .action((one: string, other: string, flags: ReadingFlags) =>
      act((session) => diff(session, [one, other], flags)),
    )
}

async function diff(
  session: Session,
  files: readonly [string, string],
  flags: ReadingFlags,
): Promise<Report> {
  const one = await itemIn(session, files[0], flags)
  const other = await itemIn(session, files[1], flags)
  const { same, differences, meaning } = compare(one, other)
  return {
    data: {
      same,
      sameId: one.id !== undefined && one.id === other.id,
      meaning,
      differences,
      one: factsOf(one),
      other: factsOf(other),
    },
    text: [
      ...columns([rowOf('one', one), rowOf('other', other)]),
      '',
      ...differences.flatMap(differenceLines),
      ...(differences.length === 0 ? [] : ['']),
      ...meaning.flatMap((sentence) => wrap(sentence)),
    ],
  }
}

/** @throws {HostError} FILE for bytes that cannot be compared in words, naming which */
async function itemIn(session: Session, file: string, flags: ReadingFlags): Promise<Item> {
  const read = await inspectBytes(session, await readBytes(session, file), flags)
  if (read.refused === undefined) return read.ok
  const { code, detail } = read.refused
  throw new HostError('FILE', `${file.slice(0, 80)}: ${code}, ${detail}`)
}

function rowOf(name: string, { says, id, verdict }: Item): string[] {
  return [name, id ?? 'no id', safeLine(`${says}; signature: ${verdictLine(verdict)}`)]
}

function differenceLines({ name, one, other, isNamed }: Difference): string[] {
  const absent = (value: string | undefined): string =>
    value === undefined ? 'is not there' : cut(safeLine(value.replace(/\n\s*/g, ' ')))
  return [
    `${safeLine(name)}${isNamed ? '' : ' (no part of the id)'}`,
    ...indent(
      columns([
        ['one', absent(one)],
        ['other', absent(other)],
      ]),
      2,
    ),
  ]
}

function cut(value: string): string {
  return value.length <= VALUE_MAX ? value : `${value.slice(0, VALUE_MAX - 20)}…${value.slice(-16)}`
}

function factsOf({ kind, id, verdict, bytes }: Item): object {
  const named = id === undefined ? {} : { id }
  return { kind, ...named, bytes: bytes.length, signature: signatureFact(verdict) }
}
