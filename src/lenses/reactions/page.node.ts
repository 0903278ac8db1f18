/** The page of reactions: what is recognised, the strip with the consensus, nearest moments, and the peaks as stills. */
import { join } from 'node:path'
import { percent } from '../../base/percent.ts'
import { random } from '../../base/random.ts'
import { readPicture } from '../../data/decode.node.ts'
import { drawAccuracies } from '../../figures/accuracies.ts'
import { serverDocument } from '../../figures/canvas.node.ts'
import { dataUri } from '../../figures/files.node.ts'
import type { DrawnPage, Part, Report } from '../../figures/report.ts'
import { drawSheet, type Tile } from '../../figures/sheet.ts'
import { drawTimes, timesImage } from '../../figures/times.ts'
import type { ReactionsVectors } from '../../runs/reactions/carry-out.node.ts'
import { columnsOf, makeStrip, personName, stripPart } from '../montage/strip.node.ts'
import type { ReactionsFinding, VideoFinding } from './findings.node.ts'
import { nearestOfOthers, selfSimilarity } from './measure.ts'
import { verdict } from './verdict.ts'

const shownPeaks = 5
const shownQueries = 6
/** People in a row of stills, at most. */
const across = 8

export async function drawReactions(
  finding: ReactionsFinding,
  vectors: ReactionsVectors,
  within: number,
): Promise<DrawnPage> {
  const { videos, across: recall, seen, before, unseen, identity } = finding
  const accuracy = drawAccuracies(
    {
      title: `The nearest face is of the same moment (± ${within} s)`,
      x: 'share of the frames (%) →',
      chance: recall.chance,
      conditions: [
        { name: unseen ? 'people never trained on' : 'all people', values: [recall.recall], isMain: true },
        ...(seen ? [{ name: 'people trained on', values: [seen.recall] }] : []),
        ...(before ? [{ name: 'before training', values: [before.recall] }] : []),
      ],
    },
    serverDocument(),
  )
  const drawings: Record<string, string> = { recall: accuracy }
  const sections: Report['sections'][number][] = [
    {
      title: 'Is the moment recognised?',
      parts: [
        ...verdict(finding, within).map((text): Part => ({ kind: 'text', text })),
        { kind: 'figure', svg: accuracy },
      ],
    },
  ]
  for (const video of videos) {
    const named = (name: string) => (videos.length > 1 ? `${name}-${video.video}` : name)
    const stills = await drawPeaks(video, vectors)
    const nearest = await drawNearest(video, vectors, within)
    const similarity = await drawSelf(video)
    drawings[named('nearest')] = nearest
    drawings[named('similarity')] = similarity
    if (stills) drawings[named('peaks')] = stills
    sections.push({
      title: videos.length > 1 ? video.video : 'What people have in common, and when',
      parts: [
        await consensusPart(video, vectors),
        ...(stills
          ? [
              {
                kind: 'figure' as const,
                svg: stills,
                caption:
                  'Moments at which people are more alike than nearly ever by chance, the strongest first. Beside each: its time, and the mean similarity of all pairs of people.',
              },
            ]
          : [
              {
                kind: 'text' as const,
                text: 'At no moment does the consensus rise above what chance gives somewhere.',
              },
            ]),
        {
          kind: 'figure',
          svg: nearest,
          caption: `Some moments of ${personName(video.names[0])}, and for each the nearest frame of each other person, with its cosine. Green: within ${within} s. Red: further away in time.`,
        },
        {
          kind: 'figure',
          svg: similarity,
          caption:
            'How alike different people are at every pair of moments; bright is more alike. A bright diagonal: at the same moment they look alike. Bright squares elsewhere: two moments that look alike.',
        },
      ],
    })
  }
  return {
    drawings,
    report: {
      title: 'Reactions',
      summary: `An embedding in which the same moment comes out alike, whoever is seen; measured on ${unseen ? 'people it was never trained on' : 'the people that it knows'}.`,
      figures: [
        { label: `same moment, within ${within} s`, value: percent(recall.recall) },
        { label: 'by chance', value: percent(recall.chance) },
        ...(identity
          ? [
              {
                label: `person named from the vector (chance ${percent(identity.chance)})`,
                value: percent(identity.accuracy),
              },
            ]
          : []),
      ],
      sections,
    },
  }

  async function consensusPart(video: VideoFinding, { dataset, frames }: ReactionsVectors): Promise<Part> {
    const own = [...video.places].filter(place => place >= 0)
    const shown = own.map(place => ({ ...frames[place], path: dataset.items[place].path }))
    const times = columnsOf(shown)
    const strip = await makeStrip(dataset.root, shown, times)
    const columns = times.map(time => video.people.seconds.indexOf(time))
    const { values, low, high, peaks } = video.consensus
    const nearestColumn = (peak: number) =>
      columns.reduce(
        (best, column, at) => (Math.abs(column - peak) < Math.abs(columns[best] - peak) ? at : best),
        0,
      )
    return stripPart(
      {
        ...strip,
        curve: {
          name: 'consensus',
          values: columns.map(column => values[column]),
          low: columns.map(column => low[column]),
          high: columns.map(column => high[column]),
          peaks: [...new Set(peaks.slice(0, shownPeaks).map(nearestColumn))],
        },
      },
      'Below the strip: how alike people are at each moment. Grey: where nine in ten of these values lie when everybody’s time is shifted by chance. Red: peaks.',
    )
  }
}

