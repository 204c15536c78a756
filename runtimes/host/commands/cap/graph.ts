/** `grid cap graph`: who may do what through whom, by the tokens that are kept here and those in files. */
import { graphLines } from '../../graph/lines.ts'
import { dotGraph } from '../../graph/dot.ts'
import { svgGraph } from '../../graph/svg.ts'
import { HostError } from '../../host-error.ts'
import { knownNames } from '../known/names.ts'
import { chainNamed } from '../named.ts'
import { withHost } from '../session.ts'
import type { Command } from 'commander'
import type { Capability, CapabilityGraph } from '../../../../kernel/index.ts'
import type { Report } from '../../terminal/report.ts'
import type { Act, Session } from '../session.ts'

interface GraphFlags {
  readonly dot?: true
  readonly svg?: true
}

export function addGraph(cap: Command, act: Act): void {
  cap
    .command('graph')
    .description('who may do what through whom: tokens kept here, and those in files')
    .argument('[file...]', 'capability files, or tokens themselves')
    .option('--dot', 'as a picture for Graphviz')
    .option('--svg', 'as a picture for a browser')
    .addHelpText('after', '\nExamples:\n  grid cap graph bob.cap\n  grid cap graph --svg *.cap > graph.svg')
    .action((files: readonly string[], flags: GraphFlags) => act((session) => draw(session, files, flags)))
}

function draw(session: Session, files: readonly string[], { dot, svg }: GraphFlags): Promise<Report> {
  if (dot === true && svg === true) throw new HostError('USAGE', 'name one of --dot and --svg')
  return withHost(session, async (host) => {
    const presented: Capability[] = []
    for (const file of files) presented.push(...(await chainNamed(session, host, [file])))
    const graph = await host.capabilityGraph({ presented })
    const names = await knownNames(host)
    const data = graphFacts(graph)
    if (dot === true) return { data, text: [], content: utf8(dotGraph(graph, names)) }
    if (svg === true) return { data, text: [], content: utf8(svgGraph(graph, names)) }
    return { data, text: graphLines(session.terminal.paint, graph, names) }
  })
}

function graphFacts({ edges, ...graph }: CapabilityGraph): object {
  return {
    ...graph,
    edges: edges.map(({ id, parent, ...edge }) => ({
      id: id.toString(),
      ...edge,
      ...(parent === undefined ? {} : { parent: parent.toString() }),
    })),
  }
}

function utf8(text: string): Uint8Array {
  return new TextEncoder().encode(text)
}
