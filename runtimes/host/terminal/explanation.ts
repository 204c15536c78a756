/** A decision as a tree: the message, each link of its chain, each rule that was looked at, and the fix of a failed one. */
import { describeCaveats, describeResource } from '../../../kernel/index.ts'
import { columns } from './layout.ts'
import { safeLine } from './safe-text.ts'
import { treeLines } from './tree.ts'
import { instant } from './units.ts'
import type {
  Capability,
  ChainExplanation,
  ExplainedChain,
  ExplainedLink,
  ExplainedRule,
  Explanation,
} from '../../../kernel/index.ts'
import type { Paint } from './terminal.ts'
import type { Branch } from './tree.ts'

/** Principals and CIDs. */
const LONG_NAME = /did:key:z[1-9A-HJ-NP-Za-km-z]+|b[a-z2-7]{50,}/g

/** Times in the words of the kernel. */
const SECONDS = /\b(exp|nbf|iat|now) (\d{9,11})\b/g

/** What people call principals and CIDs; each that comes up is spelled out once, at the top. */
class Names {
  readonly #known: ReadonlyMap<string, string>
  readonly #used = new Map<string, string>()

  constructor(known: ReadonlyMap<string, string>) {
    this.#known = known
  }

  /** Text of others on one line, with the names there are. */
  in(text: string): string {
    return safeLine(text).replace(LONG_NAME, (whole) => {
      const name = this.#known.get(whole)
      if (name === undefined) return whole
      this.#used.set(whole, safeLine(name))
      return safeLine(name)
    })
  }

  rows(): readonly (readonly string[])[] {
    return [...this.#used].map(([whole, name]) => [name, whole])
  }
}

export function explanationLines(
  paint: Paint,
  known: ReadonlyMap<string, string>,
  { message, tree }: Pick<Explanation, 'message' | 'tree'>,
): string[] {
  const names = new Names(known)
  const head =
    message === undefined
      ? []
      : [
          ['message', message.id.toString()],
          ['method', safeLine(JSON.stringify(message.claims.method))],
        ]
  const root: Branch = {
    title: paint.strong('message'),
    branches: [
      ...chainBranches(paint, names, tree),
      ...tree.table.map((lent, index) => lentBranch(paint, names, lent, index)),
    ],
  }
  const lines = treeLines(root)
  return [...columns([...head, ...names.rows()]), '', ...lines]
}

/** What a chain of tokens grants, to whom and through whom. */
export function grantLines(
  known: ReadonlyMap<string, string>,
  { grant, holder, through }: ChainExplanation,
): string[] {
  const names = new Names(known)
  const rows = [
    ...(grant === undefined
      ? []
      : [
          ['grants', names.in(`${describeResource(grant.resource)}: ${methodsOf(grant)}`)],
          ['within', names.in(restrictionsOf(grant))],
        ]),
    ...(holder === undefined
      ? []
      : [['to', names.in(holder === 'bearer' ? 'whoever has its bytes' : holder)]]),
    ...(through === undefined ? [] : [['through', names.in(through.join(' → '))]]),
  ]
  return rows.length === 0 ? [] : [...columns(rows), '']
}

/** The rules of a chain of tokens. */
export function chainExplanationLines(
  paint: Paint,
  known: ReadonlyMap<string, string>,
  { tree }: ChainExplanation,
): string[] {
  const names = new Names(known)
  const lines = treeLines({ title: paint.strong('chain'), branches: chainBranches(paint, names, tree) })
  return [...columns(names.rows()), '', ...lines]
}

function chainBranches(paint: Paint, names: Names, { rules, links }: ExplainedChain): readonly Branch[] {
  return [
    ...rules.map((rule) => ruleBranch(paint, names, rule)),
    ...links.map((link) => linkBranch(paint, names, link)),
  ]
}

function lentBranch(paint: Paint, names: Names, { tree, refusal }: ChainExplanation, index: number): Branch {
  const verdict = refusal === undefined ? 'could be used' : `would be refused: ${refusal.code}`
  return {
    title: paint.strong(`lent ${index}: ${verdict}`),
    branches: chainBranches(paint, names, tree),
  }
}

function linkBranch(
  paint: Paint,
  names: Names,
  { link, capability, isVerified, rules }: ExplainedLink,
): Branch {
  const branches = rules.map((rule) => ruleBranch(paint, names, rule))
  if (capability === undefined)
    return { title: `link ${link}${link === 0 ? ': the promise of this node' : ''}`, branches }
  const { issuer, holder, resource } = capability
  const account = isVerified ? '' : 'by its own account '
  return {
    title: names.in(
      `link ${link}, ${account}${issuer} → ${holder}: ${describeResource(resource)}, ${methodsOf(capability)}`,
    ),
    notes: [names.in(restrictionsOf(capability))],
    branches,
  }
}

function methodsOf({ methods }: Pick<Capability, 'methods'>): string {
  return methods[0] === '*' ? 'every method' : methods.join(', ')
}

function restrictionsOf({
  caveats,
  notBefore,
  expires,
  audience,
}: Pick<Capability, 'caveats' | 'notBefore' | 'expires' | 'audience'>): string {
  return [
    ...(notBefore === undefined ? [] : [`from ${instant(notBefore)}`]),
    `until ${instant(expires)}`,
    ...(audience === undefined ? [] : [`only at ${audience}`]),
    ...describeCaveats(caveats),
  ].join('; ')
}

function ruleBranch(paint: Paint, names: Names, { pass, rule, detail, code, fix }: ExplainedRule): Branch {
  const found = names.in(dated(code === undefined ? detail : `${code}: ${detail}`))
  const line = `${pass ? 'ok  ' : 'FAIL'}  ${rule.padEnd(28)}  ${found}`
  return {
    title: pass ? line : paint.bad(line),
    ...(fix === undefined ? {} : { notes: [`      fix: ${fix}`] }),
  }
}

function dated(text: string): string {
  return text.replace(
    SECONDS,
    (_whole, name: string, seconds: string) => `${name} ${instant(Number(seconds))}`,
  )
}