const still = async ({ dataset }: ReactionsVectors, place: number): Promise<string> =>
  dataUri(
    await readPicture(join(dataset.root, dataset.items[place].path), { resize: { width: 96, height: 96 } }),
    85,
  )

async function drawPeaks(video: VideoFinding, vectors: ReactionsVectors): Promise<string | undefined> {
  const { consensus, names, people, places } = video
  const count = people.seconds.length
  const chosen = consensus.peaks.slice(0, shownPeaks)
  if (chosen.length === 0) return undefined
  const rows = await Promise.all(
    chosen.map(async column => ({
      label: `${people.seconds[column].toFixed(2)} s, ${consensus.values[column].toFixed(2)}`,
      tiles: await Promise.all(
        names.slice(0, across).map(async (name, person): Promise<Tile> => {
          const place = places[person * count + column]
          return { image: place < 0 ? '' : await still(vectors, place), caption: [personName(name)] }
        }),
      ),
    })),
  )
  return drawSheet({ title: 'Peaks of the consensus', rows, size: 96 })
}

async function drawNearest(video: VideoFinding, vectors: ReactionsVectors, within: number): Promise<string> {
  const { people, places, names } = video
  const count = people.seconds.length
  const there = Array.from({ length: count }, (_, column) => column).filter(column => places[column] >= 0)
  const chosen = random(0, 'nearest moments')
    .shuffle([...there])
    .slice(0, shownQueries)
    .sort((a, b) => a - b)
  const rows = await Promise.all(
    chosen.map(async column => {
      const found = nearestOfOthers(people, 0, column).slice(0, across - 1)
      const query: Tile = {
        image: await still(vectors, places[column]),
        caption: [`${people.seconds[column].toFixed(2)} s`],
      }
      const others = found.map(async ({ person, row, similarity }): Promise<Tile> => {
        const isNear = Math.abs(people.seconds[row] - people.seconds[column]) <= within + 1e-6
        return {
          image: await still(vectors, places[person * count + row]),
          caption: [
            `${people.seconds[row].toFixed(2)} s`,
            `${personName(names[person])}, ${similarity.toFixed(2)}`,
          ],
          frame: isNear ? '#1a7f5a' : '#c8441b',
        }
      })
      return { tiles: [query, ...(await Promise.all(others))] }
    }),
  )
  return drawSheet({ title: 'Nearest moments of other people', rows, size: 96 })
}

async function drawSelf({ people }: VideoFinding): Promise<string> {
  const { side, values, seconds } = selfSimilarity(people)
  const image = await dataUri(timesImage(values, side))
  return drawTimes({ title: 'Similarity of moments across people', side, image, seconds })
}
