/** Scene: four messages that are refused, each with its code, the link and rule that failed, and what helps. */
import { setTimeout as sleep } from 'node:timers/promises'

import { refusalOf } from '../commands/outcome.ts'
import { HostError } from '../host-error.ts'
import { WIDTH, wrap } from '../terminal/layout.ts'
import { safeLine } from '../terminal/safe-text.ts'
import { milliseconds } from '../terminal/units.ts'
import { ENDLESS_LOOP } from './endless-loop.ts'
import type { CID } from 'multiformats/cid'
import type { Capability } from '../../../kernel/index.ts'
import type { CallResult } from '../call/result.ts'
import type { Host } from '../interface.ts'
import type { Failure } from '../terminal/report.ts'
import type { Cast } from './cast.ts'
import type { Deployed } from './modules.ts'
import type { Granted } from './promises.ts'
import type { Story } from './story.ts'

const LOOP_FUEL = 5_000_000
const TEXT_WIDTH = WIDTH - 16

/** What the refusals are tried on: the call that was kept before. */
export interface Attempts {
  readonly cast: Cast
  readonly handler: Deployed
  readonly granted: Granted
  readonly file: CID
  readonly kept: CallResult
}

export async function refusals(host: Host, story: Story, attempts: Attempts): Promise<object[]> {
  story.scene('Four messages that are refused')
  return [
    await tell(host, story, 'a capability past its time', await callExpired(host, attempts)),
    await tell(host, story, 'a method bob was not granted', await callOtherMethod(host, attempts)),
    await tell(host, story, 'one bit changed on the way', await sendTampered(host, attempts)),
    await tell(host, story, 'a handler that never ends', await callEndless(host, attempts)),
  ]
}

interface Attempt {
  readonly result: CallResult
  readonly ms: number
  /** Where the budget that ended a run was stated. */
  readonly where?: Pick<Failure, 'link' | 'rule'>
}

/** Alice gives bob the method for the rest of this second; he asks when it is over. */
async function callExpired(host: Host, { cast, handler, granted, file }: Attempts): Promise<Attempt> {
  const terms = {
    resource: granted.alice.resource,
    methods: [granted.bobs],
    parent: granted.alice,
    by: cast.alice,
  }
  const brief = await host.promise({ ...terms, to: cast.bob.principal, seconds: 1 })
  await sleep(Math.max(0, brief.expires * 1_000 - Date.now()))
  const capabilities = [granted.alice, brief]
  return timed(() =>
    host.call({ protocol: handler.protocol, method: granted.bobs, input: file, as: cast.bob, capabilities }),
  )
}

function callOtherMethod(host: Host, { cast, handler, granted, file }: Attempts): Promise<Attempt> {
  const capabilities: readonly Capability[] = [granted.alice, granted.bob]
  return timed(() =>
    host.call({
      protocol: handler.protocol,
      method: granted.others,
      input: file,
      as: cast.bob,
      capabilities,
    }),
  )
}

/** The message that was kept, with another file in it. */
function sendTampered(host: Host, { file, kept }: Attempts): Promise<Attempt> {
  const bytes = kept.message.bytes.slice()
  const last = Buffer.from(bytes).indexOf(file.bytes) + file.bytes.length - 1
  bytes[last] = (bytes[last] ?? 0) ^ 1
  return timed(() => host.send(bytes))
}

async function callEndless(host: Host, { cast }: Attempts): Promise<Attempt> {
  const protocol = await host.deploy(ENDLESS_LOOP, { name: 'endless-loop', limits: { memoryBytes: 65_536 } })
  const budget = { fuel: LOOP_FUEL }
  const granted = await host.promise({
    to: cast.alice.principal,
    resource: { kind: 'code', protocol },
    methods: ['run'],
    budget,
  })
  const attempt = await timed(() =>
    host.call({ protocol, method: 'run', as: cast.alice, capabilities: [granted] }),
  )
  return { ...attempt, where: { link: 1, rule: 'dispatch.md#execute' } }
}

async function timed(run: () => Promise<CallResult>): Promise<Attempt> {
  const start = performance.now()
  const result = await run()
  return { result, ms: performance.now() - start }
}

async function tell(
  host: Host,
  story: Story,
  title: string,
  { result, ms, where }: Attempt,
): Promise<object> {
  if (result.status === 'kept') throw new HostError('DATA', `${title}: it was not refused`)
  const { message, fix = '–', ...failure } = { ...(await refusalOf(host, result)), ...where }
  const { link, rule = '' } = failure
  const told = result.signed ? `signed ${result.code}` : `${result.code}, unsigned`
  story.rows([
    [
      story.paint.strong(title.padEnd(28)),
      story.paint.bad(failure.code.padEnd(11)),
      `after ${milliseconds(ms)}; the sender reads: ${told}`,
    ],
  ])
  story.rows([
    ['   failed', link === undefined ? rule : `link ${link}, ${linkName(link)}; ${rule}`],
    ...paragraph('   because', message),
    ...paragraph('   to fix', fix),
  ])
  return { title, ...failure, message, fix, ms, told: result.code, signed: result.signed }
}

/** The links of this story's chains. */
function linkName(link: number): string {
  return ['node → root', 'root → alice', 'alice → bob'][link] ?? ''
}

function paragraph(title: string, text: string): string[][] {
  return wrap(safeLine(text), TEXT_WIDTH).map((line, index) => [index === 0 ? title : '', line])
}
