/** Options of `grid cap issue` and `grid cap delegate` that restrict what is promised, and what they become. */
import { InvalidArgumentError } from 'commander'

import { HostError } from '../host-error.ts'
import { parseCount, parseDuration } from '../terminal/units.ts'
import { holderNamed } from './named.ts'
import { bytesValue, countValue, several } from './options.ts'
import { parseWhere } from './where.ts'
import type { Command } from 'commander'
import type { Principal, Rate } from '../../../kernel/index.ts'
import type { Host } from '../interface.ts'
import type { CaveatTerms, Where } from '../capability/narrow-caveats.ts'

export interface CaveatFlags {
  readonly where?: readonly Where[]
  readonly calls?: number
  readonly totalFuel?: number
  readonly totalOutput?: number
  readonly rate?: Rate
  readonly executor?: readonly string[]
  readonly final?: true
}

export function addCaveats(command: Command): Command {
  return command
    .option(
      '--where <constraint>',
      'what calls may be given: to=alice|bob, n>=1, n<=10, key^=b"a/", items#<=3',
      whereValue,
    )
    .option('--calls <number>', 'calls in all', countValue)
    .option('--total-fuel <units>', 'fuel of all calls together', countValue)
    .option('--total-output <bytes>', 'bytes of output of all calls together', bytesValue)
    .option('--rate <calls/time>', 'how often: 10/1m is ten calls in each minute', rateValue)
    .option('--executor <node>', 'a node that may act: a principal, or here', several)
    .option('--final', 'its holder can hand nothing of it on')
}

export async function caveatTerms(host: Host, flags: CaveatFlags): Promise<CaveatTerms> {
  const { where, calls, totalFuel, totalOutput, rate, executor, final } = flags
  const total = {
    ...(calls === undefined ? {} : { calls }),
    ...(totalFuel === undefined ? {} : { fuel: totalFuel }),
    ...(totalOutput === undefined ? {} : { outputBytes: totalOutput }),
  }
  return {
    total,
    ...(where === undefined ? {} : { where }),
    ...(rate === undefined ? {} : { rate }),
    ...(executor === undefined ? {} : { executors: await executorsNamed(host, executor) }),
    ...(final === undefined ? {} : { final }),
  }
}

async function executorsNamed(host: Host, names: readonly string[]): Promise<readonly Principal[]> {
  const found = new Set<Principal>()
  for (const name of names) found.add(name === 'here' ? host.node : await holderNamed(host, name))
  if (found.has('bearer')) throw new HostError('USAGE', 'an executor is a node, never whoever has something')
  return [...found]
}

function whereValue(text: string, before: readonly Where[] = []): readonly Where[] {
  const where = parseWhere(text)
  if (where === undefined)
    throw new InvalidArgumentError('it is PATH and =, ^=, >=, <=, #=, #>= or #<=, and a value: to=alice|bob')
  return [...before, where]
}

function rateValue(text: string): Rate {
  const [calls, seconds] = [parseCount(text.split('/')[0] ?? ''), parseDuration(text.split('/')[1] ?? '')]
  if (calls === undefined || seconds === undefined || seconds === 0)
    throw new InvalidArgumentError('it is calls and a time, such as 10/1m')
  return { calls, seconds }
}
