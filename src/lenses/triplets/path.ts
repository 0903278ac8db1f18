/** The path of one triplet through training: blue where it began, in each method's colour where that left it. */
import type { Part } from '../../figures/report.ts'
import { svgDocument, textAt } from '../../figures/svg.ts'
import type { Canvas } from '../lens.ts'
import { beforeColour, methodColour } from './histogram.ts'
import { geometry, panelBack, panelFront, scales } from './panel.ts'
import { historyOf, type IllustratedTriplets, type RunHistory } from './result.ts'

const headHeight = 30

export async function drawPath(
  result: IllustratedTriplets,
  low: number,
  { embed }: Canvas,
): Promise<{ svg: string; parts: Part[] }> {
  const { runs, split, tracked, field, pictures } = result
  const followed = runs.flatMap(run => (run.trajectory ? [{ ...run, trajectory: run.trajectory }] : []))
  const { x, y } = scales(low)
  const paths = followed.map(({ trajectory: { steps } }, index) => {
    const colour = methodColour(index)
    const line = steps.map(step => `${x(step.x).toFixed(1)} ${y(step.y).toFixed(1)}`).join('L')
    const between = steps
      .slice(1, -1)
      .map(step => `<circle cx="${x(step.x)}" cy="${y(step.y)}" r="2" fill="${colour}"/>`)
    return `<path d="M${line}" fill="none" stroke="${colour}" stroke-width="1.6" stroke-opacity="0.8"/>${between.join('')}`
  })
  const dot = (at: { x: number; y: number }, colour: string) =>
    `<circle cx="${x(at.x)}" cy="${y(at.y)}" r="6" fill="${colour}" stroke="#fff" stroke-width="1.5"/>`
  const ends = [
    ...followed.map(({ trajectory: { steps } }) => dot(steps[0], beforeColour)),
    ...followed.map(({ trajectory: { steps } }, index) => dot(steps.at(-1)!, methodColour(index))),
  ]
  const legend = [
    { colour: beforeColour, text: `epoch ${followed[0].trajectory.steps[0].epoch}` },
    ...followed.map(({ name, trajectory: { steps } }, index) => ({
      colour: methodColour(index),
      text: `${name}, epoch ${steps.at(-1)!.epoch}`,
    })),
  ]
  const legendTop = headHeight + geometry.height
  const rows = legend.map(
    ({ colour, text }, index) =>
      `<circle cx="${geometry.left + 6}" cy="${legendTop + 14 + 20 * index}" r="6" fill="${colour}"/>${textAt(geometry.left + 20, legendTop + 18 + 20 * index, text)}`,
  )
  const plot = `<g transform="translate(0 ${headHeight})">${panelBack(low, field ? [field] : [], field)}${panelFront(low)}${paths.join('')}${ends.join('')}</g>`
  const title = textAt(geometry.left, 22, 'The path of one triplet', { size: 14, weight: 600 })
  const svg = svgDocument(
    geometry.width,
    legendTop + 20 * legend.length + 12,
    title + plot + rows.join(''),
    'The path of one triplet',
  )
  const store = (run: RunHistory) => pictures.get(run.fingerprint)
  const items = await Promise.all(
    followed.map(async run => {
      const { anchor, positive, negative, steps } = run.trajectory
      const own = store(run)
      const { images } = historyOf(run, split)
      const [first, last] = [steps[0], steps.at(-1)!]
      const wordsOf = ({ x: toPositive, y: toNegative }: typeof first) =>
        `(${toPositive.toFixed(3)}, ${toNegative.toFixed(3)})`
      return {
        images: own
          ? await Promise.all(
              [anchor, positive, negative].map(id =>
                embed({ width: own.size, height: own.size, data: own.picture(id) }),
              ),
            )
          : [],
        title: run.name,
        lines: [
          `from ${wordsOf(first)} to ${wordsOf(last)}`,
          `anchor: ${images.get(anchor)?.label}`,
          `negative: ${images.get(negative)?.label}`,
        ],
      }
    }),
  )
  const caption = `Anchor ${tracked} with the positive and the negative that are nearest after training, fixed through all epochs. Each line is one method.`
  return {
    svg,
    parts: [
      { kind: 'figure', svg, caption },
      { kind: 'text', text: 'Anchor, nearest of its class and nearest of another class, after training:' },
      { kind: 'gallery', items, total: items.length },
    ],
  }
}
