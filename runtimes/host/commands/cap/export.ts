/** `grid cap export`: a capability as it is handed on, as a file, as one line, or drawn as a QR code. */
import { writeQrText } from '../../capability/qr-text.ts'
import { HostError } from '../../host-error.ts'
import { nodeCrypto } from '../../powers/crypto.ts'
import { qrBlocks } from '../../qr/blocks.ts'
import { qrModules } from '../../qr/modules.ts'
import { qrSvg } from '../../qr/svg.ts'
import { capabilityReport } from './report.ts'
import { knownKeys } from '../known/keys.ts'
import { chainNamed } from '../named.ts'
import type { Command } from 'commander'
import type { Capability } from '../../../../kernel/index.ts'
import type { Report } from '../../terminal/report.ts'
import type { Act, Session } from '../session.ts'

interface ExportFlags {
  readonly qr?: true
  readonly qrSvg?: string
  readonly qrText?: true
  readonly out?: string
}

export function addExport(cap: Command, act: Act): void {
  cap
    .command('export')
    .description('a capability to hand on: lines for a mail, one line, or a QR code')
    .argument('<capability>', 'a file, a name of `cap list`, or the text itself')
    .option('--qr', 'draw a QR code here, light on dark, and say nothing else')
    .option('--qr-svg <file>', 'write a QR code there, as a picture for a browser or a printer')
    .option('--qr-text', 'as one line of the characters that a QR code holds best, with a check value')
    .option('--out <file>', 'write it there')
    .addHelpText(
      'after',
      '\nExamples:\n  grid cap export alice.cap --qr\n  grid cap export alice.cap --qr-svg alice.svg' +
        '\n  grid cap export phone --out phone.cap' +
        '\n\nWhoever photographs the code of a bearer capability has it.',
    )
    .action((written: string, flags: ExportFlags) => act((session) => handOut(session, written, flags)))
}

async function handOut(session: Session, written: string, flags: ExportFlags): Promise<Report> {
  const { qr, qrSvg: picture, qrText, out } = flags
  if ([qr, qrText, picture].filter((flag) => flag !== undefined).length > 1)
    throw new HostError('USAGE', 'name one of --qr, --qr-svg and --qr-text')
  if (out !== undefined && (qr ?? picture) !== undefined)
    throw new HostError('USAGE', '--out is for text', { fix: 'a picture is written by --qr-svg FILE' })
  const chain = await chainNamed(session, knownKeys(session), [written])
  if ((qr ?? qrText ?? picture) === undefined) return capabilityReport(session, chain, out)
  const line = lineOf(chain)
  if (qrText === true) return withLine(await capabilityReport(session, chain, out, `${line}\n`), line)
  const modules = qrModules(line)
  if (picture === undefined)
    return { data: { capability: line, ...sizesOf(line, modules) }, text: qrBlocks(modules) }
  const report = await capabilityReport(session, chain, picture, qrSvg(modules))
  return { ...report, data: { ...report.data, capability: line, ...sizesOf(line, modules) } }
}

function lineOf(chain: readonly Capability[]): string {
  return writeQrText(
    nodeCrypto,
    chain.map(({ bytes }) => bytes),
  )
}

function withLine(report: Report, line: string): Report {
  return { ...report, data: { ...report.data, characters: line.length } }
}

/** Modules to a side, those of the quiet zone among them. */
function sizesOf(line: string, modules: readonly unknown[]): object {
  return { characters: line.length, modules: modules.length }
}
