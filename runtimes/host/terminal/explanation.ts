/** The rules a decision looked at, as a tree: stage, link, rule. */
import { describeResource } from '../../../kernel/index.ts'
import { columns, indent, WIDTH, wrap } from './layout.ts'
import { safeLine } from './safe-text.ts'
import { instant } from './units.ts'
import type { Capability, Check, Explanation } from '../../../kernel/index.ts'
import type { Paint } from './terminal.ts'

/** Principals and CIDs. */
const LONG_NAME = /did:key:z[1-9A-HJ-NP-Za-km-z]+|b[a-z2-7]{50,}/g

/** Times in the words of the kernel. */
const SECONDS = /\b(exp|nbf|iat|now) (\d{9,11})\b/g

type Call = (text: string) => string

export interface Explained extends Pick<Explanation, 'checks' | 'message'> {
  /** By link; undefined for one that could not be read. */
  readonly chain: readonly (Capability | undefined)[]
}

/** `names` are what this folder calls principals and CIDs; each that comes up is spelled out once, at the top. */
export function explanationLines(
  paint: Paint,
  names: ReadonlyMap<string, string>,
  { checks, message, chain }: Explained,
): string[] {
  const used = new Set<string>()
  const call = (text: string): string =>
    text.replace(LONG_NAME, (whole) => {
      const name = names.get(whole)
      if (name !== undefined) used.add(whole)
      return name ?? whole
    })
  const verified = new Set(
    checks.filter(({ rule, pass }) => rule === 'capability.md#signature' && pass).map(({ link }) => link),
  )
  const stages = [...new Set(checks.map(({ stage }) => stage))]
  const tree = stages.flatMap((stage) => {
    const own = checks.filter((check) => check.stage === stage)
    return [
      paint.strong(stage),
      ...indent(
        stageLines(paint, call, own, (link) => linkTitle(chain[link], link, verified.has(link))),
        2,
      ),
    ]
  })
  const head =
    message === undefined
      ? []
      : [
          ['message', message.id.toString()],
          ['method', safeLine(JSON.stringify(message.claims.method))],
        ]
  return [...columns([...head, ...[...used].map((each) => [names.get(each) ?? '', each])]), '', ...tree]
}

/** Rules about the message as a whole, then those of each link in order. */
function stageLines(
  paint: Paint,
  call: Call,
  checks: readonly Check[],
  title: (link: number) => string,
): string[] {
  const about = (link: number | undefined): string[] =>
    checkLines(
      paint,
      call,
      checks.filter((check) => check.link === link),
    )
  const links = new Set(checks.flatMap(({ link }) => (link === undefined ? [] : [link])))
  const inOrder = [...links].sort((a, b) => a - b)
  return [...about(undefined), ...inOrder.flatMap((link) => [call(title(link)), ...indent(about(link), 2)])]
}

function linkTitle(capability: Capability | undefined, link: number, isVerified: boolean): string {
  if (capability === undefined) return link === 0 ? 'link 0: the promise of this node' : `link ${link}`
  const { issuer, holder, resource, methods } = capability
  const what = methods[0] === '*' ? 'every method' : methods.join(', ')
  return safeLine(
    `link ${link}, ${isVerified ? '' : 'by its own account '}${issuer} → ${holder}: ${describeResource(resource)}, ${what}`,
  )
}

function checkLines(paint: Paint, call: Call, checks: readonly Check[]): string[] {
  const width = Math.max(0, ...checks.map(({ rule }) => rule.length)) + 8
  return checks.flatMap(({ pass, rule, detail, code }) => {
    const found = call(safeLine(dated(code === undefined ? detail : `${code}: ${detail}`)))
    const [first = '', ...more] = wrap(found, WIDTH - width - 6)
    const line = `${pass ? 'ok  ' : 'FAIL'}  ${rule}`.padEnd(width) + first
    return [pass ? line : paint.bad(line), ...indent(more, width)]
  })
}

function dated(text: string): string {
  return text.replace(
    SECONDS,
    (_whole, name: string, seconds: string) => `${name} ${instant(Number(seconds))}`,
  )
}
