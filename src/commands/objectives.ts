/** `objectives`: what there is to train an embedding with, and where each moves a triplet. */
import { z } from 'zod'
import { version } from '../base/version.node.ts'
import { inStage } from '../base/work.ts'
import { svgToPng } from '../figures/files.node.ts'
import { drawPulls } from '../figures/pulls.ts'
import { renderReport } from '../figures/report.ts'
import { isObjectiveFile } from '../objectives/file.ts'
import { objectiveOptions } from '../objectives/objective.ts'
import { openOwnObjective } from '../objectives/own.node.ts'
import { pullField, pullsVectors } from '../objectives/pull.ts'
import { objectiveNamed, objectives } from '../objectives/registry.ts'
import { keyValues } from '../options/key-values.ts'
import { defineCommand } from './command.ts'

/** Every objective as it is without options, and what becomes of two at the second order. */
const usual = [...objectives.values()]
  .filter(pullsVectors)
  .flatMap(({ name }) => (name === 'epshn' ? [name, 'epshn,order=2'] : [name]))

export const objectivesCommand = defineCommand({
  name: 'objectives',
  summary: 'the objectives of embeddings, and where each moves a triplet',
  arguments: [
    {
      name: 'objective',
      description: 'NAME or FILE.ts, or either with ,option=value,... ; all of them unless given',
      optional: true,
      many: true,
    },
  ],
  options: z.object({
    side: z.number().int().min(3).max(60).default(15).describe('arrows along each side of a panel'),
  }),
  examples: [
    { line: 'objectives', does: 'All of them' },
    { line: 'objectives epshn epshn,order=2 ephn,order=3', does: 'Compare orders' },
    { line: 'objectives mine.ts,weight=2', does: 'One of your own' },
  ],
  async run(context, { objective: words }, { side }) {
    const open = async (word: string) => {
      const [name, ...options] = word.split(',')
      const { objective } = isObjectiveFile(name)
        ? await openOwnObjective(name)
        : { objective: objectiveNamed(name, 'OBJECTIVE') }
      return {
        word: [objective.name, ...options].join(','),
        objective,
        options: objectiveOptions(objective, keyValues(options, 'OBJECTIVE')) as object,
      }
    }
    const asked = await Promise.all((words?.length ? words : usual).map(open))
    const engine = await context.engine()
    const panels = await inStage(context, 'objectives', asked.length, async update => {
      const drawn = []
      for (const [index, { word, objective, options }] of asked.entries()) {
        context.signal.throwIfAborted()
        if (pullsVectors(objective))
          drawn.push({
            name: word.replaceAll(',', '  '),
            field: await pullField(engine, objective, options, side),
          })
        update(index + 1)
      }
      return drawn
    })
    const svg = drawPulls(panels, side)
    await context.write('pulls.svg', svg)
    await context.write('pulls.png', await svgToPng(svg))
    const rows = asked.map(({ objective: { name, summary }, options }) => ({
      name,
      options: Object.entries(options)
        .map(([key, value]) => `${key}=${value}`)
        .join(' '),
      summary,
    }))
    return {
      metrics: { objectives: rows, fields: panels },
      summary: rows,
      report: renderReport({
        title: 'Objectives',
        summary: 'What each objective of embeddings does to an anchor, its positive and its negative.',
        sections: [
          {
            title: 'The pull of each',
            parts: [
              {
                kind: 'figure',
                svg,
                caption:
                  'Where a step of gradient descent on anchor, positive and negative moves the two similarities, by the graph that trains. The negative is as similar to the positive as to the anchor; where no three vectors can be so, at the top left, there are no arrows.',
              },
            ],
          },
        ],
        footer: `glasshouse ${version}  objectives`,
      }),
    }
  },
})
