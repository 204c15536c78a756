/** `grid cap export`: a capability as it is handed on, as a file or as one line for a QR code. */
import { writeQrText } from '../capability-qr-text.ts'
import { nodeCrypto } from '../node-crypto.ts'
import { capabilityReport } from './cap-report.ts'
import { knownKeys } from './known-keys.ts'
import { chainNamed } from './named.ts'
import type { Command } from 'commander'
import type { Report } from '../terminal/report.ts'
import type { Act, Session } from './session.ts'

interface ExportFlags {
  readonly qrText?: true
  readonly out?: string
}

export function addExport(cap: Command, act: Act): void {
  cap
    .command('export')
    .description('a capability to hand on: lines for a mail, or one line for a QR code')
    .argument('<capability>', 'a file, a name of `cap list`, or the text itself')
    .option('--qr-text', 'as one line of the characters that a QR code holds best, with a check value')
    .option('--out <file>', 'write it there')
    .addHelpText(
      'after',
      '\nExamples:\n  grid cap export alice.cap --qr-text\n  grid cap export phone --out phone.cap',
    )
    .action((written: string, flags: ExportFlags) => act((session) => handOut(session, written, flags)))
}

async function handOut(session: Session, written: string, { qrText, out }: ExportFlags): Promise<Report> {
  const chain = await chainNamed(session, knownKeys(session), [written])
  if (qrText !== true) return capabilityReport(session, chain, out)
  const line = writeQrText(
    nodeCrypto,
    chain.map(({ bytes }) => bytes),
  )
  const report = await capabilityReport(session, chain, out, `${line}\n`)
  return { ...report, data: { ...report.data, characters: line.length } }
}
