/** `grid cap issue` and `grid cap delegate`: a new promise, or a narrower one by the holder of another. */
import { LIMITS } from '../../../../kernel/index.ts'
import { HostError } from '../../host-error.ts'
import { capabilityReport } from './report.ts'
import { chainNamed, holderNamed, identityNamed, nameOf, resourceNamed } from '../named.ts'
import { addCaveats, caveatTerms } from '../caveat-options.ts'
import { addBudget, budgetOf, durationValue, namesValue, several } from '../options.ts'
import { withHost } from '../session.ts'
import type { Command } from 'commander'
import type { Capability, Signer } from '../../../../kernel/index.ts'
import type { Host } from '../../interface.ts'
import type { PromiseTerms } from '../../capability/promise.ts'
import type { Report } from '../../terminal/report.ts'
import type { ResourceFlags } from '../named.ts'
import type { CaveatFlags } from '../caveat-options.ts'
import type { BudgetFlags } from '../options.ts'
import type { Act, Session } from '../session.ts'

interface GrantFlags extends ResourceFlags, BudgetFlags, CaveatFlags {
  readonly to: string
  readonly methods?: readonly string[]
  readonly expires?: number
  readonly out?: string
}
interface IssueFlags extends GrantFlags {
  readonly by?: string
}
interface DelegateFlags extends GrantFlags {
  readonly cap: readonly string[]
  readonly as?: string
}

export function addIssue(cap: Command, act: Act): void {
  const command = cap.command('issue').description('promise somebody the use of something of this node')
  addGrant(command)
    .option('--by <name>', 'who promises (default: root)')
    .addHelpText(
      'after',
      '\nExamples:\n  grid cap issue --to alice --handler word-index --methods run,top --expires 1h --out alice.cap' +
        '\n  grid cap issue --to bearer --space notes/ --methods get,list' +
        '\n  grid cap issue --to bob --space notes/ --methods put --where \'key^=b"bob/"\' --calls 100 --rate 10/1m',
    )
    .action((flags: IssueFlags) => act((session) => issue(session, flags)))
}

export function addDelegate(cap: Command, act: Act): void {
  const command = cap
    .command('delegate')
    .description('hand on a capability, or less than it: whatever is not said stays as it is')
    .requiredOption('--cap <file>', 'the capability to hand on', several)
  addGrant(command)
    .option('--as <name>', 'its holder, who signs (default: found by the capability)')
    .addHelpText(
      'after',
      '\nExample:\n  grid cap delegate --cap alice.cap --to bob --methods run --expires 10m --out bob.cap',
    )
    .action((flags: DelegateFlags) => act((session) => delegate(session, flags)))
}

function addGrant(command: Command): Command {
  command
    .requiredOption('--to <holder>', 'an identity here, a principal, or bearer for whoever has the bytes')
    .option('--handler <handler>', 'a handler, by CID or name')
    .option('--space <name/prefix>', 'keys of a space')
    .option('--label <prefix>', 'labels that begin with it; no handler of this package uses any')
    .option('--node', 'everything of this node')
    .option('--methods <names>', 'methods, with commas between (default: all)', namesValue)
    .option(
      '--expires <time>',
      'how long it lasts: 90s, 10m, 2h, 30d; a number is seconds (default: 1h)',
      durationValue,
    )
    .option('--out <file>', 'write the capability there')
  return addCaveats(addBudget(command, 'of one call at most'))
}

function issue(session: Session, flags: IssueFlags): Promise<Report> {
  return withHost(session, async (host) => {
    const resource = await resourceNamed(host, flags)
    if (resource === undefined)
      throw new HostError('USAGE', 'a promise is about something', {
        fix: 'say what with --handler, --space, --label or --node',
      })
    const by = flags.by === undefined ? host.root : await identityNamed(host, flags.by)
    const capability = await host.promise({ ...(await termsOf(host, flags)), resource, by })
    return capabilityReport(session, [capability], flags.out)
  })
}

function delegate(session: Session, flags: DelegateFlags): Promise<Report> {
  return withHost(session, async (host) => {
    const chain = await chainNamed(session, host, flags.cap)
    const parent = chain.at(-1) as Capability
    const by = await holderOf(host, parent, flags.as)
    // A root narrows the adoptions of other nodes too: what it grants is theirs.
    const owner = parent.resource.kind === 'code' ? host.node : parent.resource.owner
    const resource = (await resourceNamed(host, flags, owner)) ?? parent.resource
    const capability = await host.promise({ ...(await termsOf(host, flags)), resource, by, parent })
    return capabilityReport(session, [...chain, capability], flags.out)
  })
}

async function termsOf(host: Host, flags: GrantFlags): Promise<Omit<PromiseTerms, 'resource'>> {
  if (flags.expires !== undefined && flags.expires > LIMITS.tokenLifetimeSeconds)
    throw new HostError('USAGE', `a capability lasts at most ${LIMITS.tokenLifetimeSeconds / 86_400} days`)
  return {
    to: await holderNamed(host, flags.to),
    budget: budgetOf(flags),
    ...(await caveatTerms(host, flags)),
    ...(flags.methods === undefined ? {} : { methods: flags.methods }),
    ...(flags.expires === undefined ? {} : { seconds: flags.expires }),
  }
}

/** Only its holder can hand a capability on. */
async function holderOf(host: Host, parent: Capability, as: string | undefined): Promise<Signer> {
  if (parent.holder === 'bearer')
    throw new HostError('EXCESS', 'a capability for whoever has it cannot be handed on as another', {
      fix: 'give its bytes away, or ask its issuer for one with a holder',
    })
  const name = await nameOf(host, parent.holder)
  if (name === undefined || (as !== undefined && as !== name))
    throw new HostError('MISSING', `the holder ${parent.holder} is not ${as ?? 'an identity here'}`, {
      fix: 'delegate where the key of the holder is',
    })
  return host.identity(name)
}
