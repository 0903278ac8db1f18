/** `reactions DATA`: an embedding of faces in which the same moment comes out alike. */
import { percent } from '../base/percent.ts'
import { meanOf } from '../base/statistics.ts'
import { requireEffect } from '../options/needs.ts'
import { reactionsOptions } from '../runs/reactions/options.ts'
import { defineCommand } from './command.ts'

export const reactions = defineCommand({
  name: 'reactions',
  summary: 'do people react alike at the same moment? learns from a montage, without names of emotions',
  description:
    'Trains an embedding on what `glasshouse montage` made: faces of the same moment are to come out alike, whoever it is, and all else apart, the same person at another moment too. People and videos are held out, and on them it is measured: whether the nearest face of somebody else is of the same moment, whether a linear classifier names the person from a vector, and when people agree more than by chance. The same command with the same --out goes on where it stood.',
  arguments: [{ name: 'data', kind: 'data', description: 'a folder that `montage` has made' }],
  options: reactionsOptions,
  examples: [
    { line: 'reactions runs/montage-1', does: 'Train, measure and show' },
    {
      line: 'reactions runs/montage-1 --model runs/reactions-1/run',
      does: 'Measure a network that is there on other people',
    },
  ],
  check: (_, options, given) => requireEffect(reactionsOptions, given, options),
  async run(context, { data }, options) {
    const [{ carryOutReactions, noteOnPeople }, { reactionsFinding }, { drawReactions }, { pageOf }] =
      await Promise.all([
        import('../runs/reactions/carry-out.node.ts'),
        import('../lenses/reactions/findings.node.ts'),
        import('../lenses/reactions/page.node.ts'),
        import('../figures/page.node.ts'),
      ])
    const vectors = await carryOutReactions(context, data, options, await context.out())
    noteOnPeople(context, vectors)
    if (vectors.run) context.made(vectors.run)
    const { within } = options
    const finding = await reactionsFinding(context, vectors, within)
    const { across, seen, before, identity, unseen, videos } = finding
    return {
      metrics: {
        unseen,
        ...across,
        ...(seen && { seen }),
        ...(before && { before }),
        ...(identity && { identity }),
        videos: videos.map(({ video, names, people, across, consensus }) => ({
          video,
          people: names.length,
          moments: people.seconds.length,
          ...across,
          consensus: {
            mean: consensus.mean,
            baseline: consensus.baseline,
            limit: consensus.limit,
            isAbove: consensus.isAbove,
            peaks: consensus.peaks.map(at => people.seconds[at]),
          },
        })),
      },
      summary: [
        {
          what: `same moment within ${within} s`,
          found: percent(across.recall),
          chance: percent(across.chance),
        },
        {
          what: 'median distance in time',
          found: `${across.medianError.toFixed(2)} s`,
          chance: `${across.chanceError.toFixed(2)} s`,
        },
        ...(identity
          ? [
              {
                what: 'person named from a vector',
                found: percent(identity.accuracy),
                chance: percent(identity.chance),
              },
            ]
          : []),
        {
          what: 'consensus',
          found: meanOf(videos.map(({ consensus }) => consensus.mean)).toFixed(3),
          chance: meanOf(videos.map(({ consensus }) => consensus.baseline)).toFixed(3),
        },
      ],
      draw: async () => pageOf(context, `reactions ${data}`, await drawReactions(finding, vectors, within)),
    }
  },
})
