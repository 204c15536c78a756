/** `grid demo`: the main job from end to end, on a file, in a data folder that can be used afterwards. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'

import { gather } from '../demo/cast.ts'
import { askAgain, firstCall } from '../demo/conversation.ts'
import { demoInput } from '../demo/input.ts'
import { deployModules } from '../demo/modules.ts'
import { makePromises } from '../demo/promises.ts'
import { refusals } from '../demo/refusals.ts'
import { roundTrip } from '../demo/round-trip.ts'
import { createStory } from '../demo/story.ts'
import { indent } from '../terminal/layout.ts'
import { safeLine } from '../terminal/safe-text.ts'
import { milliseconds } from '../terminal/units.ts'
import { DATA_DEFAULT, withNewHost } from './session.ts'
import type { Command } from 'commander'
import type { TraceEvent } from '../../../kernel/index.ts'
import type { DemoInput } from '../demo/input.ts'
import type { Story } from '../demo/story.ts'
import type { Host } from '../interface.ts'
import type { Report } from '../terminal/report.ts'
import type { Act, Session } from './session.ts'

export function addDemo(grid: Command, act: Act): void {
  grid
    .command('demo')
    .description('the whole story on a file: deploy, promise, call, call again, and four refusals')
    .argument(
      '[file]',
      'a text is indexed, anything else compressed (default: a chapter of the specification)',
    )
    .addHelpText('after', '\nExamples:\n  grid demo\n  grid demo book.txt --data /tmp/grid')
    .action((file: string | undefined) => act((session) => demo(session, file)))
}

async function demo(session: Session, file: string | undefined): Promise<Report> {
  const input = await demoInput(session, file)
  const start = performance.now()
  const story = createStory(session.terminal)
  const { terminal } = session
  const title = `PromiseGrid: a signed message runs a WebAssembly handler on ${input.name}`
  if (!terminal.json) terminal.out(terminal.paint.strong(title))
  const facts = await play(session, story, input)
  const took = milliseconds(performance.now() - start)
  const text = [
    '',
    `   Done in ${took}. The grid stays in ${safeLine(session.dataName)}: run it again, or try`,
    ...indent(nextSteps(session.dataName, input), 5),
  ]
  return { data: facts, text }
}

/** Commands that work as they stand, in the shell and folder the demonstration was run in. */
function nextSteps(dataName: string, { isText }: DemoInput): string[] {
  const grid = dataName === DATA_DEFAULT ? 'npx grid' : `npx grid --data ${shellWord(dataName)}`
  const call = isText ? 'word-index top --input -' : 'lz4 compress --input - --out tide.lz4'
  return [
    `echo 'the tide, the moon' | ${grid} call ${call}`,
    `${grid} handler list`,
    `${grid} call --help`,
  ].map(safeLine)
}

function shellWord(text: string): string {
  return /^[\w./~-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`
}

/** The scenes in order. */
async function play(session: Session, story: Story, input: DemoInput): Promise<object> {
  const isNew = !existsSync(join(session.data, 'store'))
  const events: TraceEvent[] = []
  const takeTrace = (): readonly TraceEvent[] => events.splice(0)
  return withNewHost(session, (host) => scenes(host, story, input, { isNew, takeTrace }), {
    gridName: 'demo',
    trace: (event) => void events.push(event),
  })
}

async function scenes(
  host: Host,
  story: Story,
  input: DemoInput,
  { isNew, takeTrace }: { readonly isNew: boolean; readonly takeTrace: () => readonly TraceEvent[] },
): Promise<object> {
  const cast = await gather(host, story, isNew)
  const modules = await deployModules(host, story)
  const [handler, methods] = input.isText
    ? [modules.wordIndex, ['top', 'run'] as const]
    : [modules.lz4, ['compress', 'decompress'] as const]
  const granted = await makePromises(host, story, cast, handler, methods)
  const file = await host.put(input.content)
  const parts = { cast, handler, granted, input, file, takeTrace }
  const first = await firstCall(host, story, parts)
  const again = await askAgain(host, story, parts, first.kept)
  const packed = await roundTrip(host, story, cast, modules.lz4, modules.wordIndex.code)
  const refused = await refusals(host, story, { cast, handler, granted, file, kept: first.kept })
  return {
    ...cast.facts,
    handlers: [modules.wordIndex.facts, modules.lz4.facts],
    capabilities: granted.facts,
    file: { cid: file.toString(), bytes: input.content.length },
    call: first.facts,
    again,
    roundTrip: packed,
    refusals: refused,
  }
}
