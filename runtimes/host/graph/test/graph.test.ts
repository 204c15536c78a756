/** Pictures of a capability graph: names of others are text in them, whatever they hold. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'

import { createHost, dotGraph, svgGraph } from '../../index.ts'
import { graphLines } from '../lines.ts'
import type { CapabilityGraph } from '../../index.ts'

/** What breaks out of a picture, or moves a cursor, wherever it is not escaped. */
const HOSTILE = [
  '<script>alert(1)</script>',
  '"]; evil -> graph [label="',
  '\\',
  '\\" -> x',
  'two\nlines',
  '\u001b]0;owned\u0007',
  '\u202Eright to left',
  "it's &lt; & more",
  ']]>',
  '--><!--',
]

const NAMES = new Map<string, string>()

/** Alice holds something of a hostile name, with hostile methods; mallory holds less. */
async function graphWith(hostile: string, isRevoked = false): Promise<CapabilityGraph> {
  await using host = await createHost()
  const alice = await host.identity('alice')
  const own = await host.promise({
    to: alice.principal,
    resource: { kind: 'space', owner: host.node, space: hostile, prefix: new Uint8Array(0) },
    methods: [hostile],
  })
  const passed = await host.promise({
    by: alice,
    parent: own,
    to: (await host.identity('mallory')).principal,
    resource: own.resource,
    methods: [hostile],
  })
  const bob = await host.identity('bob')
  // By somebody who can, and by somebody to whom it is nothing.
  if (isRevoked) await host.revoke({ token: passed, by: alice })
  await host.revoke({ token: own, by: bob })
  const graph = await host.capabilityGraph({ presented: [own, passed] })
  return { ...graph, nodes: graph.nodes.map((node) => ({ ...node, name: hostile })) }
}

/** The texts of an SVG, after whatever reader of XML: entities resolved. */
function textsOf(svg: string): string {
  return svg
    .replace(/<[^>]*>/g, '')
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&quot;', '"')
    .replaceAll('&#39;', "'")
    .replaceAll('&amp;', '&')
}

/** Elements and attributes of an SVG, without any text. */
function shapeOf(svg: string): string[] {
  return [...svg.matchAll(/<(\/?[a-zA-Z!?][^\s/>]*)/g)].map(([, name]) => name ?? '')
}

/** Quoted strings of DOT by its own rule: only an escaped quotation mark does not end one. */
function withoutStrings(dot: string): string {
  return dot.replace(/"(?:[^"\\]|\\.)*"/gs, '""')
}

describe('hostile names', () => {
  for (const hostile of HOSTILE)
    test(`stay names in every picture: ${JSON.stringify(hostile)}`, async () => {
      const [graph, harmless] = [await graphWith(hostile), await graphWith('notes')]
      const [svg, dot] = [svgGraph(graph, NAMES), dotGraph(graph, NAMES)]
      assert.deepEqual(new Set(shapeOf(svg)), new Set(shapeOf(svgGraph(harmless, NAMES))))
      assert.equal(
        withoutStrings(dot).replace(/n\d+/g, 'n'),
        withoutStrings(dotGraph(harmless, NAMES)).replace(/n\d+/g, 'n'),
      )
      for (const picture of [svg, dot, graphLines(PLAIN, graph, NAMES).join('\n')])
        assert.doesNotMatch(picture, /[\u0000-\u0009\u000b-\u001f\u007f\u202e]/)
    })

  test('are still readable', async () => {
    const svg = svgGraph(await graphWith('<b>"x" & y</b>'), NAMES)
    assert.match(textsOf(svg), /<b>"x" & y<\/b>/)
  })
})

describe('a revoked link', () => {
  test('is red, dashed, and called revoked, in SVG and in DOT and in lines', async () => {
    const graph = await graphWith('notes', true)
    assert.match(svgGraph(graph, NAMES), /stroke="#c00000"[^>]*stroke-dasharray="6 4"/)
    assert.match(textsOf(svgGraph(graph, NAMES)), /3 revoked/)
    const line = dotGraph(graph, NAMES)
      .split('\n')
      .filter((each) => each.includes('color=red'))
    assert.equal(line.length, 1)
    assert.match(line[0] ?? '', /revoked: .*style=dashed, color=red/)
    assert.match(graphLines(PLAIN, graph, NAMES).join('\n'), /revoked: its issuer/)
  })

  test('is none where nothing was taken back', async () => {
    const graph = await graphWith('notes')
    assert.doesNotMatch(svgGraph(graph, NAMES), /<path d="M[^>]*stroke="#c00000"/)
    assert.doesNotMatch(dotGraph(graph, NAMES), /color=red/)
  })
})

describe('a picture', () => {
  test('names itself to who cannot see it, and refers to nothing outside', async () => {
    const svg = svgGraph(await graphWith('notes'), NAMES)
    assert.match(svg, /role="img" aria-labelledby="graph-title graph-desc"/)
    assert.match(svg, /<title id="graph-title">[^<]+<\/title>/)
    assert.match(svg, /<desc id="graph-desc">3 capabilities of [^<]+<\/desc>/)
    assert.doesNotMatch(svg, /href|url\((?!#)|<style|<image|<foreignObject/)
    assert.equal((svg.match(/https?:/g) ?? []).length, 1)
  })

  test('says how much is not in it', async () => {
    await using host = await createHost()
    const alice = await host.identity('alice')
    const resource = { kind: 'node', owner: host.node } as const
    const presented = []
    for (let token = 0; token < 4; token += 1)
      presented.push(await host.promise({ to: alice.principal, resource }))
    const graph = await host.capabilityGraph({ presented, tokensMax: 2 })
    assert.equal(graph.leftOut, 3)
    for (const picture of [
      svgGraph(graph, NAMES),
      dotGraph(graph, NAMES),
      graphLines(PLAIN, graph, NAMES).join(),
    ])
      assert.match(picture, /3 more tokens are left out/)
  })

  test('of a node that has promised nothing is its box alone', async () => {
    await using host = await createHost()
    const graph = {
      ...(await host.capabilityGraph()),
      edges: [],
      nodes: [{ principal: host.node, isNode: true }],
    }
    assert.equal((svgGraph(graph, NAMES).match(/<rect/g) ?? []).length, 2)
    assert.doesNotMatch(dotGraph(graph, NAMES), /->/)
  })
})

const PLAIN = { strong: (text: string) => text, bad: (text: string) => text } as Parameters<
  typeof graphLines
>[0]
