/**
 * `grid promise`: what this node promised instead of an answer, and how it ended. One process has a data folder
 * open at a time, so who waits looks now and then, and leaves the folder to others meanwhile.
 */
import { setTimeout as sleep } from 'node:timers/promises'

import { HostError } from '../host-error.ts'
import { exitOfRefusal } from '../terminal/exit-code.ts'
import { columns } from '../terminal/layout.ts'
import { safeLine } from '../terminal/safe-text.ts'
import { contentReport } from './block.ts'
import { cidValue, durationValue } from './options.ts'
import { promiseFacts, promiseRows } from './promise-facts.ts'
import { withHost } from './session.ts'
import type { CID } from 'multiformats/cid'
import type { Command } from 'commander'
import type { PromiseStatus } from '../../../kernel/index.ts'
import type { CallResult } from '../call/result.ts'
import type { Host } from '../interface.ts'
import type { Report } from '../terminal/report.ts'
import type { Act, Session } from './session.ts'

interface WaitFlags {
  readonly timeout: number
  readonly out?: string
}

/** Between two looks: opening the folder takes about as long. */
const LOOK_MS = 250

export function addPromise(grid: Command, act: Act): void {
  const promise = grid.command('promise').description('answers that this node promised for later')
  promise
    .command('show')
    .description('what was promised to whom, and how it stands')
    .argument('<id>', 'what `grid call` said', cidValue)
    .action((id: CID) => act((session) => withHost(session, (host) => show(host, id))))
  promise
    .command('wait')
    .description('wait until it is resolved, and write the result to standard output')
    .argument('<id>', 'what `grid call` said', cidValue)
    .option('--timeout <time>', 'how long to wait', durationValue, 60)
    .option('--out <file>', 'write the result there')
    .addHelpText('after', '\nExample:\n  grid promise wait bafkrei… --timeout 10m')
    .action((id: CID, flags: WaitFlags) => act((session) => wait(session, id, flags)))
}

async function show(host: Host, id: CID): Promise<Report> {
  const { promise, status, ended } = await statusOf(host, id)
  const detail = ended !== undefined && 'detail' in ended.outcome ? (ended.outcome.detail ?? '') : ''
  return {
    data: { ...promiseFacts(promise), status, ...(ended === undefined ? {} : { endedAt: ended.at }) },
    text: columns([
      ...promiseRows(promise),
      ['status', status],
      ...(detail === '' ? [] : [['detail', safeLine(detail)]]),
    ]),
  }
}

async function statusOf(host: Host, id: CID): Promise<PromiseStatus> {
  const found = await host.kernel.promise(id)
  if (found.refused !== undefined) throw new HostError('CLOCK', found.refused.detail)
  if (found.ok !== undefined) return found.ok
  throw new HostError('MISSING', `there is no promise ${id.toString()} here`, {
    fix: 'name one that `grid call` said, within a day after its time',
  })
}

async function wait(session: Session, id: CID, { timeout, out }: WaitFlags): Promise<Report> {
  const look = (): Promise<CallResult> =>
    withHost(session, async (host) => {
      await statusOf(host, id)
      return host.when(id, { timeoutMs: 0 })
    })
  const result = await session.terminal.progress('waiting for the promise', async () => {
    for (let left = timeout * 1_000; ; left -= LOOK_MS) {
      const seen = await look()
      if (seen.status !== 'refused' || seen.code !== 'PENDING' || left <= 0) return seen
      await sleep(Math.min(LOOK_MS, left))
    }
  })
  return waitReport(session, id, result, out)
}

function waitReport(
  session: Session,
  id: CID,
  result: CallResult,
  out: string | undefined,
): Report | Promise<Report> {
  const facts = { promise: id.toString(), status: result.status }
  if (result.status === 'kept') {
    const data = { ...facts, result: result.cid.toString() }
    return contentReport(session, data, result.bytes, out, [`kept: ${result.cid.toString()}`])
  }
  const { code } = result
  const isOpen = code === 'PENDING'
  return {
    data: isOpen ? { ...facts, status: 'open' } : facts,
    text: [],
    failure: {
      exit: exitOfRefusal(code),
      code,
      message: isOpen ? 'the promise is still open' : `${result.status}: ${result.detail ?? code}`,
    },
  }
}
