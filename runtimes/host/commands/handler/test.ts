/** `grid handler test`: builds the handler of a folder and holds it against its vectors, once or at every change. */
import { readTrial } from '../../author/trial.ts'
import { safeLine } from '../../terminal/safe-text.ts'
import { withBuilt } from '../built.ts'
import { watched } from '../watched.ts'
import type { Command } from 'commander'
import type { Verdict } from '../../author/vectors.ts'
import type { Report } from '../../terminal/report.ts'
import type { Act, Session } from '../session.ts'

interface TestFlags {
  readonly watch?: true
}

export function addHandlerTest(handler: Command, act: Act): void {
  handler
    .command('test')
    .description('build the handler of a folder, and hold it against its vectors.json')
    .argument('[folder]', 'where its handler.json is', '.')
    .option('--watch', 'again at every change, until Ctrl-C')
    .addHelpText('after', '\nExample:\n  grid handler test greet --watch')
    .action((folder: string, flags: TestFlags) =>
      act((session) =>
        flags.watch === true
          ? watched(session, folder, () => testOnce(session, folder))
          : testOnce(session, folder),
      ),
    )
}

function testOnce(session: Session, folder: string): Promise<Report> {
  return withBuilt(session, folder, async (project, code) => {
    const trial = await readTrial(project)
    // A host of its own, in memory: the calls are those of any caller, and nothing stays.
    const { createHost } = await import('../../create-host.ts')
    await using host = await createHost()
    const protocol = await host.deploy(code, project.options)
    const verdicts = await trial(host, protocol)
    const failed = verdicts.filter(({ passed }) => !passed).length
    return {
      data: { protocol: protocol.toString(), passed: verdicts.length - failed, failed, vectors: verdicts },
      text: [...verdicts.map(lineOf), `${verdicts.length - failed} passed, ${failed} failed`],
      ...(failed === 0
        ? {}
        : {
            failure: {
              exit: 'refused',
              code: 'VECTORS',
              message: `${failed} of ${verdicts.length} vectors failed`,
            },
          }),
    }
  })
}

function lineOf({ note, method, passed, got, fuel }: Verdict): string {
  const told = passed ? (fuel === undefined ? '' : `, fuel ${fuel}`) : `: got ${got ?? ''}`
  return safeLine(`${passed ? 'pass' : 'FAIL'}  ${note} (${method})${told}`)
}
