/** `model inspect MODEL`: layers, shapes, parameters, multiply-adds, and a drawing of the network. */
import { z } from 'zod'
import { version } from '../base/version.node.ts'
import { withoutFolders } from '../base/without-folders.ts'
import { encodePng, svgToPicture } from '../figures/files.node.ts'
import { abbreviate, drawNetwork } from '../figures/network-drawing.ts'
import { renderReport } from '../figures/report.ts'
import { residualUnits } from '../lenses/anatomy/units.ts'
import { openModelOf } from '../lenses/inputs.node.ts'
import { multiplyAddCount, parameterCount } from '../nets/costs.ts'
import { describeLayers } from '../nets/layers.ts'
import { type BuiltNetwork, buildNetwork, type Network } from '../nets/network.ts'
import { outlineOf } from '../nets/outline.ts'
import { type CommandContext, defineCommand } from './command.ts'
import { table } from './summary.ts'

export const modelInspect = defineCommand({
  name: 'model inspect',
  summary: 'layers of a network by name, with shapes, parameters and multiply-adds',
  description:
    'A layer’s parameters and multiply-adds are those of all that was computed since the layer before it. With --svg, or --out, the network is drawn, too.',
  arguments: [{ name: 'model', kind: 'model', description: 'a run (run@7 for an epoch), or NET[:WEIGHTS]' }],
  options: z.object({
    size: z
      .number()
      .int()
      .min(16)
      .max(4096)
      .optional()
      .describe('side of the images; the network’s own unless given'),
    svg: z.boolean().default(false).describe('draw the network: network.svg, network.png and a page'),
  }),
  examples: [
    { line: 'model inspect resnet18', does: 'The names that --layer takes' },
    { line: 'model inspect googlenet --svg', does: 'See how it is built' },
  ],
  makesNothing: true,
  async run(context, { model: source }, { size, svg }) {
    const { network } = await openModelOf(source, context)
    const built = buildNetwork(network, { batch: 1, size })
    const layers = describeLayers(built.graph)
    const parameters = parameterCount(built.graph.nodes)
    const multiplyAdds = multiplyAddCount(built.graph.nodes)
    const side = built.images.shape[2]
    const rows = layers.map(({ layer, operator, shape, parameters, multiplyAdds }) => ({
      layer,
      operator,
      'output shape': shape.join(' x '),
      parameters,
      'multiply-adds': multiplyAdds,
    }))
    const totals = `${parameters.toLocaleString('en')} parameters, ${(multiplyAdds / 1e6).toFixed(1)} million multiply-adds at ${side} pixels`
    const report =
      svg || context.wantsFiles
        ? await drawReport(
            context,
            source,
            built,
            `${abbreviate(parameters)} parameters, ${abbreviate(multiplyAdds)} multiply-adds at ${side} × ${side} pixels`,
            rows,
          )
        : undefined
    return {
      metrics: {
        net: network.net,
        size: side,
        head: headOf(network),
        layers,
        units: residualUnits(built.graph).map(({ name }) => name),
        parameters,
        multiplyAdds,
      },
      summary: `${table(rows)}\n\n${totals}`,
      report,
    }
  },
})

/** What its numbers are, without what only a training needs to know. */
const headOf = ({ head }: Network) =>
  head.kind === 'classes' ? { kind: head.kind, classes: head.classes } : { kind: head.kind, dim: head.dim }

async function drawReport(
  context: CommandContext,
  source: string,
  { graph, output }: BuiltNetwork,
  totals: string,
  rows: readonly Readonly<Record<string, string | number>>[],
): Promise<string> {
  const title = withoutFolders(source)
  const drawing = drawNetwork({ title, subtitle: totals, parts: outlineOf(graph, output) })
  await context.write('network.svg', drawing)
  await context.write('network.png', await encodePng(await svgToPicture(drawing)))
  return renderReport({
    title,
    summary: totals,
    sections: [
      {
        title: 'The network',
        parts: [
          {
            kind: 'figure',
            svg: drawing,
            caption:
              'Each box: the layer’s name, its operators, the channels, height and width that come out, and after the bar the number of parameters. /2 is a stride. What stands on a stack follows several times, alike.',
          },
        ],
      },
      {
        title: 'Layers',
        parts: [{ kind: 'table', columns: Object.keys(rows[0]), rows: rows.map(row => Object.values(row)) }],
      },
    ],
    footer: `glasshouse ${version}: model inspect ${source}`,
  })
}
