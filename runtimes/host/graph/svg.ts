/**
 * A capability graph as one self-contained SVG: principals in columns, numbered arrows between them, and below what
 * each number grants. No script, no style of others, no reference to anything outside.
 */
import { wrap } from '../terminal/layout.ts'
import { instant } from '../terminal/units.ts'
import { layOut } from './layout.ts'
import { directionWords, edgeWords, leftOutWords, nodeWords } from './words.ts'
import type { CapabilityGraph, CapabilityState, GraphEdge } from '../../../kernel/index.ts'
import type { Place } from './layout.ts'

const BOX = { width: 190, height: 40, gapX: 130, gapY: 34 }
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
  const columns = Math.max(...all.map(({ column }) => column)) + 1
  const rows = Math.max(...all.map(({ row }) => row)) + 1
  const width = Math.max(WIDTH_MIN, MARGIN * 2 + columns * (BOX.width + BOX.gapX) - BOX.gapX)
  const below = HEAD + rows * (BOX.height + BOX.gapY) + MARGIN
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
    ...all.map((place) => box(place, names)),
    ...arrows(graph.edges, places, names),
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
  const { x, y } = corner(place)
  const { node } = place
  const label = nodeWords(names, node)
  const short = label.length > 25 ? `${label.slice(0, 24)}…` : label
  const stroke = node.isNode ? 3 : 1
  return [
    `<g><title>${xml(`${label} ${node.principal}`)}</title>`,
    `<rect x="${x}" y="${y}" width="${BOX.width}" height="${BOX.height}" rx="6" fill="#f5f7fa" stroke="#1b1b1b" stroke-width="${stroke}"/>`,
    text(x + BOX.width / 2, y + BOX.height / 2 + 4, short, '#1b1b1b', ' text-anchor="middle"'),
    '</g>',
  ].join('')
}

/** Arrows between the same two lie beside one another. */
function arrows(
  edges: readonly GraphEdge[],
  places: ReadonlyMap<string, Place>,
  names: Words,
): readonly string[] {
  const beside = new Map<string, number>()
  return edges.map((edge, index) => {
    const pair = `${edge.issuer}\0${edge.holder}`
    const order = beside.get(pair) ?? 0
    beside.set(pair, order + 1)
    const [from, to] = [places.get(edge.issuer) as Place, places.get(edge.holder) as Place]
    return arrow(edge, index + 1, path(from, to, order), names)
  })
}

interface Path {
  readonly d: string
  readonly x: number
  readonly y: number
}

/** From the right side of one box to the left side of the other, and where its middle is. */
function path(from: Place, to: Place, order: number): Path {
  const [start, end] = [corner(from), corner(to)]
  const [x1, y1] = [start.x + BOX.width, start.y + BOX.height / 2]
  const [x2, y2] = [end.x, end.y + BOX.height / 2]
  const bend = Math.max(60, Math.abs(x2 - x1) / 2)
  const isBack = to.column <= from.column
  const lift = order * 26 + (isBack ? -50 : 0)
  const [c1, c2] = [x1 + bend, x2 - bend]
  const middle = (a: number, b: number, c: number, d: number): number =>
    Math.round((a + 3 * b + 3 * c + d) / 8)
  return {
    d: `M${x1} ${y1} C${c1} ${y1 + lift} ${c2} ${y2 + lift} ${x2} ${y2}`,
    x: middle(x1, c1, c2, x2),
    y: middle(y1, y1 + lift, y2 + lift, y2),
  }
}

function arrow(edge: GraphEdge, number: number, { d, x, y }: Path, names: Words): string {
  const { state } = edge
  const { colour, dash } = LOOKS[state]
  const dashes = dash === '' ? '' : ` stroke-dasharray="${dash}"`
  const label = state === 'valid' ? `${number}` : `${number} ${state}`
  return [
    `<g><title>${xml(`${directionWords(names, edge)}: ${edgeWords(names, edge).join('; ')}`)}</title>`,
    `<path d="${d}" fill="none" stroke="${colour}" stroke-width="1.5"${dashes} marker-end="url(#${markerId(state)})"/>`,
    `<rect x="${x - 4 - label.length * 4}" y="${y - 9}" width="${label.length * 8 + 8}" height="18" rx="9" fill="#ffffff" stroke="${colour}"/>`,
    text(x, y + 4, label, colour, ' text-anchor="middle"'),
    '</g>',
  ].join('')
}

function marker(state: string, colour: string): string {
  return `<marker id="${markerId(state)}" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="8" markerHeight="8" orient="auto"><path d="M0 0 L8 4 L0 8 z" fill="${colour}"/></marker>`
}

function markerId(state: string): string {
  return `arrow-${state.replace(' ', '-')}`
}

function corner({ column, row }: Place): { readonly x: number; readonly y: number } {
  return { x: MARGIN + column * (BOX.width + BOX.gapX), y: HEAD + 8 + row * (BOX.height + BOX.gapY) }
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
