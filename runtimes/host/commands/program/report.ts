/** What became of a program: its streams to the streams of `grid`, its exit code, and the folder it has written. */
import { exportPath } from '../../files/export-path.ts'
import { HostError } from '../../host-error.ts'
import { failureOf } from '../../terminal/report.ts'
import { bytes, count } from '../../terminal/units.ts'
import { asJson } from '../block.ts'
import type { CID } from 'multiformats/cid'
import type { Host } from '../../interface.ts'
import type { ExportedPath, ExportOptions } from '../../files/export-path.ts'
import type { Failure, Report } from '../../terminal/report.ts'
import type { TellKept } from '../outcome.ts'

/** Larger ones would begin at 0 again, which means success. */
const EXIT_MAX = 255

export function programReport(host: Host): TellKept {
  return async (session, facts, { cid, fuel, bytes: result }, { out, overwrite = false }) => {
    const { readProgramResult } = await import('../../../wasi/index.ts')
    const { ok, refused } = readProgramResult(result)
    if (ok === undefined) throw new HostError('DATA', `${cid.toString()}: ${refused.detail}`)
    const { exit, stdout, stderr, files } = ok
    const made =
      files && out !== undefined ? await folderAt(host, files, session.path(out), { overwrite }) : {}
    return {
      data: {
        ...facts,
        exit,
        stdout: asJson(stdout),
        stderr: asJson(stderr),
        ...(files && { files: files.toString() }),
        ...(made.folder && { folder: made.folder }),
      },
      content: stdout,
      errors: stderr,
      text: [
        `kept: exit ${exit}, ${count(fuel)} fuel, ${cid.toString()}`,
        ...(files === undefined ? [] : [`files: ${files.toString()}`]),
        ...(made.folder === undefined ? [] : [said(made.folder, out)]),
      ],
      exitCode: Math.min(exit, EXIT_MAX),
      ...(made.failure && { failure: made.failure }),
    } satisfies Report
  }
}

interface Made {
  readonly folder?: ExportedPath
  readonly failure?: Failure
}

/** The program has run, so what it came to is told also where its folder cannot be written. */
async function folderAt(host: Host, files: CID, target: string, options: ExportOptions): Promise<Made> {
  try {
    return { folder: await exportPath(host.store, files, target, options) }
  } catch (error) {
    return { failure: failureOf(error) }
  }
}

function said({ bytes: size, files }: ExportedPath, out: string | undefined): string {
  return `${bytes(size)} in ${count(files)} files written to ${out}`
}
