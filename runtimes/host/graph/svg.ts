/**
 * A capability graph as one self-contained SVG: principals in columns, numbered arrows between them, and below what
 * each number grants. No script, no style of others, no reference to anything outside.
 */
import { wrap } from '../terminal/layout.ts'
import { safeLine } from '../terminal/safe-text.ts'
import { instant } from '../terminal/units.ts'
import { BOX, layOut } from './layout.ts'
import { directionWords, edgeWords, leftOutWords, nodeWords } from './words.ts'
import type { CapabilityGraph, CapabilityState, GraphEdge } from '../../../kernel/index.ts'
import type { Place } from './layout.ts'

const MARGIN = 24
const HEAD = 56
const LINE = 18
/** Letters of a line below the picture. */
const LETTERS = 118
const WIDTH_MIN = 900

const LOOKS: Readonly<Record<CapabilityState, { readonly colour: string; readonly dash: string }>> = {
  valid: { colour: '#1b1b1b', dash: '' },
  revoked: { colour: '#c00000', dash: '6 4' },
  unreachable: { colour: '#6a6a6a', dash: '2 4' },
  expired: { colour: '#6a6a6a', dash: '6 4' },
  'not yet': { colour: '#0b5cad', dash: '6 4' },
}

type Words = ReadonlyMap<string, string>

export function svgGraph(graph: CapabilityGraph, names: Words): string {
  const places = layOut(graph)
  const all = [...places.values()]
  const drawn = arrows(graph.edges, places, names)
  const width = Math.max(WIDTH_MIN, MARGIN * 2 + BOX.width + Math.max(...all.map(({ x }) => x)))
  const below = HEAD + Math.max(...all.map(({ y, height }) => y + height)) + MARGIN * 2
  const legend = legendLines(graph, names)
  const height = below + legend.length * LINE + MARGIN
  const said = `${graph.edges.length} capabilities of ${graph.nodes.length} principals, ${instant(graph.now)}`
  const lines = [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-labelledby="graph-title graph-desc" font-family="ui-monospace, monospace" font-size="12">`,
    `<title id="graph-title">Who may do what through whom</title>`,
    `<desc id="graph-desc">${xml([said, ...leftOutWords(graph), ...legend.map(({ text }) => text)].join('. '))}</desc>`,
    `<rect width="${width}" height="${height}" fill="#ffffff"/>`,
    ...Object.entries(LOOKS).map(([state, { colour }]) => marker(state, colour)),
    text(MARGIN, 24, 'Who may do what through whom', '#1b1b1b', ' font-size="16" font-weight="bold"'),
    text(MARGIN, 42, [said, ...leftOutWords(graph)].join('; '), '#4a4a4a'),
    `<g transform="translate(${MARGIN} ${HEAD})">`,
    // Arrows lie behind the boxes they pass, and their numbers before what they lead to.
    ...drawn.map(({ line }) => line),
    ...all.map((place) => box(place, names)),
    ...drawn.map(({ badge }) => badge),
    '</g>',
    ...legend.map(({ text: line, colour }, index) => text(MARGIN, below + index * LINE, line, colour)),
    '</svg>',
  ]
  return `${lines.join('\n')}\n`
}

function legendLines(
  { edges }: CapabilityGraph,
  names: Words,
): readonly { readonly text: string; readonly colour: string }[] {
  return edges.flatMap((edge, index) => {
    const { colour } = LOOKS[edge.state]
    const whole = `${index + 1}. ${directionWords(names, edge)}: ${edgeWords(names, edge).join('; ')}`
    return wrap(whole, LETTERS).map((line, part) => ({ text: part === 0 ? line : `    ${line}`, colour }))
  })
}

function box(place: Place, names: Words): string {
  const { node, x, y, height } = place
  const label = nodeWords(names, node)
  const short = label.length > 25 ? `${label.slice(0, 24)}…` : label
  const stroke = node.isNode ? 3 : 1
  return [
    `<g><title>${xml(safeLine(`${label} ${node.principal}`))}</title>`,
    `<rect x="${x}" y="${y}" width="${BOX.width}" height="${height}" rx="6" fill="#f5f7fa" stroke="#1b1b1b" stroke-width="${stroke}"/>`,
    text(x + BOX.width / 2, y + height / 2 + 4, short, '#1b1b1b', ' text-anchor="middle"'),
    '</g>',
  ].join('')
}

interface Arrow {
  readonly line: string
  readonly badge: string
}

/** Each arrow ends at a port of its own. */
function arrows(
  edges: readonly GraphEdge[],
  places: ReadonlyMap<string, Place>,
  names: Words,
): readonly Arrow[] {
  const taken = new Map<string, number>()
  return edges.map((edge, index) => {
    const port = (taken.get(edge.holder) ?? 0) + 1
    taken.set(edge.holder, port)
    const [from, to] = [places.get(edge.issuer) as Place, places.get(edge.holder) as Place]
    const y = to.y + (to.height * port) / (to.ports + 1)
    return {
      line: arrow(edge, pathTo(from, to.x, y), names),
      badge: badge(edge, index + 1, to.x, y),
    }
  })
}

/** From the right side of a box to a point at the left side of another, which may be the same. */
function pathTo(from: Place, x2: number, y2: number): string {
  const [x1, y1] = [from.x + BOX.width, from.y + from.height / 2]
  const bend = Math.max(70, Math.abs(x2 - x1) / 2)
  return `M${x1} ${y1} C${x1 + bend} ${y1} ${x2 - bend} ${y2} ${x2} ${y2}`
}

function arrow(edge: GraphEdge, d: string, names: Words): string {
  const { colour, dash } = LOOKS[edge.state]
  const dashes = dash === '' ? '' : ` stroke-dasharray="${dash}"`
  const title = xml(`${directionWords(names, edge)}: ${edgeWords(names, edge).join('; ')}`)
  return `<g><title>${title}</title><path d="${d}" fill="none" stroke="${colour}" stroke-width="1.5"${dashes} marker-end="url(#${markerId(edge.state)})"/></g>`
}

/** The number of an arrow before its end, and what it counts for unless it is valid. */
function badge({ state }: GraphEdge, number: number, right: number, middle: number): string {
  const { colour } = LOOKS[state]
  const label = state === 'valid' ? `${number}` : `${number} ${state}`
  const width = label.length * 8 + 8
  const x = right - 16 - width
  return `<rect x="${x}" y="${middle - 9}" width="${width}" height="18" rx="9" fill="#ffffff" stroke="${colour}"/>${text(x + width / 2, middle + 4, label, colour, ' text-anchor="middle"')}`
}

function marker(state: string, colour: string): string {
  return `<marker id="${markerId(state)}" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="8" markerHeight="8" orient="auto"><path d="M0 0 L8 4 L0 8 z" fill="${colour}"/></marker>`
}

function markerId(state: string): string {
  return `arrow-${state.replace(' ', '-')}`
}

function text(x: number, y: number, content: string, colour: string, attributes = ''): string {
  return `<text x="${x}" y="${y}" fill="${colour}" xml:space="preserve"${attributes}>${xml(content)}</text>`
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

/** Characters that XML does not allow were written out before. */
function xml(content: string): string {
  return content.replace(/[&<>"']/g, (character) => ENTITIES[character] ?? '')
}
