/** The rules a decision looked at, as a tree: stage, link, rule. */
import { describeResource } from '../../../kernel/index.ts'
import { columns, indent, WIDTH, wrap } from './layout.ts'
import { safeLine } from './safe-text.ts'
import type { Capability, Check, Explanation } from '../../../kernel/index.ts'
import type { Paint } from './terminal.ts'

export function explanationLines(
  paint: Paint,
  { checks, message, chain }: Pick<Explanation, 'checks' | 'message' | 'chain'>,
): string[] {
  const head =
    message === undefined ? [] : [`message ${message.id.toString()}, method ${safeLine(JSON.stringify(message.claims.method))}`]
  const stages = [...new Set(checks.map(({ stage }) => stage))]
  return [
    ...head,
    ...stages.flatMap((stage) => [
      paint.strong(stage),
      ...indent(stageLines(paint, checks.filter((check) => check.stage === stage), chain), 2),
    ]),
  ]
}

/** Rules about the message as a whole, then those of each link in order. */
function stageLines(paint: Paint, checks: readonly Check[], chain: readonly Capability[] | undefined): string[] {
  const links = [...new Set(checks.flatMap(({ link }) => (link === undefined ? [] : [link])))].sort((a, b) => a - b)
  return [
    ...checkLines(paint, checks.filter(({ link }) => link === undefined)),
    ...links.flatMap((link) => [
      `link ${link}${linkTitle(chain?.[link], link)}`,
      ...indent(checkLines(paint, checks.filter((check) => check.link === link)), 2),
    ]),
  ]
}

function linkTitle(capability: Capability | undefined, link: number): string {
  if (capability === undefined) return link === 0 ? ': the promise of this node' : ''
  return safeLine(`: ${describeResource(capability.resource)}, ${capability.methods.join(', ')}`)
}

function checkLines(paint: Paint, checks: readonly Check[]): string[] {
  const rows = columns(checks.map(({ pass, rule }) => [pass ? 'ok  ' : 'FAIL', rule, '']))
  const width = Math.max(0, ...checks.map(({ rule }) => rule.length)) + 8
  return checks.flatMap(({ pass, detail, code }, index) => {
    const [first = '', ...more] = wrap(safeLine(code === undefined ? detail : `${code}: ${detail}`), WIDTH - width - 6)
    const line = `${(rows[index] ?? '').padEnd(width)}${first}`
    return [pass ? line : paint.bad(line), ...indent(more, width)]
  })
}
