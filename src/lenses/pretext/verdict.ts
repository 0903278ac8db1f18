/** What the figures of a pretext task mean, in sentences. */
import { percent } from '../../base/percent.ts'
import type { PretextFinding } from '../../runs/pretext/carry-out.node.ts'

type Figures = Pick<PretextFinding, 'accuracy' | 'interval' | 'chance' | 'baselines' | 'controls'>

/** Whether the mean accuracy lies above chance, beyond what seeds and labels at random explain. */
export const isRecognised = ({
  accuracy,
  interval: [low],
  chance,
  baselines,
}: Omit<Figures, 'controls'>): boolean => low > chance && accuracy > baselines.shuffled

/** What sees least and does best, and its share of what the network finds above chance. */
export function simplest({
  accuracy,
  chance,
  baselines,
}: Pick<Figures, 'accuracy' | 'chance' | 'baselines'>) {
  const simple = [
    { name: 'pixels at 16 × 16', value: baselines.pixels },
    { name: 'colours', value: baselines.colours },
    { name: 'features of a network that was never trained', value: baselines.random },
  ].reduce((a, b) => (b.value > a.value ? b : a))
  return { simple, margin: (simple.value - chance) / (accuracy - chance) }
}

/** In a few words: what the answer is recognised by. */
export function byWhat(figures: Omit<Figures, 'controls'>): string {
  if (!isRecognised(figures)) return 'nothing was found'
  const { simple, margin } = simplest(figures)
  if (margin > 0.9) return `${simple.name}, by a linear classifier`
  return margin > 0.5 ? `more than half of it by ${simple.name}` : 'what the network learned'
}

export function verdict(figures: Figures): string[] {
  const { accuracy, interval, chance, controls } = figures
  const range = `${percent(accuracy)} (95 % interval ${percent(interval[0])} to ${percent(interval[1])})`
  if (!isRecognised(figures))
    return [
      `The network recognises nothing in these images: ${range} is not above chance, ${percent(chance)}. Another network, more images or more epochs may still find something. What the maps below show is chance.`,
    ]
  const sentences = [
    `The network recognises it in these images: ${range} where chance is ${percent(chance)}.`,
  ]
  const { simple, margin } = simplest(figures)
  if (margin > 0.9)
    sentences.push(
      `A linear classifier on ${simple.name} does as well (${percent(simple.value)}): the network need not have learned more than that.`,
    )
  else if (margin > 0.5)
    sentences.push(
      `A linear classifier on ${simple.name} gets more than half of the way (${percent(simple.value)}).`,
    )
  else
    sentences.push(
      `No linear classifier comes near it; the best, on ${simple.name}, has ${percent(simple.value)} right.`,
    )
  if (!controls) sentences.push('Whether the processing gives it away was not tested; --controls tests it.')
  return sentences
}
