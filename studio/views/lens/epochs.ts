/** The same lens at several epochs of the same run: which there are, and the film of their figures. */
import type { LensResult, RunDetail } from '../../../src/server/api.ts'
import { client } from '../../client.ts'
import { useLoaded } from '../../loaded.ts'
import type { FilmAsked } from '../../parts/export/film.ts'
import { framed, margin } from '../../parts/export/frame.ts'
import { filmOfSteps, filmRatio } from '../../parts/export/pace.ts'
import { imageAt } from '../../parts/export/reel.ts'
import { canvasOf } from '../../parts/export/scene.ts'
import { runOfPath } from '../../studio.ts'

export type AtEpoch = LensResult & { epoch: number }

/** By epoch, this result among them; none where it is the only one. */
export function useOtherEpochs({ result, listed }: RunDetail): AtEpoch[] {
  const model = modelOf(result?.parameters)
  const source = model === undefined ? undefined : runOfPath(model)
  const loaded = useLoaded(source ? `run ${source}` : undefined, signal => client.run(source ?? '', signal))
  if (!loaded.value || !result) return []
  const same = loaded.value.lenses
    .filter((one): one is AtEpoch => one.command === result.command && one.epoch !== undefined)
    .sort((a, b) => a.epoch - b.epoch)
  // Of several at the same epoch, the one that is shown stands for it.
  const byEpoch = new Map(same.map(one => [one.epoch, one]))
  const own = same.find(({ run }) => run === listed.name)
  if (own) byEpoch.set(own.epoch, own)
  return own && byEpoch.size > 1 ? [...byEpoch.values()] : []
}

function modelOf(parameters: Record<string, unknown> = {}): string | undefined {
  const model = parameters.model ?? parameters.run
  return typeof model === 'string' ? model : undefined
}

/** In pixels: figures are made smaller than they are for a film of a common size. */
const widest = 1100

/** The figures of all epochs, one after the other, in the frame of the first. */
export function filmOfEpochs(results: readonly AtEpoch[], title: string, line: string): FilmAsked {
  const figures = results.flatMap(({ epoch, thumb }) => (thumb === undefined ? [] : [{ epoch, thumb }]))
  const images = figures.map(({ thumb }) => imageAt(thumb))
  return filmOfSteps(figures.length, async step => {
    const [first, image] = await Promise.all([images[0], images[step]])
    const scale = Math.min(1, widest / first.naturalWidth)
    const room = { width: scale * first.naturalWidth, height: scale * first.naturalHeight }
    const own = Math.min(room.width / image.naturalWidth, room.height / image.naturalHeight)
    const size = { width: own * image.naturalWidth, height: own * image.naturalHeight }
    const content = { width: Math.max(480, Math.round(room.width)), height: Math.round(room.height) }
    const figure = { kind: 'image', x: margin.side, y: margin.head, ...size, image } as const
    return canvasOf(framed(content, `${title}, epoch ${figures[step].epoch}`, line, [figure]), filmRatio)
  })
}
