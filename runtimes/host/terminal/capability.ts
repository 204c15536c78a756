/** One link of a chain for people, a row for each thing it says, and for programs. */
import { describeResource } from '../../../kernel/index.ts'
import { caveatFacts, caveatRows } from './caveats.ts'
import { hex, resourceFacts } from './claims.ts'
import { safeLine } from './safe-text.ts'
import { bytes, count, duration, instant, milliseconds } from './units.ts'
import type { Budget, Capability } from '../../../kernel/index.ts'

export function capabilityRows(capability: Capability, now: number): string[][] {
  const { notBefore, audience, parent, holder } = capability
  return [
    ['id', capability.id.toString()],
    ['promised by', capability.issuer],
    ['to', holder === 'bearer' ? 'bearer: whoever has these bytes' : holder],
    ['about', describeResource(capability.resource)],
    ['methods', capability.methods[0] === '*' ? 'every method' : capability.methods.join(', ')],
    ['each call', describeBudget(capability.caveats.budget ?? {})],
    ...caveatRows(capability.caveats),
    ...(notBefore === undefined ? [] : [['from', instant(notBefore)]]),
    ['until', `${instant(capability.expires)}, ${remaining(capability.expires, now)}`],
    ...(audience === undefined ? [] : [['only at', audience]]),
    ['in grid', capability.grid.toString()],
    ['narrows', parent === undefined ? 'nothing: the issuer promises its own behaviour' : parent.toString()],
    ['signature', `holds, ${bytes(capability.bytes.length)} in all`],
  ].map(([name = '', value = '']) => [name, safeLine(value)])
}

export function capabilityFacts(capability: Capability): object {
  const { id, grid, parent, notBefore, audience } = capability
  return {
    id: id.toString(),
    issuer: capability.issuer,
    holder: capability.holder,
    resource: resourceFacts(capability.resource),
    methods: capability.methods,
    caveats: caveatFacts(capability.caveats),
    ...(notBefore === undefined ? {} : { notBefore }),
    expires: capability.expires,
    ...(audience === undefined ? {} : { audience }),
    grid: grid.toString(),
    ...(parent === undefined ? {} : { parent: parent.toString() }),
    nonce: hex(capability.nonce),
    bytes: capability.bytes.length,
  }
}

export function describeBudget({ fuel, memoryBytes, outputBytes, wallMs }: Budget): string {
  const parts = [
    ...(fuel === undefined ? [] : [`${count(fuel)} fuel`]),
    ...(memoryBytes === undefined ? [] : [`${bytes(memoryBytes)} of memory`]),
    ...(outputBytes === undefined ? [] : [`${bytes(outputBytes)} of output`]),
    ...(wallMs === undefined ? [] : [milliseconds(wallMs)]),
  ]
  return parts.length === 0 ? 'as much as the node allows' : `at most ${parts.join(', ')}`
}

function remaining(expires: number, now: number): string {
  return expires <= now ? `expired ${duration(now - expires)} ago` : `${duration(expires - now)} left`
}
