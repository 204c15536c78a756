/** `grid handler`: what can be called here by name, and what is made to be. */
import { addHandlerBuild } from './build.ts'
import { addHandlerDeploy } from './deploy.ts'
import { addHandlerInit } from './init.ts'
import { addHandlerInspect } from './inspect.ts'
import { addHandlerRun } from './run.ts'
import { addHandlerTest } from './test.ts'
import { addHandlerTypes } from './types.ts'
import { columns } from '../../terminal/layout.ts'
import { descriptorOf } from '../named.ts'
import { withHost } from '../session.ts'
import type { Command } from 'commander'
import type { Report } from '../../terminal/report.ts'
import type { Act, Session } from '../session.ts'

export function addHandler(grid: Command, act: Act): void {
  const handler = grid
    .command('handler')
    .description('handlers: what can be called here by name, and making more of them')
  handler
    .command('list')
    .description('names, methods, runtimes and protocol CIDs')
    .addHelpText('after', '\nExample:\n  grid handler list')
    .action(() => act(list))
  addHandlerInspect(handler, act)
  addHandlerInit(handler, act)
  addHandlerBuild(handler, act)
  addHandlerRun(handler, act)
  addHandlerTest(handler, act)
  addHandlerDeploy(handler, act)
  addHandlerTypes(handler, act)
}

function list(session: Session): Promise<Report> {
  return withHost(session, async (host) => {
    const found = await Promise.all(
      Object.entries(await host.handlers()).map(async ([name, protocol]) => {
        const { methods, runtime, pure } = await descriptorOf(host, protocol)
        return { name, protocol: protocol.toString(), methods, runtime, pure }
      }),
    )
    const text = columns(
      found.flatMap(({ name, protocol, methods, runtime, pure }) => [
        [name, protocol],
        ['', `${runtime}, ${pure ? 'pure' : 'with effects'}: ${methods.join(', ')}`],
      ]),
    )
    return { data: { handlers: found }, text }
  })
}
