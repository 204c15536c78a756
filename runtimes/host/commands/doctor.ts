/** `grid doctor`: what this machine has of all that something here can use, and how to get the rest. */
import { installCommand } from '../author/install-command.ts'
import { confinement } from '../isolation/confinement.ts'
import { columns } from '../terminal/layout.ts'
import { languageFindings, languageRows } from './doctor-languages.ts'
import type { Command } from 'commander'
import type { Report } from '../terminal/report.ts'
import type { Act, Session } from './session.ts'

interface Finding {
  readonly what: string
  readonly here: boolean
  readonly says: string
}

export function addDoctor(grid: Command, act: Act): void {
  grid
    .command('doctor')
    .description('what this machine has to run and build handlers with, and how to get the rest')
    .addHelpText('after', '\nExample:\n  grid doctor')
    .action(() => act(examine))
}

async function examine(session: Session): Promise<Report> {
  const findings = [nodeFinding(), ...isolationFindings()]
  const languages = await languageFindings(session.path('.'))
  return {
    data: { findings, languages },
    text: columns([
      ...findings.map(({ what, here, says }) => [here ? 'here' : 'missing', what, says]),
      ...languages.flatMap(languageRows),
    ]),
  }
}

function nodeFinding(): Finding {
  return { what: 'Node', here: true, says: process.versions.node }
}

function isolationFindings(): readonly Finding[] {
  const { permissions, bubblewrap, controlGroups, resourceLimits } = confinement()
  return [
    {
      what: 'processes without the powers of Node',
      here: permissions,
      says: permissions ? 'used by --isolation process' : 'a version of Node with permissions: 20 or later',
    },
    {
      what: 'bubblewrap',
      here: bubblewrap !== undefined,
      says:
        bubblewrap === undefined
          ? `shuts the network and files off from --isolation process: ${installCommand({ apt: 'bubblewrap' })}`
          : 'used by --isolation process',
    },
    {
      what: 'control groups',
      here: controlGroups,
      says: controlGroups
        ? 'bound the memory, processes and share of the processors of --isolation process'
        : 'bound --isolation process as a whole: start the host where it may make groups, as with systemd-run --user -p Delegate=yes',
    },
    {
      what: 'resource limits',
      here: resourceLimits,
      says: resourceLimits
        ? 'bound the memory of --isolation process'
        : 'bound the memory of --isolation process: Linux with /bin/sh',
    },
  ]
}
