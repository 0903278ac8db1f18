/** What the figures say, in sentences. */
import { percent } from '../../base/percent.ts'
import type { ReactionsFinding } from './findings.node.ts'

/** Recall counts as above chance where it is so by half and by five points. */
export const isRecognised = ({ across: { recall, chance } }: Pick<ReactionsFinding, 'across'>): boolean =>
  recall > 1.5 * chance && recall - chance > 0.05

export function verdict(finding: ReactionsFinding, within: number): string[] {
  const { across, unseen, identity, videos } = finding
  const who = unseen ? 'people it was never trained on' : 'people it was trained on'
  const nearest = `the nearest face of somebody else is of the same moment, within ${within} s, in ${percent(across.recall)} of the frames; by chance it would be in ${percent(across.chance)}. The median distance in time is ${across.medianError.toFixed(2)} s, by chance ${across.chanceError.toFixed(2)} s`
  const agreeing = videos.filter(({ consensus }) => consensus.isAbove)
  return [
    isRecognised(finding)
      ? `The embedding recognises the moment in the faces of ${who}: ${nearest}.`
      : `The embedding does not recognise the moment in the faces of ${who}: ${nearest}.`,
    ...(unseen ? [] : ['Nobody was held out, so these figures say nothing about other people.']),
    agreeing.length === videos.length
      ? 'People are more alike at the same moment than at moments shifted by chance: they react to something in common.'
      : agreeing.length
        ? `In ${agreeing.length} of ${videos.length} videos people are more alike at the same moment than at moments shifted by chance.`
        : 'The consensus stays at its baseline: at the same moment people are no more alike than at moments shifted by chance. Nothing that they share shows in their faces.',
    ...(identity
      ? [
          `A linear classifier names the person from the vector in ${percent(identity.accuracy)} of the later frames; chance is ${percent(identity.chance)}. Where each person’s mean is not taken away, it names ${percent(identity.raw)}.`,
        ]
      : []),
  ]
}
